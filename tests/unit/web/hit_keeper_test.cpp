#include "web/hit_keeper.hpp"

#include <gmock/gmock.h>

namespace chapar::web {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

/// Takes what it is told to take.
class HitStore final : public store::Hits {
  public:
    void note_hits(store::HitBatch batch, store::Done<std::vector<std::int64_t>> done) override {
        ++writes;
        if (refuses > 0) {
            --refuses;
            return done(fail(failure, "the disk is full"));
        }
        std::vector<std::int64_t> numbers;
        for (const auto& each : batch.hits) {
            kept.push_back(each);
            numbers.push_back(static_cast<std::int64_t>(kept.size()));
        }
        for (const auto& each : batch.revisions)
            revised.push_back(each);
        for (std::size_t i = 0; i < 2; ++i)
            for (std::size_t j = 0; j < store::total_reasons; ++j)
                totals[i][j] += batch.totals[i][j];
        done(numbers);
    }
    Result<std::vector<store::HitFacts>> hit_facts(std::span<const MessageKey> messages) override {
        asked.insert(asked.end(), messages.begin(), messages.end());
        return std::vector<store::HitFacts>(messages.size(), facts);
    }
    Result<std::optional<store::Engagement>> engagement(MessageKey) override { return std::nullopt; }
    Result<std::vector<store::Engagement>> engagements(MessageKey, int) override {
        return std::vector<store::Engagement>{};
    }
    Result<std::vector<store::DayTotals>> hit_totals(std::int64_t) override { return std::vector<store::DayTotals>{}; }
    void prune_hits(std::map<std::string, Timestamp>, int, store::Done<std::int64_t>) override {}

    store::HitFacts facts{.is_kept = true, .delivered = from_ms(1), .is_final = true};
    store::Code failure = store::Code::unavailable;
    int refuses = 0, writes = 0;
    std::vector<store::NewHit> kept;
    std::vector<store::HitRevision> revised;
    store::HitTotals totals{};
    std::vector<MessageKey> asked;
};

class Keeping : public testing::Test {
  protected:
    RawHit hit(std::int64_t message, std::uint16_t link = 0) {
        engage::Features features{.kind = engage::HitKind::click, .agent = engage::AgentFamily::firefox};
        features.link = link;
        return {MessageKey{message}, 1, from_ms(1'790'000'000'000), features};
    }
    metrics::Registry metrics_;
    HitQueue queue_{10'000};
    HitStore store_;
    HitKeeper keeper_{queue_, store_, metrics_};
};

TEST_F(Keeping, what_came_is_written_in_one_commit) {
    for (int i = 1; i <= 100; ++i)
        queue_.put(hit(i));
    queue_.count(model::Engaged::opened, store::TotalOnly::privacy);
    EXPECT_TRUE(keeper_.run_once());
    EXPECT_EQ(store_.writes, 1);
    EXPECT_EQ(store_.kept.size(), 100u);
    EXPECT_EQ(store_.totals[0][1], 1);
    EXPECT_TRUE(keeper_.run_once());
    EXPECT_EQ(store_.writes, 1);
}

TEST_F(Keeping, a_large_batch_is_written_in_parts) {
    for (int i = 1; i <= 9'000; ++i)
        queue_.put(hit(i));
    EXPECT_TRUE(keeper_.run_once());
    EXPECT_EQ(store_.writes, 3);
    EXPECT_EQ(store_.kept.size(), 9'000u);
}

TEST_F(Keeping, while_the_store_takes_nothing_hits_wait_and_none_is_counted_twice) {
    store_.refuses = 2;
    queue_.put(hit(1));
    EXPECT_FALSE(keeper_.run_once());
    queue_.put(hit(2));
    queue_.count(model::Engaged::clicked, store::TotalOnly::old_link);
    EXPECT_FALSE(keeper_.run_once());
    EXPECT_THAT(store_.kept, IsEmpty());
    EXPECT_TRUE(keeper_.run_once());
    ASSERT_EQ(store_.kept.size(), 2u);
    EXPECT_EQ(store_.kept[0].message, MessageKey{1});
    EXPECT_EQ(store_.kept[1].message, MessageKey{2});
    EXPECT_EQ(store_.totals[1][0], 1);
}

TEST_F(Keeping, what_a_closed_store_was_given_is_lost_and_counted) {
    store_.refuses = 1;
    store_.failure = store::Code::closed;
    queue_.put(hit(1));
    EXPECT_TRUE(keeper_.run_once());
    EXPECT_THAT(store_.kept, IsEmpty());
    EXPECT_EQ(metrics_.counter("web_hits_lost_total", "").value(), 1);
}

TEST_F(Keeping, a_full_queue_takes_no_more) {
    for (int i = 0; i < 10'000; ++i)
        EXPECT_TRUE(queue_.put(hit(1)));
    EXPECT_FALSE(queue_.put(hit(1)));
}

TEST_F(Keeping, what_changes_no_more_is_asked_once) {
    queue_.put(hit(1));
    queue_.put(hit(1));
    keeper_.run_once();
    queue_.put(hit(1));
    keeper_.run_once();
    EXPECT_THAT(store_.asked, ElementsAre(MessageKey{1}));
    store_.facts.is_final = false;
    for (int i = 0; i < 2; ++i) {
        queue_.put(hit(2));
        keeper_.run_once();
    }
    EXPECT_THAT(store_.asked, ElementsAre(MessageKey{1}, MessageKey{2}, MessageKey{2}));
}

TEST_F(Keeping, an_earlier_commits_hit_is_changed_by_its_number) {
    queue_.put(hit(7, 0));
    keeper_.run_once();
    queue_.put(hit(7, 1));
    queue_.put(hit(7, 2));
    keeper_.run_once();
    ASSERT_EQ(store_.revised.size(), 1u);
    EXPECT_EQ(store_.revised[0].hit.number, 1);
    EXPECT_EQ(store_.revised[0].hit.by, model::HitBy::machine);
}

TEST_F(Keeping, the_thread_writes_what_waits_when_it_ends) {
    keeper_.start();
    queue_.put(hit(1));
    keeper_.stop();
    EXPECT_EQ(store_.kept.size(), 1u);
}

}  // namespace
}  // namespace chapar::web
