// What authors get wrong, and what lint tells them to write instead, in English and in Persian.
#include "render/file_advice.hpp"
#include "render/lint.hpp"
#include "render/template.hpp"
#include "scratch_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace chapar::render {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

std::string around(std::string_view front, std::string_view body) {
    return "+++\nsubject = \"s\"\nlang = \"en\"\n" + std::string(front) + "+++\n" + std::string(body);
}

/// As the SMS plugins count, near enough for one rule: 70 and 67 places where a letter needs them, else 160 and 153.
SmsSize measure(std::string_view text) {
    const bool wide =
        std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
    const int units = static_cast<int>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0u) != 0x80u; }));
    const int single = wide ? 70 : 160, part = wide ? 67 : 153;
    return {units, units <= single ? 1 : (units + part - 1) / part, single, part, wide ? "ی" : ""};
}

class Authors : public testing::Test {
  protected:
    /// "file:line:column: rule: sentence" of each finding.
    std::vector<std::string> said() const {
        std::vector<std::string> lines;
        for (const Finding& f : lint(folder_.path(), {{}, measure}).findings)
            lines.push_back(f.file + ":" + std::to_string(f.line) + ":" + std::to_string(f.column) + ": " + f.rule +
                            ": " + f.sentence);
        return lines;
    }
    ScratchFolder folder_;
};

struct Mistake {
    std::string_view file, source, says;
};

TEST_F(Authors, every_mistake_of_syntax_is_told_with_what_to_write_instead) {
    const std::string head = "+++\nsubject = \"s\"\nlang = \"fa\"\nsample = {x = 1, name = \"a\", items = [1]}\n+++\n";
    const std::vector<std::pair<std::string, std::string>> bodies = {
        {"{{ name | default: “دوست” }}", "write \" in place of “"},
        {"{{ name | default: «دوست» }}", "write \" in place of «"},
        {"{{ name | default: ‘x’ }}", "write ' in place of ‘"},
        {"{{ x | plus: ۱۰ }}", "write 10 in place of ۱۰"},
        {"{{ x | plus: ٤٢ }}", "write 42 in place of ٤٢"},
        {"{{ name | replace: 'a'، 'b' }}", "write , in place of ،"},
        {"{% if x > ۳ %}a{% endif %}", "write 3 in place of ۳"},
        {"{% if x = 1 %}a{% endif %}", "write == to compare"},
        {"{% foreach i in items %}{% endforeach %}", "Unknown tag 'foreach'; write for"},
        {"{% fro i in items %}{% endfor %}", "Unknown tag 'fro'; write for"},
        {"{% if x %}a{% endfi %}", "endif"},
        {"{% if x %}a{% elseif x %}b{% endif %}", "elsif"},
        {"{% set a = 1 %}", "Unknown tag 'set'; write assign"},
        {"{% if x %}never closed", "write {% endif %} where it ends"},
        {"{% for i in items %}never closed", "write {% endfor %} where it ends"},
        {"a{% endif %}", "endif"},
        {"<p>{{ name </p>", "this {{ is never closed: write }}"},
        {"{% if x <p>", "this {% is never closed: write %}"},
        {"{{ name | upercase }}", "undefined filter upercase; write upcase"},
        {"{{ name | toUpper }}", "write upcase"},
        {"{{ x | shamsi }}", "write jalali"},
        {"{{ x | money: 'TOMAN' }}", "for amounts in toman write 'IRT'"},
        {"{{ x | money: 'ریال' }}", "write 'IRR'"},
        {"{% for i from items %}{% endfor %}", "write it as {% for item in items %}"},
        {"{{ name\u200F }}", "a mark that nobody sees (U+200F) stands here: delete it"},
    };
    for (const auto& [body, says] : bodies) {
        folder_.write("t/email.liquid", head + body);
        EXPECT_THAT(said(), Contains(HasSubstr(says))) << body;
    }
}

