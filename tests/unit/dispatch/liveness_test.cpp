// A route that can work, works: what tries it after a rest is let go whatever becomes of it.
#include "fixture.hpp"

namespace chapar::dispatch {
namespace {

using model::Blame;
using model::Reason;
using model::State;
using model::Verdict;

class Liveness : public DispatchTest {
  protected:
    static constexpr auto later = Milliseconds{2'500};  // longer than the first rest of a circuit

    static model::Outcome failure() { return outcome(Verdict::retry, Blame::provider); }
    static model::Outcome success() { return outcome(Verdict::accepted); }

    /// Fails `plugin` until its route rests. The messages that it failed are over.
    void rest(FakeInstance& plugin, std::size_t route = 0) {
        plugin.answer = [](const auto&) { return failure(); };
        settings.classes["otp"].max_attempts = 1;
        if (dispatcher == nullptr) start();
        enqueue(queue::Circuit::threshold, "otp");
        ASSERT_TRUE(until([&] { return view(route).state == "resting"; }));
    }
    void suppress(const std::string& address) {
        std::promise<bool> done;
        model::Suppression gone;
        gone.channel = "email";
        gone.address = address;
        gone.reach = model::SuppressionReach::all;
        gone.at = clock.now();
        store->suppress({gone}, [&](const auto& kept) { done.set_value(kept.has_value()); });
        ASSERT_TRUE(done.get_future().get());
    }
    void cancel(MessageId id) {
        std::promise<bool> moved;
        store::Transition change;
        change.key = id.key();
        change.event = model::Event::cancel;
        store->move(change, [&](Result<model::Progress> r) { moved.set_value(r.has_value()); });
        ASSERT_TRUE(moved.get_future().get());
    }
    void cap_marketing() {
        config::CapSettings out;
        out.name = "none";
        out.limit = 0.5;
        out.over = config::CapSettings::Over::drop;
        out.match.classes = {"marketing"};
        settings.caps.push_back(out);
    }
    void replace_instances() {
        const auto rules = policy::compile(settings);
        ASSERT_TRUE(rules.has_value());
        dispatcher->apply(settings, *rules, specs, [this](std::vector<std::shared_ptr<plugin::Instance>> left) {
            std::move(left.begin(), left.end(), std::back_inserter(retired));
        });
    }

    std::vector<std::shared_ptr<plugin::Instance>> retired;
};

TEST_F(Liveness, a_probe_whose_recipient_is_suppressed_frees_the_route) {
    auto plugin = add_route("a");
    rest(*plugin);
    suppress("gone@example.com");
    const auto gone = enqueue({message("otp", "gone@example.com")}).front();
    plugin->answer = [](const auto&) { return success(); };
    advance(later);
    ASSERT_TRUE(until([&] { return state(gone) == State::suppressed; }));
    const auto next = enqueue(3, "otp");
    EXPECT_TRUE(until([&] { return state(next.back()) == State::sent; }));
    EXPECT_EQ(view().state, "sending");
}

TEST_F(Liveness, a_probe_that_a_cap_drops_does_not_leave_the_work_to_the_second_route_for_ever) {
    auto first = add_route("first");
    auto second = add_route("second");
    second->answer = [](const auto&) { return success(); };
    cap_marketing();
    rest(*first);
    const auto dropped = enqueue(1, "marketing").front();
    ASSERT_TRUE(until([&] { return state(dropped) == State::suppressed; })) << "by the second route";
    first->answer = [](const auto&) { return success(); };
    advance(later);
    const auto probe = enqueue(1, "marketing").front();
    ASSERT_TRUE(until([&] { return state(probe) == State::suppressed; }));
    const auto before = second->count();
    const auto made = enqueue(5, "otp");
    ASSERT_TRUE(until([&] { return state(made.back()) == State::sent; }));
    ASSERT_TRUE(until([&] { return view().state == "sending"; }));
    const auto more = enqueue(20, "otp");
    ASSERT_TRUE(until([&] { return state(more.back()) == State::sent; }));
    EXPECT_LE(second->count(), before + 5) << "the first route has the work again";
}

TEST_F(Liveness, a_probe_that_was_cancelled_frees_the_route) {
    auto plugin = add_route("a");
    rest(*plugin);
    const auto gone = enqueue(1, "otp").front();
    run_for(Milliseconds{20});
    cancel(gone);
    plugin->answer = [](const auto&) { return success(); };
    advance(later);
    run_for(Milliseconds{50});
    const auto next = enqueue(2, "otp");
    EXPECT_TRUE(until([&] { return state(next.back()) == State::sent; }));
}

TEST_F(Liveness, a_probe_that_a_full_disk_stops_frees_the_route) {
    auto plugin = add_route("a");
    rest(*plugin);
    seen->lease_fails = true;
    const auto id = enqueue(1, "otp").front();
    plugin->answer = [](const auto&) { return success(); };
    advance(later);
    run_for(Milliseconds{50});
    EXPECT_EQ(view().state, "probing") << "the next message tries it";
    seen->lease_fails = false;
    advance(Milliseconds{500});
    EXPECT_TRUE(until([&] { return state(id) == State::sent; }));
}

TEST_F(Liveness, a_place_in_the_rate_that_a_failed_lease_took_is_free_again) {
    auto plugin = add_route("a");
    specs[0].settings.rate = 0.01;  // one in more than a minute
    plugin->answer = [](const auto&) { return success(); };
    start();
    seen->lease_fails = true;
    const auto id = enqueue(1, "otp").front();
    run_for(Milliseconds{50});
    seen->lease_fails = false;
    advance(Milliseconds{500});
    EXPECT_TRUE(until([&] { return state(id) == State::sent; }));
}

TEST_F(Liveness, a_probe_that_cannot_be_rendered_frees_the_route) {
    auto plugin = add_route("a");
    rest(*plugin);
    auto broken = message("otp");
    broken.plan[0].template_name = "gone";
    const auto id = enqueue({broken}).front();
    plugin->answer = [](const auto&) { return success(); };
    advance(later);
    ASSERT_TRUE(until([&] { return state(id) == State::failed; }));
    const auto next = enqueue(2, "otp");
    EXPECT_TRUE(until([&] { return state(next.back()) == State::sent; }));
}

TEST_F(Liveness, one_message_tries_the_provider_and_the_route_says_so) {
    auto plugin = add_route("a");
    rest(*plugin);
    const auto resting = view();
    ASSERT_TRUE(resting.next_try.has_value());
    EXPECT_GT(*resting.next_try, clock.now());
    plugin->answer = nullptr;
    const auto before = plugin->count();
    advance(later);
    EXPECT_EQ(view().state, "probing") << "its rest is over";
    enqueue(10, "otp");
    ASSERT_TRUE(until([&] { return plugin->count() == before + 1; }));
    run_for(Milliseconds{50});
    EXPECT_EQ(plugin->count(), before + 1) << "one, not a herd";
    EXPECT_EQ(view().state, "probing");
    EXPECT_FALSE(view().why.empty());
    plugin->answer_all(success());
    EXPECT_TRUE(until([&] { return view().state == "sending" && plugin->count() > before + 1; }));
}

TEST_F(Liveness, a_resume_during_a_rest_sends_one_message_first) {
    auto plugin = add_route("a");
    rest(*plugin);
    enqueue(10, "otp");
    plugin->answer = nullptr;
    const auto before = plugin->count();
    dispatcher->resume("a", [](Result<RouteView> r) { EXPECT_TRUE(r.has_value()); });
    ASSERT_TRUE(until([&] { return plugin->count() == before + 1; }));
    run_for(Milliseconds{50});
    EXPECT_EQ(plugin->count(), before + 1);
    plugin->answer_all(failure());
    EXPECT_TRUE(until([&] { return view().state == "resting"; }));
}

TEST_F(Liveness, a_rest_is_never_longer_than_half_the_life_of_what_the_route_carries) {
    auto plugin = add_route("a");
    settings.classes["otp"].max_age = std::chrono::seconds(60);
    rest(*plugin);
    for (int i = 0; i < 12; ++i) {
        const auto before = plugin->count();
        advance(std::chrono::seconds(31));
        enqueue(1, "otp");
        ASSERT_TRUE(until([&] { return plugin->count() == before + 1; })) << "after " << i << " failed tries";
        ASSERT_TRUE(until([&] { return view().state == "resting"; }));
        EXPECT_LE(*view().next_try - clock.now(), std::chrono::seconds(30));
    }
}

TEST_F(Liveness, an_instance_that_was_replaced_goes_when_its_last_message_has_its_answer) {
    auto old = add_route("a");
    start();
    const auto made = enqueue(3, "otp");
    ASSERT_TRUE(until([&] { return old->count() == 3; }));
    specs.clear();
    auto fresh = add_route("a");
    fresh->answer = [](const auto&) { return success(); };
    replace_instances();
    const auto next = enqueue(1, "otp").front();
    ASSERT_TRUE(until([&] { return state(next) == State::sent; }));
    EXPECT_TRUE(retired.empty()) << "three messages are in flight in it";
    old->answer_first(success());
    old->answer_first(failure());
    run_for(Milliseconds{30});
    EXPECT_TRUE(retired.empty());
    old->answer_all(success());
    ASSERT_TRUE(until([&] { return retired.size() == 1; }));
    EXPECT_EQ(retired[0], old);
    EXPECT_TRUE(until([&] { return state(made[0]) == State::sent; }));
}

TEST_F(Liveness, an_instance_without_messages_goes_at_once) {
    auto old = add_route("a");
    start();
    specs.clear();
    replace_instances();
    EXPECT_TRUE(until([&] { return retired.size() == 1; }));
}

TEST_F(Liveness, what_a_replaced_instance_says_does_not_touch_the_circuit) {
    auto old = add_route("a", 20);
    start();
    enqueue(queue::Circuit::threshold * 2, "otp");
    ASSERT_TRUE(until([&] { return old->count() == queue::Circuit::threshold * 2; }));
    specs.clear();
    auto fresh = add_route("a");
    replace_instances();
    ASSERT_TRUE(until([&] { return view().max_in_flight == 8; }));
    old->answer_all(failure());
    ASSERT_TRUE(until([&] { return fresh->count() > 0; }));
    EXPECT_EQ(view().state, "sending");
}

TEST_F(Liveness, a_wait_that_a_provider_asks_for_leaves_a_second_try_before_the_message_expires) {
    settings.classes["otp"].max_age = std::chrono::minutes(4);
    auto plugin = add_route("a");
    plugin->answer = [](const auto&) {
        auto slow_down = outcome(Verdict::retry, Blame::lane);
        slow_down.retry_after = std::chrono::hours(1);
        return slow_down;
    };
    start();
    const auto refused = enqueue(1, "otp").front();
    ASSERT_TRUE(until([&] { return plugin->count() == 1 && state(refused) == State::waiting; }));
    plugin->answer = [](const auto&) { return success(); };
    const auto neighbour = enqueue(1, "otp").front();
    run_for(Milliseconds{30});
    EXPECT_EQ(plugin->count(), 1) << "the lane rests";
    advance(std::chrono::minutes(2) + Milliseconds{1});
    EXPECT_TRUE(until([&] { return state(refused) == State::sent && state(neighbour) == State::sent; }));
}

TEST_F(Liveness, an_answer_that_blames_nobody_is_no_news_of_the_provider) {
    auto plugin = add_route("a");
    rest(*plugin);
    plugin->answer = nullptr;
    auto before = plugin->count();
    advance(later);
    enqueue(3, "otp");
    ASSERT_TRUE(until([&] { return plugin->count() == before + 1; }));
    plugin->answer_all(outcome(Verdict::retry, Blame::none));
    ASSERT_TRUE(until([&] { return plugin->count() == before + 2; })) << "the next one tries";
    run_for(Milliseconds{30});
    EXPECT_EQ(plugin->count(), before + 2) << "alone: nothing is known of the provider yet";
    EXPECT_EQ(view().state, "probing");
}

TEST_F(Liveness, a_route_whose_credentials_are_refused_tries_again_by_itself) {
    auto plugin = add_route("a");
    plugin->answer = [](const auto&) { return outcome(Verdict::retry, Blame::credentials); };
    settings.classes["otp"].backoff = {Milliseconds{1}, Milliseconds{1}};
    start();
    const auto id = enqueue(1, "otp").front();
    ASSERT_TRUE(until([&] { return view().state == "paused"; }));
    const auto paused = view();
    ASSERT_TRUE(paused.next_try.has_value());
    EXPECT_NE(paused.why.find("credentials"), std::string::npos);
    enqueue(20, "otp");
    advance(std::chrono::seconds(55));
    run_for(Milliseconds{50});
    EXPECT_EQ(plugin->count(), 1u) << "the account is not locked by trying";
    advance(std::chrono::seconds(6));
    ASSERT_TRUE(until([&] { return plugin->count() == 2; }));
    ASSERT_TRUE(until([&] { return view().state == "paused"; }));
    EXPECT_GT(*view().next_try - clock.now(), std::chrono::seconds(110)) << "twice as long";
    plugin->answer = [](const auto&) { return success(); };
    advance(std::chrono::seconds(121));
    EXPECT_TRUE(until([&] { return state(id) == State::sent; }));
    EXPECT_EQ(view().state, "sending");
}

TEST_F(Liveness, an_operators_pause_stays_whatever_the_clock_says) {
    auto plugin = add_route("a");
    plugin->answer = [](const auto&) { return success(); };
    start();
    dispatcher->pause("a", "maintenance", [](Result<RouteView> r) { EXPECT_TRUE(r.has_value()); });
    ASSERT_TRUE(until([&] { return view().state == "paused"; }));
    enqueue(1, "otp");
    advance(std::chrono::minutes(30));
    run_for(Milliseconds{50});
    EXPECT_EQ(plugin->count(), 0u);
    EXPECT_FALSE(view().next_try.has_value());
}

TEST_F(Liveness, a_message_that_names_our_credentials_does_not_stop_a_route_that_works) {
    auto plugin = add_route("a");
    plugin->answer = [](const plugin::Outgoing& out) {
        return out.address == "poison@example.com" ? outcome(Verdict::retry, Blame::credentials) : success();
    };
    start();
    const auto first = enqueue(1, "otp").front();
    ASSERT_TRUE(until([&] { return state(first) == State::sent; }));
    enqueue({message("otp", "poison@example.com")});
    for (int i = 0; i < 5; ++i) {
        const auto next = enqueue(1, "otp").front();
        ASSERT_TRUE(until([&] { return state(next) == State::sent; }));
        EXPECT_EQ(view().state, "sending");
    }
}

class Stalls : public Liveness {
  protected:
    /// Lets the clock go on by a second each, as the dispatcher does.
    void pass(int seconds) {
        for (int i = 0; i < seconds; ++i) {
            advance(Milliseconds{1'000});
            run_for(Milliseconds{15});
        }
    }
};

TEST_F(Stalls, a_queue_that_waits_for_good_reasons_is_not_stalled) {
    auto paused = add_route("paused");
    auto busy = add_route("busy", 1);
    auto slow = add_route("slow");
    specs[0].settings.classes = {"otp"};
    specs[1].settings.classes = {"marketing"};
    specs[2].settings.classes = {"news"};
    specs[2].settings.rate = 0.02;
    settings.classes["news"].name = "news";
    slow->answer = [](const auto&) { return success(); };
    start();
    dispatcher->pause("paused", "", [](Result<RouteView>) {});
    enqueue(5, "otp");
    enqueue(5, "marketing");
    enqueue(5, "news");
    ASSERT_TRUE(until([&] { return busy->count() == 1 && slow->count() == 1; }));
    pass(30);
    EXPECT_TRUE(dispatcher->stalls().empty()) << dispatcher->stalls().front().why;
    ASSERT_EQ(dispatcher->channels_down().size(), 0u);
}

TEST_F(Stalls, a_route_that_rests_is_not_stalled_and_its_channel_is_down) {
    auto plugin = add_route("a");
    rest(*plugin);
    enqueue(5, "otp");
    for (int i = 0; i < 5; ++i)
        pass(5);
    EXPECT_TRUE(dispatcher->stalls().empty());
    ASSERT_TRUE(until([&] { return dispatcher->channels_down().size() == 1; }));
    EXPECT_NE(dispatcher->channels_down()[0].find("email"), std::string::npos);
}

/// Reading the waiting messages finds none, as if the sending side had lost sight of them.
TEST_F(Stalls, what_is_due_and_does_not_begin_is_named) {
    auto plugin = add_route("a");
    start();
    seen->hides_due = true;
    put({message("otp"), message("otp"), message("marketing")});
    pass(8);
    EXPECT_TRUE(dispatcher->stalls().empty());
    pass(6);
    ASSERT_EQ(dispatcher->stalls().size(), 1u);
    const auto stall = dispatcher->stalls().front();
    EXPECT_EQ(stall.route, "a");
    EXPECT_NE(stall.why.find("2 otp"), std::string::npos) << stall.why;
    EXPECT_NE(stall.why.find("1 marketing"), std::string::npos) << stall.why;
    EXPECT_NE(registry.text().find("route_stalled_seconds{route=\"a\"} 1"), std::string::npos) << registry.text();
    EXPECT_EQ(plugin->count(), 0u);
    seen->hides_due = false;
    pass(2);
    ASSERT_TRUE(until([&] { return plugin->count() == 3; }));
    plugin->answer_all(success());
    pass(3);
    EXPECT_TRUE(dispatcher->stalls().empty());
}

}  // namespace
}  // namespace chapar::dispatch
