#include "email_rules/address.hpp"

#include <gtest/gtest.h>

namespace chapar::email {
namespace {

TEST(Address, a_plain_address_is_kept_with_its_domain_in_lower_case) {
    const auto address = parse_address("Ali.Reza+news@Example.COM");
    ASSERT_TRUE(address.has_value()) << address.error();
    EXPECT_EQ(address->text(), "Ali.Reza+news@example.com");
    EXPECT_FALSE(address->needs_smtp_utf8);
}

TEST(Address, an_international_domain_becomes_a_labels) {
    const auto address = parse_address("info@ایران.ir");
    ASSERT_TRUE(address.has_value()) << address.error();
    EXPECT_EQ(address->domain, "xn--mgba3a4f16a.ir");
    EXPECT_FALSE(address->needs_smtp_utf8);
    EXPECT_EQ(to_ascii_domain("faß.de").value(), "xn--fa-hia.de");  // non-transitional
}

TEST(Address, a_local_part_outside_ascii_needs_smtp_utf8) {
    const auto address = parse_address("علی@example.com");
    ASSERT_TRUE(address.has_value()) << address.error();
    EXPECT_TRUE(address->needs_smtp_utf8);
}

TEST(Address, everything_but_one_strict_address_is_refused) {
    const std::string long_local(65, 'a');
    const std::string label(60, 'b');
    const std::string long_domain = "a@" + label + '.' + label + '.' + label + '.' + label + ".example.com";
    for (const std::string& text : std::initializer_list<std::string>{"",
                                                                      "@",
                                                                      "a@",
                                                                      "@b.c",
                                                                      "a",
                                                                      "a@b@c.d",
                                                                      "a b@c.d",
                                                                      "a@b c.d",
                                                                      "\"a\"@b.c",
                                                                      "\"a@b.c\r\nRCPT TO:<x@y.z>\"@b.c",
                                                                      "a\r\n@b.c",
                                                                      "a\n@b.c",
                                                                      std::string("a\0@b.c", 6),
                                                                      "a@b.c\r\n",
                                                                      "a@b.c>",
                                                                      "<a@b.c>",
                                                                      "a@b.c,d@e.f",
                                                                      "a@[127.0.0.1]",
                                                                      "a@127.0.0.1",
                                                                      ".a@b.c",
                                                                      "a.@b.c",
                                                                      "a..b@c.d",
                                                                      "a@b..c",
                                                                      "a@-b.c",
                                                                      "a@b-.c",
                                                                      "a@b_c.d",
                                                                      "a@.b.c",
                                                                      "a@b.c.",
                                                                      "a(comment)@b.c",
                                                                      "a;b@c.d",
                                                                      "a:b@c.d",
                                                                      "a\\b@c.d",
                                                                      "a\tb@c.d",
                                                                      "a\x7f@b.c",
                                                                      "a\xc2\x85@b.c",
                                                                      "a\xe2\x80\xa8@b.c",
                                                                      "a\xe2\x80\xae@b.c",
                                                                      "a\xc2\xa0@b.c",
                                                                      "a\xff@b.c",
                                                                      "a@\xe2\x80\xae.c",
                                                                      long_local + "@b.c",
                                                                      long_domain}) {
        EXPECT_FALSE(parse_address(text).has_value()) << text;
    }
}

TEST(Mailbox, a_name_comes_with_or_without_quotes) {
    EXPECT_EQ(parse_mailbox("فروشگاه چاپار <shop@example.com>")->name, "فروشگاه چاپار");
    EXPECT_EQ(parse_mailbox("\"Shop, \\\"the\\\" best\" <shop@example.com>")->name, "Shop, \"the\" best");
    EXPECT_EQ(parse_mailbox("shop@example.com")->name, "");
    EXPECT_EQ(parse_mailbox("<shop@example.com>")->address.text(), "shop@example.com");
}

TEST(Mailbox, a_list_or_a_name_that_reorders_text_is_refused) {
    for (const char* text :
         {"a@b.c, d@e.f", "A <a@b.c>, B <d@e.f>", "A <a@b.c> x", "A <a@b.c", "A a@b.c>", "A <x> <a@b.c>", "\"A <a@b.c>",
          "\"A\" B <a@b.c>", "evil\xe2\x80\xae <a@b.c>", "A\r\nBcc: x@y.z <a@b.c>", "A\xff <a@b.c>"}) {
        EXPECT_FALSE(parse_mailbox(text).has_value()) << text;
    }
}

}  // namespace
}  // namespace chapar::email
