#include "simulation.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace chapar::dispatch {

using model::Blame;
using model::State;
using model::Verdict;

Milliseconds ScriptedProvider::between(int least, int most) {
    return Milliseconds{least + static_cast<int>(random_() % static_cast<std::uint64_t>(most - least + 1))};
}

model::Outcome ScriptedProvider::say(Verdict verdict, Blame blame) const {
    return {verdict, blame, {}, "id-" + std::to_string(answers_made_), "250", "as the script says"};
}

ScriptedProvider::Decision ScriptedProvider::decide(Mood mood) {
    const auto luck = random_() % 100;
    switch (mood) {
        case Mood::failing:
            return {say(Verdict::retry, Blame::provider), between(10, 2'000), false};
        case Mood::throttling: {
            auto slow_down = say(Verdict::retry, Blame::lane);
            slow_down.retry_after = between(1'000, 20'000);
            return {std::move(slow_down), between(5, 200), false};
        }
        case Mood::silent:
            return {say(Verdict::unknown, Blame::provider), between(5'000, 30'000), luck < 50};
        case Mood::locked:
            return {say(Verdict::retry, Blame::credentials), between(5, 200), false};
        case Mood::well:
            break;
    }
    if (luck < 3) return {say(Verdict::retry, Blame::recipient), between(5, 500), false};
    if (luck < 5) return {say(Verdict::rejected, Blame::message), between(5, 500), false};
    if (luck < 7) return {say(Verdict::unknown, Blame::none), between(5, 3'000), luck < 6};
    if (luck < 12) return {say(Verdict::delivered, Blame::none), between(5, 500), true};
    return {say(Verdict::accepted, Blame::none), between(5, luck < 20 ? 5'000 : 500), true};
}

void ScriptedProvider::take(const std::string& route, const plugin::Outgoing& message,
                            std::function<void(model::Outcome)> done) {
    if (on_send) on_send(message);
    auto decision = decide(moods_[route]);
    sent.push_back({message.attempt.message, message.attempt.number, route, message.address, message.class_name,
                    clock_.monotonic(), life_, decision.is_accepted});
    if (counts_twice) sent.push_back(sent.back());
    answers_.push({clock_.monotonic() + decision.after, ++answers_made_,
                   [done = std::move(done), outcome = std::move(decision.outcome)] { done(outcome); }});
}

std::optional<Monotonic> ScriptedProvider::next() const {
    return answers_.empty() ? std::nullopt : std::optional(answers_.top().at);
}

bool ScriptedProvider::has(MessageId id, int number) const {
    return std::ranges::any_of(sent, [&](const Sent& each) { return each.id == id && each.number == number; });
}

std::size_t ScriptedProvider::answer_due() {
    std::size_t answered = 0;
    for (; !answers_.empty() && answers_.top().at <= clock_.monotonic(); ++answered) {
        const auto call = answers_.top().call;
        answers_.pop();
        call();
    }
    return answered;
}

ScriptedInstance::ScriptedInstance(std::string name, ScriptedProvider& provider)
    : name_(std::move(name)), provider_(provider) {
    traits_.channels = {"email"};
    traits_.max_batch = 8;
    traits_.max_in_flight = 16;
}

void ScriptedInstance::send(std::vector<plugin::Outgoing> batch, Milliseconds, Completed done) {
    for (std::size_t i = 0; i < batch.size(); ++i)
        provider_.take(name_, batch[i], [done, i](model::Outcome outcome) { done(i, std::move(outcome)); });
}

namespace {

constexpr std::array<const char*, 2> route_names{"first", "second"};
constexpr int persons = 120;
constexpr int batch_size = 8;

std::string person(int number) { return "person" + std::to_string(number) + "@example.com"; }

}  // namespace

void Simulation::at(Milliseconds when, std::function<void()> call) {
    script_.emplace(clock.monotonic() + when, std::move(call));
}

Milliseconds Simulation::some_time() {
    return Milliseconds{static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(plan_.length.count()))};
}

void Simulation::write_script() {
    write_traffic();
    write_trouble();
    if (!plan_.jumps) return;
    for (const auto by : {std::chrono::hours(1), std::chrono::hours(-1), std::chrono::hours(-2), std::chrono::hours(2)})
        at(some_time(), [this, by] { clock.shift_wall(by); });
}

/// Half of it as it comes, half in campaigns of minutes; what people say.
void Simulation::write_traffic() {
    constexpr int campaigns = 4;
    constexpr Milliseconds soon = std::chrono::minutes(20), late = std::chrono::hours(4);
    for (int left = plan_.messages / 2; left > 0; left -= batch_size)
        at(some_time(), [this, longest = some(4) == 0 ? late : soon] { submit(longest); });
    for (int i = 0; i < campaigns; ++i) {
        const auto begins = some_time();
        for (int left = plan_.messages / 2 / campaigns; left > 0; left -= batch_size)
            at(begins + Milliseconds{some(120'000)}, [this, soon] { submit(soon); });
    }
    for (int i = 0; i < 12; ++i)
        at(some_time(), [this] { opt_out(person(some(persons))); });
    for (int i = 0; i < 40; ++i)
        at(some_time(), [this] { cancel_one(); });
}

void Simulation::write_trouble() {
    using Mood = ScriptedProvider::Mood;
    for (int i = 0; i < plan_.kills; ++i)
        at(some_time(), [this] { kill(); });
    for (int i = 0; i < 4; ++i)
        at(some_time(), [this] { restart(); });
    for (int i = 0; i < 12; ++i) {
        at(some_time(), [this] { reload(); });
        at(some_time(), [this] { pause_route(); });
    }
    for (int i = 0; i < 3; ++i) {
        for (const auto mood : {Mood::failing, Mood::throttling, Mood::silent, Mood::locked, Mood::failing}) {
            const auto begins = some_time();
            const std::string route = route_names[static_cast<std::size_t>(some(2))];
            at(begins, [this, route, mood] { provider_->set_mood(route, mood); });
            at(begins + Milliseconds{some(900'000)}, [this, route] { provider_->set_mood(route, Mood::well); });
        }
    }
    for (int i = 0; i < 6; ++i) {
        at(some_time(), [this] { fail_store(seen->lease_fails); });
        at(some_time(), [this] { fail_store(seen->settle_fails); });
    }
}

void Simulation::begin_life() {
    start();
    const auto joined = store->joined();
    life_ids_ = std::make_unique<IdGenerator>(clock, joined.ids_after, plan_.seed, joined.owner.node);
    seen->answers_at_once = !plan_.in_memory;  // a thread's answers come when they come: no seed would tell
}

void Simulation::submit(Milliseconds longest) {
    std::vector<store::NewMessage> batch;
    for (int i = 0; i < batch_size; ++i) {
        const auto to = person(some(persons));
        auto one = message(some(3) == 0 ? "otp" : "marketing", to);
        one.id = life_ids_->next();
        one.recipient = to;
        one.expires_at = clock.now() + Milliseconds{5'000 + some(static_cast<int>(longest.count()))};
        if (some(5) == 0) one.send_at = clock.now() + Milliseconds{some(900'000)};
        if (one.send_at >= one.expires_at) one.expires_at = one.send_at + Milliseconds{60'000};
        batch.emplace_back().message = std::move(one);
    }
    // What goes wrong at once is the hardest: somebody says no, or the daemon dies, with the message on its way.
    if (some(12) == 0) at(Milliseconds{some(30)}, [this, who = batch.front().message.recipient] { opt_out(who); });
    if (some(40) == 0) at(Milliseconds{some(2) * some(1'000)}, [this] { kill(); });
    // Sometimes the daemon is not told: as when it ended between the answer and the hand-over to the queue.
    const bool tells = some(10) != 0;
    seen->accept(std::move(batch), [this, tells](Result<store::AcceptedBatch> taken) {
        ASSERT_TRUE(taken.has_value()) << taken.error().message();
        accepted(std::move(*taken), tells);
    });
}

/// Only what was acknowledged is promised.
void Simulation::accepted(store::AcceptedBatch taken, bool tells) {
    for (const auto& each : taken.messages) {
        const bool is_new = accepted_.emplace(each.message.id.key(), each.message).second;
        EXPECT_TRUE(is_new) << each.message.id.text() << " has the key of another message";
    }
    if (plan_.wrong == Wrong::loses) {
        auto lost = taken.messages.back().message;
        lost.id = life_ids_->next();
        accepted_.emplace(lost.id.key(), lost);
    }
    if (tells) dispatcher->accepted(std::move(taken));
}

void Simulation::opt_out(const std::string& who) {
    model::Consent no;
    no.application = "shop";
    no.recipient = who;
    no.channel = no.topic = "*";
    no.state = model::ConsentState::unsubscribed;
    no.at = clock.now();
    if (plan_.wrong == Wrong::forgets_an_opt_out) {
        said_no_.insert(no.recipient);
        return;
    }
    seen->put_consent(std::move(no), [this, who](const Result<bool>& kept) {
        ASSERT_TRUE(kept.has_value());
        if (plan_.wrong == Wrong::passes_the_fence)
            said_no_.insert(who);
        else
            dispatcher->fence([this, who] { said_no_.insert(who); });
    });
}

/// Somebody says no whose message is leased and has not left.
void Simulation::opt_out_in_midst() {
    constexpr int looked_at = 24, most = 30;
    auto at = accepted_.rbegin();
    for (int i = 0; i < looked_at && at != accepted_.rend() && said_in_midst_ < most; ++i, ++at) {
        const auto& message = at->second;
        if (message.class_name != "marketing") continue;
        const auto now = record(message.id).progress;
        if (now.state != State::sending || provider_->has(message.id, now.attempts)) continue;
        ++said_in_midst_;
        return opt_out(message.recipient);
    }
}

void Simulation::cancel_one() {
    if (accepted_.empty()) return;
    auto which = accepted_.begin();
    std::advance(which, some(static_cast<int>(accepted_.size())));
    store::Transition change;
    change.key = which->first;
    change.event = model::Event::cancel;
    change.trace.push_back({clock.now(), model::Reason::cancelled, "by the script"});
    seen->move(change, [](const Result<model::Progress>&) {});
    dispatcher->moved(which->first);
}

void Simulation::kill() {
    provider_->lose_answers();
    is_stopping_ = false;
    crash();
    provider_->begin_life(++life_);
    unwell_until_ = clock.monotonic() + patience;
    for (auto& spec : specs)
        spec.instance = std::make_shared<ScriptedInstance>(spec.settings.name, *provider_);
    begin_life();
}

/// As an operator does it: what is in flight may end, then the next life begins.
void Simulation::restart() {
    if (std::exchange(is_stopping_, true)) return;
    dispatcher->stop(Milliseconds{some(20'000)}, [this](std::int64_t) { at(Milliseconds{0}, [this] { kill(); }); });
}

void Simulation::reload() {
    auto next = specs;
    const auto changed = static_cast<std::size_t>(some(2));
    if (some(2) == 0) next[changed].instance = std::make_shared<ScriptedInstance>(route_names[changed], *provider_);
    specs = next;
    if (some(3) == 0) next.erase(next.begin() + some(2));  // gone until the next reload
    const auto rules = policy::compile(settings);
    ASSERT_TRUE(rules.has_value());
    dispatcher->apply(settings, *rules, std::move(next), [](auto) {});
}

void Simulation::fail_store(std::atomic<bool>& how) {
    how = true;
    const Milliseconds lasts{some(30'000)};
    unwell_until_ = std::max(unwell_until_, clock.monotonic() + lasts + patience);
    at(lasts, [this] { seen->lease_fails = seen->settle_fails = false; });
}

void Simulation::pause_route() {
    const std::string route = route_names[static_cast<std::size_t>(some(2))];
    dispatcher->pause(route, "by the script", [](const auto&) {});
    at(Milliseconds{some(120'000)}, [this, route] { dispatcher->resume(route, [](const auto&) {}); });
}

/// Of what is ready, one thing at random.
bool Simulation::run_one() {
    std::array<int, 6> order{0, 1, 2, 3, 4, 5};
    std::shuffle(order.begin(), order.end(), random_);
    auto& contexts = *world->contexts;
    const auto poll = [](boost::asio::io_context& context) {
        context.restart();
        return context.poll_one() != 0;
    };
    return std::ranges::any_of(order, [&](int which) {
        switch (which) {
            case 0:
                return poll(contexts.strand);
            case 1:
                return poll(contexts.reads);
            case 2:
                return plan_.wrong != Wrong::ends_nothing && poll(contexts.upkeep);
            case 3:
                return world->render.run_one();
            case 4:
                return step_store();
            default:
                return world->timers.fire(clock.monotonic()) + provider_->answer_due() != 0;
        }
    });
}

/// A commit or an answer; now and then the disk takes its time, and the world goes on.
bool Simulation::step_store() {
    if (!plan_.in_memory || clock.monotonic() < store_rests_until_) return false;
    if (!store::MemoryPlace::step(*store)) return false;
    if (some(20) == 0) opt_out_in_midst();
    // Not one after the other, so that it is never later than that.
    if (some(50) == 0 && clock.monotonic() > store_rests_until_ + std::chrono::seconds(1))
        store_rests_until_ = clock.monotonic() + Milliseconds{some(static_cast<int>(longest_rest.count()))};
    return true;
}

void Simulation::run_script() {
    const auto call = std::move(script_.begin()->second);
    script_.erase(script_.begin());
    call();
    check_nothing_stuck();
}

void Simulation::run_until(Monotonic end) {
    while (!HasFailure()) {
        // What happens, happens in the midst of things: also between a commit and its answer.
        const bool is_due = !script_.empty() && script_.begin()->first <= clock.monotonic();
        if (is_due && some(16) == 0) {
            run_script();
            continue;
        }
        if (run_one()) continue;
        if (is_due) {
            run_script();
            continue;
        }
        auto next = end;
        for (const auto candidate : {world->timers.next(), provider_->next(),
                                     script_.empty() ? std::nullopt : std::optional(script_.begin()->first),
                                     std::optional(store_rests_until_)}) {
            if (candidate && *candidate > clock.monotonic()) next = std::min(next, *candidate);
        }
        if (next >= end) break;
        clock.advance_to(next);
    }
    clock.advance_to(end);
}

void Simulation::play(const Plan& plan) {
    plan_ = plan;
    random_.seed(plan.seed);
    hides_orphans = plan.wrong == Wrong::hides_orphans;
    if (plan.in_memory) remember_in_memory(plan.seed);
    provider_ = std::make_unique<ScriptedProvider>(clock, plan.seed + 1);
    provider_->on_send = [this](const plugin::Outgoing& sent) {
        check_on_disk(sent);
        check_consent(sent);
    };
    config::CapSettings cap;
    cap.name = "few";
    cap.limit = plan.wrong == Wrong::counts_too_far ? cap_limit + 1.0 : cap_limit;
    cap.window.length = cap_window;
    cap.over = config::CapSettings::Over::defer;
    cap.match.classes = {"marketing"};
    settings.caps.push_back(cap);
    settings.classes["marketing"].requires_ = config::Requires::no_opt_out;
    for (const auto* name : route_names) {
        config::RouteSettings route;
        route.name = name;
        route.channel = "email";
        route.plugin = "scripted";
        specs.push_back({route, std::make_shared<ScriptedInstance>(name, *provider_)});
    }
    specs[1].settings.rate = plan.wrong == Wrong::hurries ? 2 * slow_rate : slow_rate;
    provider_->counts_twice = plan.wrong == Wrong::sends_twice;
    begin_life();
    write_script();
    run_until(clock.monotonic() + plan.length);
    if (HasFailure()) return;
    // The quiet phase: everything is well again, and nothing may outlive its expiry.
    script_.clear();
    if (is_stopping_) kill();
    seen->lease_fails = seen->settle_fails = false;
    for (const auto* name : route_names) {
        provider_->set_mood(name, ScriptedProvider::Mood::well);
        dispatcher->resume(name, [](const auto&) {});
    }
    reload();
    auto last = clock.now();
    for (const auto& [key, message] : accepted_)
        last = std::max(last, message.expires_at);
    run_until(clock.monotonic() + (last - clock.now()) + patience);
    EXPECT_GT(provider_->sent.size(), accepted_.size() / 3) << "a day on which little happens shows little";
    check_all_over();
    check_copies();
    if (!plan.jumps) check_caps();
    check_rates();
}

}  // namespace chapar::dispatch