TEST_F(Authors, every_mistake_of_the_front_matter_is_told_with_what_to_write_instead) {
    const std::vector<std::pair<std::string, std::string>> heads = {
        {"subject = “سلام”", "t/email.liquid:2:11: broken: write \" in place of “"},
        {"subject = «سلام»", "write \" in place of «"},
        {"subject = سلام", "put the text in quotes"},
        {"subject : \"s\"", "write = between a name and its value"},
        {"subject = \"s\nlang = \"en\"", "the quote that opens here is not closed in this line"},
        {"subject = \"s\"\nlist_unsubscribe = True", "write true in small letters"},
        {"subject = \"s\"\nlist_unsubscribe = yes", "write true or false"},
        {"subject = \"say \"hi\" to\"", "a \" ends the text here"},
        {"subject = \"s\"\nrequired = [\"a\"، \"b\"]", "write , in place of ،"},
        {"subject = \"s\"\nsample = {n = ۱۰}", "write 10 in place of ۱۰"},
        {"subject = \"s\"\nسلام به همه", "a line of the front matter is NAME = \"text\""},
        {"subject =", "there is no value behind the ="},
    };
    for (const auto& [head, says] : heads) {
        folder_.write("t/email.liquid", "+++\n" + head + "\n+++\nx");
        EXPECT_THAT(said(), Contains(HasSubstr(says))) << head;
    }
}

TEST_F(Authors, a_fence_that_is_nearly_one_is_told) {
    for (const std::string_view fence : {"\n+++", " +++", "++++", "++", "+++toml", "---"}) {
        folder_.write("t/sms.liquid", std::string(fence) + "\nsubject = \"s\"\nlang = \"en\"\n+++\nx");
        EXPECT_THAT(said(), Contains(HasSubstr("broken: front matter begins in the first line, with +++ alone")))
            << fence;
    }
    folder_.write("t/sms.liquid", "+++ \nlang = \"en\"\n+++\t\nx");
    EXPECT_THAT(said(), testing::ElementsAre("t/sms.liquid:1:4: fence-blank: a blank stands behind +++: delete it",
                                             "t/sms.liquid:3:4: fence-blank: a blank stands behind +++: delete it"));
    folder_.write("t/sms.liquid", "--- a line, and no key\nx");
    EXPECT_THAT(said(), IsEmpty());
}

TEST_F(Authors, a_mail_without_front_matter_is_told_how_to_begin) {
    folder_.write("t/email.liquid", "<p>x</p>");
    EXPECT_THAT(said(), Contains(HasSubstr("has no subject; begin the file with a line +++")));
}

TEST_F(Authors, a_file_that_is_not_utf8_is_told_how_to_save_it) {
    folder_.write("t/sms.liquid", "\xD3\xE1\xC7\xE3");
    folder_.write("u/sms.liquid", std::string_view("\xFF\xFEh\0i\0", 6));
    EXPECT_THAT(said(), Contains(HasSubstr("t/sms.liquid:1:1: broken: is not UTF-8; save it as UTF-8")));
    EXPECT_THAT(said(), Contains(HasSubstr("u/sms.liquid:1:1: broken: is not UTF-8 but UTF-16")));
}

