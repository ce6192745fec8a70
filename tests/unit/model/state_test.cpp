#include "model/state.hpp"

#include <gtest/gtest.h>

#include "base/ids.hpp"
#include "model/message.hpp"
#include "model/trace.hpp"

namespace chapar::model {
namespace {

TEST(State, a_finished_message_leaves_only_by_retry) {
    for (int s = 0; s < state_count; ++s) {
        for (int e = 0; e < change_count; ++e) {
            const auto to = next(static_cast<State>(s), static_cast<Event>(e));
            // A digest's next try can put down what it carries.
            const bool is_put_down = to == State::suppressed || to == State::expired;
            if (static_cast<State>(s) == State::collected && is_put_down) continue;
            if (is_terminal(static_cast<State>(s)) && to) {
                EXPECT_EQ(static_cast<Event>(e), Event::retry);
            }
        }
    }
    EXPECT_FALSE(next(State::cancelled, Event::retry));
    EXPECT_FALSE(next(State::delivered, Event::retry));
}

TEST(State, names_round_trip) {
    for (int s = 0; s < state_count; ++s)
        EXPECT_EQ(state_from(name(static_cast<State>(s))), static_cast<State>(s));
    EXPECT_FALSE(state_from("nonsense"));
}

TEST(State, an_attempt_is_only_begun_from_waiting) {
    for (int s = 0; s < state_count; ++s) {
        const auto to = next(static_cast<State>(s), Event::lease);
        EXPECT_EQ(to.has_value(), static_cast<State>(s) == State::waiting);
    }
}

TEST(MessageId, text_and_key_round_trip_and_sort_together) {
    ManualClock clock(from_ms(1'790'000'000'000));
    IdGenerator ids(clock, MessageKey{0}, 7);
    MessageId last = ids.next();
    for (int i = 0; i < 70'000; ++i) {  // more than one millisecond can order: it must go on, never wrap
        if (i % 1000 == 0) clock.advance(Milliseconds{1});
        const MessageId id = ids.next();
        ASSERT_LT(last.key(), id.key());
        ASSERT_LT(last.text(), id.text());
        ASSERT_EQ(MessageId::parse(id.text()), id);
        last = id;
    }
}

TEST(MessageId, a_clock_that_jumps_back_does_not_repeat_ids) {
    ManualClock clock(from_ms(1'790'000'000'000));
    IdGenerator ids(clock, MessageKey{0}, 7);
    const MessageId first = ids.next();
    clock.set_wall(from_ms(1'700'000'000'000));
    EXPECT_LT(first.key(), ids.next().key());
}

TEST(MessageId, other_uuids_are_refused) {
    EXPECT_FALSE(MessageId::parse(""));
    EXPECT_FALSE(MessageId::parse("0190163d-8694-439b-aea5-966c26f8ad90"));  // version 4
    EXPECT_FALSE(MessageId::parse("0190163d-8694-739b-cea5-966c26f8ad90"));  // another variant
    EXPECT_FALSE(MessageId::parse("0190163d-8694-739b-aea5-966c26f8ad9g"));
    EXPECT_TRUE(MessageId::parse("0190163D-8694-739b-aea5-966c26f8ad90"));
}

TEST(Trace, entries_survive_storage_and_cannot_forge_lines) {
    std::string trace;
    append(trace, {from_ms(5), Reason::accepted, ""});
    append(trace, {from_ms(6), Reason::retry_later, "evil\n7 4 sent"});
    const auto entries = decode_trace(trace);
    ASSERT_EQ(entries.size(), 2u);
    EXPECT_EQ(entries[0].reason, Reason::accepted);
    EXPECT_EQ(entries[1].detail, "evil 7 4 sent");
    EXPECT_EQ(to_ms(entries[1].at), 6);
}

TEST(Trace, stays_bounded_and_keeps_both_ends) {
    std::string trace;
    for (int i = 0; i < 1000; ++i)
        append(trace, {from_ms(i), Reason::retry_later, "x"});
    const auto entries = decode_trace(trace);
    EXPECT_LE(entries.size(), trace_limit);
    EXPECT_EQ(to_ms(entries.front().at), 0);
    EXPECT_EQ(to_ms(entries.back().at), 999);
}

TEST(Message, its_plan_tells_a_test_from_others_and_from_what_earlier_versions_wrote) {
    const std::vector<PlanStep> plan = {{"email", "a@example.com", "", "", "test", true}, {"sms", "+98", "", "", ""}};
    const auto back = decode_plan(encode_plan(plan));
    EXPECT_TRUE(back[0].is_test);
    EXPECT_FALSE(back[1].is_test);
    EXPECT_EQ(queued_for(back[0]), "sandbox");
    EXPECT_EQ(queued_for(back[1]), "sms");
    EXPECT_EQ(back[0].locale, "test");
    for (const auto* old :
         {"email\ta@example.com\t\t\ttest\n", "email\ta@example.com\ttest\ttest\t\n", "sms\t\t\t\t\n"})
        EXPECT_FALSE(decode_plan(old).front().is_test) << old;
    Message message;
    message.plan = back;
    EXPECT_TRUE(is_test(message));
    message.plan.erase(message.plan.begin());
    EXPECT_FALSE(is_test(message));
}

TEST(Message, plan_and_tags_round_trip) {
    const std::vector<PlanStep> plan = {{"email", "a@example.com", "welcome", "abc", "fa-IR"}, {"sms", "", "", "", ""}};
    const auto back = decode_plan(encode_plan(plan));
    ASSERT_EQ(back.size(), 2u);
    EXPECT_EQ(back[0].address, "a@example.com");
    EXPECT_EQ(back[0].locale, "fa-IR");
    EXPECT_EQ(back[1].channel, "sms");
    EXPECT_EQ(decode_tags(encode_tags({"a", "b c"})), (std::vector<std::string>{"a", "b c"}));
    EXPECT_TRUE(encode_tags({}).empty());
}

TEST(Plan, copies_come_back_with_their_place_and_an_old_plan_has_none) {
    std::vector<PlanStep> plan = {{"email", "a@example.com", "welcome", "abc", "fa-IR"}, {"sms", "", "", "", ""}};
    const auto old = encode_plan(plan);
    EXPECT_TRUE(decode_plan(old)[0].copies.empty());
    plan[0].copies = {{"b:c@example.com", false, 0}, {"d@example.com", true, 12}};
    const auto back = decode_plan(encode_plan(plan));
    ASSERT_EQ(back.size(), 2U);
    EXPECT_EQ(back[0].copies, plan[0].copies);
    EXPECT_EQ(back[0].locale, "fa-IR");
    EXPECT_TRUE(back[1].copies.empty());
    EXPECT_EQ(pointer_of(back[0].copies[1]), "/bcc/12");
    EXPECT_FALSE(back[0].is_test);
    plan[0].is_test = true;
    const auto test = decode_plan(encode_plan(plan));
    EXPECT_TRUE(test[0].is_test);
    EXPECT_EQ(test[0].copies, plan[0].copies);
}

}  // namespace
}  // namespace chapar::model
