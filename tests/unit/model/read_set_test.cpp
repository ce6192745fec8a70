// What was read for a decision: what of it answers which question.
#include "model/read_set.hpp"

#include <gtest/gtest.h>

#include <map>

namespace chapar::model {
namespace {

using namespace std::chrono_literals;

Timestamp at(std::int64_t ms) { return from_ms(1'000'000 + ms); }

/// Uses of one scope; three neighbours come as a total where that is allowed.
class Uses final : public Ledger {
  public:
    void uses(Scope, Timestamp from, const std::function<bool(const Use&)>& visit) override {
        ++reads;
        for (const auto& use : all)
            if (use.at >= from && !visit(use)) return;
    }
    void summed(Scope scope, std::span<const Timestamp> edges, const std::function<bool(const Use&)>& visit,
                const std::function<void(const Total&)>& add) override {
        if (!has_totals) return Ledger::summed(scope, edges, visit, add);
        ++reads;
        const auto from = *std::min_element(edges.begin(), edges.end());
        for (const auto& use : all)
            if (use.at >= from) add({use.kind, use.state, 1, use.segments, use.cost, use.at, use.at});
    }
    const Kind& kind(KindId id) override { return kinds[id]; }
    KindId kind_id(const Kind&) override { return 0; }
    std::vector<Consent> consents(std::string_view, std::string_view) override { return {}; }
    std::vector<Suppression> suppressions(std::string_view, std::string_view address) override {
        if (address == "damaged@shop.example") damage = "a suppression";
        return {};
    }
    std::optional<Timestamp> last_event(std::string_view, std::string_view, std::string_view) override { return {}; }
    std::string profile(std::string_view, std::string_view) override { return {}; }
    std::optional<State> state_of(MessageKey) override { return {}; }
    std::vector<Member> group(Scope) override { return {}; }
    std::string take_damage() override { return std::exchange(damage, {}); }

