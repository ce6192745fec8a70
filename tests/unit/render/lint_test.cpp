#include "render/lint.hpp"

#include "render/lint_source.hpp"
#include "scratch_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace chapar::render {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::string_view head = "subject = \"s\"\nlang = \"en\"\n";

class LintTest : public testing::Test {
  protected:
    std::vector<std::string> found() const {
        std::vector<std::string> lines;
        for (const Finding& f : lint(folder_.path()).findings)
            lines.push_back(f.file + ":" + std::to_string(f.line) + ":" + std::to_string(f.column) + ": " + f.rule);
        return lines;
    }
    void mail(std::string_view front, std::string_view body) const {
        folder_.write("t/email.liquid", "+++\n" + std::string(head) + std::string(front) + "+++\n" + std::string(body));
    }
    ScratchFolder folder_;
};

TEST_F(LintTest, a_good_template_is_left_alone) {
    mail("required = [\"user.name\"]\nsample = {user = {name = \"x\"}, items = [1]}\n",
         "{% assign a = 1 %}{% for i in items %}{{ i }}{{ forloop.index }}{% endfor %}{{ user.name }}{{ a }}{{ "
         "recipient.id }}");
    EXPECT_THAT(found(), IsEmpty());
}

TEST_F(LintTest, a_variable_that_nobody_promised) {
    mail("sample = {a = 1}\n", "{{ a }}\n  {{ b.c | upcase }} {{ 'b' }}");
    EXPECT_THAT(found(), ElementsAre("t/email.liquid:7:6: undefined-variable"));
}

TEST_F(LintTest, partials_are_looked_into_with_what_they_are_given) {
    folder_.write("_partials/p.liquid", "{{ given }}{{ missing }}");
    mail("sample = {a = 1}\n", "{% include 'p', given: a %}");
    EXPECT_THAT(found(), ElementsAre("_partials/p.liquid:1:15: undefined-variable"));
}

TEST_F(LintTest, required_names_without_use_or_sample) {
    mail("required = [\"a\", \"b.c\"]\nsample = {a = 1}\n", "{{ b.c }}");
    EXPECT_THAT(found(), ElementsAre("t/email.liquid:4:14: unused-required", "t/email.liquid:4:19: missing-sample"));
}

TEST_F(LintTest, marketing_mail_without_a_way_out) {
    mail("class = \"marketing\"\n", "x");
    EXPECT_THAT(found(),
                ElementsAre("t/email.liquid:1:1: missing-list-unsubscribe", "t/email.liquid:1:1: missing-unsubscribe"));
    mail("class = \"marketing\"\nlist_unsubscribe = true\nsample = {unsubscribe_url = \"https://a.example\"}\n",
         "<a href=\"{{ unsubscribe_url }}\">out</a>");
    EXPECT_THAT(found(), IsEmpty());
}

TEST_F(LintTest, images_without_words_or_width) {
    mail("sample = {big = true}\n",
         "<p>\n<img src=\"https://a.example/a.png\"></p><img alt=\"\" {% if big %}class=\"9\"{% endif %} src=\"{{ "
         "'https://a.example/x>y' }}\">");
    EXPECT_THAT(found(), ElementsAre("t/email.liquid:7:1: image-alt", "t/email.liquid:7:1: image-width",
                                     "t/email.liquid:7:40: image-width"));
    mail("sample = {big = true}\n",
         "<img alt=\"\" {% if big %}width=\"9\"{% endif %} src=\"https://a.example/a.png\">");
    EXPECT_THAT(found(), IsEmpty());
    mail("silence = [\"image-width\", \"image-alt\"]\n", "<img src=\"https://a.example/a.png\">");
    EXPECT_THAT(found(), IsEmpty());
}

TEST_F(LintTest, a_link_that_is_too_long_to_be_counted_is_told_with_its_place) {
    const auto address = [](std::size_t bytes) {
        const std::string begin = "https://shop.example/";
        return begin + std::string(bytes - begin.size(), 'x');
    };
    mail("", "<p>\n <a href=\"" + address(1501) + "\">far</a></p><a href=\"" + address(1500) + "\">near</a>");
    EXPECT_THAT(found(), ElementsAre("t/email.liquid:6:2: link-long"));
    const auto sentence = lint(folder_.path()).findings.front().sentence;
    EXPECT_THAT(sentence, testing::HasSubstr("1501 bytes"));
    EXPECT_THAT(sentence, testing::HasSubstr("data-chapar-track"));
    // What counts is what a browser asks for: an entity is one byte, a Persian letter six.
    const auto with = [&](std::string_view part, int times) {
        auto text = address(100);
        for (int i = 0; i < times; ++i)
            text += part;
        mail("", "<a href=\"" + text + "\">x</a>");
        return found();
    };
    EXPECT_THAT(with("&amp;", 1400), IsEmpty());
    EXPECT_THAT(with("&amp;", 1401), ElementsAre("t/email.liquid:5:1: link-long"));
    EXPECT_THAT(with("س", 233), IsEmpty());
    EXPECT_THAT(with("س", 234), ElementsAre("t/email.liquid:5:1: link-long"));
    // From the data, in a partial, and where nothing would be counted anyway.
    mail("sample = {u = \"" + address(1600) + "\"}\n", "<a href=\"{{ u }}\">x</a>");
    EXPECT_THAT(found(), ElementsAre("t/email.liquid:6:1: link-long"));
    folder_.write("_partials/p.liquid", "<b>x</b>\n<a href=\"" + address(1600) + "\">x</a>");
    mail("", "{% include 'p' %}");
    EXPECT_THAT(found(), ElementsAre("_partials/p.liquid:2:1: link-long"));
    mail("", "<a data-chapar-track=\"off\" href=\"" + address(1600) +
                 "\">x</a><a href=\"mailto:" + std::string(1600, 'a') + "@b.example\">y</a>");
    EXPECT_THAT(found(), IsEmpty());
}

