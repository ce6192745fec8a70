#include "render/catalogue.hpp"

#include "scratch_folder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace chapar::render {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view hello =
    "+++\nsubject = \"Hi {{ name }}\"\nrequired = [\"name\"]\n+++\n<p>Hello {{ name }}</p>\n";

std::string part(const Rendered& rendered, std::string_view name) {
    for (const auto& [key, value] : rendered.parts)
        if (key == name) return value;
    return "(no " + std::string(name) + ")";
}

Input with_data(std::string_view json, std::string_view locale = "") {
    Input input;
    input.data_json = json;
    input.locale = locale;
    return input;
}

class CatalogueTest : public testing::Test {
  protected:
    void open() {
        catalogue_ = open_catalogue(folder_.path(), [this](std::string_view revision) -> std::optional<std::string> {
            const auto found = store_.find(std::string(revision));
            if (found == store_.end()) return std::nullopt;
            return found->second;
        });
    }
    std::shared_ptr<const Template> get(std::string_view name) const { return catalogue_->find(name); }
    std::string text(std::string_view name, std::string_view wanted, const Input& input,
                     std::string_view channel = "email") {
        const auto rendered = get(name)->render(channel, input);
        return rendered ? part(*rendered, wanted) : "error: " + rendered.error().message();
    }
    ScratchFolder folder_;
    std::map<std::string, std::string> store_;
    std::unique_ptr<Catalogue> catalogue_;
};

TEST_F(CatalogueTest, a_mail_is_rendered_part_by_part) {
    folder_.write("hello/email.liquid", hello);
    open();
    EXPECT_THAT(catalogue_->reload(), IsEmpty());
    const auto rendered = get("hello")->render("email", with_data(R"({"name":"<Sara>"})"));
    ASSERT_TRUE(rendered.has_value()) << rendered.error().message();
    EXPECT_EQ(part(*rendered, "subject"), "Hi <Sara>");
    EXPECT_EQ(part(*rendered, "html"), "<p>Hello &lt;Sara&gt;</p>\n");
    EXPECT_EQ(part(*rendered, "text"), "Hello <Sara>\n");
}

TEST_F(CatalogueTest, a_layout_gets_the_content_unescaped_and_the_other_parts) {
    folder_.write("_layouts/base.liquid",
                  "<html lang={{ lang }} dir={{ dir }}><title>{{ subject }}</title>{{ content }}"
                  "<i>{{ preheader }}</i>{% include 'sign' %}");
    folder_.write("_partials/sign.liquid", "<b>{{ name }}</b>");
    folder_.write("hello/email.liquid",
                  "+++\nsubject = \"A & B\"\npreheader = \"P\"\nlayout = \"base\"\nlang = \"fa\"\n+++\n<p>x</p>");
    open();
    EXPECT_THAT(catalogue_->reload(), IsEmpty());
    EXPECT_EQ(text("hello", "html", with_data(R"({"name":"N"})")),
              "<html lang=fa dir=rtl><title>A &amp; B</title><p>x</p><i>P</i><b><bdi>N</bdi></b>");
}

TEST_F(CatalogueTest, the_recipients_language_finds_its_file) {
    folder_.write("hello/sms.liquid", "default {{ lang }} {{ dir }}");
    folder_.write("hello/sms.fa.liquid", "{{ lang }} {{ dir }}");
    folder_.write("hello/sms.zh-Hant.liquid", "{{ lang }}");
    open();
    EXPECT_EQ(text("hello", "text", with_data("", "fa-IR"), "sms"), "fa rtl");
    EXPECT_EQ(text("hello", "text", with_data("", "FA_ir"), "sms"), "fa rtl");
    EXPECT_EQ(text("hello", "text", with_data("", "zh-hant-tw"), "sms"), "zh-Hant");
    EXPECT_EQ(text("hello", "text", with_data("", "zh"), "sms"), "default  ltr");
    EXPECT_EQ(text("hello", "text", with_data("", ""), "sms"), "default  ltr");
    EXPECT_EQ(get("hello")->render("sms", with_data("", "fa-AF"))->locale, "fa");
    EXPECT_TRUE(get("hello")->render("sms", with_data("", "fa-AF"))->right_to_left);
}

