#include "track/settle.hpp"

#include <gtest/gtest.h>

namespace chapar::track {
namespace {

using model::Blame;
using model::Event;
using model::Reason;
using model::State;
using model::Verdict;

class SettleTest : public testing::Test {
  protected:
    SettleTest() {
        message.id = MessageId(MessageKey{77}, 5);
        message.plan = {
            {"email", "a@example.com", "", "", ""}, {"push", "", "", "", ""}, {"sms", "+989120000000", "", "", ""}};
        message.expires_at = now + std::chrono::hours(1);
        progress.state = State::sending;
        progress.attempts = 1;
        cls.max_attempts = 3;
    }
    store::Settlement settle_with(Verdict verdict, Blame blame = Blame::none) {
        return settle({message, progress, cls, {verdict, blame, {}, "id", "250", "fine"}, now, delay, other_route});
    }
    static State after(const store::Settlement& settlement) {
        const auto state = model::next(State::sending, settlement.event);
        EXPECT_TRUE(state.has_value());
        return state.value_or(State::sending);
    }

    Timestamp now = from_ms(1'000'000);
    Milliseconds delay{5'000};
    bool other_route = false;
    model::Message message;
    model::Progress progress;
    config::ClassSettings cls;
};

TEST_F(SettleTest, an_accepted_message_is_sent) {
    const auto out = settle_with(Verdict::accepted);
    EXPECT_EQ(after(out), State::sent);
    EXPECT_EQ(out.number, 1);
    EXPECT_EQ(out.outcome.provider_id, "id");
    EXPECT_EQ(after(settle_with(Verdict::delivered)), State::delivered);
}

TEST_F(SettleTest, a_retry_waits_for_its_delay) {
    const auto out = settle_with(Verdict::retry, Blame::recipient);
    EXPECT_EQ(after(out), State::waiting);
    EXPECT_EQ(out.due, now + delay);
    EXPECT_EQ(out.step, 0);
}

TEST_F(SettleTest, a_failing_provider_is_left_at_once_where_another_is_well) {
    other_route = true;
    EXPECT_EQ(settle_with(Verdict::retry, Blame::provider).due, now);
    EXPECT_EQ(settle_with(Verdict::retry, Blame::recipient).due, now + delay);
}

TEST_F(SettleTest, a_rejection_moves_on_to_the_next_channel_that_has_an_address) {
    const auto out = settle_with(Verdict::rejected, Blame::recipient);
    EXPECT_EQ(after(out), State::waiting);
    EXPECT_EQ(out.step, 2);
    EXPECT_EQ(out.due, now);
    EXPECT_EQ(out.trace.front().reason, Reason::rejected);
    EXPECT_EQ(out.trace.back().reason, Reason::next_channel);
}

TEST_F(SettleTest, a_rejection_on_the_last_channel_is_the_end) {
    progress.step = 2;
    EXPECT_EQ(after(settle_with(Verdict::rejected)), State::failed);
}

TEST_F(SettleTest, attempts_are_counted_per_channel) {
    progress.attempts = 3;
    EXPECT_EQ(settle_with(Verdict::retry).step, 2);
    progress.step = 2;
    progress.attempts = 8;
    EXPECT_EQ(after(settle_with(Verdict::retry)), State::waiting);
    progress.attempts = 9;
    const auto out = settle_with(Verdict::retry);
    EXPECT_EQ(after(out), State::failed);
    EXPECT_EQ(out.trace.back().reason, Reason::attempts_exhausted);
}

TEST_F(SettleTest, a_try_that_would_come_after_expiry_ends_it_now) {
    message.plan.resize(1);
    message.expires_at = now + Milliseconds{4'000};
    const auto out = settle_with(Verdict::retry);
    EXPECT_EQ(after(out), State::expired);
    EXPECT_EQ(out.trace.back().reason, Reason::expired);
}

TEST_F(SettleTest, doubt_follows_the_class) {
    cls.on_doubt = config::OnDoubt::hold;
    const auto held = settle_with(Verdict::unknown, Blame::provider);
    EXPECT_EQ(after(held), State::held);
    EXPECT_EQ(held.trace.back().reason, Reason::in_doubt_held);
    cls.on_doubt = config::OnDoubt::retry;
    const auto retried = settle_with(Verdict::unknown, Blame::provider);
    EXPECT_EQ(after(retried), State::waiting);
    EXPECT_EQ(retried.trace.back().reason, Reason::in_doubt_retried);
    progress.attempts = 3;
    EXPECT_EQ(after(settle_with(Verdict::unknown)), State::held) << "doubt never outlives the attempts";
}

TEST_F(SettleTest, every_event_it_names_is_allowed_by_the_state_table) {
    for (const auto verdict :
         {Verdict::accepted, Verdict::delivered, Verdict::retry, Verdict::rejected, Verdict::unknown}) {
        for (int attempts = 1; attempts < 12; ++attempts) {
            for (int step : {0, 2}) {
                progress.attempts = attempts;
                progress.step = step;
                after(settle_with(verdict, Blame::provider));
            }
        }
    }
    EXPECT_EQ(after(stop({message, progress, cls, {}, now, {}, false}, Reason::render_failed, "x")), State::failed);
    EXPECT_EQ(after(give_back({message, progress, cls, {}, now, {}, false}, "x")), State::waiting);
}

TEST_F(SettleTest, a_slot_is_kept_for_a_retry_and_given_back_when_nothing_left_the_house) {
    EXPECT_EQ(settle_with(Verdict::retry, Blame::recipient).slots, store::Slots::keep);
    EXPECT_EQ(settle_with(Verdict::accepted).slots, store::Slots::handed_off);
    EXPECT_EQ(settle_with(Verdict::delivered).slots, store::Slots::delivered);
    EXPECT_EQ(settle_with(Verdict::rejected).slots, store::Slots::rejected);
    EXPECT_EQ(settle_with(Verdict::unknown).slots, store::Slots::handed_off) << "it may have left";
    const EndedAttempt facts{message, progress, cls, {}, now, {}, false};
    EXPECT_EQ(stop(facts, Reason::render_failed, "x").slots, store::Slots::give_back);
    EXPECT_EQ(give_back(facts, "x").slots, store::Slots::give_back);
    progress.attempts = 3;
    EXPECT_EQ(settle_with(Verdict::retry).slots, store::Slots::give_back) << "its attempts are used up, none left";
}

TEST_F(SettleTest, a_sent_message_is_looked_at_again_where_the_plan_goes_on) {
    const auto follow_up = [&](Milliseconds after) {
        return settle(
                   {message, progress, cls, {Verdict::accepted, Blame::none, {}, "", "", ""}, now, delay, false, after})
            .follow_up;
    };
    EXPECT_EQ(follow_up(Milliseconds{60'000}), now + Milliseconds{60'000});
    EXPECT_EQ(follow_up(Milliseconds{0}), std::nullopt) << "its class does not fall back by time";
    EXPECT_EQ(follow_up(std::chrono::hours(2)), std::nullopt) << "it would have expired";
    progress.step = 2;
    EXPECT_EQ(follow_up(Milliseconds{60'000}), std::nullopt) << "no channel is left";
}

TEST_F(SettleTest, what_a_mail_says_of_its_address_is_known_when_it_ends_or_is_taken) {
    using What = model::Arrival::What;
    const auto said = [&](Verdict verdict, Blame blame = Blame::none) -> std::optional<What> {
        const auto found = arrival(message, progress.step, settle_with(verdict, blame));
        if (!found) return std::nullopt;
        EXPECT_EQ(found->address, "a@example.com");
        return found->what;
    };
    EXPECT_EQ(said(Verdict::accepted), What::taken);
    EXPECT_EQ(said(Verdict::delivered), What::arrived);
    EXPECT_EQ(said(Verdict::rejected, Blame::recipient), What::soft);
    EXPECT_EQ(said(Verdict::retry, Blame::recipient), std::nullopt) << "it is tried again";
    for (const auto blame :
         {Blame::none, Blame::message, Blame::lane, Blame::credentials, Blame::provider, Blame::gone})
        EXPECT_EQ(said(Verdict::rejected, blame), std::nullopt) << "not this address's trouble, or over for good";
    EXPECT_EQ(said(Verdict::unknown, Blame::recipient), std::nullopt);
    progress.attempts = 3;
    EXPECT_EQ(said(Verdict::retry, Blame::recipient), What::soft) << "its attempts are used up";
    progress.step = 2;
    EXPECT_EQ(arrival(message, 2, settle_with(Verdict::rejected, Blame::recipient)), std::nullopt) << "a text";
}

TEST_F(SettleTest, no_delivery_in_time_leads_to_the_next_channel_that_has_an_address) {
    const auto change = fall_back({message, progress}, now);
    ASSERT_TRUE(change.has_value());
    EXPECT_EQ(change->step, 2);
    EXPECT_EQ(model::next(State::sent, *change->event), State::waiting);
    EXPECT_EQ(change->trace.front().reason, Reason::fallback_due);
    progress.step = 2;
    EXPECT_FALSE(fall_back({message, progress}, now).has_value());
    progress.step = 0;
    EXPECT_FALSE(fall_back({message, progress}, message.expires_at).has_value());
}

TEST_F(SettleTest, what_the_operator_blocks_is_not_tried_again_and_ends_as_blocked) {
    message.plan.resize(1);
    const auto ended = settle({message,
                               progress,
                               cls,
                               {Verdict::rejected, Blame::recipient, {}, "", "blocked_by_operator", ""},
                               now,
                               delay,
                               true});
    EXPECT_EQ(ended.event, Event::attempt_blocked);
    EXPECT_EQ(after(ended), State::blocked_by_operator);
    message.plan = {{"sms", "+989120000000", "", "", ""}, {"email", "a@example.com", "", "", ""}};
    const auto goes_on = settle({message,
                                 progress,
                                 cls,
                                 {Verdict::rejected, Blame::recipient, {}, "", "blocked_by_operator", ""},
                                 now,
                                 delay,
                                 true});
    EXPECT_EQ(after(goes_on), State::waiting);
    EXPECT_EQ(goes_on.step, 1);
}

TEST_F(SettleTest, an_attempt_found_open_at_start_is_in_doubt) {
    store::Orphan doubt{{message, progress}, {}, {}};
    doubt.attempt.number = 1;
    cls.on_doubt = config::OnDoubt::hold;
    EXPECT_EQ(resolve_in_doubt(doubt, cls, now, delay, 1).event, Event::attempt_unknown_hold);
    EXPECT_EQ(resolve_in_doubt(doubt, cls, now, delay, 1).deaths, 0) << "a person decides: nothing is remembered";
    cls.on_doubt = config::OnDoubt::retry;
    EXPECT_EQ(resolve_in_doubt(doubt, cls, now, delay, 1).event, Event::attempt_unknown_retry);
    EXPECT_EQ(resolve_in_doubt(doubt, cls, now, delay, 2).deaths, 2);
}

TEST_F(SettleTest, the_third_death_of_the_daemon_holds_it_as_poison_whatever_its_class_says) {
    store::Orphan doubt{{message, progress}, {}, {}};
    doubt.attempt.number = 3;
    cls.on_doubt = config::OnDoubt::retry;
    const auto out = resolve_in_doubt(doubt, cls, now, delay, 3);
    EXPECT_EQ(model::next(model::State::sending, out.event), model::State::held);
    EXPECT_EQ(out.trace.back().reason, model::Reason::poison);
    EXPECT_EQ(out.deaths, 0);
    EXPECT_EQ(out.slots, store::Slots::handed_off) << "it may have left each time";
}

}  // namespace
}  // namespace chapar::track
