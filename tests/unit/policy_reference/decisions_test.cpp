// Level A: policy::decide over a ledger in memory, against the reference. CHAPAR_DECISIONS=1000000 asks for more of
// them, CHAPAR_SEED for others.
#include <gtest/gtest.h>

#include <string>

#include "environment.hpp"
#include "play.hpp"

namespace chapar::reference {
namespace {

std::unique_ptr<Real> memory() { return make_memory(); }

/// How many decisions it takes until a difference shows; 0: none did.
std::int64_t caught_after(Plan plan, std::int64_t at_most) {
    std::int64_t decisions = 0;
    for (; decisions < at_most; ++plan.seed) {
        const auto told = play(plan, memory);
        decisions += told.decisions;
        if (!told.difference.empty()) return decisions;
    }
    return 0;
}

TEST(policy_reference, decides_as_the_reference_does) {
    const auto wanted = from_environment("CHAPAR_DECISIONS", 60'000);
    Plan plan;
    plan.seed = static_cast<std::uint64_t>(from_environment("CHAPAR_SEED", 1)) * 1'000'000;
    std::int64_t decisions = 0;
    std::map<std::string, int> seen;
    std::map<int, std::int64_t> rounds;
    for (; decisions < wanted; ++plan.seed) {
        const auto told = play(plan, memory);
        decisions += told.decisions;
        for (const auto& [what, count] : told.seen)
            seen[what] += count;
        for (const auto& [many, count] : told.rounds)
            rounds[many] += count;
        ASSERT_TRUE(told.difference.empty()) << minimised(plan, memory);
    }
    for (const auto& [many, count] : rounds)
        std::cout << "  decided after " << many << " rounds of reading: " << count << "\n";
    // What was planned without the store is enough for most, and three rounds are for all but one in a million.
    EXPECT_GT(rounds[1], decisions * 8 / 10);
    EXPECT_LE(rounds[4], decisions / 100'000);
    EXPECT_LE(rounds.rbegin()->first, 4);
    for (const auto& [what, count] : seen)
        std::cout << "  " << what << ": " << count << "\n";
    std::cout << decisions << " decisions, no difference\n";
    for (const auto* what : {"displaces",
                             "end capped",
                             "end duplicate_content",
                             "end expired",
                             "end no_consent",
                             "end quiet_hours",
                             "end too_soon",
                             "go handed_over",
                             "step capped",
                             "step suppressed",
                             "wait capped",
                             "wait quiet_hours",
                             "wait too_soon",
                             "wait zone_unknown",
                             "holiday",
                             "holiday hours",
                             "own quiet",
                             "collects",
                             "a newcomer joins",
                             "wait digest_waits",
                             "left out expired",
                             "left out no_consent",
                             "left out suppressed",
                             "left out duplicate_content",
                             "twice in one digest",
                             "waits for its own turn",
                             "superseded",
                             "has the last slot",
                             "a better one has the last slot",
                             "displaces under several rules",
                             "left out of another try",
                             "wait arbitrating"})
        EXPECT_GT(seen[what], 0) << what << " never came up";
}

TEST(policy_reference, notices_a_limit_that_is_one_too_high) {
    Plan plan;
    plan.limit_is_wrong_by = -1;  // the reference asks for one less than the real thing lets through
    EXPECT_GT(caught_after(plan, 5'000), 0);
}

TEST(policy_reference, notices_a_ledger_that_forgets_a_use) {
    Plan plan;
    plan.forgets_every = 20;
    EXPECT_GT(caught_after(plan, 20'000), 0);
}

TEST(policy_reference, notices_a_mistake_of_the_reference) {
    for (const auto* mistake :
         {"gregorian is a day late", "jalali is a day late", "hijri is a day late",
          "a 30th is only in months of 30 days", "holidays keep the hours of the weekday", "a newcomer does not join",
          "a digest waits no longer than its cap", "a digest takes everybody along", "the newer one has the last slot",
          "another try asks nobody"}) {
        Plan plan;
        plan.mistake = mistake;
        EXPECT_GT(caught_after(plan, 50'000), 0) << mistake;
    }
}

}  // namespace
}  // namespace chapar::reference