TEST_F(CatalogueTest, a_translation_shares_everything_but_the_words) {
    folder_.write(
        "hello/email.liquid",
        "+++\nsubject = \"S\"\nfrom = \"a@b.example\"\nclass = \"otp\"\nrequired = [\"x\"]\nlist_unsubscribe = true\n"
        "sample = {x = 1, y = 2, unsubscribe_url = \"https://u.example\"}\n+++\nB");
    folder_.write("hello/email.fa.liquid", "+++\nsubject = \"F\"\nsample = {y = 3}\n+++\nC");
    open();
    ASSERT_THAT(catalogue_->reload(), IsEmpty());
    const auto& info = get("hello")->info();
    EXPECT_EQ(info.class_name, "otp");
    EXPECT_THAT(info.required, ElementsAre("x", "unsubscribe_url"));
    ASSERT_EQ(info.channels.size(), 1u);
    EXPECT_THAT(info.channels[0].locales, ElementsAre("", "fa"));
    EXPECT_EQ(info.channels[0].samples[1], R"({"y":3,"unsubscribe_url":"https://u.example","x":1})");
    EXPECT_EQ(text("hello", "from", with_data("", "fa")), "a@b.example");
    EXPECT_EQ(text("hello", "list_unsubscribe", with_data(R"({"unsubscribe_url":"https://u.example/1"})", "fa")),
              "https://u.example/1");
}

TEST_F(CatalogueTest, a_text_file_gives_the_text_part_of_its_language_only) {
    folder_.write("hello/email.liquid", "+++\nsubject = \"S\"\n+++\n<p>html</p>");
    folder_.write("hello/email.fa.liquid", "+++\nsubject = \"S\"\n+++\n<p>persian</p>");
    folder_.write("hello/email.text.liquid", "own {{ n }} & text");
    open();
    ASSERT_THAT(catalogue_->reload(), IsEmpty());
    EXPECT_EQ(text("hello", "text", with_data(R"({"n":"<1>"})")), "own <1> & text");
    EXPECT_EQ(text("hello", "text", with_data("", "fa")), "persian\n");
}

TEST_F(CatalogueTest, what_every_template_sees) {
    folder_.write("t/sms.liquid",
                  "{{ recipient.id }} {{ recipient.attributes.city }} {{ message.id }} {{ message.campaign }} {{ n }}");
    open();
    Input input = with_data(R"({"n":1,"message":"mine","recipient":"mine"})");
    input.recipient_json = R"({"id":"r1","attributes":{"city":"Shiraz"}})";
    input.message_id = "m1";
    input.campaign = "c1";
    EXPECT_EQ(text("t", "text", input, "sms"), "r1 Shiraz m1 c1 1");
    folder_.write("t/sms.liquid", "{{ recipient }} {{ message }} {{ message.id }}");
    catalogue_->reload();
    EXPECT_EQ(text("t", "text", input, "sms"), "mine mine");
    folder_.write("t/sms.liquid", "{{ message.title }} {{ recipient.id }}");
    catalogue_->reload();
    input.data_json = R"({"message":{"title":"Hello"},"recipient":"mine"})";
    EXPECT_EQ(text("t", "text", input, "sms"), "Hello r1");
}

TEST_F(CatalogueTest, other_channels_declare_their_parts) {
    folder_.write("t/push.liquid", "+++\n[parts]\ntitle = \"Hi {{ n }}\"\n+++\nBody\n");
    open();
    EXPECT_EQ(text("t", "title", with_data(R"({"n":"x"})"), "push"), "Hi x");
    EXPECT_EQ(text("t", "text", with_data(""), "push"), "Body");
}

TEST_F(CatalogueTest, a_missing_variable_is_named) {
    folder_.write("t/sms.liquid", "+++\nrequired = [\"a\", \"user.name\"]\n+++\nx");
    folder_.write("t/push.liquid", "x");
    open();
    const auto loaded = get("t");
    EXPECT_EQ(loaded->missing_variable("sms", R"({"b":{"a":1},"user":{"name":"x"}})"), "a");
    EXPECT_EQ(loaded->missing_variable("sms", R"({"a":null,"user":{"name":"x"}})"), "a");
    EXPECT_EQ(loaded->missing_variable("sms", R"({"user":{"age":[1,{"name":2}]},"a":false})"), "user.name");
    EXPECT_EQ(loaded->missing_variable("sms", R"({"user":"name","a":0})"), "user.name");
    EXPECT_EQ(loaded->missing_variable("sms", R"({"user":{"name":""},"a":""})"), "a") << "blank is missing";
    EXPECT_EQ(loaded->missing_variable("sms", ""), "a");
    EXPECT_EQ(loaded->missing_variable("sms", "[]"), "a");
    EXPECT_EQ(loaded->missing_variable("push", ""), std::nullopt);
}

TEST_F(CatalogueTest, unknown_names_and_channels_are_told_apart) {
    folder_.write("t/sms.liquid", "x");
    open();
    EXPECT_EQ(get("other"), nullptr);
    EXPECT_FALSE(get("t")->has_channel("email"));
    EXPECT_TRUE(get("t")->render("email", with_data("")).error().is(Code::unknown_channel));
}

TEST_F(CatalogueTest, an_edit_serves_after_a_reload_and_the_old_revision_stays_pinned) {
    folder_.write("t/sms.liquid", "one");
    open();
    const std::string first = get("t")->revision();
    folder_.write("t/sms.liquid", "two");
    EXPECT_EQ(text("t", "text", with_data(""), "sms"), "one");
    catalogue_->reload();
    EXPECT_EQ(text("t", "text", with_data(""), "sms"), "two");
    EXPECT_NE(get("t")->revision(), first);
    const auto pinned = catalogue_->pinned("t", first);
    ASSERT_TRUE(pinned.has_value());
    EXPECT_EQ(part(*(*pinned)->render("sms", with_data("")), "text"), "one");
}

TEST_F(CatalogueTest, a_broken_edit_keeps_the_last_good_revision_and_says_where) {
    folder_.write("t/sms.liquid", "+++\nclass = \"otp\"\n+++\ngood");
    open();
    const std::string good = get("t")->revision();
    folder_.write("t/sms.liquid", "+++\nclass = \"otp\"\n+++\nline\n  {% if x %}bad");
    ASSERT_EQ(catalogue_->reload().size(), 1u);
    EXPECT_THAT(catalogue_->reload()[0], testing::StartsWith("t/sms.liquid:5:"));
    EXPECT_EQ(get("t")->revision(), good);
    ASSERT_EQ(catalogue_->list().size(), 1u);
    EXPECT_THAT(catalogue_->list()[0].broken, HasSubstr("t/sms.liquid:5:"));
    folder_.write("t/sms.liquid", "+++\nclass = \"otp\"\n+++\ngood");
    EXPECT_THAT(catalogue_->reload(), IsEmpty());
    EXPECT_EQ(get("t")->revision(), good);
    EXPECT_EQ(catalogue_->list()[0].broken, "");
}

TEST_F(CatalogueTest, a_new_template_that_is_broken_is_listed_but_not_found) {
    folder_.write("t/email.liquid", "+++\nsubject = \"{{ x\"\n+++\nx");
    open();
    EXPECT_EQ(get("t"), nullptr);
    ASSERT_EQ(catalogue_->list().size(), 1u);
    EXPECT_THAT(catalogue_->list()[0].broken, testing::StartsWith("t/email.liquid:2:1"));
}

TEST_F(CatalogueTest, an_edited_partial_changes_who_uses_it_and_nobody_else) {
    folder_.write("_partials/p.liquid", "1");
    folder_.write("a/sms.liquid", "{% include 'p' %}");
    folder_.write("b/sms.liquid", "b");
    open();
    const std::string a = get("a")->revision(), b = get("b")->revision();
    folder_.write("_partials/p.liquid", "22");
    catalogue_->reload();
    EXPECT_NE(get("a")->revision(), a);
    EXPECT_EQ(get("b")->revision(), b);
    EXPECT_EQ(text("a", "text", with_data(""), "sms"), "22");
}

TEST_F(CatalogueTest, a_revision_is_rebuilt_from_its_bundle) {
    folder_.write("_layouts/l.liquid", "[{{ content }}]");
    folder_.write("_partials/p.liquid", "«{{ n }}»");
    folder_.write("t/email.liquid", "+++\nsubject = \"s\"\nlayout = \"l\"\n+++\n{% include 'p' %}\n");
    open();
    ASSERT_NE(get("t"), nullptr);
    const std::string revision = get("t")->revision();
    store_[revision] = get("t")->bundle();
    folder_.remove("t");
    folder_.remove("_partials");
    open();
    EXPECT_EQ(get("t"), nullptr);
    const auto pinned = catalogue_->pinned("t", revision);
    ASSERT_TRUE(pinned.has_value()) << pinned.error().message();
    EXPECT_EQ((*pinned)->revision(), revision);
    EXPECT_EQ((*pinned)->bundle(), store_[revision]);
    EXPECT_EQ(part(*(*pinned)->render("email", with_data(R"({"n":7})")), "html"), "[«7»\n]");
}

TEST_F(CatalogueTest, a_bundle_that_is_not_what_its_name_says_is_refused) {
    folder_.write("t/sms.liquid", "x");
    open();
    const std::string bundle = get("t")->bundle(), revision = get("t")->revision();
    folder_.remove("t");
    open();
    EXPECT_TRUE(catalogue_->pinned("t", revision).error().is(Code::no_revision));
    store_[revision] = bundle + " ";
    EXPECT_TRUE(catalogue_->pinned("t", revision).error().is(Code::no_revision));
    store_[revision] = bundle;
    EXPECT_TRUE(catalogue_->pinned("other", revision).error().is(Code::no_revision));
    const auto unread = open_catalogue(
        folder_.path() + "/none",
        [](std::string_view) -> Result<std::optional<std::string>> { return fail(Code::failed, "disk I/O error"); });
    EXPECT_TRUE(unread->pinned("t", revision).error().is(Code::unavailable)) << "not found and not looked differ";
    EXPECT_TRUE(catalogue_->pinned("t", revision).has_value());
}

TEST_F(CatalogueTest, no_name_leaves_the_folder) {
    ScratchFolder outside;
    outside.write("secret.liquid", "SECRET");
    folder_.write("_partials/ok.liquid", "ok");
    std::filesystem::create_symlink(outside.path() + "/secret.liquid", folder_.path() + "/_partials/link.liquid");
    std::filesystem::create_directory_symlink(outside.path(), folder_.path() + "/linked");
    const std::string names[] = {"../../secret", "/etc/passwd", "link", outside.path() + "/secret", "..", "ok/../ok"};
    int number = 0;
    for (const std::string& name : names)
        folder_.write("t" + std::to_string(number++) + "/sms.liquid", "{% include '" + name + "' %}");
    open();
    for (int i = 0; i < number; ++i) {
        const auto found = get("t" + std::to_string(i));
        EXPECT_EQ(found, nullptr) << names[i];
    }
    EXPECT_EQ(get("linked"), nullptr);
}

TEST_F(CatalogueTest, a_computed_name_finds_only_what_belongs_to_the_template) {
    folder_.write("_partials/a.liquid", "A");
    folder_.write("_partials/b.liquid", "B");
    folder_.write("t/sms.liquid", "{% include 'a' %}{% include which %}");
    open();
    EXPECT_EQ(text("t", "text", with_data(R"({"which":"a"})"), "sms"), "AA");
    EXPECT_THAT(text("t", "text", with_data(R"({"which":"b"})"), "sms"), testing::StartsWith("error"));
    EXPECT_THAT(text("t", "text", with_data(R"({"which":"../../etc/passwd"})"), "sms"), testing::StartsWith("error"));
}

TEST_F(CatalogueTest, files_that_are_no_templates_do_not_matter) {
    folder_.write("t/sms.liquid", "x");
    folder_.write("t/.sms.liquid.swp", "{% bad");
    folder_.write("t/sms.liquid~", "{% bad");
    folder_.write("t/README.md", "text");
    folder_.write("README.md", "text");
    folder_.write(".git/config.liquid", "{% bad");
    open();
    EXPECT_THAT(catalogue_->reload(), IsEmpty());
    EXPECT_EQ(catalogue_->list().size(), 1u);
}

TEST_F(CatalogueTest, mistakes_are_refused_with_their_place) {
    folder_.write("a/email.liquid", "x");
    folder_.write("b/email.liquid", "+++\nsubject = \"s\"\nlayout = \"none\"\n+++\nx");
    folder_.write("c/sms.liquid", "{% include 'none' %}");
    folder_.write("d/sms.fa.liquid", "x");
    folder_.write("d/sms.ar.liquid", "x");
    folder_.write("e/sms.liquid", "+++\nclass = \"otp\"\n+++\nx");
    folder_.write("e/push.liquid", "+++\nclass = \"bulk\"\n+++\nx");
    folder_.write("f/sms.liquid", "bad \xff utf-8");
    folder_.write("g/sms.liquid", "{{ 'x' | no_such_filter }}");
    folder_.write("h/sms.liquid", " \n");
    open();
    EXPECT_THAT(catalogue_->reload(),
                ElementsAre(testing::StartsWith("a/email.liquid:1:1: has no subject; begin the file with a line +++"),
                            "b/email.liquid:3:10: there is no file _layouts/none.liquid",
                            "c/sms.liquid:1:1: there is no file _partials/none.liquid",
                            "d/sms.ar.liquid:1:1: sms has several languages and no default file sms.liquid",
                            "e/sms.liquid:1:1: class 'otp', but push.liquid says 'bulk'",
                            testing::StartsWith("f/sms.liquid:1:1: is not UTF-8; save it as UTF-8"),
                            testing::StartsWith("g/sms.liquid:1:"), "h/sms.liquid:1:1: has no body"));
}

TEST_F(CatalogueTest, the_limits_hold_over_all_parts_together) {
    const std::string_view loop = "{% for i in (1..100000) %}xxxxxxxxxx{% endfor %}";
    folder_.write("t/email.liquid", "+++\nsubject = \"s\"\n+++\n{{ 1 }}");
    folder_.write("t/email.text.liquid", "{% if many %}" + std::string(loop) + "{% endif %}");
    folder_.write("u/email.liquid",
                  "+++\nsubject = \"s\"\n+++\n{% for p in (1..10) %}" + std::string(loop) + "{% endfor %}");
    open();
    EXPECT_EQ(get("u"), nullptr);  // found by its own sample
    EXPECT_EQ(text("t", "text", with_data(R"({"many":true})")).size(), 1'000'000u);
    folder_.write("t/email.text.liquid",
                  "{% if many %}{% for p in (1..9) %}" + std::string(loop) + "{% endfor %}{% endif %}");
    catalogue_->reload();
    const auto rendered = get("t")->render("email", with_data(R"({"many":true})"));
    ASSERT_FALSE(rendered.has_value());
    EXPECT_TRUE(rendered.error().is(Code::limit)) << rendered.error().message();
}

TEST_F(CatalogueTest, a_template_may_stop_its_own_message) {
    folder_.write("t/sms.liquid", "{% if n > 1 %}{% abort_message 'too many' %}{% endif %}x");
    open();
    const auto rendered = get("t")->render("sms", with_data(R"({"n":2})"));
    ASSERT_FALSE(rendered.has_value());
    EXPECT_TRUE(rendered.error().is(Code::aborted));
    EXPECT_EQ(rendered.error().message(), "too many");
}

TEST_F(CatalogueTest, an_error_while_rendering_names_the_line_of_the_file) {
    folder_.write("t/email.liquid", "+++\nsubject = \"s\"\n+++\n<p>\n{{ n | divided_by: m }}</p>");
    open();
    EXPECT_THAT(text("t", "html", with_data(R"({"n":2,"m":0})")), testing::StartsWith("error: t/email.liquid:5:"));
}

TEST_F(CatalogueTest, numbers_and_digits_follow_the_language) {
    folder_.write("t/sms.liquid",
                  "+++\nlang = \"en\"\n+++\n{{ n | number }} {{ 'x12' | fa_digits }} {{ 'no' | number }}");
    folder_.write("t/sms.fa.liquid", "{{ n | number }} {{ 12 | fa_digits }} {{ '۱۲٣' | latin_digits }}");
    open();
    EXPECT_EQ(text("t", "text", with_data(R"({"n":1250000.5})", "fa-IR"), "sms"), "۱٬۲۵۰٬۰۰۰٫۵ ۱۲ 123");
    EXPECT_EQ(text("t", "text", with_data(R"({"n":1250000.5})", "de-DE"), "sms"), "1,250,000.5 x۱۲ no");
}

TEST_F(CatalogueTest, reading_goes_on_while_the_folder_is_reloaded) {
    folder_.write("t/sms.liquid", "v0");
    open();
    std::jthread writer([&](const std::stop_token& stop) {
        for (int i = 1; !stop.stop_requested(); ++i) {
            folder_.write("t/sms.liquid", "v" + std::to_string(i));
            catalogue_->reload();
        }
    });
    for (int i = 0; i < 3000; ++i) {
        const auto loaded = get("t");
        ASSERT_NE(loaded, nullptr);
        ASSERT_TRUE(loaded->render("sms", with_data("{}")).has_value());
        ASSERT_TRUE(catalogue_->pinned("t", loaded->revision()).has_value());
    }
}

}  // namespace
}  // namespace chapar::render
