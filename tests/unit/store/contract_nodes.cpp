// Lives of nodes, one after the other on every backend, and side by side where a backend allows it.
#include <gmock/gmock.h>

#include <set>

#include "contract.hpp"
#include "store/open_memory.hpp"

namespace chapar::store {
namespace {

using model::Event;
using model::State;

class Lives : public Contract {
  protected:
    std::set<MessageKey> orphans(Store& of) {
        std::set<MessageKey> out;
        const auto found = of.orphans(1'000);
        EXPECT_TRUE(found.has_value());
        for (const auto& each : *found)
            out.insert(each.queued.message.id.key());
        return out;
    }
    /// As many ids as a generator makes that goes on where the store says.
    std::vector<MessageId> next_ids(int count) {
        IdGenerator ids(clock, store->joined().ids_after, 5, store->joined().owner.node);
        std::vector<MessageId> out;
        for (int i = 0; i < count; ++i)
            out.push_back(ids.next());
        return out;
    }
};

TEST_P(Lives, each_opening_begins_one_with_a_higher_number) {
    const auto first = store->joined().owner;
    EXPECT_GT(first.epoch, 0);
    reopen();
    const auto second = store->joined().owner;
    EXPECT_EQ(second.node, first.node);
    EXPECT_GT(second.epoch, first.epoch);
    driver.accept_one(*store);
    place->crash(store);
    open();
    EXPECT_GT(store->joined().owner.epoch, second.epoch);
}

TEST_P(Lives, what_is_in_hand_of_one_that_goes_on_is_no_orphan_at_any_time) {
    const auto id = driver.accept_one(*store);
    ASSERT_TRUE(driver.lease(*store, id, 1));
    EXPECT_THAT(orphans(*store), testing::IsEmpty());
    clock.advance(std::chrono::hours(24));
    EXPECT_THAT(orphans(*store), testing::IsEmpty());
    ASSERT_TRUE(driver.settle(*store, id, 1, Event::attempt_retry));
    EXPECT_THAT(orphans(*store), testing::IsEmpty());
}

TEST_P(Lives, orphans_are_known_long_after_the_first_lease_of_the_next_one) {
    const auto lost = driver.accept_one(*store);
    const auto waits = driver.accept_one(*store);
    ASSERT_TRUE(driver.lease(*store, lost, 1));
    place->crash(store);
    open();
    ASSERT_TRUE(driver.lease(*store, waits, 1));
    EXPECT_THAT(orphans(*store), testing::ElementsAre(lost.key()));
    ASSERT_TRUE(driver.settle(*store, waits, 1, Event::attempt_accepted));
    EXPECT_THAT(orphans(*store), testing::ElementsAre(lost.key()));
}

TEST_P(Lives, an_orphan_is_taken_over_once) {
    const auto id = driver.accept_one(*store);
    ASSERT_TRUE(driver.lease(*store, id, 1));
    reopen();
    const auto found = store->orphans(10);
    ASSERT_TRUE(found.has_value());
    ASSERT_EQ(found->size(), 1U);
    ASSERT_TRUE(driver.take_over(*store, found->front(), Event::attempt_unknown_retry));
    EXPECT_FALSE(driver.take_over(*store, found->front(), Event::attempt_unknown_hold));
    EXPECT_EQ(state(id), State::waiting);
    ASSERT_TRUE(driver.lease(*store, id, 2));
    EXPECT_FALSE(driver.take_over(*store, found->front(), Event::attempt_unknown_hold)) << "of an older attempt";
    auto present = found->front();
    present.attempt.number = 2;
    EXPECT_FALSE(driver.take_over(*store, present, Event::attempt_unknown_hold)) << "it has another owner now";
    present.owner = store->joined().owner;
    EXPECT_FALSE(driver.take_over(*store, present, Event::attempt_unknown_hold)) << "whose life goes on";
    EXPECT_TRUE(driver.settle(*store, id, 2, Event::attempt_accepted));
}

TEST_P(Lives, an_orphan_that_is_moved_is_nobodys_any_more) {
    const auto id = driver.accept_one(*store);
    ASSERT_TRUE(driver.lease(*store, id, 1));
    reopen();
    const auto found = store->orphans(10);
    ASSERT_EQ(found->size(), 1U);
    ASSERT_TRUE(Driver::move(*store, id, Event::expire).has_value());
    EXPECT_THAT(orphans(*store), testing::IsEmpty());
    EXPECT_FALSE(driver.take_over(*store, found->front(), Event::attempt_unknown_retry));
    EXPECT_EQ(state(id), State::expired);
}

TEST_P(Lives, orphans_of_several_lives_are_found_together) {
    std::set<MessageKey> all;
    for (int life = 0; life < 4; ++life) {
        for (int i = 0; i < 3; ++i) {
            const auto id = driver.accept_one(*store, i == 0 ? "bank" : "shop");
            ASSERT_TRUE(driver.lease(*store, id, 1));
            all.insert(id.key());
        }
        if (life % 2 == 0)
            place->crash(store);
        else
            store.reset();
        open();
    }
    EXPECT_EQ(orphans(*store), all);
    EXPECT_EQ(store->orphans(5)->size(), 5U);
}

TEST_P(Lives, no_key_is_made_twice_whatever_the_clock_says_and_however_a_life_ended) {
    std::set<MessageKey> known;
    for (int life = 0; life < 6; ++life) {
        std::vector<NewMessage> batch;
        for (const auto& id : next_ids(2'500)) {
            ASSERT_TRUE(known.insert(id.key()).second) << "life " << life;
            batch.push_back(driver.make());
            batch.back().message.id = id;
        }
        ASSERT_TRUE(Driver::accept(*store, std::move(batch)).has_value());
        if (life % 2 == 0)
            place->crash(store);
        else
            store.reset();
        clock.set_wall(clock.now() + std::chrono::hours(life % 3 == 0 ? 2 : -3));
        open();
    }
    for (const auto& id : next_ids(5'000))
        EXPECT_FALSE(known.contains(id.key()));
}

TEST_P(Lives, new_keys_are_behind_those_that_were_deleted) {
    const auto id = driver.accept_one(*store);
    ASSERT_TRUE(Driver::move(*store, id, Event::cancel).has_value());
    const auto gone = wait_for<std::int64_t>(
        [&](auto done) { store->prune(clock.now() + std::chrono::hours(1), 100, std::move(done)); });
    ASSERT_EQ(gone.value_or(0), 1);
    clock.set_wall(clock.now() - std::chrono::hours(30));
    reopen();
    EXPECT_GT(next_ids(1).front().key(), id.key());
}

TEST_P(Lives, who_goes_on_says_so_and_ends_nobody) {
    const auto ended = wait_for<std::int64_t>([&](auto done) { store->beat(std::move(done)); });
    ASSERT_TRUE(ended.has_value());
    EXPECT_EQ(*ended, 0);
}

INSTANTIATE_TEST_SUITE_P(Backends, Lives, testing::ValuesIn(backends()), backend_name);

/// What the lock of a file says of a second one.
TEST(OneNode, a_second_store_over_one_sqlite_database_is_refused_and_says_why) {
    const TemporaryDirectory directory;
    const ManualClock clock{from_ms(1'790'000'000'000)};
    SqliteOptions options;
    options.path = (directory.path() / "store.db").string();
    auto first = open_sqlite(options, clock);
    ASSERT_TRUE(first.has_value());
    const auto epoch = (*first)->joined().owner.epoch;
    const auto second = open_sqlite(options, clock);
    ASSERT_FALSE(second.has_value());
    EXPECT_TRUE(second.error().is(Code::unavailable));
    EXPECT_THAT(second.error().message(), testing::HasSubstr("is open in another process"));
    first->reset();
    auto third = open_sqlite(options, clock);
    ASSERT_TRUE(third.has_value());
    EXPECT_EQ((*third)->joined().owner.epoch, epoch + 1) << "who was refused began no life";
}

/// Two nodes over one place in memory.
class TwoNodes : public testing::Test {
  protected:
    std::unique_ptr<Store> open(const std::string& node) {
        MemoryOptions options;
        options.node = node;
        return open_memory(place, options, clock);
    }
    Result<std::int64_t> beat(Store& store) {
        return wait_for<std::int64_t>([&](auto done) { store.beat(std::move(done)); });
    }
    State state(MessageId id) { return a->find(id)->progress.state; }

    ManualClock clock{from_ms(1'790'000'000'000)};
    Driver driver{clock};
    MemoryPlace place;
    std::unique_ptr<Store> a = open("a"), b = open("b");
};

TEST_F(TwoNodes, they_have_numbers_of_their_own_and_see_each_others_messages) {
    EXPECT_NE(a->joined().owner.node, b->joined().owner.node);
    const auto id = driver.accept_one(*a);
    EXPECT_TRUE(b->find(id).has_value());
    EXPECT_EQ(b->waiting("shop"), 1);
    EXPECT_EQ(driver.pool(*b, driver.make()), driver.pool(*a, driver.make()));
}

TEST_F(TwoNodes, one_wins_each_key_and_the_other_hears_who) {
    for (int i = 0; i < 20; ++i) {
        const auto key = "order-" + std::to_string(i);
        std::promise<Result<AcceptedBatch>> at_a, at_b;
        a->accept({driver.make("shop", key)}, [&](auto done) { at_a.set_value(std::move(done)); });
        b->accept({driver.make("shop", key)}, [&](auto done) { at_b.set_value(std::move(done)); });
        const auto from_a = at_a.get_future().get(), from_b = at_b.get_future().get();
        ASSERT_TRUE(from_a && from_b);
        EXPECT_EQ(from_a->results[0].id, from_b->results[0].id);
        EXPECT_NE(from_a->results[0].kind, from_b->results[0].kind);
    }
    EXPECT_EQ(a->waiting("shop"), 20);
}

TEST_F(TwoNodes, pools_that_both_make_get_one_number_each) {
    std::vector<std::promise<void>> done(40);
    for (int i = 0; i < 40; ++i) {
        auto item = driver.make("shop-" + std::to_string(i / 2));
        Store& at = i % 2 == 0 ? *a : *b;
        at.accept({item}, [&done, i](const Result<AcceptedBatch>& answer) {
            EXPECT_TRUE(answer.has_value());
            done[static_cast<std::size_t>(i)].set_value();
        });
    }
    for (auto& each : done)
        each.get_future().get();
    const auto pools = a->pools();
    ASSERT_EQ(pools->size(), 20U);
    std::set<PoolId> numbers;
    for (const auto& depth : *pools) {
        numbers.insert(depth.pool.id);
        EXPECT_EQ(depth.waiting, 2);
    }
    EXPECT_EQ(numbers.size(), 20U);
}

TEST_F(TwoNodes, one_leases_a_message_and_no_other_may_settle_or_move_it) {
    const auto id = driver.accept_one(*a);
    ASSERT_TRUE(driver.lease(*b, id, 1));
    EXPECT_FALSE(driver.lease(*a, id, 1));
    EXPECT_FALSE(driver.settle(*a, id, 1, Event::attempt_accepted));
    const auto moved = Driver::move(*a, id, Event::expire);
    ASSERT_FALSE(moved.has_value());
    EXPECT_TRUE(moved.error().is(Code::wrong_state));
    EXPECT_THAT(a->orphans(10).value(), testing::IsEmpty()) << "its owner lives";
    EXPECT_FALSE(driver.settle(*a, id, 1, Event::attempt_unknown_retry, {}, b->joined().owner)) << "its owner lives";
    EXPECT_EQ(state(id), State::sending);
    EXPECT_TRUE(driver.settle(*b, id, 1, Event::attempt_accepted));
}

TEST_F(TwoNodes, what_one_leaves_behind_is_taken_over_once_each) {
    std::vector<MessageId> ids;
    for (int i = 0; i < 30; ++i) {
        ids.push_back(driver.accept_one(*a));
        ASSERT_TRUE(driver.lease(*a, ids.back(), 1));
    }
    auto c = open("c");
    ASSERT_EQ(beat(*b).value_or(-1), 0);
    a.reset();
    EXPECT_EQ(beat(*b).value_or(-1), 1) << "it may have left something behind";
    const auto at_b = b->orphans(100), at_c = c->orphans(100);
    ASSERT_TRUE(at_b && at_c);
    ASSERT_EQ(at_b->size(), 30U);
    ASSERT_EQ(at_c->size(), 30U);
    int taken = 0;
    for (std::size_t i = 0; i < 30; ++i) {
        taken += driver.take_over(*b, (*at_b)[i], Event::attempt_unknown_retry) ? 1 : 0;
        taken += driver.take_over(*c, (*at_c)[29 - i], Event::attempt_unknown_retry) ? 1 : 0;
    }
    EXPECT_EQ(taken, 30);
    EXPECT_THAT(b->orphans(100).value(), testing::IsEmpty());
    for (const auto id : ids)
        EXPECT_EQ(b->find(id)->attempts.size(), 1U);
}

TEST_F(TwoNodes, one_that_dies_without_a_word_is_given_up_when_it_was_silent_for_too_long) {
    const auto id = driver.accept_one(*a);
    ASSERT_TRUE(driver.lease(*a, id, 1));
    MemoryPlace::crash(a);
    clock.advance(std::chrono::seconds(5));
    EXPECT_EQ(beat(*b).value_or(-1), 0);
    EXPECT_THAT(b->orphans(10).value(), testing::IsEmpty());
    clock.advance(std::chrono::seconds(6));
    EXPECT_EQ(beat(*b).value_or(-1), 1);
    EXPECT_EQ(beat(*b).value_or(-1), 0) << "once";
    const auto found = b->orphans(10);
    ASSERT_EQ(found->size(), 1U);
    EXPECT_TRUE(driver.take_over(*b, found->front(), Event::attempt_unknown_retry));
    a = open("a");
}

TEST_F(TwoNodes, one_that_slept_too_long_writes_nothing_any_more) {
    const auto mine = driver.accept_one(*a);
    const auto waits = driver.accept_one(*a);
    ASSERT_TRUE(driver.lease(*a, mine, 1));
    clock.advance(std::chrono::seconds(11));
    ASSERT_EQ(beat(*b).value_or(-1), 1);
    const auto said = beat(*a);
    ASSERT_FALSE(said.has_value());
    EXPECT_TRUE(said.error().is(Code::ended)) << said.error().message();
    EXPECT_FALSE(driver.settle(*a, mine, 1, Event::attempt_accepted));
    const auto leased = wait_for<std::vector<model::Leased>>(
        [&](auto done) { a->lease({{waits.key(), 1, "email", "r", clock.now()}}, nullptr, done); });
    EXPECT_FALSE(leased.has_value());
    EXPECT_FALSE(Driver::move(*a, waits, Event::cancel).has_value());
    EXPECT_FALSE(Driver::accept(*a, {driver.make()}).has_value());
    EXPECT_EQ(state(mine), State::sending);
    EXPECT_EQ(b->orphans(10)->size(), 1U);
    EXPECT_TRUE(driver.lease(*b, waits, 1));
}

TEST_F(TwoNodes, who_says_that_it_goes_on_is_not_given_up) {
    const auto id = driver.accept_one(*a);
    ASSERT_TRUE(driver.lease(*a, id, 1));
    for (int i = 0; i < 10; ++i) {
        clock.advance(std::chrono::seconds(4));
        EXPECT_EQ(beat(*a).value_or(-1), 0);
        EXPECT_EQ(beat(*b).value_or(-1), 0);
    }
    EXPECT_TRUE(driver.settle(*a, id, 1, Event::attempt_accepted));
}

TEST_F(TwoNodes, a_later_life_of_a_node_fences_the_one_before) {
    const auto id = driver.accept_one(*a);
    ASSERT_TRUE(driver.lease(*a, id, 1));
    auto next = open("a");
    EXPECT_EQ(next->joined().owner.node, a->joined().owner.node);
    EXPECT_FALSE(driver.settle(*a, id, 1, Event::attempt_accepted));
    const auto found = next->orphans(10);
    ASSERT_EQ(found->size(), 1U);
    EXPECT_TRUE(driver.take_over(*next, found->front(), Event::attempt_unknown_hold));
    a = std::move(next);
}

TEST_F(TwoNodes, a_report_that_comes_to_the_other_one_finds_its_message) {
    const auto id = driver.accept_one(*a);
    ASSERT_TRUE(driver.lease(*a, id, 1));
    model::Report report;
    report.attempt = AttemptId{id, 1};
    report.route = "smtp-a";
    report.channel = "email";
    report.word = model::Word::delivered;
    report.kind = "delivered";
    report.at = clock.now();
    const auto early = wait_for<Reported>([&](auto done) { b->report(report, std::move(done)); });
    ASSERT_TRUE(early.has_value());
    ASSERT_TRUE(driver.settle(*a, id, 1, Event::attempt_accepted));
    EXPECT_EQ(state(id), State::delivered) << "it came before the outcome, to another node";
}

TEST_F(TwoNodes, no_key_is_made_twice_by_them) {
    std::set<MessageKey> known;
    for (int round = 0; round < 4; ++round) {
        for (auto* at : {&a, &b}) {
            const auto joined = (*at)->joined();
            IdGenerator ids(clock, joined.ids_after, 7, joined.owner.node);
            std::vector<NewMessage> batch;
            for (int i = 0; i < 1'500; ++i) {
                batch.push_back(driver.make());
                batch.back().message.id = ids.next();
                ASSERT_TRUE(known.insert(batch.back().message.id.key()).second);
            }
            ASSERT_TRUE(Driver::accept(**at, std::move(batch)).has_value());
        }
        clock.set_wall(clock.now() - std::chrono::minutes(20));
        MemoryPlace::crash(a);
        b.reset();
        a = open("a");
        b = open(round % 2 == 0 ? "b" : "other");
    }
}

}  // namespace
}  // namespace chapar::store