TEST(FileAdvice, names_that_are_nearly_right_are_understood) {
    const std::vector<std::pair<std::string_view, std::string_view>> names = {
        {"email.fa.liquid.txt", "email.fa.liquid"},
        {"email.fa.Liquid", "email.fa.liquid"},
        {"email.fa.LIQUID", "email.fa.liquid"},
        {"email.html", "email.liquid"},
        {"email.fa.htm", "email.fa.liquid"},
        {"email.liquid.html", "email.liquid"},
        {"Email.fa.liquid", "email.fa.liquid"},
        {"EMAIL.liquid", "email.liquid"},
        {"mail.fa.liquid", "email.fa.liquid"},
        {"e-mail.liquid", "email.liquid"},
        {"emial.liquid", "email.liquid"},
        {"emai.fa.liquid", "email.fa.liquid"},
        {"SMS.fa.liquid", "sms.fa.liquid"},
        {"sms.txt", "sms.liquid"},
        {"email.farsi.liquid", "email.fa.liquid"},
        {"email.persian.liquid", "email.fa.liquid"},
        {"email.fa.text.liquid", "email.text.fa.liquid"},
        {"email_fa.liquid", "email.fa.liquid"},
        {"email-fa.liquid", "email.fa.liquid"},
        {"email fa.liquid", "email.fa.liquid"},
        {"email.fa (1).liquid", "email.fa.liquid"},
        {"email.fa.liquid (2)", "email.fa.liquid"},
        {"email.fa - Copy.liquid", "email.fa.liquid"},
        {"email.fa.liqud", "email.fa.liquid"},
        {"email.fa.liquid.", "email.fa.liquid"},
        {"email.fa\u200F.liquid", "email.fa.liquid"},
        {"ایمیل.fa.liquid", "email.fa.liquid"},
        {"پیامک.liquid", "sms.liquid"},
    };
    for (const auto& [name, wanted] : names)
        EXPECT_EQ(intended_name("welcome", name).value_or("nothing"), wanted) << name;
    for (const std::string_view right :
         {"email.liquid", "email.fa-IR.liquid", "email.fa-ir.liquid", "email.text.fa.liquid", "email.mjml.liquid",
          "sms.liquid", "push.fa.liquid", "whatsapp.liquid"})
        EXPECT_EQ(intended_name("welcome", right), std::nullopt) << right;
    for (const std::string_view other : {"logo.png", "README.md", "notes.txt", "email.liquid~", "email.fa.liquid.bak",
                                         "email.png", "email.docx", "sample.json"})
        EXPECT_EQ(intended_name("welcome", other), std::nullopt) << other;
    EXPECT_EQ(intended_name("_partials", "button.html"), "button.liquid");
    EXPECT_EQ(intended_name("_layouts", "mail.liquid.txt"), "mail.liquid");
    EXPECT_EQ(intended_name("_layouts", "mail.liquid"), std::nullopt);
    EXPECT_EQ(intended_name("_partials", "logo.png"), std::nullopt);
    EXPECT_EQ(intended_name("locales", "fa.toml.txt"), "fa.toml");
    EXPECT_EQ(intended_name("locales", "fa.yml"), "fa.toml");
    EXPECT_EQ(intended_name("locales", "farsi.toml"), "fa.toml");
    EXPECT_EQ(intended_name("locales", "en.default.toml"), std::nullopt);
    EXPECT_EQ(intended_name("", "email.fa.liquid"), "NAME/email.fa.liquid");
    EXPECT_EQ(intended_folder("layouts"), "_layouts");
    EXPECT_EQ(intended_folder("_Partials"), "_partials");
    EXPECT_EQ(intended_folder("Locale"), "locales");
    EXPECT_EQ(intended_folder("welcome mail"), "welcome-mail");
    EXPECT_EQ(intended_folder("نوروز"), "nowruz");
    EXPECT_EQ(intended_folder("welcome"), std::nullopt);
}

