#include "address/key.hpp"

#include <gtest/gtest.h>

#include <random>

#include "address/email.hpp"
#include "email_rules/address.hpp"

namespace chapar::address {
namespace {

TEST(address_key, all_spellings_of_an_id_have_the_name_of_the_address) {
    struct Same {
        const char* name;
        std::vector<std::string> spellings;
    };
    for (const auto& [name, spellings] : std::vector<Same>{
             {"sara.k@example.com",
              {"sara.k@example.com", "Sara.K@Example.COM", "SARA.K@EXAMPLE.com", " sara.k@example.com ",
               "\u200Fsara.k@example.com", "sara.k@example.com\u200E", "\u2068Sara.k@example.com\u2069"}},
             {"sara@xn--mgbh0fb.xn--kgbechtv", {"Sara@مثال.إختبار", "sara@XN--MGBH0FB.xn--kgbechtv"}},
             {"straße@example.com", {"straße@example.com"}},
             {"+989121234567",
              {"+989121234567", "09121234567", "00989121234567", "989121234567", "۰۹۱۲۱۲۳۴۵۶۷", "٠٩١٢١٢٣٤٥٦٧",
               "+98 912 123 4567", "0912-123-4567", "(0912) 123 45 67", "+98 (0) 912 123 4567",
               "\u202A+989121234567\u202C", "۰۰۹۸۹۱۲۱۲۳۴۵۶۷", "0912.123.4567"}},
             {"+4915112345678", {"+49 151 12345678", "004915112345678"}},
         }) {
        for (const auto& spelling : spellings) {
            if (std::string(name) != "straße@example.com") {
                EXPECT_EQ(name_of(spelling, "IR"), name) << spelling;
            }
            EXPECT_EQ(key(name_of(spelling, "IR")), name_of(spelling, "IR")) << "the key of a key is itself";
        }
    }
}

TEST(address_key, letters_of_any_case_are_one_in_every_script) {
    EXPECT_EQ(name_of("ПЁТР@example.com", "IR"), name_of("пётр@EXAMPLE.com", "IR"));
    EXPECT_EQ(name_of("Jos\u00E9@example.com", "IR"), name_of("JOSE\u0301@example.com", "IR")) << "composed or not";
}

/// The quick look never lets in what the rules refuse or change: they are asked for every text that it lets in.
TEST(address_key, a_plain_address_is_one_that_the_rules_leave_as_it_is) {
    std::mt19937 random(11);
    constexpr std::string_view pieces[] = {"a", "z9",      "sara", ".",  "..",   "-", "_", "+",
                                           "@", "example", ".com", ".7", "xn--", "A", "é", " "};
    int plain = 0;
    for (int i = 0; i < 200'000; ++i) {
        std::string text;
        const auto add = [&] {
            for (auto left = random() % 4; left > 0; --left)
                text += pieces[random() % std::size(pieces)];
        };
        add();
        text += random() % 20 == 0 ? "" : "@";
        add();
        text += random() % 3 == 0 ? "" : ".com";
        if (random() % 50 == 0) text.insert(text.size() / 2, 60, 'q');
        if (!is_plain(text)) continue;
        ++plain;
        const auto parsed = email::parse_address(text);
        ASSERT_TRUE(parsed.has_value()) << text << ": " << parsed.error();
        ASSERT_EQ(parsed->text(), text);
        ASSERT_EQ(key(text), text);
    }
    EXPECT_GT(plain, 500);
    EXPECT_TRUE(is_plain("sara.k+shop@mail-2.example.com"));
    for (const auto* text :
         {"Sara@example.com", "sara@localhost", "sara@example.7", "@example.com", "sara@-a.com", "a@b@c.com"})
        EXPECT_FALSE(is_plain(text)) << text;
}

TEST(address_key, other_ids_stay_as_they_are) {
    for (const auto* id : {"", "u1", "Customer-17", "customer-17", "12345", "0049123456", "sara@", "@shop", "a b@c.de",
                           "9f86d081-884c-4d63-a1b5", "dXNlcg:APA91bHun4MxP5egoKMwt2KZFBaFUH", "9121234567"})
        EXPECT_EQ(name_of(id, "IR"), id);
    EXPECT_NE(name_of("User-A", "IR"), name_of("user-a", "IR")) << "ids of applications have a case";
}

TEST(address_key, an_address_is_told_from_an_id) {
    EXPECT_TRUE(is_address("sara@example.com"));
    EXPECT_TRUE(is_address("+989121234567"));
    for (const auto* id : {"u1", "+", "+98x", "sara@", "989121234567"})
        EXPECT_FALSE(is_address(id)) << id;
}

}  // namespace
}  // namespace chapar::address
