#include "render/front_matter.hpp"

#include "render/compiled.hpp"
#include "render/locale.hpp"

#include <gtest/gtest.h>

namespace chapar::render {
namespace {

std::string trouble(std::string_view source) {
    const auto front = read_front_matter(source);
    return front ? "" : describe("f", front.error());
}

TEST(FrontMatter, is_read_and_the_body_begins_after_it) {
    const std::string source =
        "+++\nsubject = \"Hi {{ name }}\"\nclass = \"marketing\"\nrequired = [\"name\", \"a.b\"]\n"
        "[sample]\nname = \"Sara\"\nitems = [{price = 3}]\nday = 2024-05-06\n+++\nBody\n";
    const auto front = read_front_matter(source);
    ASSERT_TRUE(front.has_value());
    ASSERT_NE(front->part("subject"), nullptr);
    EXPECT_EQ(front->part("subject")->text, "Hi {{ name }}");
    EXPECT_EQ(front->part("subject")->place.line, 2u);
    EXPECT_EQ(front->part("subject")->place.column, 12u);
    EXPECT_EQ(front->class_name, "marketing");
    EXPECT_EQ(front->required->size(), 2u);
    EXPECT_EQ(source.substr(front->body_offset), "Body\n");
    EXPECT_EQ(front->body_line, 10u);
    ASSERT_EQ(front->sample.size(), 3u);
    EXPECT_EQ(front->sample[0].second, "\"2024-05-06\"");
    EXPECT_EQ(front->sample[1].second, R"([{"price":3}])");
}

TEST(FrontMatter, a_file_without_one_is_all_body) {
    const auto front = read_front_matter("Hello +++\n");
    ASSERT_TRUE(front.has_value());
    EXPECT_EQ(front->body_offset, 0u);
    EXPECT_EQ(front->body_line, 1u);
}

TEST(FrontMatter, windows_line_ends_and_a_byte_order_mark_do_not_matter) {
    const std::string source = "\xEF\xBB\xBF+++\r\nsubject = \"x\"\r\n+++\r\nBody";
    const auto front = read_front_matter(source);
    ASSERT_TRUE(front.has_value());
    EXPECT_EQ(source.substr(front->body_offset), "Body");
}

TEST(FrontMatter, an_unknown_key_is_refused_with_the_nearest_known_one) {
    EXPECT_EQ(trouble("+++\nsubject = \"x\"\n  subjekt = \"y\"\n+++\n"),
              "f:3:3: unknown key 'subjekt'; did you mean 'subject'?");
    EXPECT_EQ(trouble("+++\nzzzzzzzz = 1\n+++\n"), "f:2:1: unknown key 'zzzzzzzz'");
}

TEST(FrontMatter, a_wrong_type_is_refused_where_it_stands) {
    EXPECT_EQ(trouble("+++\nsubject = 3\n+++\n"), "f:2:11: subject must be a string, and is an integer");
    EXPECT_EQ(trouble("+++\nrequired = \"a\"\n+++\n"), "f:2:12: required must be a list of strings, and is a string");
    EXPECT_EQ(trouble("+++\ndir = \"up\"\n+++\n"), "f:2:7: dir must be \"rtl\" or \"ltr\"");
    EXPECT_EQ(trouble("+++\nrequired = [\"recipient.id\"]\n+++\n"),
              "f:2:12: required names fields of the message's data, and 'recipient.id' is not one");
}

TEST(FrontMatter, broken_toml_and_a_missing_end_say_where) {
    EXPECT_TRUE(trouble("+++\nsubject = \n+++\n").starts_with("f:2:9: there is no value behind the ="))
        << trouble("+++\nsubject = \n+++\n");
    EXPECT_EQ(trouble("+++\nsubject = \"x\"\n"),
              "f:1:1: the front matter that starts here has no closing line +++; write +++ alone in a line before the "
              "text of the mail");
}

TEST(Locale, tags_are_brought_into_one_form) {
    EXPECT_EQ(canonical_locale("FA_ir"), "fa-IR");
    EXPECT_EQ(canonical_locale("zh-hant-tw"), "zh-Hant-TW");
    EXPECT_EQ(canonical_locale("es-419"), "es-419");
    for (const char* bad : {"", "x", "text", "../x", "fa-", "-fa", "fa..IR", "12", "fa-abcdefghi"})
        EXPECT_EQ(canonical_locale(bad), "") << bad;
}

TEST(Locale, the_way_of_writing_is_known) {
    for (const char* tag : {"fa", "ar-EG", "he", "ur", "ckb", "ps", "yi", "az-Arab"})
        EXPECT_TRUE(is_right_to_left(tag)) << tag;
    for (const char* tag : {"en", "de-AT", "tr", "az", "tg"})
        EXPECT_FALSE(is_right_to_left(tag)) << tag;
}

TEST(FileNames, say_channel_and_language) {
    const auto plain = parse_file_name("email.liquid");
    ASSERT_TRUE(plain);
    EXPECT_EQ(plain->channel, "email");
    EXPECT_EQ(plain->locale, "");
    const auto text = parse_file_name("email.text.fa_ir.liquid");
    ASSERT_TRUE(text);
    EXPECT_TRUE(text->text);
    EXPECT_EQ(text->locale, "fa-IR");
    for (const char* bad :
         {"email", "email..liquid", ".liquid", "e mail.liquid", "email.toolonglocale.liquid", "email.fa.x.liquid"})
        EXPECT_FALSE(parse_file_name(bad)) << bad;
}

}  // namespace
}  // namespace chapar::render
