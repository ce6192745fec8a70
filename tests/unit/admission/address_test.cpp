#include "admission/address.hpp"

#include <gtest/gtest.h>

namespace chapar::admission {
namespace {

using namespace std::string_literals;

TEST(Email, becomes_canonical) {
    const std::pair<std::string, std::string> cases[] = {
        {"sara@example.com", "sara@example.com"},
        {"Sara@EXAMPLE.Com", "Sara@example.com"},
        {"o'brien+tag@sub.example.co", "o'brien+tag@sub.example.co"},
        {"سارا@example.com", "سارا@example.com"},
        {"info@نارنج.ایران", "info@xn--mgb6cko.xn--mgba3a4f16a"},
        {"root@localhost", "root@localhost"},
    };
    for (const auto& [from, to] : cases) {
        const auto got = canonical_email(from);
        ASSERT_TRUE(got.has_value()) << from << ": " << got.error();
        if (from.find("نارنج") == std::string::npos)
            EXPECT_EQ(*got, to);
        else
            EXPECT_TRUE(got->starts_with("info@xn--") && got->ends_with(".xn--mgba3a4f16a")) << *got;
    }
}

TEST(Email, what_could_split_a_command_or_confuse_a_parser_is_refused) {
    for (const auto& bad : {""s,
                            "sara"s,
                            "@example.com"s,
                            "sara@"s,
                            "a@b@c.example"s,
                            "sara@example.com\r\nRCPT TO:<x@y.example>"s,
                            "sara\n@example.com"s,
                            "sara@exam\nple.com"s,
                            "sara\0@example.com"s,
                            "\"sara\r\n\"@example.com"s,
                            "\"a b\"@example.com"s,
                            "a b@example.com"s,
                            ".a@example.com"s,
                            "a.@example.com"s,
                            "a..b@example.com"s,
                            "a@[127.0.0.1]"s,
                            "a@127.0.0.1"s,
                            "a@-x.example"s,
                            "a@x-.example"s,
                            "a@b..example"s,
                            "a@example"s,
                            "a@exa_mple.com"s,
                            "<a@example.com>"s,
                            "a@example.com,b@example.com"s,
                            "a@example.com>"s,
                            "a(comment)@example.com"s,
                            std::string(65, 'a') + "@example.com",
                            "a@" + std::string(64, 'b') + ".example",
                            "a@" + std::string(250, 'b') + ".example",
                            "a@\xff.example"s,
                            "a\xe2\x80\xa8@example.com"s,
                            "a\xc2\x85@example.com"s})
        EXPECT_FALSE(canonical_email(bad).has_value()) << bad;
}

TEST(Phone, becomes_e164) {
    const std::pair<std::string, std::string> cases[] = {
        {"+989123456789", "+989123456789"}, {"00989123456789", "+989123456789"},
        {"09123456789", "+989123456789"},   {"۰۹۱۲ ۳۴۵ ۶۷۸۹", "+989123456789"},
        {"٠٩١٢-٣٤٥-٦٧٨٩", "+989123456789"}, {"+98 (912) 345.6789", "+989123456789"},
        {"+۹۸۹۱۲۳۴۵۶۷۸۹", "+989123456789"}, {"+4915112345678", "+4915112345678"},
    };
    for (const auto& [from, to] : cases) {
        const auto got = canonical_phone(from, "IR");
        ASSERT_TRUE(got.has_value()) << from << ": " << got.error();
        EXPECT_EQ(*got, to);
    }
    EXPECT_EQ(*canonical_phone("0151 12345678", "DE"), "+4915112345678");
}

TEST(Phone, what_is_no_number_is_refused) {
    for (const auto& bad :
         {""s, "abc"s, "+98912345678901234"s, "+0123456789"s, "9123456789"s, "+98\n9123456789"s, "+989123456789;ext=1"s,
          "++989123456789"s, "98+9123456789"s, "+1234567"s, "0"s, "۰۹۱۲۳۴۵۶۷۸۹x"s, "+98\0"s})
        EXPECT_FALSE(canonical_phone(bad, "IR").has_value()) << bad;
    EXPECT_FALSE(canonical_phone("09123456789", "XX").has_value());
}

TEST(Sender, a_pattern_matches_whole_addresses_only) {
    EXPECT_TRUE(matches_sender("*", "a@b.example"));
    EXPECT_TRUE(matches_sender("*@Shop.Example", "a@shop.example"));
    EXPECT_FALSE(matches_sender("*@shop.example", "a@evilshop.example"));
    EXPECT_FALSE(matches_sender("*@shop.example", "a@sub.shop.example"));
    EXPECT_TRUE(matches_sender("info@shop.example", "info@shop.example"));
    EXPECT_FALSE(matches_sender("info@shop.example", "Info@shop.example"));
    EXPECT_FALSE(matches_sender("", "a@b.example"));
}

TEST(Sender, the_address_of_a_mailbox_is_the_one_in_brackets) {
    EXPECT_EQ(*mailbox_address("Shop <info@Shop.example>"), "info@shop.example");
    EXPECT_EQ(*mailbox_address("\"فروشگاه\" <info@shop.example>"), "info@shop.example");
    EXPECT_EQ(*mailbox_address("info@shop.example"), "info@shop.example");
    EXPECT_EQ(*mailbox_address("Shop, Tehran [IR] <info@shop.example>"), "info@shop.example");
    for (const auto& bad : {"a@b.example <c@d.example"s, "<a@b.example> <c@d.example>"s,
                            "a@b.example, c <c@d.example>"s, "x\r\nBcc: y <c@d.example>"s, "ceo@bank.example>"s})
        EXPECT_FALSE(mailbox_address(bad).has_value()) << bad;
}

TEST(OneLine, knows_every_line_break) {
    EXPECT_TRUE(is_one_line("سلام, world"));
    for (const auto& bad :
         {"a\nb"s, "a\rb"s, "a\0b"s, "a\x7f"s, "a\xc2\x85"s, "a\xe2\x80\xa8"s, "a\xe2\x80\xa9"s, "\xff"s})
        EXPECT_FALSE(is_one_line(bad)) << bad;
}

}  // namespace
}  // namespace chapar::admission