TEST_F(Authors, a_file_by_another_name_is_told_by_lint_and_in_the_log) {
    folder_.write("a/email.fa.liquid.txt", around("", "x"));
    folder_.write("b/mail.fa.liquid", around("layout = \"mail\"\n", "x"));
    folder_.write("layouts/mail.liquid", "{{ content }}");
    folder_.write("نوروز/sms.liquid", "x");
    folder_.write("email.liquid", around("", "x"));
    const auto all = said();
    EXPECT_THAT(all, Contains("a/email.fa.liquid.txt:1:1: file-name: is no template file by its name; rename it to "
                              "email.fa.liquid"));
    EXPECT_THAT(all, Contains("b/mail.fa.liquid:1:1: file-name: is no template file by its name; rename it to "
                              "email.fa.liquid"));
    EXPECT_THAT(all,
                Contains(HasSubstr("layouts:1:1: file-name: is taken for a template; rename the folder to _layouts")));
    EXPECT_THAT(all, Contains(HasSubstr("call the folder nowruz")));
    EXPECT_THAT(all, Contains("email.liquid:1:1: file-name: belongs into a folder with the template's name: "
                              "NAME/email.liquid"));
    EXPECT_THAT(all, Not(Contains(HasSubstr("layouts are for email"))));
    const auto logged = open_catalogue(folder_.path(), nullptr)->reload();
    EXPECT_THAT(logged, Contains(HasSubstr("a/email.fa.liquid.txt:1:1: is no template file by its name")));
    EXPECT_THAT(logged, Contains(HasSubstr("b/mail.fa.liquid:1:1: is taken for the channel 'mail'; rename it to "
                                           "email.fa.liquid")));
}

TEST_F(Authors, what_shows_but_was_not_meant_is_told) {
    const std::string front = "sample = {name = \"a\", x = 1, price = 3}\n";
    const std::vector<std::pair<std::string, std::string>> bodies = {
        {"{% if x %}a{% else if name %}b{% endif %}",
         "else-if: {% else if name %} is taken for a plain else: write {% elsif name %}"},
        {"<p>Dear {name}</p>{{ name }}", "single-brace: {name} is shown as it stands: write {{ name }}"},
        {"Dear { name },", "single-brace: { name } is shown"},
        {"Dear ${name},", "single-brace: ${name} is shown as it stands: write {{ name }}"},
        {"Dear %name%,", "single-brace: %name% is shown"},
        {"Dear [[name]],", "single-brace: [[name]] is shown"},
        {"Dear *|FNAME|*,", "single-brace: *|FNAME|* is another program's mark"},
        {"<p class=MsoNormal>x<o:p></o:p></p><font color=red>y</font>",
         "word-html: a word processor left 3 pieces here"},
        {"<img src=\"https://a.example/a.png\" alt=\"\" width=\"2400\">", "image-wide: the image is 2400 pixels wide"},
        {"{% if false %}<img src=\"https://a.example/a.png\" alt=\"\" width=\"1200px\">{% endif %}", "image-wide"},
        {"<img src=\"data:image/png;base64,AAAA\" alt=\"\" width=\"9\">", "image-data"},
        {"{{ recipient.name }}", "unknown-field: recipient has no field 'name': write recipient.attributes.name"},
        {"{{ message.subject }}", "unknown-field: message has no field 'subject'"},
        {"{{ \"فردا\" | jalali }}", "date-unread: 'فردا' is no date, and jalali leaves it as it is"},
        {"{{ 'tomorrow' | local_date: 'long' }}", "date-unread: 'tomorrow' is no date"},
        {"{% include 'p'، url: x %}", "foreign-mark: write , in place of ،"},
        {"{{ name | upercase }}{{ x | doubled }}", "undefined filter doubled"},
    };
    folder_.write("_partials/p.liquid", "{{ url }}");
    for (const auto& [body, says] : bodies) {
        folder_.write("t/email.liquid", around(front, body));
        EXPECT_THAT(said(), Contains(HasSubstr(says))) << body;
    }
    folder_.write("t/email.liquid",
                  around(front,
                         "<style>p{color:red}</style><p style=\"a\">{ 3 } 100% x %</p>{{ recipient.attributes.city }}"
                         "{{ message.id }}<img src=\"https://a.example/a.png\" alt=\"\" width=\"600\">{{ name }}{{ x "
                         "}}{{ price }}"));
    EXPECT_THAT(said(), IsEmpty());
}

