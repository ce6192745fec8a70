#include "numbers/phone.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "numbers/plans.hpp"

namespace chapar::numbers {
namespace {

struct Way {
    std::string_view text, country, e164;
};

class Written : public testing::TestWithParam<Way> {};

TEST_P(Written, becomes_e164) {
    const auto& [text, country, e164] = GetParam();
    const auto made = to_e164(text, country);
    ASSERT_TRUE(made.has_value()) << text << ": " << made.error();
    EXPECT_EQ(*made, e164) << text;
    EXPECT_EQ(to_e164(*made, "DE"), made) << "E.164 stays, whatever the country";
}

INSTANTIATE_TEST_SUITE_P(
    AllWays, Written,
    testing::Values(Way{"09121234567", "IR", "+989121234567"}, Way{"989121234567", "IR", "+989121234567"},
                    Way{"+989121234567", "IR", "+989121234567"}, Way{"00989121234567", "IR", "+989121234567"},
                    Way{"۰۹۱۲۱۲۳۴۵۶۷", "IR", "+989121234567"}, Way{"٠٩١٢١٢٣٤٥٦٧", "IR", "+989121234567"},
                    Way{"+۹۸ ۹۱۲ ۱۲۳ ۴۵۶۷", "IR", "+989121234567"}, Way{"+98 (912) 123-4567", "IR", "+989121234567"},
                    Way{"0912.123.4567", "IR", "+989121234567"}, Way{"+98 (0) 912 123 4567", "IR", "+989121234567"},
                    Way{"\u200E+98 912 123 4567\u200F", "IR", "+989121234567"},  // LRM, RLM
                    Way{"\u202A0912\u00A0123\u202F4567\u202C", "IR",
                        "+989121234567"},  // bidi embedding, no-break spaces
                    Way{"\u2066+98\u2069 912\u2011123\u20134567", "IR", "+989121234567"},  // isolates, dashes
                    Way{"\uFEFF0912\u200C1234567", "IR", "+989121234567"},                 // byte order mark, ZWNJ
                    Way{"021 8888 0000", "IR", "+982188880000"}, Way{"0701234567", "AF", "+93701234567"},
                    Way{"0151 12345678", "DE", "+4915112345678"}, Way{"4915112345678", "DE", "+4915112345678"},
                    Way{"(212) 555-0100", "US", "+12125550100"}, Way{"1 212 555 0100", "US", "+12125550100"},
                    Way{"1 212 555 0100", "CA", "+12125550100"}, Way{"06 30 123 4567", "HU", "+36301234567"},
                    Way{"8 916 123 45 67", "RU", "+79161234567"}, Way{"612 345 678", "ES", "+34612345678"},
                    Way{"34612345678", "ES", "+34612345678"}, Way{"06 1234 5678", "IT", "+390612345678"}));

TEST(Phone, what_is_no_number_is_refused_with_what_is_wrong) {
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"", "there are no digits"},
        {"   ", "there are no digits"},
        {"ali", "\"a\" has no place"},
        {"0912123456x", "\"x\" has no place"},
        {"0912123456", "10 digits after +98; this one has 9"},
        {"091212345678", "this one has 11"},
        {"9121234567", "write 09121234567 or +989121234567"},
        {"0121234567890", "this one has 12"},
        {"01212345678", "no area of Iran has the code 012"},
        {"+98912123456", "this one has 9"},
        {"+0989121234567", "no country's code begins with 0"},
        {"000989121234567", "no country's code begins with 0"},
        {"+99912345678", "no country has the code +999"},
        {"++989121234567", "\"+\" has no place"},
        {"98+9121234567", "\"+\" has no place"},
        {"+98\n9121234567", "a control character has no place"},
        {"+989121234567;ext=1", "\";\" has no place"},
        {"09121234567/8", "\"/\" has no place"},
        {"1234", "4 digits are no number of IR"},
        {"+123456789012345678", "at most 15 digits"},
        {"\xFF", "not UTF-8"},
        {"0912\xD8", "not UTF-8"},
    };
    for (const auto& [text, why] : cases) {
        const auto made = to_e164(text, "IR");
        ASSERT_FALSE(made.has_value()) << text << " became " << *made;
        EXPECT_NE(made.error().find(why), std::string::npos) << text << ": " << made.error();
    }
    using namespace std::string_view_literals;
    EXPECT_FALSE(to_e164("+98\0"sv, "IR").has_value());
    EXPECT_NE(to_e164("09121234567", "XX").error().find("no numbering plan of \"XX\""), std::string::npos);
    EXPECT_NE(to_e164("09121234567", "").error().find("needs a country"), std::string::npos);
}

