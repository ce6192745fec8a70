// What admission lets in, the plugin can send: both ask these rules.

#include "email_rules/clean.hpp"

#include "email_rules/address.hpp"

#include <gtest/gtest.h>

namespace chapar::email {
namespace {

TEST(CleanLine, breaks_become_a_blank_and_tricks_go) {
    const std::pair<std::string, std::string> cases[] = {
        {"Sara", "Sara"},
        {"Sara\n", "Sara"},
        {"Sara\r\nBcc: x@y.example", "Sara Bcc: x@y.example"},
        {"a\t\tb", "a b"},
        {"a\xE2\x80\xA8"
         "b",
         "a b"},
        {"\n a", " a"},
        {"a \n b", "a  b"},
        {std::string("a\0b", 3), "ab"},
        {"a\x7F"
         "b",
         "ab"},
        {"evil\xE2\x80\xAE"
         "name",
         "evilname"},
        {"می‌خواهم", "می‌خواهم"},
    };
    for (const auto& [from, to] : cases)
        EXPECT_EQ(clean_line(from), to) << from;
    EXPECT_EQ(clean_line("a\xFF"), "a\xFF") << "what is not UTF-8 is for the guard to refuse";
}

TEST(CleanAddress, invisible_marks_and_blanks_around_go) {
    for (const auto* from : {" sara@example.com", "sara@example.com\xE2\x80\x8B", "\xEF\xBB\xBFsara@example.com",
                             "sara\xC2\xAD@example.com", "\xE2\x80\x8Fsara@example.com\xE2\x80\x8E",
                             "sara@exam\xE2\x81\xA0ple.com", "\xC2\xA0sara@example.com "})
        EXPECT_EQ(clean_address(from), "sara@example.com") << from;
    EXPECT_EQ(clean_address("sa ra@example.com"), "sa ra@example.com");
}

TEST(CleanMailbox, a_name_with_brackets_or_commas_stands_in_quotes) {
    const std::pair<std::string, std::string> cases[] = {
        {"Shop, Inc. <a@b.example>", "Shop, Inc."},
        {"Sara <3 <a@b.example>", "Sara <3"},
        {"A \"B\" <a@b.example>", "A \"B\""},
        {"\"Shop, Inc.\" <a@b.example>", "Shop, Inc."},
        {"Sara\nK <a@b.example>", "Sara K"},
        {"نارنج <a@b.example>", "نارنج"},
        {"a@b.example", ""},
    };
    for (const auto& [from, name] : cases) {
        const auto parsed = parse_mailbox(clean_mailbox(from));
        ASSERT_TRUE(parsed.has_value()) << from << ": " << parsed.error();
        EXPECT_EQ(parsed->name, name);
        EXPECT_EQ(parsed->address.text(), "a@b.example");
    }
    EXPECT_FALSE(parse_mailbox(clean_mailbox("a@b.example, Shop <c@d.example>"))) << "a list";
    EXPECT_FALSE(parse_mailbox(clean_mailbox("A <a@b.c>, B <d@e.f>"))) << "a list";
}

TEST(CleanUri, a_link_as_people_write_it_becomes_one_for_the_wire) {
    const std::pair<std::string, std::string> cases[] = {
        {"https://shop.example/u?a=1,2&b=%20", "https://shop.example/u?a=1,2&b=%20"},
        {"https://shop.example/لغو?u=1", "https://shop.example/%D9%84%D8%BA%D9%88?u=1"},
        {"HTTPS://Shop.Example/A b", "https://shop.example/A%20b"},
        {"https://نارنج.ایران/u", "https://xn--mgb6cko.xn--mgba3a4f16a/u"},
        {"https://faß.de:8443/x", "https://xn--fa-hia.de:8443/x"},
        {" https://shop.example/\n", "https://shop.example/"},
        {"https://shop.example/100%", "https://shop.example/100%25"},
        {"https://shop.example/<x>", "https://shop.example/%3Cx%3E"},
        {"http://127.0.0.1:8080/u", "http://127.0.0.1:8080/u"},
        {"https://[::1]/u", "https://[::1]/u"},
        {"mailto:U@Example.com?subject=لغو", "mailto:U@example.com?subject=%D9%84%D8%BA%D9%88"},
    };
    for (const auto& [from, to] : cases) {
        const auto got = clean_uri(from);
        ASSERT_TRUE(got.has_value()) << from << ": " << got.error();
        if (from.find("نارنج") == std::string::npos)
            EXPECT_EQ(*got, to);
        else
            EXPECT_TRUE(got->starts_with("https://xn--")) << *got;
    }
    for (const auto* bad :
         {"", "https://", "http:///x", "javascript:alert(1)", "ftp://a.example", "shop.example/u",
          "https://a@b.example/", "https://exa mple.com/", "https://shop.example:99999999/", "https://shop.example:x/",
          "mailto:", "mailto:nobody", "https://-x.example/", "https://\xFF.example"})
        EXPECT_FALSE(clean_uri(bad)) << bad;
    EXPECT_FALSE(clean_uri("https://a.example/" + std::string(900, 'x')));
}

TEST(CleanUnsubscribe, several_stand_in_brackets) {
    EXPECT_EQ(clean_unsubscribe("https://a.example/لغو x, mailto:u@a.example").value_or("-"),
              "<https://a.example/%D9%84%D8%BA%D9%88%20x>, <mailto:u@a.example>");
    EXPECT_EQ(clean_unsubscribe("<https://a.example/u?a=1,2>, <mailto:u@a.example>").value_or("-"),
              "<https://a.example/u?a=1,2>, <mailto:u@a.example>");
    for (const auto* bad : {"", " ", "<https://a.example", "https://", "<>", "u"})
        EXPECT_FALSE(clean_unsubscribe(bad)) << bad;
}

TEST(OptOut, is_a_link_with_a_word_for_it) {
    for (const auto* good : {"<a href=\"https://a.example/u\">Unsubscribe</a>", "لغو عضویت: https://a.example/u",
                             "Opt-out: mailto:u@a.example", "<a href='http://a.example/preferences'>x</a>"})
        EXPECT_TRUE(offers_opt_out(good)) << good;
    for (const auto* bad : {"", "Buy now https://a.example/", "Unsubscribe by telling us", "لغو۱۱"})
        EXPECT_FALSE(offers_opt_out(bad)) << bad;
}

}  // namespace
}  // namespace chapar::email
