// Commits and answers out of order: what keeps its order, and that the rest does not.
#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <set>

#include "contract.hpp"
#include "store/engine/lane_shuffle.hpp"
#include "store/open_memory.hpp"

namespace chapar::store {
namespace {

using engine::Lanes;
using engine::LaneShuffle;
using model::Event;

/// Of the given lanes; knows its number.
class Numbered final : public engine::Write {
  public:
    Numbered(int number, Lanes lanes) : number_(number), lanes_(std::move(lanes)) {}
    void apply(rules::Unit&) override {}
    void answer(const Error*) override {}
    Lanes lanes() const override { return lanes_; }
    int number() const { return number_; }

  private:
    const int number_;
    const Lanes lanes_;
};

std::vector<int> order(LaneShuffle& shuffle) {
    std::vector<int> out;
    while (shuffle.has_writes()) {
        auto group = shuffle.take();
        EXPECT_FALSE(group.empty());
        for (const auto& write : group)
            out.push_back(static_cast<const Numbered&>(*write).number());
    }
    return out;
}

TEST(LaneShuffleTest, writes_of_one_lane_keep_their_order_and_others_pass_each_other) {
    int passed = 0;
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        LaneShuffle shuffle(seed);
        LaneShuffle::Group writes;
        std::map<int, std::vector<std::uint64_t>> lanes;
        for (int i = 0; i < 60; ++i) {
            lanes[i] = {static_cast<std::uint64_t>(i % 7), static_cast<std::uint64_t>(100 + i % 5)};
            writes.push_back(std::make_unique<Numbered>(i, Lanes{false, lanes[i]}));
        }
        shuffle.add(std::move(writes));
        const auto out = order(shuffle);
        ASSERT_EQ(out.size(), 60U);
        for (std::size_t a = 0; a < out.size(); ++a) {
            for (std::size_t b = a + 1; b < out.size(); ++b) {
                if (out[a] < out[b]) continue;
                ++passed;
                for (const auto lane : lanes[out[a]])
                    ASSERT_EQ(std::ranges::count(lanes[out[b]], lane), 0)
                        << "seed " << seed << ": " << out[a] << " passed " << out[b];
            }
        }
    }
    EXPECT_GT(passed, 1'000);
}

TEST(LaneShuffleTest, nothing_passes_what_is_about_anything) {
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
        LaneShuffle shuffle(seed);
        LaneShuffle::Group writes;
        for (int i = 0; i < 30; ++i)
            writes.push_back(std::make_unique<Numbered>(
                i, i == 10 || i == 20 ? Lanes{} : Lanes{false, {static_cast<std::uint64_t>(i)}}));
        shuffle.add(std::move(writes));
        const auto out = order(shuffle);
        EXPECT_EQ(out[10], 10);
        EXPECT_EQ(out[20], 20);
    }
}

/// A store without a thread, whose order is shuffled.
class Stepped : public testing::Test {
  protected:
    std::unique_ptr<Store> open(std::uint64_t seed) {
        MemoryOptions options;
        options.shuffle = seed;
        options.stepped = true;
        return open_memory(place, options, clock);
    }
    static void run(Store& store) {
        while (MemoryPlace::step(store)) {
        }
    }
    ManualClock clock{from_ms(1'790'000'000'000)};
    Driver driver{clock};
    MemoryPlace place;
};

TEST_F(Stepped, answers_of_different_messages_come_out_of_order_and_each_comes_once) {
    auto store = open(3);
    std::vector<int> told;
    for (int i = 0; i < 40; ++i) {
        auto item = driver.make("shop");
        item.message.recipient = "person-" + std::to_string(i);
        item.message.plan = {{"email", item.message.recipient + "@example.org", "", "", ""}};
        store->accept({item}, [&told, i](const Result<AcceptedBatch>& done) {
            EXPECT_TRUE(done.has_value());
            told.push_back(i);
        });
    }
    EXPECT_TRUE(told.empty());
    run(*store);
    EXPECT_FALSE(std::ranges::is_sorted(told));
    std::ranges::sort(told);
    EXPECT_EQ(told.size(), 40U);
    EXPECT_EQ(std::ranges::adjacent_find(told), told.end());
    EXPECT_EQ(store->waiting("shop"), 40);
}

TEST_F(Stepped, what_is_said_of_one_message_applies_in_its_order_under_every_seed) {
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        auto store = open(seed);
        std::vector<MessageId> ids;
        for (int i = 0; i < 6; ++i) {
            auto item = driver.make();
            item.message.recipient = "person-" + std::to_string(i);
            item.message.plan = {{"email", item.message.recipient + "@example.org", "", "", ""}};
            ids.push_back(item.message.id);
            store->accept({item}, nullptr);
        }
        for (const auto id : ids) {
            store->lease({{id.key(), 1, "email", "smtp-a", clock.now()}}, nullptr, nullptr);
            Settlement settlement;
            settlement.key = id.key();
            settlement.number = 1;
            settlement.event = Event::attempt_retry;
            settlement.at = settlement.due = clock.now();
            store->settle({settlement}, nullptr);
            Transition cancel;
            cancel.key = id.key();
            cancel.event = Event::cancel;
            store->move(cancel, nullptr);
        }
        run(*store);
        for (const auto id : ids)
            EXPECT_EQ(store->find(id)->progress.state, model::State::cancelled) << "seed " << seed;
    }
}

TEST_F(Stepped, who_reads_the_feed_meanwhile_gets_each_entry_once_and_misses_none) {
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
        MemoryPlace fresh;
        MemoryOptions options;
        options.shuffle = seed;
        options.stepped = true;
        const auto store = open_memory(fresh, options, clock);
        std::set<MessageKey> cancelled;
        std::vector<MessageKey> read;
        FeedCursor after;
        const auto look = [&] {
            const auto page = store->feed({}, after, 2);
            ASSERT_TRUE(page.has_value());
            EXPECT_FALSE(page->missed);
            after = page->next;
            for (const auto& entry : page->entries)
                read.push_back(entry.message->key());
        };
        for (int i = 0; i < 30; ++i) {
            auto item = driver.make();
            item.message.recipient = "person-" + std::to_string(i);
            item.message.plan = {{"email", item.message.recipient, "", "", ""}};
            cancelled.insert(item.message.id.key());
            store->accept({item}, nullptr);
            Transition cancel;
            cancel.key = item.message.id.key();
            cancel.event = Event::cancel;
            store->move(cancel, nullptr);
            if (i % 3 == 0) MemoryPlace::step(*store);
            if (i % 4 == 0) look();
        }
        while (MemoryPlace::step(*store))
            look();
        for (int i = 0; i < 30; ++i)
            look();
        EXPECT_EQ(read.size(), 30U) << "seed " << seed;
        EXPECT_EQ(std::set(read.begin(), read.end()), cancelled);
    }
}

TEST_F(Stepped, a_crash_answers_nothing_that_waited_and_keeps_what_was_committed) {
    auto store = open(5);
    int told = 0;
    for (int i = 0; i < 20; ++i)
        store->accept({driver.make("shop-" + std::to_string(i))}, [&](const auto&) { ++told; });
    for (int i = 0; i < 5; ++i)
        MemoryPlace::step(*store);
    const auto before = told;
    MemoryPlace::crash(store);
    EXPECT_EQ(told, before);
    store = open(6);
    std::int64_t kept = 0;
    for (int i = 0; i < 20; ++i)
        kept += store->waiting("shop-" + std::to_string(i));
    EXPECT_GE(kept, before);
    EXPECT_LT(kept, 20);
}

}  // namespace
}  // namespace chapar::store
