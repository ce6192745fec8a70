#include <gmock/gmock.h>

#include "contract_receipts.hpp"

namespace chapar::store {
namespace {

using namespace std::chrono_literals;
using model::Engaged;
using model::HitBy;
using testing::ElementsAre;
using testing::IsEmpty;

class HitContract : public ReceiptContract {
  protected:
    NewHit hit(MessageId id, Engaged kind, HitBy by, std::uint16_t link = 0) const {
        return {id.key(),
                {.at = clock.now(),
                 .kind = kind,
                 .by = by,
                 .link = link,
                 .points = 40,
                 .reasons = 0x101,
                 .features = "bytes of features"}};
    }
    std::vector<std::int64_t> note(HitBatch batch) {
        return wait_for<std::vector<std::int64_t>>([&](auto done) { store->note_hits(std::move(batch), done); })
            .value();
    }
    std::vector<model::Hit> hits(MessageId id) {
        const auto found = store->engagement(id.key());
        EXPECT_TRUE(found.has_value());
        return found && *found ? (*found)->hits : std::vector<model::Hit>{};
    }
    EngagedCounts counts(MessageId id, Engaged kind) {
        const auto found = store->engagement(id.key());
        return found && *found ? counts_of(**found, kind) : EngagedCounts{};
    }
    std::int64_t prune(const std::map<std::string, Timestamp>& before, int limit = 100) {
        return wait_for<std::int64_t>([&](auto done) { store->prune_hits(before, limit, done); }).value();
    }
};

TEST_P(HitContract, a_hit_is_kept_with_what_it_was_judged_by_and_told_in_the_feed) {
    const auto id = sent("1");
    const auto number = note({.hits = {hit(id, Engaged::clicked, HitBy::human, 3)}}).at(0);
    EXPECT_GT(number, 0);
    place->crash(store);
    open();
    auto expected = hit(id, Engaged::clicked, HitBy::human, 3).hit;
    expected.number = number;
    EXPECT_THAT(hits(id), ElementsAre(expected));
    const auto page = store->feed(meant("shop", {"clicked"}), {}, 10);
    ASSERT_EQ(page->entries.size(), 1U);
    const auto& entry = page->entries[0];
    EXPECT_EQ(entry.number, number);
    EXPECT_EQ(entry.message, id);
    EXPECT_EQ(entry.hit, expected);
    EXPECT_EQ(entry.recipient, store->find(id)->message.recipient);
    EXPECT_FALSE(entry.state);
    EXPECT_THAT(store->feed(meant("shop", {"opened"}), {}, 10)->entries, IsEmpty());
    EXPECT_THAT(store->feed(meant("other", {"clicked"}), {}, 10)->entries, IsEmpty());
}

TEST_P(HitContract, raw_and_human_stand_side_by_side) {
    const auto id = sent("1");
    note({.hits = {hit(id, Engaged::opened, HitBy::machine), hit(id, Engaged::opened, HitBy::human)}});
    note({.hits = {hit(id, Engaged::clicked, HitBy::machine), hit(id, Engaged::opened, HitBy::unknown)}});
    reopen();
    EXPECT_EQ(counts(id, Engaged::opened), (EngagedCounts{3, {1, 1, 1}}));
    EXPECT_EQ(counts(id, Engaged::clicked), (EngagedCounts{1, {0, 0, 1}}));
}

TEST_P(HitContract, a_hit_seen_in_another_light_is_changed_and_told_once) {
    const auto id = sent("1");
    const auto numbers =
        note({.hits = {hit(id, Engaged::clicked, HitBy::human), hit(id, Engaged::clicked, HitBy::human, 1)}});
    auto other = hit(id, Engaged::clicked, HitBy::machine).hit;
    other.number = numbers[0];
    other.points = 110;
    other.features = "others";
    auto same = hit(id, Engaged::clicked, HitBy::human, 1).hit;
    same.number = numbers[1];
    same.points = 20;
    for (int i = 0; i < 2; ++i)
        note({.revisions = {{id.key(), other}, {id.key(), same}, {id.key(), {.number = 999'999}}}});
    reopen();
    EXPECT_THAT(hits(id), ElementsAre(other, same));
    const auto told = store->feed(meant("shop", {"engagement.rescored"}), {}, 10)->entries;
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].code, "machine");
    EXPECT_EQ(told[0].detail, "clicked " + std::to_string(numbers[0]) + " was human");
    EXPECT_EQ(store->feed(meant("shop", {"clicked"}), {}, 10)->entries[0].hit->by, HitBy::machine);
}

TEST_P(HitContract, who_follows_a_link_without_end_fills_no_disk_and_hides_no_person) {
    const auto id = sent("1");
    std::size_t noted = 0;
    for (int i = 0; i < 20; ++i) {
        HitBatch batch;
        for (int j = 0; j < 10; ++j)
            batch.hits.push_back(hit(id, Engaged::clicked, HitBy::machine));
        for (const auto number : note(batch))
            noted += number != 0 ? 1 : 0;
    }
    EXPECT_EQ(noted, most_hits);
    EXPECT_GT(note({.hits = {hit(id, Engaged::clicked, HitBy::human)}}).at(0), 0);
    EXPECT_EQ(hits(id).size(), most_hits);
    EXPECT_EQ(counts(id, Engaged::clicked), (EngagedCounts{201, {1, 0, most_hits - 1}}));
    EXPECT_EQ(store->feed(meant("shop", {"clicked"}), {}, 1'000)->entries.size(), most_hits);
}

TEST_P(HitContract, what_belongs_to_no_message_is_counted_by_the_day) {
    const auto gone = driver.make("shop").message.id;
    HitBatch batch{.hits = {hit(gone, Engaged::opened, HitBy::human)}};
    batch.totals[1][static_cast<std::size_t>(TotalOnly::privacy)] = 2;
    EXPECT_THAT(note(batch), ElementsAre(0));
    batch.hits.clear();
    note(batch);
    clock.advance(24h);
    note(batch);
    reopen();
    const auto days = store->hit_totals(0).value();
    ASSERT_EQ(days.size(), 2U);
    EXPECT_EQ(days[0].totals[0][static_cast<std::size_t>(TotalOnly::no_message)], 1);
    EXPECT_EQ(days[0].totals[1][static_cast<std::size_t>(TotalOnly::privacy)], 4);
    EXPECT_EQ(days[1].totals[1][static_cast<std::size_t>(TotalOnly::privacy)], 2);
    EXPECT_EQ(store->hit_totals(days[1].day)->size(), 1U);
    EXPECT_FALSE(store->engagement(gone.key())->has_value());
}

TEST_P(HitContract, forgetting_a_person_takes_the_hits_and_none_is_noted_afterwards) {
    const auto id = sent("1");
    note({.hits = {hit(id, Engaged::clicked, HitBy::human)}});
    const auto recipient = store->find(id)->message.recipient;
    const auto erased = wait_for<std::vector<std::pair<std::string, std::int64_t>>>(
        [&](auto done) { store->erase_person("shop", {{recipient}, {person}}, done); });
    ASSERT_TRUE(erased.has_value());
    EXPECT_FALSE(store->engagement(id.key())->has_value());
    EXPECT_THAT(note({.hits = {hit(id, Engaged::clicked, HitBy::human)}}), ElementsAre(0));
    EXPECT_FALSE(store->engagement(id.key())->has_value());
    EXPECT_FALSE(store->hit_facts(std::vector{id.key()})->at(0).is_kept);
    EXPECT_THAT(store->feed(meant("", {"clicked"}), {}, 10)->entries, IsEmpty());
}

TEST_P(HitContract, hits_go_by_the_time_of_their_class_and_with_their_message) {
    std::vector<MessageId> all;
    for (int i = 0; i < 5; ++i)
        all.push_back(sent(std::to_string(i)));
    for (const auto id : all)
        note({.hits = {hit(id, Engaged::opened, HitBy::human)}});
    const auto class_name = store->find(all[0])->message.class_name;
    EXPECT_EQ(prune({{"other", clock.now() + 1h}}), 0);
    EXPECT_EQ(prune({{class_name, store->find(all[0])->message.accepted_at}}), 0);
    EXPECT_EQ(prune({{class_name, clock.now() + 1h}}, 2), 2);
    EXPECT_EQ(prune({{class_name, clock.now() + 1h}}, 2), 2);
    EXPECT_EQ(prune({{class_name, clock.now() + 1h}}, 2), 1);
    EXPECT_TRUE(store->engagements(MessageKey{0}, 10)->empty());
    note({.hits = {hit(all[0], Engaged::opened, HitBy::human)}});
    EXPECT_EQ(store->engagements(MessageKey{0}, 10)->size(), 1U);
    clock.advance(48h);
    wait_for<std::int64_t>([&](auto done) { store->prune(clock.now() - 1h, 100, done); });
    EXPECT_TRUE(store->engagements(MessageKey{0}, 10)->empty());
}

TEST_P(HitContract, the_facts_of_a_message_say_when_it_arrived) {
    const auto id = driver.accept_one(*store, single());
    const auto facts = [&] { return store->hit_facts(std::vector{id.key()})->at(0); };
    EXPECT_TRUE(facts().is_kept);
    EXPECT_FALSE(facts().delivered);
    lease(id, 1);
    EXPECT_FALSE(facts().is_on_its_way);  // a text message that was clicked has arrived
    ASSERT_TRUE(settle(id, 1, "77"));
    EXPECT_FALSE(facts().is_final);
    tell(report(model::Word::delivered, "77"));
    EXPECT_EQ(facts().delivered, from_ms(1'790'000'000'500));
    EXPECT_TRUE(facts().is_final);
    EXPECT_FALSE(store->hit_facts(std::vector{MessageKey{1}})->at(0).is_kept);
}

INSTANTIATE_TEST_SUITE_P(Stores, HitContract, testing::ValuesIn(backends()), backend_name);

}  // namespace
}  // namespace chapar::store