TEST_F(Authors, arabic_letters_in_persian_text_are_told_once_a_letter) {
    folder_.write("t/sms.fa.liquid", "سلام علي، كتاب شما رسيد. ٤ روز");
    folder_.write("locales/fa.toml", "a = \"كالا\"\n");
    EXPECT_THAT(said(),
                testing::ElementsAre(
                    "locales/fa.toml:1:6: arabic-letters: the Arabic ك stands in Persian text, 1 times: write ک",
                    "t/sms.fa.liquid:1:14: arabic-letters: the Arabic ي stands in Persian text, 2 times: write ی",
                    "t/sms.fa.liquid:1:19: arabic-letters: the Arabic ك stands in Persian text, 1 times: write ک",
                    "t/sms.fa.liquid:1:45: arabic-letters: the Arabic ٤ stands in Persian text, 1 times: write ۴"));
    folder_.remove("locales");
    folder_.remove("t");
    folder_.write("t/sms.ar.liquid", "سلام علي، كتابك");
    EXPECT_THAT(said(), IsEmpty());
}

TEST_F(Authors, numbers_that_tear_in_persian_come_with_the_fix) {
    const auto mail = [&](std::string_view body) {
        folder_.write("t/email.fa.liquid", "+++\nsubject = \"s\"\n+++\n" + std::string(body));
        return said();
    };
    EXPECT_THAT(mail("تلفن ۰۲۱-۸۸۸۸۰۰۰۰ را بگیرید"),
                Contains(HasSubstr("number-tears: the parts of ۰۲۱-۸۸۸۸۰۰۰۰ change places in this line: write <bdi "
                                   "dir=\"ltr\">۰۲۱-۸۸۸۸۰۰۰۰</bdi>")));
    for (const std::string_view torn : {"021-88880000", "(021) 8888-0000", "+98 21 8888 0000", "+98-912-123-4567",
                                        "0912 123 4567", "6037-9912-3456-7890", "۰۹۱۲-۱۲۳-۴۵۶۷", "(۰۲۱) ۸۸۸۸۰۰۰۰"})
        EXPECT_THAT(mail("تلفن " + std::string(torn) + "."), Contains(HasSubstr("number-tears"))) << torn;
    for (const std::string_view whole :
         {"<bdi dir=\"ltr\">۰۲۱-۸۸۸۸۰۰۰۰</bdi>", "<span dir=\"ltr\">021 8888 0000</span>", "۰۲۱۸۸۸۸۰۰۰۰", "۱۴۰۵/۱۲/۲۹",
          "۹-۱۷", "۱۴۰۰-۱۴۰۵", "۱۲٬۰۰۰٬۰۰۰", "<a href=\"tel:021-88880000\">x</a>", "https://a.example/021-88880000"})
        EXPECT_THAT(mail("تلفن " + std::string(whole)), Not(Contains(HasSubstr("number-tears")))) << whole;
    folder_.remove("t");
    folder_.write("t/sms.fa.liquid", "تلفن ۰۲۱-۸۸۸۸۰۰۰۰");
    EXPECT_THAT(said(), Contains(HasSubstr("write {{ '۰۲۱-۸۸۸۸۰۰۰۰' | bidi: true }}")));
    folder_.remove("t");
    folder_.write("t/sms.liquid", "call 021-88880000");
    EXPECT_THAT(said(), IsEmpty());
}

