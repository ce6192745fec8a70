// From what a plugin says to what the store takes.

#include "track/receipt.hpp"

#include <gtest/gtest.h>

#include "said.hpp"

namespace chapar::track {
namespace {

model::Report told(const Said& said, const std::string& channel = "sms", Timestamp now = from_ms(1'000)) {
    return complete(said.report(), {"op", channel, "IR", now, false});
}

TEST(Receipt, a_blocked_number_gets_no_more_advertising) {
    const auto blocked = told({.kind = "failed", .address = "+989121234567", .code = "blocked_by_operator"});
    EXPECT_EQ(blocked.word, model::Word::blocked);
    ASSERT_TRUE(blocked.suppress.has_value());
    EXPECT_EQ(blocked.suppress->reason, "blocked_by_operator");
    EXPECT_EQ(blocked.suppress->reach, model::SuppressionReach::marketing);
}

TEST(Receipt, each_kind_has_its_word) {
    using model::Word;
    EXPECT_EQ(word_of("delivered"), Word::delivered);
    EXPECT_EQ(word_of("bounced"), Word::failed);
    EXPECT_EQ(word_of("segment_failed"), Word::part_failed);
    EXPECT_EQ(word_of("inbound"), Word::person);
    EXPECT_EQ(word_of("opened"), Word::note);
}

TEST(Receipt, a_stop_suppresses_the_address_for_marketing_and_a_complaint_without_one_is_noted) {
    const auto stop = told({.kind = "unsubscribed", .address = "+989121234567", .detail = "STOP"});
    ASSERT_TRUE(stop.suppress.has_value());
    EXPECT_EQ(stop.suppress->channel, "sms");
    EXPECT_EQ(stop.suppress->reach, model::SuppressionReach::marketing);
    EXPECT_EQ(stop.suppress->source, "route op: STOP");
    const auto nameless = told({.kind = "complained"});
    EXPECT_FALSE(nameless.suppress.has_value());
    EXPECT_EQ(nameless.word, model::Word::note);
}

TEST(Receipt, a_time_that_cant_be_is_now_and_long_texts_are_cut_between_characters) {
    std::string text = "x";
    for (int i = 0; i < 5'000; ++i)
        text += "\xD8\xB3";
    const auto now = from_ms(10'000'000);
    const auto future = told({.detail = text, .at = from_ms(99'000'000)}, "sms", now);
    EXPECT_EQ(future.at, now);
    EXPECT_EQ(told({.at = Timestamp{}}, "sms", now).at, now);
    EXPECT_EQ(told({.at = from_ms(9'000'000)}, "sms", now).at, from_ms(9'000'000));
    EXPECT_EQ(future.detail.size(), 7'999U);
}

TEST(Receipt, an_address_is_in_the_spelling_that_admission_keeps) {
    const auto address = [](const std::string& said, const std::string& channel) {
        return told({.kind = "inbound", .address = said}, channel).address;
    };
    EXPECT_EQ(address("+98 912 123 4567", "sms"), "+989121234567");
    EXPECT_EQ(address("989121234567", "sms"), "+989121234567") << "SMSCs leave the plus away";
    EXPECT_EQ(address("09121234567", "sms"), "+989121234567") << "of the site's country";
    EXPECT_EQ(address("Shop", "sms"), "Shop") << "as it came";
    EXPECT_EQ(address("Ann@Example.COM", "email"), "Ann@example.com");
    EXPECT_EQ(address("not an address", "email"), "not an address");
    EXPECT_EQ(address("Ann@Example.COM", "*"), "Ann@example.com") << "of a route that is gone";
    EXPECT_EQ(address("989121234567", "*"), "+989121234567");
    EXPECT_EQ(address("989121234567", "push"), "989121234567") << "another channel's are its own";
    EXPECT_EQ(address("", "sms"), "");
}

TEST(Receipt, the_sandbox_opts_nobody_out) {
    const Said stop{.kind = "unsubscribed", .address = "+989121234567"};
    const auto said = complete(stop.report(), {"sandbox", "sms", "IR", from_ms(1'000), true});
    EXPECT_FALSE(said.suppress.has_value());
    EXPECT_EQ(said.word, model::Word::person);
}

TEST(Receipt, what_a_plugin_can_not_know_is_the_daemons_to_say) {
    model::Report forged;
    forged.route = forged.channel = "another";
    forged.word = model::Word::delivered;
    forged.kind = "note";
    forged.suppress = model::Suppression{};
    const auto out = complete(std::move(forged), {"op", "sms", "IR", from_ms(1'000), false});
    EXPECT_EQ(out.route, "op");
    EXPECT_EQ(out.channel, "sms");
    EXPECT_EQ(out.word, model::Word::note);
    EXPECT_FALSE(out.suppress.has_value());
}

}  // namespace
}  // namespace chapar::track
