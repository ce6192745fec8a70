// Prices of routes, where messages to numbers may go, and which route may carry them.
#include "config/prices.hpp"

#include "files.hpp"

namespace chapar::config {
namespace {

using Prices = Files;

constexpr std::string_view head = R"(
[policy]
exchange = ["EUR=700000"]
[[application]]
name = "shop"
users = ["root"]
classes = ["*"]
channels = ["*"]
phone_allow = ["IR", "+9714"]
[[route]]
name = "operator"
channel = "sms"
plugin = "sms"
prefixes = ["+98"]
[[route.price]]
prefix = "+98"
segment = 1250
[[route.price]]
prefix = "+98912"
segment = "1199.5"
[[route]]
name = "abroad"
channel = "sms"
plugin = "sms"
classes = ["otp"]
[[route.price]]
segment = "0.0079"
currency = "EUR"
[channel.sms]
cost = 2000
prefer = "price"
)";

TEST_F(Prices, the_longest_prefix_counts_and_money_is_exact) {
    const auto loaded = with(std::string(head));
    for (const auto& problem : loaded.problems)
        ADD_FAILURE() << problem.sentence();
    const auto& s = loaded.settings;
    ASSERT_EQ(s.routes.size(), 2U);
    const auto& home = s.routes[0];
    const auto& abroad = s.routes[1];
    EXPECT_EQ(unit_cost(s, home, "+989121234567"), Money{1'199'500'000});
    EXPECT_EQ(unit_cost(s, home, "+989351234567"), Money{1'250'000'000});
    EXPECT_EQ(unit_cost(s, abroad, "+4915112345678"), Money{5530'000'000}) << "0.0079 EUR at 700000";
    EXPECT_EQ(least_unit_cost(s, "sms", "otp", "+989121234567"), Money{1'199'500'000});
    EXPECT_EQ(least_unit_cost(s, "sms", "marketing", "+4915112345678"), Money{2'000'000'000})
        << "no route: the channel's";
    EXPECT_TRUE(serves(home, "marketing", "+989121234567"));
    EXPECT_FALSE(serves(home, "marketing", "+4915112345678"));
    EXPECT_FALSE(serves(abroad, "marketing", "+4915112345678"));
    EXPECT_TRUE(s.channels.at(0).by_price);
}

TEST_F(Prices, a_list_of_destinations_has_countries_and_prefixes) {
    const auto list = with(std::string(head)).settings.applications.at(0).phone_allow;
    EXPECT_TRUE(allows_number(list, "+989121234567"));
    EXPECT_TRUE(allows_number(list, "+97141234567"));
    EXPECT_FALSE(allows_number(list, "+971501234567"));
    EXPECT_FALSE(allows_number(list, "+12125550100"));
    EXPECT_TRUE(allows_number({}, "+12125550100"));
}

TEST_F(Prices, what_can_not_be_a_price_or_a_destination_is_refused_with_its_place) {
    const auto route = [](std::string_view rest) {
        return "[[route]]\nname = \"a\"\nchannel = \"sms\"\nplugin = \"sms\"\n" + std::string(rest);
    };
    const std::pair<std::string, std::string_view> cases[] = {
        {route("[[route.price]]\nprefix = \"+98\"\n"), "[[route.price]] has no segment"},
        {route("[[route.price]]\nsegment = \"1,5\"\n"), "chapar.toml:6:11: segment = 1,5: expected an amount"},
        {route("[[route.price]]\nsegment = \"0.00000001\"\n"), "at most six digits behind the point"},
        {route("[[route.price]]\nsegment = 1\n[[route.price]]\nsegment = 2\n"), "price of \"+\" stands twice"},
        {route("[[route.price]]\nsegment = 1\ncurrency = \"USD\"\n"), "nobody knows what USD is in IRR"},
        {route("prefixes = [\"0912\"]\n"), "expected how numbers in E.164 begin"},
        {"[policy]\nphone_allow = [\"Iran\"]\n", "expected a country (\"IR\")"},
        {"[policy]\nexchange = [\"EUR:7\"]\n", "such as \"EUR=700000\""},
        {"[[cap]]\nname = \"c\"\nlimit = 1\nwindow = \"lifetime\"\nscope = { prefix = 16 }\n", "expected 1 to 15"},
        {"[daemon]\ncountry = \"Iran\"\n", "two capital letters"},
    };
    for (const auto& [text, part] : cases)
        EXPECT_NE(said(text).find(part), std::string::npos) << text << "\n" << said(text);
}

}  // namespace
}  // namespace chapar::config