TEST_F(Authors, an_sms_is_looked_at) {
    const auto sms = [&](std::string_view front, std::string_view text) {
        folder_.write("t/sms.liquid", "+++\n" + std::string(front) + "+++\n" + std::string(text));
        return said();
    };
    EXPECT_THAT(sms("", "a short one"), IsEmpty());
    EXPECT_THAT(sms("", std::string(161, 'x')),
                Contains("t/sms.liquid:3:1: sms-segments: 2 segments; 1 characters less make 1"));
    EXPECT_THAT(sms("", std::string(336, 'x')), Contains(HasSubstr("3 segments; 30 characters less make 2")));
    EXPECT_THAT(sms("class = \"marketing\"\n", "Buy now"),
                Contains(HasSubstr("sms-opt-out: marketing SMS does not say how to stop it")));
    EXPECT_THAT(sms("class = \"marketing\"\n", "Buy now. Reply stop to opt out"), IsEmpty());
    EXPECT_THAT(sms("class = \"marketing\"\nlang = \"fa\"\n", "بخرید\nلغو۱۱"), IsEmpty());
    EXPECT_THAT(sms("class = \"marketing\"\nlang = \"fa\"\n", "بخرید"), Contains(HasSubstr("«لغو۱۱»")));
    EXPECT_THAT(sms("", "a <b>bold</b>&nbsp;word<br/>"),
                AllOf(Contains("t/sms.liquid:3:3: sms-html: <b> is shown as it stands: an SMS is plain text"),
                      Contains(HasSubstr("&nbsp;")), Contains(HasSubstr("<br/>"))));
    EXPECT_THAT(sms("", "1 < 2 & 3 > 1 AT&T; <3"), IsEmpty());
    EXPECT_THAT(sms("", "https://shop.example/a/very/long/path/to/something?utm_source=sms"),
                Contains(HasSubstr("sms-long-link: a link takes 65 characters")));
}

TEST_F(Authors, a_mail_that_leaves_a_table_open_is_blamed_and_not_its_layout) {
    folder_.write("_layouts/mail.liquid", "<table><tr><td>{{ content }}</td></tr></table>");
    folder_.write("good/email.liquid", around("layout = \"mail\"\n", "<table><tr><td>x</td></tr></table>"));
    folder_.write("open/email.liquid", around("layout = \"mail\"\n", "<table><tr><td>x</td></tr>"));
    folder_.write("shut/email.liquid", around("layout = \"mail\"\n", "<b>x</b></table>"));
    EXPECT_THAT(said(),
                testing::ElementsAre("open/email.liquid:6:1: html-unclosed: <table> is never closed",
                                     "shut/email.liquid:6:1: html-unclosed: </table> after this closes nothing"));
    folder_.write("_layouts/mail.liquid", "<table><tr><td>{{ content }}");
    folder_.remove("open");
    folder_.remove("shut");
    EXPECT_THAT(said(), testing::ElementsAre("_layouts/mail.liquid:1:1: html-unclosed: <table> is never closed"));
}

TEST_F(Authors, every_failing_sample_is_told) {
    folder_.write("t/email.liquid",
                  around("sample = {n = 0}\n", "{{ 1 | divided_by: n }}\n{{ n | upercase }}\n{{ n | nothing_such }}"));
    const auto all = said();
    EXPECT_THAT(all, Contains(HasSubstr("t/email.liquid:6:1: sample-fails: with the sample data: divided by 0")));
    EXPECT_THAT(all, Contains(HasSubstr("t/email.liquid:7:1: sample-fails")));
    EXPECT_THAT(all, Contains(HasSubstr("t/email.liquid:8:1: sample-fails")));
}

TEST_F(Authors, data_named_like_a_word_of_templates_shows_and_is_told) {
    folder_.write("_layouts/mail.liquid", "<title>{{ subject }}</title>{{ lang }}{{ content }}");
    folder_.write(
        "t/email.liquid",
        "+++\nsubject = \"Ours\"\nlang = \"en\"\nlayout = \"mail\"\n[sample]\nmessage = \"theirs\"\nsubject = "
        "\"data\"\nlang = \"Persian\"\n+++\n{{ message }} {{ subject }} {{ lang }}");
    EXPECT_THAT(said(), AllOf(Contains(HasSubstr("own-word: 'message'")), Contains(HasSubstr("own-word: 'subject'")),
                              Contains(HasSubstr("own-word: 'lang'"))));
    const auto loaded = open_catalogue(folder_.path(), nullptr)->find("t");
    ASSERT_NE(loaded, nullptr);
    Input input;
    input.data_json = R"({"message":"theirs","subject":"data","lang":"Persian"})";
    input.message_id = "1";
    const auto rendered = loaded->render("email", input);
    ASSERT_TRUE(rendered);
    for (const auto& [name, text] : rendered->parts)
        EXPECT_TRUE(name != "html" || text == "<title>Ours</title>entheirs data Persian") << text;
}