TEST(Phone, iran_is_described_by_operator_and_area) {
    const auto mobile = describe("+989121234567");
    EXPECT_EQ(mobile.national, "0912 123 4567");
    EXPECT_EQ(mobile.country, "IR");
    EXPECT_EQ(mobile.type, Type::mobile);
    EXPECT_EQ(mobile.provider, "Hamrah-e Aval (MCI)");
    EXPECT_EQ(describe("+989351234567").provider, "Irancell");
    EXPECT_EQ(describe("+989211234567").provider, "RighTel");
    EXPECT_EQ(describe("+989061234567").provider, "");
    EXPECT_FALSE(describe("+989061234567").note.empty());
    const auto landline = describe("+985138400000");
    EXPECT_EQ(landline.national, "051 3840 0000");
    EXPECT_EQ(landline.type, Type::landline);
    EXPECT_EQ(landline.area, "Razavi Khorasan");
    EXPECT_EQ(landline.city, "Mashhad");
}

TEST(Phone, a_calling_code_that_countries_share_is_told_apart) {
    EXPECT_EQ(country_of("+12125550100"), "US");
    EXPECT_EQ(country_of("+14165550100"), "CA");
    EXPECT_EQ(country_of("+18765550100"), "JM");
    EXPECT_EQ(country_of("+77011234567"), "KZ");
    EXPECT_EQ(country_of("+79161234567"), "RU");
    EXPECT_EQ(country_of("+882161234567"), "001");
    EXPECT_EQ(country_of("+999"), "");
    EXPECT_TRUE(is_country("KZ"));
    EXPECT_FALSE(is_country("001"));
    EXPECT_FALSE(is_country("ir"));
}

TEST(Plans, a_country_has_the_first_plan_that_names_it) {
    for (char first = 'A'; first <= 'Z'; ++first) {
        for (char second = 'A'; second <= 'Z'; ++second) {
            const std::string country{first, second};
            const auto named = std::ranges::find(plans(), country, &NumberingPlan::country);
            if (named == plans().end()) continue;
            EXPECT_EQ(plan_of_country(country), &*named) << country;
        }
    }
    for (const std::string_view none : {"", "I", "ir", "IRN", "001", "\xff\xff", "A1"})
        EXPECT_EQ(plan_of_country(none), nullptr) << none;
}

TEST(Plans, no_calling_code_begins_another_and_they_are_in_order) {
    for (std::size_t i = 1; i < plans().size(); ++i) {
        EXPECT_LT(plans()[i - 1].code, plans()[i].code);
        EXPECT_FALSE(plans()[i].code.starts_with(plans()[i - 1].code));
    }
}

TEST(Abroad, a_national_number_is_the_right_one_or_asked_for_with_plus) {
    const Way ways[] = {
        {"131 2345 6789", "CN", "+8613123456789"},   {"(11) 96123-4567", "BR", "+5511961234567"},
        {"(11) 2345-6789", "BR", "+551123456789"},   {"011 2345-6789", "BR", "+551123456789"},
        {"321 1234567", "CO", "+573211234567"},      {"912 345 678", "PE", "+51912345678"},
        {"(01) 1123456", "PE", "+5111123456"},       {"555 12 34 56", "GE", "+995555123456"},
        {"8 029 491-19-11", "BY", "+375294911911"},  {"8 0152 45-09-11", "BY", "+375152450911"},
        {"71 123 456", "LB", "+96171123456"},        {"250 123 456", "RW", "+250250123456"},
        {"8 (912) 345-67-89", "RU", "+79123456789"},
    };
    for (const auto& [text, country, e164] : ways)
        EXPECT_EQ(to_e164(text, country).value_or("refused"), e164) << country << ' ' << text;
    for (const auto& [text, country] :
         {std::pair{"(55) 99123-4567", "BR"}, {"8 29 491-19-11", "BY"}, {"9123456789", "IR"}}) {
        const auto asked = to_e164(text, country);
        ASSERT_FALSE(asked) << *asked;
        EXPECT_TRUE(asked.error().contains("+")) << asked.error();
    }
    EXPECT_TRUE(to_e164("(55) 99123-4567", "BR").error().contains("+5555991234567 or +55991234567: write it with +"));
}

}  // namespace
}  // namespace chapar::numbers
