// The sending side as the daemon runs it, on real threads and real time: what the sanitizers look at.

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <set>
#include <thread>

#include "base/ranked_threads.hpp"
#include "dispatch/asio_timers.hpp"
#include "fixture.hpp"

namespace chapar::dispatch {
namespace {

using model::Verdict;

TEST(AsioTimers, a_call_that_was_replaced_or_cancelled_does_not_run_although_its_time_has_come) {
    boost::asio::io_context context(1);
    AsioTimers timers(context);
    const auto past = std::chrono::steady_clock::now() - Milliseconds{10};
    const auto first = timers.make(), second = timers.make(), third = timers.make();
    auto fourth = timers.make();
    std::string ran;
    first->run_at(past, [&] {
        ran += "first ";
        second->run_at(past, [&] { ran += "second "; });
        third->cancel();
        fourth.reset();
    });
    second->run_at(past, [&] { ran += "replaced "; });
    third->run_at(past, [&] { ran += "cancelled "; });
    fourth->run_at(past, [&] { ran += "destroyed "; });
    EXPECT_EQ(ran, "") << "never inside of run_at";
    context.run();
    EXPECT_EQ(ran, "first second ");
}

/// Answers most of what it is given from a thread of its own.
class ThreadedInstance final : public plugin::Instance {
  public:
    ThreadedInstance() { traits_.max_in_flight = 64; }
    const std::string& name() const override { return name_; }
    const plugin::Traits& traits() const override { return traits_; }
    void send(std::vector<plugin::Outgoing> batch, Milliseconds, Completed done) override {
        for (std::size_t i = 0; i < batch.size(); ++i) {
            {
                const std::lock_guard lock(mutex);
                seen.insert(batch[i].attempt.message);
            }
            boost::asio::post(threads, [done, i] { done(i, {Verdict::accepted, {}, {}, "", "250", ""}); });
        }
    }
    void drain(Milliseconds, std::function<void(std::string)> drained) override { drained(""); }

    std::mutex mutex;  // guards seen
    std::multiset<MessageId> seen;
    boost::asio::thread_pool threads{2};

  private:
    std::string name_ = "threaded";
    plugin::Traits traits_;
};

class ThreadsTest : public DispatchTest {};

TEST_F(ThreadsTest, every_message_goes_once_while_routes_are_swapped_paused_and_looked_at) {
    constexpr int batches = 20, of_a_batch = 50;
    auto instance = std::make_shared<ThreadedInstance>();
    boost::asio::io_context strand(1);
    AsioTimers timers(strand);
    RankedThreads render("render", 2, 1);
    boost::asio::thread_pool reads(1), upkeep(1);
    const boost::asio::any_io_executor to_reads = reads.get_executor(), to_upkeep = upkeep.get_executor();
    const SystemClock real;
    config::RouteSettings route;
    route.name = "a";
    route.channel = "email";
    specs = {{route, instance}};
    Dispatcher sending(Deps{real, *store, *store, *store, *store, catalogue, registry, strand, timers, render, to_reads,
                            to_upkeep, 7});
    const auto rules = policy::compile(settings);
    ASSERT_TRUE(sending.start(settings, *rules, specs).has_value());
    std::thread runs([&] {
        const auto work = boost::asio::make_work_guard(strand);
        strand.run();
    });
    clock.advance(real.now() - clock.now());
    std::multiset<MessageId> all;
    for (int i = 0; i < batches; ++i) {
        std::vector<model::Message> messages;
        for (int each = 0; each < of_a_batch; ++each)
            all.insert(messages.emplace_back(message(each % 2 == 0 ? "otp" : "marketing")).id);
        sending.accepted(put(std::move(messages)));
        sending.apply(settings, *rules, specs, [](auto) {});
        sending.pause("a", "", [](const auto&) {});
        sending.queue([](QueueView) {});
        sending.resume("a", [](const auto&) {});
        sending.fence([] {});
        (void)sending.standstill("email", "otp");
    }
    const auto sent = [&] { return store->counts()->by_state[static_cast<int>(model::State::sent)]; };
    for (auto known = sent(); known < batches * of_a_batch; known = sent()) {  // progress counts, not the hour
        for (int i = 0; i < 500 && sent() == known; ++i)
            std::this_thread::sleep_for(Milliseconds{10});
        ASSERT_GT(sent(), known) << "nothing went after " << known;
    }
    std::promise<std::int64_t> idle;
    sending.stop(Milliseconds{60'000}, [&](std::int64_t left) { idle.set_value(left); });
    EXPECT_EQ(idle.get_future().get(), 0);
    strand.stop();
    runs.join();
    render.join();
    reads.join();
    upkeep.join();
    instance->threads.join();
    store->close();
    EXPECT_EQ(instance->seen, all);
}

}  // namespace
}  // namespace chapar::dispatch
