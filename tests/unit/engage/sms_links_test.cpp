// Short links of a text: what is found before codes are drawn is found again when they are there.

#include "engage/sms_links.hpp"

#include <gtest/gtest.h>

#include "engage/short_code.hpp"
#include "sms_text/segments.hpp"

namespace chapar::engage {
namespace {

class SmsLinksTest : public testing::Test {
  protected:
    SmsLinksTest() {
        settings.base_url = "https://m.shop.ir";
        settings.short_url = "https://zb.ir";
        settings.link_hosts = {"partner.example"};
    }
    std::shared_ptr<const SiteLinks> site() const { return SiteLinks::sample(settings); }

    config::WebSettings settings;
    const std::vector<std::string> hosts{"shop.ir"};
};

TEST_F(SmsLinksTest, each_destination_has_a_place_of_its_own_as_long_as_a_code) {
    const auto by = site();
    SmsLinks gathers(*by, "");
    const auto a = gathers.shorten("https://shop.ir/a"), b = gathers.shorten("https://shop.ir/b");
    EXPECT_NE(a, b);
    EXPECT_EQ(a, gathers.shorten("https://shop.ir/a"));
    EXPECT_EQ(a.size(), std::string("https://zb.ir/Ab3dE7x").size());
    const auto found = gathers.found_in("see " + b + " and " + b);
    ASSERT_EQ(found.size(), 1U) << "what the text does not show gets no code";
    EXPECT_EQ(found[0].destination, "https://shop.ir/b");
}

TEST_F(SmsLinksTest, codes_stand_where_the_placeholders_stood) {
    const auto by = site();
    const std::string text =
        "Pay at https://shop.ir/pay?x=1&y=2. Or https://elsewhere.example/z, https://partner.example/p!";
    SmsLinks gathers(*by, "");
    const auto counted = gathers.shorten_all(text, hosts);
    auto drawn = gathers.found_in(counted);
    ASSERT_EQ(drawn.size(), 2U);
    EXPECT_EQ(drawn[0].destination, "https://shop.ir/pay?x=1&y=2");
    EXPECT_EQ(drawn[1].destination, "https://partner.example/p");
    ASSERT_TRUE(draw_codes(drawn).has_value());
    std::vector<model::ShortLink> codes;
    for (const auto& link : drawn) {
        ASSERT_FALSE(link.codes.empty());
        for (const auto& code : link.codes)
            EXPECT_TRUE(is_short_code(code));
        codes.push_back({link.codes.front(), link.link, link.destination});
    }
    SmsLinks writes(*by, "", codes);
    const auto sent = writes.shorten_all(text, hosts);
    EXPECT_EQ(sent, "Pay at https://zb.ir/" + codes[0].code + ". Or https://elsewhere.example/z, https://zb.ir/" +
                        codes[1].code + "!");
    EXPECT_EQ(sms::count(sent).segments, sms::count(counted).segments);
    EXPECT_EQ(sms::count(sent).units, sms::count(counted).units);
}

TEST_F(SmsLinksTest, what_is_no_address_of_the_web_or_short_already_stays) {
    const auto by = site();
    SmsLinks gathers(*by, "");
    for (const std::string each : {"", "tel:+982188880000", "/relative", "https://user@shop.ir/",
                                   "https://zb.ir/Ab3dE7x", "no address", "javascript:alert(1)"})
        EXPECT_EQ(gathers.shorten(each), each);
    EXPECT_TRUE(gathers.found_in("").empty());
    const std::string long_one = "https://shop.ir/" + std::string(longest_destination, 'x');
    EXPECT_EQ(gathers.shorten(long_one), long_one);
}

TEST_F(SmsLinksTest, an_address_that_has_no_code_stays_long) {
    const auto by = site();
    SmsLinks writes(*by, "", {});
    EXPECT_EQ(writes.shorten("https://shop.ir/a"), "https://shop.ir/a");
    EXPECT_EQ(writes.shorten_all("at https://shop.ir/a", hosts), "at https://shop.ir/a");
}

TEST_F(SmsLinksTest, without_a_short_address_nothing_is_short) {
    settings.short_url.clear();
    const auto by = site();
    SmsLinks gathers(*by, "");
    EXPECT_EQ(gathers.shorten("https://shop.ir/a"), "https://shop.ir/a");
    EXPECT_EQ(gathers.shorten_all("at https://shop.ir/a", hosts), "at https://shop.ir/a");
}

TEST_F(SmsLinksTest, parameters_for_statistics_are_part_of_the_destination) {
    settings.utm_hosts = {"shop.ir"};
    const auto by = site();
    SmsLinks gathers(*by, "nowruz");
    auto text = gathers.shorten("https://shop.ir/a") + ' ';
    text += gathers.shorten("https://m.shop.ir/u/x");
    const auto found = gathers.found_in(text);
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[0].destination, "https://shop.ir/a?utm_source=chapar&utm_medium=sms&utm_campaign=nowruz");
    EXPECT_EQ(found[1].destination, "https://m.shop.ir/u/x") << "our own pages need no statistics";
}

TEST_F(SmsLinksTest, a_text_of_more_addresses_than_places_keeps_the_rest_long) {
    const auto by = site();
    SmsLinks gathers(*by, "");
    std::string text;
    for (int i = 0; i < 60; ++i)
        text += gathers.shorten("https://shop.ir/" + std::to_string(i)) + ' ';
    EXPECT_EQ(gathers.found_in(text).size(), base58.size());
    EXPECT_NE(text.find("https://shop.ir/59 "), std::string::npos);
}

}  // namespace
}  // namespace chapar::engage
