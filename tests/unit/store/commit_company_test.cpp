// Whose commit is shared with whom: without a thread, over tables in memory.

#include "store/engine/group_commit.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "store/memory/database.hpp"

namespace chapar::store::engine {
namespace {

using testing::ElementsAre;

constexpr std::chrono::hours forever{1};

class CommitCompany : public testing::Test {
  protected:
    /// An outcome or a lease that waits for company.
    void patient(const std::string& name, std::size_t weight = 1) { submit(name, weight, forever); }
    /// What is due at once.
    void urgent(const std::string& name) { submit(name, 1, Milliseconds{0}); }
    void news(const std::string& name) {
        commit_.submit(std::make_unique<AcceptTask>(
            std::vector<NewMessage>{}, [this, name](Result<AcceptedBatch>) { answered_.push_back(name); }));
    }
    void submit(const std::string& name, std::size_t weight, Milliseconds patience) {
        commit_.submit<bool>(
            weight, [this, name](Result<bool>) { answered_.push_back(name); }, [](rules::Unit&) { return true; },
            patience);
    }
    std::vector<std::string> run_due() {
        commit_.run_due();
        return std::exchange(answered_, {});
    }

    SystemClock clock_;
    memory::Data data_;
    memory::MemoryDatabase database_{data_, [] { return false; }};
    Counters counters_;
    GroupCommit commit_{database_, counters_, clock_, {}};
    std::vector<std::string> answered_;
};

TEST_F(CommitCompany, new_messages_leave_what_waits_for_company) {
    patient("lease");
    news("accepted");
    patient("outcome");
    EXPECT_THAT(run_due(), ElementsAre("accepted"));
    news("another");
    EXPECT_THAT(run_due(), ElementsAre("another"));
}

TEST_F(CommitCompany, what_is_due_takes_along_what_waits_in_the_order_of_submission) {
    patient("outcome");
    news("accepted");
    urgent("receipt");
    patient("lease");
    EXPECT_THAT(run_due(), ElementsAre("outcome", "accepted", "receipt", "lease"));
}

TEST_F(CommitCompany, where_much_waits_nothing_is_left) {
    patient("leases", 33);
    news("accepted");
    EXPECT_THAT(run_due(), ElementsAre("leases", "accepted"));
}

TEST_F(CommitCompany, a_stop_leaves_nothing) {
    patient("outcome");
    news("accepted");
    commit_.stop();
    EXPECT_THAT(run_due(), ElementsAre("outcome", "accepted"));
    EXPECT_FALSE(commit_.wait());
}

TEST_F(CommitCompany, run_once_commits_all_however_patient) {
    patient("outcome");
    news("accepted");
    commit_.run_once();
    EXPECT_THAT(answered_, ElementsAre("outcome", "accepted"));
}

}  // namespace
}  // namespace chapar::store::engine
