// What a plugin does wrong stays its own trouble: every message has exactly one answer.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bench.hpp"

namespace chapar::plugin {
namespace {

using model::Verdict;
using ::testing::HasSubstr;

class Mischief : public ::testing::Test {
  protected:
    Mischief() {
        auto info = bench_.host().open(CHAPAR_TEST_PLUGINS "/mischief.so", {.allow_sticky_folder = true});
        if (!info) throw std::runtime_error(info.error().message());
    }
    std::shared_ptr<Instance> plugin(const std::string& mode) {
        return bench_.create("mischief", R"({"mode":")" + mode + R"("})");
    }
    double misuse(const std::string& what) {
        return bench_.counter("chapar_plugin_misuse_total{instance=\"it\",what=\"" + what + "\"}");
    }
    test::Bench bench_;
};

TEST_F(Mischief, a_good_plugin_answers_each_message_once) {
    auto it = plugin("good");
    test::Outcomes got = bench_.send(*it, 3);
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(got.at(i).verdict, Verdict::accepted);
        EXPECT_EQ(got.times(i), 1);
    }
    EXPECT_EQ(bench_.drain(*it), "");
}

TEST_F(Mischief, an_exception_in_send_leaves_the_batch_in_doubt) {
    for (std::string mode : {"throws", "throws_oddly"}) {
        auto it = plugin(mode);
        test::Outcomes got = bench_.send(*it, 2);
        EXPECT_EQ(got.at(0).verdict, Verdict::unknown);
        EXPECT_THAT(got.at(1).detail, HasSubstr("threw"));
    }
    EXPECT_EQ(misuse("exception"), 2);
}

TEST_F(Mischief, an_exception_half_way_keeps_the_answers_that_were_given) {
    test::Outcomes got = bench_.send(*plugin("throws_half_way"), 2);
    EXPECT_EQ(got.at(0).verdict, Verdict::accepted);
    EXPECT_EQ(got.at(1).verdict, Verdict::unknown);
}

TEST_F(Mischief, an_error_return_gives_the_whole_batch_back) {
    test::Outcomes got = bench_.send(*plugin("error"), 2);
    for (std::size_t i = 0; i < 2; ++i) {
        EXPECT_EQ(got.at(i).verdict, Verdict::retry);
        EXPECT_EQ(got.at(i).blame, model::Blame::provider);
        EXPECT_THAT(got.at(i).detail, HasSubstr("the provider is closed"));
    }
}

TEST_F(Mischief, an_error_return_after_an_answer_leaves_the_rest_in_doubt) {
    test::Outcomes got = bench_.send(*plugin("error_half_way"), 2);
    EXPECT_EQ(got.at(0).verdict, Verdict::accepted);
    EXPECT_EQ(got.at(1).verdict, Verdict::unknown);
}

TEST_F(Mischief, a_second_answer_is_ignored_and_counted) {
    auto it = plugin("twice");
    test::Outcomes got = bench_.send(*it, 2);
    EXPECT_EQ(bench_.drain(*it), "");
    EXPECT_EQ(got.at(0).verdict, Verdict::accepted);
    EXPECT_EQ(got.times(0), 1);
    EXPECT_EQ(got.times(1), 1);
    EXPECT_EQ(misuse("double_completion"), 2);
}

TEST_F(Mischief, an_index_that_does_not_exist_is_ignored_and_counted) {
    auto it = plugin("wrong_index");
    test::Outcomes got = bench_.send(*it, 1);
    bench_.drain(*it);
    EXPECT_EQ(got.at(0).verdict, Verdict::accepted);
    EXPECT_EQ(misuse("double_completion"), 1);
}

TEST_F(Mischief, an_impossible_verdict_is_unknown) {
    test::Outcomes got = bench_.send(*plugin("bad_verdict"), 1);
    EXPECT_EQ(got.at(0).verdict, Verdict::unknown);
    EXPECT_THAT(got.at(0).detail, HasSubstr("17"));
}

TEST_F(Mischief, a_message_without_a_word_is_unknown_at_its_deadline) {
    auto it = plugin("never_completes");
    test::Outcomes got = bench_.send(*it, 2, Milliseconds(50));
    EXPECT_EQ(got.at(0).verdict, Verdict::unknown);
    EXPECT_THAT(got.at(1).detail, HasSubstr("deadline"));
    EXPECT_THAT(bench_.drain(*it, Milliseconds(20)), HasSubstr("1 batches"));
    EXPECT_EQ(got.times(0), 1);
}

TEST_F(Mischief, an_answer_after_the_deadline_becomes_an_event) {
    auto it = plugin("late");
    test::Outcomes got = bench_.send(*it, 1, Milliseconds(30));
    EXPECT_EQ(got.at(0).verdict, Verdict::unknown);
    EXPECT_EQ(bench_.drain(*it), "");  // waits for the timer that brings the late answer
    ASSERT_EQ(bench_.events().size(), 1u);
    EXPECT_EQ(bench_.events()[0].kind, "accepted");
    EXPECT_EQ(bench_.events()[0].attempt, test::Bench::messages(1)[0].attempt);
    EXPECT_EQ(got.times(0), 1);
    EXPECT_EQ(misuse("late_completion"), 1);
}

TEST_F(Mischief, answers_may_come_from_a_thread_of_the_plugin) {
    auto it = plugin("foreign_thread");
    for (int i = 0; i < 20; ++i) {
        test::Outcomes got = bench_.send(*it, 10);
        for (std::size_t m = 0; m < 10; ++m)
            EXPECT_EQ(got.at(m).verdict, Verdict::accepted);
    }
}

TEST_F(Mischief, a_call_that_blocks_is_measured_and_another_instance_goes_on) {
    auto slow = plugin("blocks");
    auto quick = plugin("good");
    test::Outcomes waiting;
    slow->send(test::Bench::messages(1), Milliseconds(5000), waiting.collect());
    test::Outcomes got = bench_.send(*quick, 1);
    EXPECT_EQ(got.at(0).verdict, Verdict::accepted);
    EXPECT_TRUE(waiting.wait(1));
    bench_.drain(*slow);
    double calls = bench_.counter("chapar_plugin_call_seconds_bucket{call=\"send\",instance=\"it\",le=\"+Inf\"}");
    EXPECT_EQ(calls, 2) << bench_.metrics().text();
    double above_10_ms =
        calls - bench_.counter("chapar_plugin_call_seconds_bucket{call=\"send\",instance=\"it\",le=\"0.01\"}");
    EXPECT_GE(above_10_ms, 1) << bench_.metrics().text();  // the one that blocks 30 ms; a busy machine slows the other
}

TEST_F(Mischief, an_instance_that_can_not_be_made_says_why_in_the_plugins_words) {
    EXPECT_THAT(bench_.create_error("mischief", R"({"mode":"create_fails"})"),
                HasSubstr("the moon is in the wrong place"));
    EXPECT_THAT(bench_.create_error("mischief", R"({"mode":"create_throws"})"), HasSubstr("no luck"));
    EXPECT_THAT(bench_.create_error("mischief", R"({"mode":"start_fails"})"), HasSubstr("could not start"));
}

TEST_F(Mischief, after_drain_began_nothing_new_is_sent) {
    auto it = plugin("good");
    bench_.drain(*it);
    test::Outcomes got = bench_.send(*it, 1);
    EXPECT_EQ(got.at(0).verdict, Verdict::retry);
    EXPECT_EQ(got.at(0).blame, model::Blame::none) << "that it ends says nothing of the provider";
}

TEST_F(Mischief, letting_an_instance_go_answers_for_its_messages) {
    auto it = plugin("never_completes");
    test::Outcomes got;
    it->send(test::Bench::messages(2), std::chrono::minutes(5), got.collect());
    it.reset();
    EXPECT_TRUE(got.wait(2));
    EXPECT_EQ(got.at(0).verdict, Verdict::unknown);
}

}  // namespace
}  // namespace chapar::plugin