    std::vector<Use> all;
    std::map<KindId, Kind> kinds;
    bool has_totals = false;
    int reads = 0;
    std::string damage;
};

Use use(std::int64_t ms, KindId kind, std::int32_t segments = 1, UseState state = UseState::handed_off) {
    return {at(ms), MessageKey{ms}, kind, segments, 0, state};
}

TEST(read_set, uses_answer_every_window_that_begins_where_they_do_or_later) {
    Uses ledger;
    ledger.all = {use(1, 1), use(5, 1), use(9, 2)};
    ReadSet set;
    ReadPlan plan;
    plan.uses = {{7, {at(3)}, false}};
    set.fetch(plan, ledger);
    ASSERT_TRUE(set.uses({7, {at(3), at(8)}, false}).has_value());
    EXPECT_EQ(set.uses({7, {at(3)}, false})->uses.size(), 2U);
    EXPECT_FALSE(set.uses({7, {at(2)}, false}).has_value());
    EXPECT_FALSE(set.uses({8, {at(3)}, false}).has_value());
}

TEST(read_set, totals_answer_only_the_windows_whose_edges_they_were_made_for) {
    Uses ledger;
    ledger.has_totals = true;
    ledger.all = {use(1, 1), use(2, 1), use(5, 1), use(9, 2)};
    ReadSet set;
    ReadPlan plan;
    plan.uses = {{7, {at(0), at(4)}, false}};
    set.fetch(plan, ledger);
    const auto found = set.uses({7, {at(0), at(4)}, false});
    ASSERT_TRUE(found.has_value());
    ASSERT_EQ(found->totals.size(), 3U);  // two before the edge are one; of two kinds behind it
    EXPECT_EQ(found->totals[0].total.uses, 2);
    EXPECT_FALSE(set.uses({7, {at(0), at(6)}, false}).has_value());
    EXPECT_FALSE(set.uses({7, {at(0)}, true}).has_value()) << "one by one they are not known";
}

TEST(read_set, another_window_of_the_same_scope_is_read_with_those_before_it) {
    Uses ledger;
    ledger.has_totals = true;
    ledger.all = {use(1, 1), use(5, 1)};
    ReadSet set;
    ReadPlan first, second;
    first.uses = {{7, {at(0)}, false}};
    second.uses = {{7, {at(4)}, false}};
    set.fetch(first, ledger);
    set.fetch(second, ledger);
    EXPECT_TRUE(set.uses({7, {at(0), at(4)}, false}).has_value());
}

TEST(read_set, a_reach_is_the_time_at_which_enough_has_fallen_out) {
    Uses ledger;
    ledger.all = {use(1, 1, 2), use(2, 2, 9), use(3, 1, 2, UseState::rejected), use(4, 1, 3), use(5, 1, 1)};
    ReadPlan plan;
    ReachRef reach;
    reach.unit = ReachRef::Unit::segments;
    reach.scope = 7;
    reach.from = at(0);
    reach.kinds = {1};
    reach.states = 1U << static_cast<unsigned>(UseState::handed_off);
    reach.amount = 4;
    plan.reaches = {reach};
    reach.amount = 7;
    plan.reaches.push_back(reach);
    ReadSet set;
    set.fetch(plan, ledger);
    EXPECT_EQ(*set.reach(plan.reaches[0]), at(4));
    EXPECT_EQ(*set.reach(plan.reaches[1]), std::nullopt);
    reach.amount = 1;
    EXPECT_EQ(set.reach(reach), nullptr);
}

TEST(read_set, damage_is_told_of_what_was_looked_at_alone) {
    Uses ledger;
    ReadPlan plan;
    plan.suppressions = {{"email", "damaged@shop.example"}, {"email", "sound@shop.example"}};
    ReadSet set;
    set.fetch(plan, ledger);
    EXPECT_EQ(ledger.damage, "");
    ASSERT_NE(set.suppressions({"email", "sound@shop.example"}), nullptr);
    EXPECT_EQ(set.take_damage(), "");
    ASSERT_NE(set.suppressions({"email", "damaged@shop.example"}), nullptr);
    EXPECT_EQ(set.take_damage(), "a suppression");
    EXPECT_EQ(set.take_damage(), "");
}

TEST(read_set, a_use_that_the_batch_takes_is_seen_by_the_next_one_in_its_place) {
    Uses ledger;
    ledger.all = {use(1, 1), use(9, 2)};
    ReadSet set;
    ReadPlan plan;
    plan.uses = {{7, {at(0)}, false}, {8, {at(0)}, false}};
    set.fetch(plan, ledger);
    set.add(7, use(5, 3), ledger);
    set.add(7, use(10, 3), ledger);
    set.add(6, use(5, 3), ledger);  // nobody has read it
    const auto found = set.uses({7, {at(0)}, false});
    ASSERT_TRUE(found.has_value());
    ASSERT_EQ(found->uses.size(), 4U);
    EXPECT_EQ(found->uses[1].use.at, at(5));
    EXPECT_EQ(set.kind_id(found->uses[1].kind), 3);
    EXPECT_EQ(found->uses[3].use.at, at(10));
    EXPECT_EQ(set.uses({8, {at(0)}, false})->uses.size(), 2U);
    EXPECT_FALSE(set.uses({6, {at(0)}, false}).has_value());
}

TEST(read_set, what_the_batch_changed_otherwise_is_read_again) {
    Uses ledger;
    ledger.all = {use(1, 1)};
    ReadSet set;
    ReadPlan plan;
    plan.uses = {{7, {at(0)}, false}};
    plan.states = {MessageKey{1}};
    plan.groups = {{9, false}};
    set.fetch(plan, ledger);
    set.forget_uses(7);
    set.forget(MessageKey{1});
    set.forget_group(9);
    EXPECT_FALSE(set.uses({7, {at(0)}, false}).has_value());
    EXPECT_EQ(set.state_of(MessageKey{1}), nullptr);
    EXPECT_EQ(set.group(9), nullptr);
    set.fetch(plan, ledger);
    EXPECT_TRUE(set.uses({7, {at(0)}, false}).has_value());
    EXPECT_NE(set.group(9), nullptr);
}

TEST(read_set, many_answers_are_found_as_few_are) {
    Answers<Scope, int> answers;
    for (int i = 0; i < 1'000; ++i)
        answers.put(i * 65'536, i, i % 7 == 0 ? "damage" : "");
    for (int i = 0; i < 1'000; i += 3)
        answers.forget(i * 65'536);
    for (int i = 0; i < 1'000; i += 6)
        answers.put(i * 65'536, -i, "");
    for (int i = 0; i < 1'000; ++i) {
        const auto* found = answers.find(i * 65'536);
        if (i % 6 == 0) {
            ASSERT_NE(found, nullptr) << i;
            EXPECT_EQ(found->value, -i);
        } else if (i % 3 == 0) {
            EXPECT_EQ(found, nullptr) << i;
        } else {
            ASSERT_NE(found, nullptr) << i;
            EXPECT_EQ(found->value, i);
            EXPECT_EQ(found->damage.empty(), i % 7 != 0);
        }
    }
    EXPECT_EQ(answers.find(1), nullptr);
    answers.clear();
    EXPECT_EQ(answers.find(65'536), nullptr);
}

TEST(read_set, a_scope_that_many_ask_for_is_read_once) {
    Uses ledger;
    ledger.all = {use(1, 1), use(5, 1)};
    ReadSet set;
    ReadPlan plan;
    plan.uses = {{7, {at(4)}, false}, {3, {at(0)}, false}, {7, {at(0)}, false}};
    set.fetch(plan, ledger);
    EXPECT_EQ(ledger.reads, 2);
    EXPECT_TRUE(set.uses({7, {at(0), at(4)}, false}).has_value());
}

TEST(read_set, a_plan_names_each_need_once) {
    ReadPlan plan;
    ReadPlan::add(plan.owners, RowRef{"shop", "a@b.example"});
    ReadPlan::add(plan.owners, RowRef{"shop", "a@b.example"});
    EXPECT_EQ(plan.owners.size(), 1U);
    EXPECT_FALSE(plan.is_empty());
    plan.clear();
    EXPECT_TRUE(plan.is_empty());
}

}  // namespace
}  // namespace chapar::model
