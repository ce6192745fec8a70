#include "config/webhooks.hpp"

#include "files.hpp"

#include <gmock/gmock.h>

namespace chapar::config {
namespace {

using testing::HasSubstr;

const std::string hook = "[[webhook]]\nname='shop'\nurl='https://shop.example/hooks'\nsecrets=['shop']\n";

class WebhookKeys : public Files {};

TEST_F(WebhookKeys, a_webhook_needs_a_name_an_url_and_a_secret) {
    EXPECT_EQ(said(hook), "");
    EXPECT_THAT(said("[[webhook]]\nname='shop'\n"), HasSubstr("[[webhook]] has no url"));
    EXPECT_THAT(said("[[webhook]]\nname='shop'\nurl='https://a.example/'\n"), HasSubstr("[[webhook]] has no secrets"));
    EXPECT_THAT(said(hook + hook), HasSubstr("webhook \"shop\" stands already"));
    EXPECT_THAT(said("[[webhook]]\nname='shop'\nurl='shop.example'\nsecrets=['a']\n"),
                HasSubstr("expected an https URL"));
    EXPECT_THAT(said("[[webhook]]\nname='shop'\nurl='https://a.example/'\nsecrets=['a','b','c']\n"),
                HasSubstr("chapar.toml:4:9: webhook \"shop\" has 3 secrets: expected one, or two while it is changed"));
    EXPECT_THAT(said("[[webhook]]\nname='shop'\nurl='https://a.example/'\nsecrets=[]\n"), HasSubstr("has 0 secrets"));
}

TEST_F(WebhookKeys, a_slip_in_a_type_is_no_endpoint_that_hears_nothing) {
    for (const std::string good :
         {"*", "message.*", "message.delivered", "endpoint.disabled", "message.own_word", "device.*", "archive.moved"})
        EXPECT_EQ(said(hook + "events=['" + good + "']\n"), "") << good;
    EXPECT_THAT(said(hook + "events=['message.deliverd']\n"), HasSubstr("did you mean \"message.delivered\"?"));
    EXPECT_THAT(said(hook + "events=['messages.*']\n"), HasSubstr("did you mean \"message.*\"?"));
    for (const std::string bad :
         {"", "delivered", "message.", ".*", "message.*.*", "*.sent", "Message.Sent", "message sent", "message.sent*"})
        EXPECT_NE(said(hook + "events=['" + bad + "']\n"), "") << bad;
    EXPECT_THAT(said(hook + "events=[]\n"), HasSubstr("has no events"));
}

TEST_F(WebhookKeys, order_retries_networks_and_application_are_checked) {
    EXPECT_EQ(said(hook + "order='strict'\nretries=['5s','10m']\nallow_networks=['10.0.0.0/8','fd00::/8','127.0.0.1']\n"
                          "max_in_flight=4\nenabled=false\ninsecure=true\n"),
              "");
    EXPECT_THAT(said(hook + "order='persons'\n"), HasSubstr("did you mean \"person\"?"));
    for (const std::string bad : {"5", "0s", "9d", "soon", "-1s", "49ms"})
        EXPECT_NE(said(hook + "retries=['" + bad + "']\n"), "") << bad;
    for (const std::string bad :
         {"10.0.0.0/33", "10.0.0/8", "host", "::/129", "10.0.0.0/", "10.0.0.0/-1", "", "10.0.0.0/8x"})
        EXPECT_NE(said(hook + "allow_networks=['" + bad + "']\n"), "") << bad;
    EXPECT_THAT(
        said(hook + "application='shp'\n[[application]]\nname='shop'\nusers=['web']\nchannels=['*']\nclasses=['*']\n"),
        HasSubstr("no application \"shp\"; did you mean \"shop\"?"));
    EXPECT_THAT(said(hook + "max_in_flight=0\n"), HasSubstr("max_in_flight"));
}

TEST(WebhookWarnings, a_short_history_is_told_of_before_events_are_lost) {
    auto settings = defaults();
    settings.store.keep_events = std::chrono::hours(48);
    EXPECT_TRUE(webhook_warnings(settings).empty()) << "there is no webhook";
    settings.webhooks.emplace_back();
    ASSERT_EQ(webhook_warnings(settings).size(), 1U);
    EXPECT_THAT(webhook_warnings(settings)[0], HasSubstr("keep_events"));
    settings.store.keep_events = std::chrono::hours(7 * 24);
    EXPECT_TRUE(webhook_warnings(settings).empty());
}

}  // namespace
}  // namespace chapar::config
