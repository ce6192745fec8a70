// A mail's links and pixel together, by a site's seals; whoever opens them finds what was sealed.

#include "engage/mail_links.hpp"

#include <gtest/gtest.h>

namespace chapar::engage {
namespace {

class MailLinksTest : public testing::Test {
  protected:
    MailLinksTest() {
        settings.base_url = "https://m.shop.ir";
        auto made = SiteLinks::make(settings, {&key, 1}, "bounces.shop.ir");
        site = made ? *made : nullptr;
    }
    std::size_t rewrite(Tracking tracking, std::string_view own = {}) {
        const MailLinks how{.site = *site,
                            .tracking = tracking,
                            .message = MessageKey{77},
                            .now = now,
                            .campaign = "",
                            .literal_hosts = hosts,
                            .list_unsubscribe = own};
        return rewrite_mail(how, html, text);
    }

    const std::string key = std::string(32, 'k');
    config::WebSettings settings;
    std::shared_ptr<const SiteLinks> site;
    const std::vector<std::string> hosts{"shop.ir"};
    const Timestamp now = from_ms(1'790'000'000'000);
    std::string html = R"(<p><a href="https://shop.ir/a">a</a> <a href="https://shop.ir/b">b</a></p>)";
    std::string text = "a (https://shop.ir/a), out: https://shop.ir/out";
};

TEST_F(MailLinksTest, without_tracking_nothing_changes) {
    const auto before = std::pair(html, text);
    EXPECT_EQ(rewrite(Tracking::none), 0U);
    EXPECT_EQ(std::pair(html, text), before);
}

TEST_F(MailLinksTest, a_link_of_both_parts_is_one_link) {
    EXPECT_EQ(rewrite(Tracking::clicks), 3U);
    EXPECT_EQ(html.find("<img"), std::string::npos);
    const auto begin = text.find("https://m.shop.ir/c/");
    const auto found = site->resolve(text.substr(begin, text.find(')') - begin));
    ASSERT_TRUE(found);
    EXPECT_EQ(found->kind, SiteLinks::Resolved::Kind::click);
    EXPECT_EQ(found->destination, "https://shop.ir/a");
    EXPECT_EQ(found->link, 0);
    EXPECT_EQ(found->message, MessageKey{77});
    EXPECT_EQ(found->issued, seal_day(now));
}

TEST_F(MailLinksTest, a_name_of_the_page_is_the_texts_too) {
    settings.utm_hosts = {"shop.ir"};
    site = *SiteLinks::make(settings, {&key, 1}, "");
    html = R"(<a href="https://shop.ir/a" data-chapar-name="hero">a</a>)";
    text = "a (https://shop.ir/a)";
    EXPECT_EQ(rewrite(Tracking::clicks), 1U);
    const auto begin = text.find("https://m.shop.ir/c/");
    const auto found = site->resolve(text.substr(begin, text.find(')') - begin));
    ASSERT_TRUE(found);
    EXPECT_EQ(found->destination, "https://shop.ir/a?utm_source=chapar&utm_medium=email&utm_content=hero");
}

TEST_F(MailLinksTest, the_pixel_stands_where_the_site_wants_it) {
    rewrite(Tracking::full);
    const auto at = html.find("<img src=\"https://m.shop.ir/o/");
    ASSERT_NE(at, std::string::npos);
    EXPECT_GT(at, html.find("</p>"));
    const auto begin = at + 10;
    const auto found = site->resolve(html.substr(begin, html.find('"', begin) - begin));
    ASSERT_TRUE(found);
    EXPECT_EQ(found->kind, SiteLinks::Resolved::Kind::open);
    EXPECT_EQ(found->message, MessageKey{77});
}

TEST_F(MailLinksTest, a_mail_of_text_alone_gets_no_pixel) {
    html.clear();
    EXPECT_EQ(rewrite(Tracking::full), 2U);
    EXPECT_TRUE(html.empty());
}

TEST_F(MailLinksTest, the_applications_own_way_out_stays) {
    EXPECT_EQ(rewrite(Tracking::clicks, "<https://shop.ir/out>, <mailto:out@shop.ir>"), 2U);
    EXPECT_NE(text.find("out: https://shop.ir/out"), std::string::npos);
}

TEST_F(MailLinksTest, a_person_is_named_by_no_letter_of_the_address) {
    const PersonSeal whom{"shop", "sara@example.com", "email", "marketing", MessageKey{77}};
    const auto address = site->unsubscribe_address(whom);
    ASSERT_TRUE(address.starts_with("https://m.shop.ir/u/"));
    EXPECT_EQ(address.find("sara"), std::string::npos);
    const auto found = site->resolve(address);
    ASSERT_TRUE(found && found->person);
    EXPECT_EQ(*found->person, whom);
    EXPECT_FALSE(site->resolve(address + "A"));
    EXPECT_FALSE(site->resolve("https://m.shop.ir/u/"));
    EXPECT_FALSE(site->resolve(""));
}

TEST_F(MailLinksTest, a_mailbox_to_unsubscribe_at_is_offered_where_mails_are_taken) {
    const auto box = site->unsubscribe_mailbox("0192f3c4-0000-7000-8000-000000000000.1");
    EXPECT_TRUE(box.starts_with("u+") && box.ends_with("@bounces.shop.ir")) << box;
    const auto none = SiteLinks::sample(settings);
    EXPECT_EQ(none->unsubscribe_mailbox("0192f3c4-0000-7000-8000-000000000000.1"), "");
}

TEST(TrackingWords, the_newest_word_about_tracking_is_in_force) {
    using model::Consent, model::ConsentState;
    const auto word = [](ConsentState state, int at, std::string channel = "*", std::string topic = "tracking") {
        return Consent{.application = "shop",
                       .recipient = "u1",
                       .channel = std::move(channel),
                       .topic = std::move(topic),
                       .state = state,
                       .source = "",
                       .proof = "",
                       .at = from_ms(at)};
    };
    const auto heard = [](std::vector<Consent> words) { return tracking_consent(words, "email"); };
    constexpr auto yes = ConsentState::subscribed, no = ConsentState::unsubscribed, pending = ConsentState::pending;
    EXPECT_EQ(heard({}), TrackingConsent::unasked);
    EXPECT_EQ(heard({word(no, 1)}), TrackingConsent::refused);
    EXPECT_EQ(heard({word(yes, 1)}), TrackingConsent::granted);
    EXPECT_EQ(heard({word(no, 1), word(yes, 2)}), TrackingConsent::granted);
    EXPECT_EQ(heard({word(yes, 1), word(no, 2)}), TrackingConsent::refused);
    EXPECT_EQ(heard({word(no, 2), word(yes, 2)}), TrackingConsent::refused) << "in doubt, no";
    EXPECT_EQ(heard({word(pending, 3)}), TrackingConsent::unasked);
    EXPECT_EQ(heard({word(no, 1), word(pending, 3)}), TrackingConsent::refused);
    EXPECT_EQ(heard({word(no, 1, "sms")}), TrackingConsent::unasked) << "of another channel";
    EXPECT_EQ(heard({word(no, 1, "email"), word(yes, 2)}), TrackingConsent::refused) << "a general yes is less close";
    EXPECT_EQ(heard({word(no, 1), word(yes, 2, "email")}), TrackingConsent::granted);
    EXPECT_EQ(heard({word(no, 1, "*", "*")}), TrackingConsent::unasked) << "about mails, not about tracking";
    EXPECT_EQ(heard({word(no, 1, "*", "marketing")}), TrackingConsent::unasked);
}

TEST(TrackingWords, what_goes_to_others_too_is_not_tracked) {
    const auto decision =
        decide_tracking({.class_name = "news", .of_class = Tracking::full, .of_application = {}, .has_copies = true});
    EXPECT_EQ(decision.tracking, Tracking::none);
    EXPECT_NE(decision.sentence().find("others"), std::string::npos);
}

}  // namespace
}  // namespace chapar::engage