TEST_F(LintTest, sizes_that_clients_cut) {
    folder_.write("t/email.liquid", "+++\nlang = \"en\"\nsubject = \"" + std::string(79, 'x') + "\"\n+++\n" +
                                        std::string(std::size_t{103} * 1024, 'x'));
    EXPECT_THAT(found(), ElementsAre("t/email.liquid:1:1: clipped", "t/email.liquid:3:12: long-subject"));
}

TEST_F(LintTest, seventy_eight_persian_letters_are_not_too_many) {
    std::string subject;
    for (int i = 0; i < 78; ++i)
        subject += "ش";
    folder_.write("t/email.liquid", "+++\nlang = \"fa\"\nsubject = \"" + subject + "\"\n+++\nx");
    EXPECT_THAT(found(), IsEmpty());
}

TEST_F(LintTest, raw_output_is_seen) {
    mail("sample = {a = \"<b>x</b>\"}\n", "{{ a | raw }}");
    EXPECT_THAT(found(), ElementsAre("t/email.liquid:6:8: raw-output"));
}

TEST_F(LintTest, an_output_in_an_attribute_without_quotes) {
    constexpr std::string_view body =
        "<a href={{ u }}>x</a>\n<a href=\"{{ u }}\" title={% if u %}{{ u }}{% endif %} class='{{ u }}'>{{ u }}</a>";
    mail("sample = {u = \"https://a.example\"}\n", body);
    EXPECT_THAT(found(),
                ElementsAre("t/email.liquid:6:9: unquoted-attribute", "t/email.liquid:7:35: unquoted-attribute"));
    mail("silence = [\"unquoted-attribute\"]\nsample = {u = \"https://a.example\"}\n", body);
    EXPECT_THAT(found(), IsEmpty());
}

TEST_F(LintTest, what_does_not_load_or_render_is_told) {
    folder_.write("a/sms.liquid", "x\n{% if %}");
    folder_.write("b/sms.liquid", "+++\n[sample]\nn = 0\n+++\n{{ 1 | divided_by: n }}");
    folder_.write("c/sms.liquid", "+++\nsilence = [\"no-such\"]\n+++\nx");
    const auto all = found();
    EXPECT_THAT(all, Contains(testing::StartsWith("a/sms.liquid:2:")));
    EXPECT_THAT(all, Contains("b/sms.liquid:5:1: sample-fails"));
    EXPECT_THAT(all, Contains("c/sms.liquid:2:13: unknown-rule"));
}

TEST_F(LintTest, a_mail_without_a_language) {
    folder_.write("t/email.liquid", "+++\nsubject = \"s\"\n+++\nx");
    EXPECT_THAT(found(), ElementsAre("t/email.liquid:1:1: missing-lang"));
}

TEST_F(LintTest, a_folder_that_is_not_there) { EXPECT_EQ(lint(folder_.path() + "/none").findings.size(), 1u); }

TEST(LintSource, names_are_found_as_words_in_tags) {
    const Place place = find_name("name {{ surname }}\n {% if a.name == name %}", "name");
    EXPECT_EQ(place.line, 2u);
    EXPECT_EQ(place.column, 18u);
}

TEST(LintSource, liquid_is_masked_and_lines_stay) {
    EXPECT_EQ(mask_liquid("<a {{ \"x>\ny\" }}>"), "<a ______\n_____>");
    EXPECT_EQ(mask_liquid("{ {{"), "{ __");
}

TEST(Lint, the_starters_are_clean) {
    for (const Finding& f : lint(std::string(CHAPAR_SOURCE_DIR) + "/templates").findings)
        ADD_FAILURE() << f.file << ":" << f.line << ":" << f.column << ": " << f.rule << ": " << f.sentence;
}

}  // namespace
}  // namespace chapar::render
