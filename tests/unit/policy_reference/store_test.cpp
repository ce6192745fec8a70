// Level B: the same stories through the store, with restarts and crashes, and every scope compared after each step.
// CHAPAR_STORE_DECISIONS asks for more of them, CHAPAR_SEED for others.
#include <gtest/gtest.h>

#include "environment.hpp"
#include "play.hpp"

namespace chapar::reference {
namespace {

Plan through_the_store(std::uint64_t seed) {
    Plan plan;
    plan.seed = seed;
    plan.decisions = 250;
    plan.checks_uses = true;
    return plan;
}

void keeps_the_slots(std::unique_ptr<Real> (*make)()) {
    const auto wanted = from_environment("CHAPAR_STORE_DECISIONS", 20'000);
    auto plan = through_the_store(static_cast<std::uint64_t>(from_environment("CHAPAR_SEED", 1)) * 1'000'000);
    std::int64_t decisions = 0, restarts = 0, kills = 0;
    std::map<std::string, int> seen;
    for (; decisions < wanted; ++plan.seed) {
        const auto told = play(plan, make);
        decisions += told.decisions;
        restarts += told.restarts;
        kills += told.kills;
        for (const auto& [what, count] : told.seen)
            seen[what] += count;
        ASSERT_TRUE(told.difference.empty()) << minimised(plan, make);
        ASSERT_EQ(told.over_cap, 0) << "seed " << plan.seed;
        ASSERT_EQ(told.leaked, 0) << "seed " << plan.seed;
        ASSERT_FALSE(testing::Test::HasFailure()) << "seed " << plan.seed;
    }
    std::cout << decisions << " decisions, " << restarts << " restarts, " << kills << " kills, no difference\n";
    EXPECT_GT(restarts, 0);
    EXPECT_GT(kills, 0);
    for (const auto* what : {"holiday", "holiday hours", "own quiet", "collects", "a newcomer joins"})
        EXPECT_GT(seen[what], 0) << what << " never came up";
}

TEST(policy_reference, the_store_keeps_the_slots_that_the_reference_keeps) { keeps_the_slots(make_sqlite); }
TEST(policy_reference, the_memory_store_keeps_the_slots_that_the_reference_keeps) {
    keeps_the_slots(make_memory_store);
}

TEST(policy_reference, notices_a_store_that_forgets_a_use) {
    auto plan = through_the_store(1);
    plan.forgets_every = 50;
    EXPECT_NE(play(plan, make_sqlite).difference, "");
    EXPECT_NE(play(plan, make_memory_store).difference, "");
}

}  // namespace
}  // namespace chapar::reference