TEST_F(Authors, the_templates_that_were_looked_at_are_counted) {
    folder_.write("a/sms.liquid", "x");
    folder_.write("b/sms.liquid", "x");
    folder_.write("_partials/p.liquid", "x");
    EXPECT_THAT(lint(folder_.path()).templates, testing::ElementsAre("a", "b"));
}

bool is_persian(std::string_view sentence) {
    return sentence.find("\xD8") != std::string_view::npos || sentence.find("\xDB") != std::string_view::npos;
}

TEST(LintInPersian, every_rule_has_a_sentence_in_both_languages) {
    for (const LintRule& rule : lint_rules()) {
        EXPECT_FALSE(rule.says.empty()) << rule.name;
        EXPECT_TRUE(is_persian(rule_in_persian(rule.name))) << rule.name;
    }
}

TEST(LintInPersian, sentences_keep_what_they_name) {
    EXPECT_EQ(in_persian("sms-segments", "3 segments; 30 characters less make 2"),
              "3 بخش؛ با 30 نویسه کمتر 2 بخش می‌شود");
    EXPECT_EQ(in_persian("html-unclosed", "<td> is not closed before </tr>"), "<td> پیش از </tr> بسته نشده است");
    EXPECT_EQ(in_persian("undefined-variable",
                         "'nam' is neither required nor in the sample data of t/email.liquid; did "
                         "you mean 'name'?"),
              "«nam» نه در required هست و نه در نمونهٔ t/email.liquid؛ منظورتان «name» است؟");
    EXPECT_EQ(in_persian("broken", "a sentence that nobody foresaw"),
              "قالب خوانده نمی‌شود (a sentence that nobody foresaw)");
}

TEST_F(Authors, no_common_mistake_is_left_without_a_persian_sentence) {
    const std::string front =
        "sample = {name = \"a\", x = 0, message = \"m\"}\nrequired = [\"never\"]\nsilence = [\"nothing\"]\n";
    const std::vector<std::string> bodies = {
        "{% if x %}",
        "{% foreach i in x %}",
        "{{ name | default: “a” }}",
        "{% if x = 1 %}{% endif %}",
        "{{ name </p>",
        "{% endif %}",
        "{{ x | money: 'TOMAN' }}{{ name | upercase }}{{ 1 | divided_by: x }}{{ nam }}{{ recipient.name }}",
        "<p>{name}<table><b><img src=\"a.png\"><img src=\"data:a\" width=900><a href=\"#\">x</a><a "
        "href=\"http://x.example\">y</a>"
        "<script></script><font>z</font>{% else if %}",
        "{% if x %}{% else if x %}{% endif %}{% content_for 'none' %}x{% endcontent_for %}<a href={{ name }}>x</a>{{ "
        "name | raw }}",
        "{{ 'key' | t }}",
        "{% include 'none' %}",
        "",
    };
    for (const std::string& body : bodies) {
        folder_.write("t/email.liquid", around(front, body));
        folder_.write("t/sms.liquid", "+++\nclass = \"marketing\"\n+++\n<b>" + std::string(400, 'x') +
                                          "</b> https://a.example/" + std::string(50, 'x'));
        folder_.write("u/email.fa.txt", "x");
        for (const Finding& f : lint(folder_.path(), {{}, measure}).findings) {
            const std::string said = in_persian(f.rule, f.sentence);
            EXPECT_TRUE(is_persian(said)) << f.sentence;
            EXPECT_THAT(said, Not(HasSubstr("(" + f.sentence + ")"))) << f.rule;
        }
    }
}

}  // namespace
}  // namespace chapar::render
