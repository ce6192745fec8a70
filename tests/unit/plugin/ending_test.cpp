// An instance's end: every batch and every request is answered once, whatever comes at the same moment, and the limit
// of a drain holds although the plugin is stuck.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chapar/plugin.hpp>
#include <future>
#include <latch>

#include "bench.hpp"

namespace chapar::plugin {
namespace {

using model::Verdict;
using ::testing::HasSubstr;

/// Held by a test while the plugin is inside `send`.
struct Gate {
    std::latch inside{1}, open{1};
};
std::shared_ptr<Gate> gate;

class Gated final : public chapar::Plugin {
  public:
    static constexpr chapar::Traits traits{.channels = {"email"}, .blocking = true, .max_batch = 10};
    Gated(chapar::Host, const chapar::Config&) {}
    void send(chapar::Batch batch) override {
        if (const auto mine = gate) {
            mine->inside.count_down();
            mine->open.wait();
        }
        batch.complete_all(chapar::Outcome::delivered());
    }
    void inbound(chapar::Inquiry inquiry, const chapar::HttpRequest&) override { inquiry.reply(200); }
};

const chapar_plugin* gated_entry(std::uint16_t, std::uint16_t) { return chapar::detail::table_of<Gated>("gated", "1"); }

class Ending : public ::testing::Test {
  protected:
    Ending() {
        auto info = bench_.host().open(CHAPAR_TEST_PLUGINS "/mischief.so", {.allow_sticky_folder = true});
        if (!info) throw std::runtime_error(info.error().message());
        if (!bench_.host().add_builtin(gated_entry)) throw std::runtime_error("gated");
    }
    ~Ending() override { gate = nullptr; }
    test::Bench bench_;
};

TEST_F(Ending, the_limit_of_a_drain_holds_while_a_call_does_not_return) {
    gate = std::make_shared<Gate>();
    const auto opened = gate;
    auto it = bench_.create("gated");
    test::Outcomes got;
    it->send(test::Bench::messages(1), std::chrono::minutes(5), got.collect());
    opened->inside.wait();
    auto held = std::make_shared<std::promise<std::string>>();
    auto answer = held->get_future();
    it->drain(Milliseconds(20), [held](std::string text) { held->set_value(std::move(text)); });
    const bool is_answered = answer.wait_for(std::chrono::seconds(30)) == std::future_status::ready;
    EXPECT_THAT(it->stuck_in(), HasSubstr("send"));
    opened->open.count_down();
    ASSERT_TRUE(is_answered);
    EXPECT_THAT(answer.get(), ::testing::AllOf(HasSubstr("plugin gated"), HasSubstr("send"), HasSubstr("1 batches")));
    EXPECT_EQ(bench_.drain(*it), "");
    EXPECT_EQ(it->stuck_in(), "");
    EXPECT_EQ(got.times(0), 1);
}

TEST_F(Ending, everyone_who_waits_for_a_drain_is_answered) {
    gate = std::make_shared<Gate>();
    const auto opened = gate;
    auto it = bench_.create("gated");
    test::Outcomes got;
    it->send(test::Bench::messages(1), std::chrono::minutes(5), got.collect());
    opened->inside.wait();
    std::atomic<int> answers = 0, early = 0;
    for (int i = 0; i < 3; ++i) {
        it->drain(std::chrono::minutes(5), [&](const std::string&) {
            ++answers;
            early += it->stuck_in().empty() ? 0 : 1;
        });
    }
    EXPECT_EQ(answers, 0);  // it has not ended yet
    opened->open.count_down();
    EXPECT_EQ(bench_.drain(*it, std::chrono::minutes(5)), "");
    EXPECT_EQ(answers, 3);
    EXPECT_EQ(early, 0);
}

TEST_F(Ending, what_its_deadline_closed_behind_a_call_is_answered_once) {
    gate = std::make_shared<Gate>();
    const auto opened = gate;
    auto it = bench_.create("gated");
    test::Outcomes first, second;
    it->send(test::Bench::messages(1), std::chrono::minutes(5), first.collect());
    opened->inside.wait();
    it->send(test::Bench::messages(2), Milliseconds(0), second.collect());
    ASSERT_TRUE(second.wait(2));  // closed by its deadline while it waits for its turn
    opened->open.count_down();
    EXPECT_EQ(bench_.drain(*it, std::chrono::minutes(5)), "");
    EXPECT_EQ(second.times(0), 1);
}

TEST_F(Ending, an_ending_instance_blames_nobody_for_what_it_gives_back) {
    auto it = bench_.create("mischief", R"({"mode":"good"})");
    bench_.drain(*it);
    test::Outcomes got = bench_.send(*it, 1);
    EXPECT_EQ(got.at(0).verdict, Verdict::retry);
    EXPECT_EQ(got.at(0).blame, model::Blame::none);
}

TEST_F(Ending, deadlines_that_pass_at_the_moment_of_the_hand_over_leave_nothing_behind) {
    auto it = bench_.create("mischief", R"({"mode":"good"})");
    test::Outcomes got;
    constexpr std::size_t rounds = 20'000;
    for (std::size_t i = 0; i < rounds; ++i)
        it->send(test::Bench::messages(1), Milliseconds(i % 3), got.collect());
    EXPECT_EQ(bench_.drain(*it, std::chrono::seconds(60)), "");
    EXPECT_EQ(got.times(0), static_cast<int>(rounds));
}

TEST_F(Ending, what_is_given_back_after_its_deadline_is_not_counted_as_held) {
    auto it = bench_.create("mischief", R"({"mode":"slow_error"})");
    for (int i = 0; i < 6; ++i) {
        test::Outcomes late = bench_.send(*it, 200, Milliseconds(1));
        EXPECT_THAT(late.at(0).detail, HasSubstr("deadline")) << "round " << i;
        bench_.inbound(*it, {"GET", "/", "", {}, {}});  // its turn comes after the call that was slow
    }
    test::Outcomes got = bench_.send(*it, 1, std::chrono::minutes(5));
    EXPECT_THAT(got.at(0).detail, HasSubstr("did not take it"));
}

TEST_F(Ending, a_request_that_meets_the_end_is_answered_once) {
    constexpr int rounds = 400, askers = 2, asked = 20;
    for (int i = 0; i < rounds; ++i) {
        auto it = bench_.create("mischief", R"({"mode":"good"})");
        auto replies = std::make_shared<std::atomic<int>>(0);
        std::latch begin{askers + 1};
        std::vector<std::thread> threads;
        for (int t = 0; t < askers; ++t) {
            threads.emplace_back([&] {
                begin.arrive_and_wait();
                for (int r = 0; r < asked; ++r)
                    it->inbound({"POST", "/", "", {}, {}}, [replies](const HttpReply&) { ++*replies; });
            });
        }
        begin.arrive_and_wait();
        EXPECT_EQ(bench_.drain(*it, std::chrono::seconds(60)), "");
        for (auto& thread : threads)
            thread.join();
        ASSERT_EQ(*replies, askers * asked) << "round " << i;
    }
}

TEST_F(Ending, a_batch_that_meets_the_end_is_answered_once) {
    constexpr int rounds = 400, sent = 20;
    for (int i = 0; i < rounds; ++i) {
        auto it = bench_.create("mischief", R"({"mode":"good"})");
        test::Outcomes got;
        std::latch begin{2};
        std::thread sender([&] {
            begin.arrive_and_wait();
            for (int s = 0; s < sent; ++s)
                it->send(test::Bench::messages(1), std::chrono::minutes(5), got.collect());
        });
        begin.arrive_and_wait();
        EXPECT_EQ(bench_.drain(*it, std::chrono::seconds(60)), "");
        sender.join();
        ASSERT_TRUE(got.wait(sent));
        ASSERT_EQ(got.times(0), sent) << "round " << i;
    }
}

}  // namespace
}  // namespace chapar::plugin
