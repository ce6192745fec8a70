// The policy at work: every lease is asked for, and what it says is what happens.
#include "fixture.hpp"

namespace chapar::dispatch {
namespace {

using model::Blame;
using model::Reason;
using model::State;
using model::Verdict;

class PolicyTest : public DispatchTest {
  protected:
    config::CapSettings& cap(double limit, config::CapSettings::Over over = config::CapSettings::Over::drop) {
        config::CapSettings out;
        out.name = "few";
        out.limit = limit;
        out.over = over;
        out.match.classes = {"marketing"};
        settings.caps.push_back(out);
        return settings.caps.back();
    }
    std::vector<MessageId> send(int count, const std::string& recipient, const std::string& cls = "marketing") {
        std::vector<model::Message> messages;
        for (int i = 0; i < count; ++i) {
            messages.push_back(message(cls));
            messages.back().recipient = recipient;
        }
        return enqueue(std::move(messages));
    }
    std::int64_t in_state(const std::vector<MessageId>& made, State wanted) {
        return std::count_if(made.begin(), made.end(), [&](const auto& id) { return state(id) == wanted; });
    }
    Reason last_reason(MessageId id) { return model::decode_trace(record(id).progress.trace).back().reason; }
    template <class T, class Call>
    Result<T> ask(Call call) {
        std::promise<Result<T>> answer;
        call([&](Result<T> r) { answer.set_value(std::move(r)); });
        return answer.get_future().get();
    }
};

TEST_F(PolicyTest, no_more_go_than_the_cap_allows_and_the_rest_end_with_the_reason) {
    auto plugin = add_route("a");
    plugin->answer = [](const auto&) { return outcome(Verdict::accepted); };
    cap(3);
    start();
    const auto made = send(20, "sara");
    const auto other = send(2, "navid");
    ASSERT_TRUE(until([&] { return in_state(made, State::suppressed) == 17 && in_state(other, State::sent) == 2; }));
    EXPECT_EQ(in_state(made, State::sent), 3);
    EXPECT_EQ(plugin->count(), 5u);
    for (const auto& id : made) {
        if (state(id) == State::suppressed) {
            EXPECT_EQ(last_reason(id), Reason::capped);
        }
    }
}

TEST_F(PolicyTest, a_deferred_message_waits_and_its_trace_says_until_when) {
    auto plugin = add_route("a");
    plugin->answer = [](const auto&) { return outcome(Verdict::accepted); };
    cap(1, config::CapSettings::Over::defer).window.length = Milliseconds{1'000};
    start();
    const auto made = send(2, "sara");
    ASSERT_TRUE(until([&] { return plugin->count() == 1; }));
    run_for(Milliseconds{50});
    EXPECT_EQ(plugin->count(), 1u);
    EXPECT_EQ(in_state(made, State::waiting), 1);
    ASSERT_TRUE(until([&] { return in_state(made, State::sent) == 2; }));
}

TEST_F(PolicyTest, a_retry_keeps_its_slot_and_a_refused_rendering_gives_it_back) {
    auto plugin = add_route("a", 1);
    bool first = true;
    plugin->answer = [&](const auto&) {
        return std::exchange(first, false) ? outcome(Verdict::retry, Blame::recipient) : outcome(Verdict::accepted);
    };
    cap(1);
    start();
    auto broken = message("marketing");
    broken.recipient = "sara";
    broken.plan[0].template_name = "gone";
    const auto unrendered = enqueue({broken}).front();
    ASSERT_TRUE(until([&] { return state(unrendered) == State::failed; }));
    const auto made = send(2, "sara");
    ASSERT_TRUE(until([&] { return in_state(made, State::sent) + in_state(made, State::suppressed) == 2; }));
    EXPECT_EQ(in_state(made, State::sent), 1) << "the slot of what could not be rendered is free again";
    EXPECT_EQ(state(made.front()), State::sent) << "the first one keeps its slot while it is tried again";
}

TEST_F(PolicyTest, a_cap_holds_over_a_crash) {
    auto plugin = add_route("a");
    plugin->answer = [](const auto&) { return outcome(Verdict::accepted); };
    cap(2);
    start();
    const auto before = send(2, "sara");
    ASSERT_TRUE(until([&] { return in_state(before, State::sent) == 2; }));
    crash();
    start();
    const auto after = send(3, "sara");
    ASSERT_TRUE(until([&] { return in_state(after, State::suppressed) == 3; }));
    EXPECT_EQ(plugin->count(), 2u);
}

TEST_F(PolicyTest, an_otp_goes_whatever_the_cap_says) {
    auto plugin = add_route("a");
    plugin->answer = [](const auto&) { return outcome(Verdict::accepted); };
    settings.classes["otp"].obeys_caps = settings.classes["otp"].counts = false;
    auto& rule = cap(1);
    rule.match.classes.clear();
    start();
    const auto made = send(5, "sara", "otp");
    ASSERT_TRUE(until([&] { return in_state(made, State::sent) == 5; }));
    const auto bulk = send(1, "sara");
    EXPECT_TRUE(until([&] { return state(bulk.front()) == State::sent; })) << "they used up nothing";
}

TEST_F(PolicyTest, an_opt_out_stops_what_has_not_left) {
    auto plugin = add_route("a", 1);
    start();
    const auto made = send(3, "sara");
    ASSERT_TRUE(until([&] { return plugin->count() == 1; }));
    model::Consent no;
    no.application = "shop";
    no.recipient = "sara";
    no.state = model::ConsentState::unsubscribed;
    no.at = clock.now();
    ASSERT_TRUE(ask<bool>([&](auto done) { store->put_consent(no, std::move(done)); }).has_value());
    plugin->answer = [](const auto&) { return outcome(Verdict::accepted); };
    plugin->answer_all(outcome(Verdict::accepted));
    ASSERT_TRUE(until([&] { return in_state(made, State::suppressed) == 2; }));
    EXPECT_EQ(plugin->count(), 1u);
    EXPECT_EQ(last_reason(made.back()), Reason::no_consent);
}

TEST_F(PolicyTest, a_fence_waits_for_what_was_leased_before_it) {
    auto plugin = add_route("a");
    bool passed = false;
    plugin->answer = [&](const auto&) {
        dispatcher->fence([&] { passed = true; });
        world->contexts->strand.restart();
        world->contexts->strand.poll();
        EXPECT_FALSE(passed) << "it is in the plugin still";
        return outcome(Verdict::accepted);
    };
    start();
    send(1, "sara");
    ASSERT_TRUE(until([&] { return plugin->count() == 1; }));
    EXPECT_TRUE(until([&] { return passed; }));
}

/// The store may answer an opt-out before a lease that it committed first.
TEST_F(PolicyTest, a_fence_waits_for_leases_that_were_committed_before_the_opt_out_and_are_answered_after_it) {
    auto plugin = add_route("a");
    auto other = add_route("b");
    plugin->answer = other->answer = [](const auto&) { return outcome(Verdict::accepted); };
    start();
    seen->holds_leases = true;
    const auto made = send(3, "sara");
    ASSERT_TRUE(until([&] { return in_state(made, State::sending) == 3; }));
    model::Consent no;
    no.application = "shop";
    no.recipient = "sara";
    no.state = model::ConsentState::unsubscribed;
    no.at = clock.now();
    ASSERT_TRUE(ask<bool>([&](auto done) { store->put_consent(no, std::move(done)); }).has_value());
    std::size_t handed_over_before = 99;
    dispatcher->fence([&] { handed_over_before = plugin->count() + other->count(); });
    run_for(Milliseconds{100});
    EXPECT_EQ(handed_over_before, 99U) << "the fence was passed while a lease was on its way";
    const auto late = send(1, "sara");  // asked for after the opt-out: the fence does not wait for it
    run_for(Milliseconds{50});
    seen->tell_leases();
    ASSERT_TRUE(until([&] { return handed_over_before != 99U; }));
    EXPECT_EQ(handed_over_before, 3U) << "what the opt-out could not stop had left when it was acknowledged";
    EXPECT_TRUE(until([&] { return in_state(late, State::suppressed) == 1; }));
    EXPECT_EQ(plugin->count() + other->count(), 3U);
}

TEST_F(PolicyTest, a_fence_is_not_held_up_by_leases_that_come_to_nothing) {
    auto plugin = add_route("a");
    plugin->answer = [](const auto&) { return outcome(Verdict::accepted); };
    start();
    seen->lease_fails = true;
    send(1, "sara");
    run_for(Milliseconds{100});
    bool passed = false;
    dispatcher->fence([&] { passed = true; });
    EXPECT_TRUE(until([&] { return passed; }));
}

TEST_F(PolicyTest, a_suppressed_address_is_left_and_the_plan_goes_on) {
    auto email = add_route("a");
    auto sms = add_route("b");
    specs.back().settings.channel = "sms";
    for (const auto& each : {email, sms})
        each->answer = [](const auto&) { return outcome(Verdict::accepted); };
    start();
    model::Suppression gone;
    gone.channel = "email";
    gone.address = "a@example.com";
    gone.reason = "hard_bounce";
    gone.at = clock.now();
    ASSERT_TRUE(ask<std::int64_t>([&](auto done) { store->suppress({gone}, std::move(done)); }).has_value());
    auto both = message("marketing");
    both.recipient = "sara";
    both.plan.push_back({"sms", "+989120000000", "", "", "fa"});
    both.body = R"({"content":{"email":{"subject":"Hi","text":"Hello"},"sms":{"text":"Hello"}}})";
    const auto id = enqueue({both}).front();
    ASSERT_TRUE(until([&] { return state(id) == State::sent; }));
    EXPECT_EQ(email->count(), 0u);
    EXPECT_EQ(sms->count(), 1u);
}

TEST_F(PolicyTest, a_suppressed_copy_is_left_out_and_the_mail_goes_to_the_others) {
    auto plugin = add_route("a");
    plugin->answer = [](const auto&) { return outcome(Verdict::accepted); };
    start();
    model::Suppression gone;
    gone.channel = "email";
    gone.address = "gone@example.com";
    gone.reason = "hard_bounce";
    gone.at = clock.now();
    ASSERT_TRUE(ask<std::int64_t>([&](auto done) { store->suppress({gone}, std::move(done)); }).has_value());
    auto mail = message("transactional");
    mail.plan[0].copies = {{"boss@example.com", false, 0}, {"Gone@Example.com", true, 3}};
    const auto id = enqueue({mail}).front();
    ASSERT_TRUE(until([&] { return state(id) == State::sent; }));
    ASSERT_EQ(plugin->count(), 1u);
    ASSERT_EQ(plugin->seen[0].copies.size(), 1u);
    EXPECT_EQ(plugin->seen[0].copies[0].address, "boss@example.com");
    EXPECT_EQ(plugin->seen[0].copies[0].name, "/cc/0");
    const auto trace = model::decode_trace(record(id).progress.trace);
    const auto told = std::ranges::find(trace, Reason::copy_left_out, &model::TraceEntry::reason);
    ASSERT_NE(told, trace.end());
    EXPECT_TRUE(told->detail.starts_with("/bcc/3: ")) << told->detail;
    EXPECT_TRUE(told->detail.contains("hard_bounce")) << told->detail;
    EXPECT_FALSE(told->detail.contains('@')) << told->detail;
}

TEST_F(PolicyTest, a_copy_to_who_said_no_is_left_out_where_the_class_heeds_a_no) {
    settings.classes["marketing"].requires_ = config::Requires::no_opt_out;
    auto plugin = add_route("a");
    plugin->answer = [](const auto&) { return outcome(Verdict::accepted); };
    start();
    const model::Consent no{"shop", "boss@example.com", "*", "*", model::ConsentState::unsubscribed, "",
                            "",     clock.now()};
    ASSERT_TRUE(ask<bool>([&](auto done) { store->put_consent(no, std::move(done)); }).has_value());
    auto mail = message("marketing");
    mail.plan[0].copies = {{"boss@example.com", false, 0}, {"c@example.com", false, 1}};
    const auto id = enqueue({mail}).front();
    ASSERT_TRUE(until([&] { return state(id) == State::sent; }));
    ASSERT_EQ(plugin->seen.at(0).copies.size(), 1u);
    EXPECT_EQ(plugin->seen[0].copies[0].address, "c@example.com");
}

TEST_F(PolicyTest, a_mail_with_copies_counts_once_for_its_recipient_alone) {
    auto plugin = add_route("a");
    plugin->answer = [](const auto&) { return outcome(Verdict::accepted); };
    cap(1);
    start();
    auto mail = message("marketing");
    mail.recipient = "sara";
    mail.plan[0].copies = {{"boss@example.com", false, 0}};
    const auto first = enqueue({mail}).front();
    ASSERT_TRUE(until([&] { return state(first) == State::sent; }));
    auto theirs = message("marketing");
    theirs.plan[0].address = "boss@example.com";
    theirs.recipient.clear();
    const auto own = enqueue({theirs}).front();
    EXPECT_TRUE(until([&] { return state(own) == State::sent; })) << "a copy took none of their slots";
}

TEST_F(PolicyTest, a_plugin_that_knows_no_copies_does_not_get_a_mail_that_has_them) {
    auto plugin = add_route("a");
    plugin->answer = [](const auto&) { return outcome(Verdict::accepted); };
    plugin->carry_no_copies();
    start();
    auto mail = message("transactional");
    mail.plan[0].copies = {{"boss@example.com", false, 0}};
    const auto id = enqueue({mail}).front();
    ASSERT_TRUE(until([&] { return state(id) == State::failed; }));
    EXPECT_EQ(plugin->count(), 0u);
    EXPECT_EQ(last_reason(id), Reason::no_route);
}

TEST_F(PolicyTest, an_address_that_is_gone_is_suppressed_with_the_outcome_unless_the_site_says_otherwise) {
    for (const bool suppresses : {true, false}) {
        specs.clear();
        auto plugin = add_route("a");
        plugin->answer = [](const auto&) { return outcome(Verdict::rejected, Blame::gone); };
        settings.policy.hard_bounces = suppresses;
        start();
        const auto first = send(1, "sara").front();
        ASSERT_TRUE(until([&] { return state(first) == State::failed; }));
        const auto rows = store->suppressions("", "", 10);
        ASSERT_TRUE(rows.has_value());
        ASSERT_EQ(rows->size(), suppresses ? 1U : 0U);
        const auto second = send(1, "sara").front();
        const auto end = suppresses ? State::suppressed : State::failed;
        ASSERT_TRUE(until([&] { return state(second) == end; }));
        EXPECT_EQ(plugin->count(), suppresses ? 1U : 2U);
        if (!suppresses) return;
        EXPECT_EQ(rows->front().reason, "hard_bounce");
        EXPECT_NE(rows->front().source.find(first.text()), std::string::npos) << rows->front().source;
        EXPECT_NE(model::decode_trace(record(second).progress.trace).back().detail.find(first.text()),
                  std::string::npos);
        ASSERT_TRUE(
            ask<bool>([&](auto done) { store->unsuppress("email", "a@example.com", std::move(done)); }).has_value());
        crash();
    }
}

TEST_F(PolicyTest, a_digest_does_not_take_along_what_the_person_refused) {
    auto plugin = add_route("a");
    plugin->answer = [](const auto&) { return outcome(Verdict::accepted); };
    auto& rule = cap(1, config::CapSettings::Over::digest);
    rule.window.length = Milliseconds{500};
    rule.digest_key = "news";
    rule.digest_template = "there is no such template: it goes as itself";
    start();
    const auto first = send(1, "sara").front();
    ASSERT_TRUE(until([&] { return state(first) == State::sent; }));
    auto leader = message("marketing"), refused = message("marketing");
    leader.recipient = refused.recipient = "sara";
    refused.body.insert(1, R"("category":"offers",)");
    const auto made = enqueue({leader, refused});
    model::Consent no;
    no.application = "shop";
    no.recipient = "sara";
    no.topic = "offers";
    no.state = model::ConsentState::unsubscribed;
    no.at = clock.now();
    run_for(Milliseconds{50});
    ASSERT_EQ(in_state(made, State::waiting), 2);
    ASSERT_TRUE(ask<bool>([&](auto done) { store->put_consent(no, std::move(done)); }).has_value());
    ASSERT_TRUE(until([&] { return state(made[0]) == State::sent; })) << model::name(state(made[0]));
    EXPECT_EQ(state(made[1]), State::suppressed);
    EXPECT_EQ(last_reason(made[1]), Reason::no_consent);
    EXPECT_EQ(plugin->count(), 2U);
}

TEST_F(PolicyTest, without_a_delivery_in_time_the_next_channel_is_tried_once) {
    auto email = add_route("a");
    auto sms = add_route("b");
    specs.back().settings.channel = "sms";
    for (const auto& each : {email, sms})
        each->answer = [](const auto&) { return outcome(Verdict::accepted); };
    settings.classes["marketing"].fallback_after = Milliseconds{50};
    start();
    auto both = message("marketing");
    both.recipient = "sara";
    both.plan.push_back({"sms", "+989120000000", "", "", "fa"});
    both.body = R"({"content":{"email":{"subject":"Hi","text":"Hello"},"sms":{"text":"Hello"}}})";
    const auto id = enqueue({both}).front();
    ASSERT_TRUE(until([&] { return sms->count() == 1 && state(id) == State::sent; }));
    run_for(Milliseconds{1'200});
    EXPECT_EQ(email->count(), 1u);
    EXPECT_EQ(sms->count(), 1u);
}

TEST_F(PolicyTest, a_delivery_that_becomes_known_in_time_stops_the_next_channel) {
    auto email = add_route("a");
    auto sms = add_route("b");
    specs.back().settings.channel = "sms";
    email->answer = [](const auto&) { return outcome(Verdict::accepted); };
    settings.classes["marketing"].fallback_after = Milliseconds{50};
    start();
    dispatcher->pause("b", "the test", [](Result<RouteView>) {});
    auto both = message("marketing");
    both.recipient = "sara";
    both.plan.push_back({"sms", "+989120000000", "", "", "fa"});
    both.body = R"({"content":{"email":{"subject":"Hi","text":"Hello"},"sms":{"text":"Hello"}}})";
    const auto id = enqueue({both}).front();
    ASSERT_TRUE(until([&] { return state(id) == State::waiting && record(id).progress.step == 1; }));
    store::Transition receipt;
    receipt.key = id.key();
    receipt.event = model::Event::receipt_delivered;
    receipt.slots = store::Slots::delivered;
    ASSERT_TRUE(ask<model::Progress>([&](auto done) { store->move(receipt, std::move(done)); }).has_value());
    dispatcher->resume("b", [](Result<RouteView>) {});
    run_for(Milliseconds{100});
    EXPECT_EQ(state(id), State::delivered);
    EXPECT_EQ(sms->count(), 0u);
}

TEST_F(PolicyTest, segments_are_counted_as_the_text_will_have_them) {
    auto plugin = add_route("a");
    specs.back().settings.channel = "sms";
    plugin->answer = [](const auto&) { return outcome(Verdict::accepted); };
    cap(3).count_by = config::CapSettings::CountBy::segments;
    start();
    const auto text = [&](int letters) {
        auto out = message("marketing");
        out.recipient = "sara";
        out.plan = {{"sms", "+989120000000", "", "", "fa"}};
        std::string words;
        for (int i = 0; i < letters; ++i)
            words += "س";
        out.body = R"({"content":{"sms":{"text":")" + words + R"("}}})";
        return out;
    };
    const auto two = enqueue({text(71)}).front();
    ASSERT_TRUE(until([&] { return state(two) == State::sent; }));
    const auto too_many = enqueue({text(71)}).front();
    const auto one = enqueue({text(70)}).front();
    ASSERT_TRUE(until([&] { return state(one) == State::sent; }));
    EXPECT_EQ(state(too_many), State::suppressed);
}

TEST_F(PolicyTest, a_lifted_cap_lets_go_what_it_held) {
    auto plugin = add_route("a");
    plugin->answer = [](const auto&) { return outcome(Verdict::accepted); };
    cap(1, config::CapSettings::Over::defer).window.length = std::chrono::minutes(30);
    start();
    const auto made = send(3, "sara");
    ASSERT_TRUE(until([&] { return plugin->count() == 1; }));
    run_for(Milliseconds{50});
    EXPECT_EQ(in_state(made, State::waiting), 2);
    settings.caps.clear();
    const auto rules = policy::compile(settings);
    ASSERT_TRUE(rules.has_value());
    dispatcher->apply(settings, *rules, specs, [](auto) {});
    EXPECT_TRUE(until([&] { return in_state(made, State::sent) == 3; }));
}

}  // namespace
}  // namespace chapar::dispatch
