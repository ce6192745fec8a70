#pragma once
// The rooms of the sending side by themselves, on a clock that stands still until a test moves it.

#include "dispatch/active_config.hpp"
#include "dispatch/flight_memory.hpp"
#include "dispatch/in_flight_table.hpp"
#include "dispatch/pick/crash_suspects.hpp"
#include "dispatch/pick/picker.hpp"
#include "dispatch/routing/router.hpp"
#include "fixture.hpp"

namespace chapar::dispatch {

/// What the rooms share, without a dispatcher.
class RoomTest : public DispatchTest {
  protected:
    /// After the settings and routes are as the test wants them.
    void furnish() {
        for (const auto& spec : specs)
            settings.routes.push_back(spec.settings);
        const auto rules = policy::compile(settings);
        ASSERT_TRUE(rules.has_value()) << rules.error().message();
        config = std::make_shared<const ActiveConfig>(settings, *rules);
        scheduler.configure(settings);
        router.replace(specs);
        router.limit_rests();
        memory.share(settings.queue.memory, router.routes());
    }
    Route& route(std::size_t index = 0) { return *router.routes().at(index); }
    queue::ItemPtr item(const model::Message& of) {
        const store::Pool pool{PoolId{1}, of.class_name, of.application, of.campaign};
        model::Progress progress;
        progress.due = of.send_at;
        return queue::make_item({of, progress}, &scheduler.pool(pool));
    }
    queue::ItemPtr item(const std::string& cls, const std::string& address = "a@example.com") {
        return item(message(cls, address));
    }
    /// In memory, as the refill puts it there.
    MessageId schedule(const model::Message& of) {
        EXPECT_TRUE(scheduler.add(item(of), clock.now()));
        scheduler.promote(clock.now());
        return of.id;
    }
    MessageId schedule(const std::string& cls, const std::string& address = "a@example.com") {
        return schedule(message(cls, address));
    }
    /// As after `failures` of its provider in a row.
    void fail_provider(Route& of, int failures = queue::Circuit::threshold) {
        for (int i = 0; i < failures; ++i) {
            const auto one = item("otp");
            Lane& lane = of.lane(*one);
            const auto key = one->queued.message.id.key();
            of.started(lane, key, clock.monotonic());
            const auto failure = outcome(model::Verdict::retry, model::Blame::provider);
            of.ended(lane, failure, clock.monotonic());
            of.learn(lane, key, failure, clock.monotonic());
        }
    }

    ConfigInUse config = std::make_shared<const ActiveConfig>(config::Settings{}, nullptr);
    queue::Scheduler scheduler;
    Router router{clock, config};
    FlightMemory memory;
    InFlightTable in_flight;
    CrashSuspects suspects;
};

}  // namespace chapar::dispatch
