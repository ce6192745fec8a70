#include "web/hit_judge.hpp"

#include <gmock/gmock.h>

#include "engage/judged.hpp"

namespace chapar::web {
namespace {

using namespace std::chrono_literals;
using model::HitBy;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr MessageKey letter{1'000}, other_letter{2'000};

class HitJudgement : public testing::Test {
  protected:
    /// By a browser of a person, a minute after the delivery.
    RawHit click(std::uint16_t link, MessageKey message = letter, std::uint64_t network = 1) const {
        engage::Features features{.kind = engage::HitKind::click, .agent = engage::AgentFamily::firefox};
        features.link = link;
        return {message, network, now, features};
    }
    store::HitBatch judge(std::vector<RawHit> hits) {
        const std::vector<store::HitFacts> all(hits.size(), facts);
        return judge_.judge(hits, all);
    }
    std::vector<HitBy> by(const store::HitBatch& batch) {
        std::vector<HitBy> out;
        for (const auto& each : batch.hits)
            out.push_back(each.hit.by);
        return out;
    }

    Timestamp now = from_ms(1'790'000'060'000);
    store::HitFacts facts{.is_kept = true, .delivered = from_ms(1'790'000'000'000), .is_final = true};
    HitJudge judge_;
};

TEST_F(HitJudgement, the_clock_starts_at_the_delivery) {
    EXPECT_EQ(judge({click(0)}).hits[0].hit.points, 0);
    now = *facts.delivered + 9'999ms;
    EXPECT_EQ(judge({click(1)}).hits[0].hit.points, 40);
    now = *facts.delivered + 10s;
    EXPECT_EQ(judge({click(0, other_letter)}).hits[0].hit.points, 0);
    facts = {.is_kept = true, .is_on_its_way = true};  // a gateway that looks before it answers
    EXPECT_EQ(judge({click(0, MessageKey{3})}).hits[0].hit.points, 40);
    facts = {.is_kept = true};  // nobody knows when it arrived
    EXPECT_EQ(judge({click(0, MessageKey{4})}).hits[0].hit.points, 0);
}

TEST_F(HitJudgement, a_burst_changes_what_its_first_hits_were_within_one_batch) {
    const auto batch = judge({click(0), click(1), click(2)});
    EXPECT_THAT(by(batch), ElementsAre(HitBy::machine, HitBy::machine, HitBy::machine));
    EXPECT_THAT(batch.revisions, IsEmpty());
    EXPECT_THAT(engage::reasons_of(batch.hits[0].hit), ElementsAre("burst"));
}

TEST_F(HitJudgement, and_over_several_batches_by_their_numbers) {
    EXPECT_THAT(by(judge({click(0)})), ElementsAre(HitBy::human));
    judge_.noted(std::vector<std::int64_t>{41});
    now += 1s;
    EXPECT_THAT(by(judge({click(7, other_letter), click(1)})), ElementsAre(HitBy::human, HitBy::human));
    judge_.noted(std::vector<std::int64_t>{42, 43});
    now += 1s;
    const auto batch = judge({click(2)});
    EXPECT_THAT(by(batch), ElementsAre(HitBy::machine));
    ASSERT_EQ(batch.revisions.size(), 2u);
    EXPECT_EQ(batch.revisions[0].message, letter);
    EXPECT_EQ(batch.revisions[0].hit.number, 41);
    EXPECT_EQ(batch.revisions[1].hit.number, 43);
    EXPECT_EQ(batch.revisions[0].hit.by, HitBy::machine);
    EXPECT_TRUE(engage::decode(batch.revisions[0].hit.features)->has(engage::mark_burst));
}

TEST_F(HitJudgement, what_was_not_kept_is_not_changed) {
    judge({click(0)});
    judge_.noted(std::vector<std::int64_t>{0});
    judge({click(1)});  // its batch was lost: no number came
    EXPECT_THAT(judge({click(2)}).revisions, IsEmpty());
}

TEST_F(HitJudgement, a_proxys_mark_stays_when_others_come) {
    auto first = click(0);
    first.features.marks = engage::mark_proxied;
    const auto batch = judge({first, click(1), click(2)});
    const auto features = *engage::decode(batch.hits[0].hit.features);
    EXPECT_TRUE(features.has(engage::mark_proxied));
    EXPECT_TRUE(features.has(engage::mark_burst));
}

TEST_F(HitJudgement, a_person_from_another_network_speaks_for_a_later_click) {
    judge({click(0, letter, 1)});
    now += 60s;
    const auto batch = judge({click(1, letter, 2)});
    EXPECT_TRUE(engage::decode(batch.hits[0].hit.features)->has(engage::mark_after_human));
}

TEST_F(HitJudgement, what_is_remembered_is_bounded) {
    for (int i = 0; i < 1'000; ++i) {
        judge({click(0, MessageKey{i + 1})});
        now += 1s;
    }
    EXPECT_LE(judge_.remembered(), 602u);
}

}  // namespace
}  // namespace chapar::web
