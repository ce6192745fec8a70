// Runs of the search index are merged beside everything else: nothing is lost, whatever happens in the middle.

#include "search_levels.hpp"

namespace chapar::store {
namespace {

using model::Event;
using testing::ElementsAreArray;
using testing::IsEmpty;

TEST_F(SearchLevels, many_runs_become_few_of_each_level_and_small_ones_do_not_wait_for_large_ones) {
    close();
    options.search_run = 64;
    open();
    fill(64 * 64);
    clock.advance(std::chrono::minutes(2));
    until([&] {
        const auto is_begun = "SELECT (SELECT max(run) FROM search_chunk) > (SELECT max(run) FROM search_run)";
        return runs_by_level() == std::vector{0, 8} && number(is_begun) == 1;
    });
    fill(64 * 9);
    clock.advance(std::chrono::minutes(2));
    std::vector<int> levels;
    until([&] {
        levels = runs_by_level();
        return levels == std::vector{1, 9} || levels.size() == 3;
    });
    EXPECT_EQ(levels, (std::vector{1, 9})) << "the merge of eight large ones goes on";
    settle();
    EXPECT_EQ(runs_by_level(), (std::vector{1, 1, 1})) << "73 runs";
    expect_all_found("merged");
    // Application, recipient, campaign, two tags, address and template: once each.
    EXPECT_EQ(all_entries().size(), 7U * 64 * 73);
}

TEST_F(SearchLevels, pages_go_on_right_while_runs_become_others) {
    fill(16 * 9);
    const auto wanted = walked_to(person(1));
    clock.advance(std::chrono::minutes(2));
    int rounds = 0;
    until([&] {
        EXPECT_THAT(found(by_address(person(1)), 1), ElementsAreArray(wanted));
        ++rounds;
        return is_idle() || testing::Test::HasFailure();
    });
    EXPECT_GT(rounds, 3);
    EXPECT_EQ(runs_by_level(), (std::vector{1, 1}));
}

TEST_F(SearchLevels, a_crash_after_any_commit_of_a_merge_loses_nothing_and_leaves_nothing_of_who_is_erased_then) {
    fill(16 * 8);
    clock.advance(std::chrono::minutes(2));
    until([&] { return runs().size() == 8; });
    std::vector<std::unique_ptr<TemporaryDirectory>> copies;
    {
        const auto watch = *sqlite::Connection::open(options.path, sqlite::Access::read);
        std::int64_t seen = -1;
        until([&] {
            const auto version = watch->number("PRAGMA data_version").value_or(-1);
            if (version != seen) copies.push_back(copy());
            seen = version;
            return is_idle();
        });
    }
    int in_the_middle = 0, behind_the_switch = 0;
    for (std::size_t i = 0; i < copies.size(); ++i) {
        store.reset();
        directory = std::move(copies[i]);
        options.path = (directory->path() / "store.db").string();
        if (!loose().empty()) ++(runs().size() == 8 ? in_the_middle : behind_the_switch);
        open();
        expect_all_found("after a crash");
        if (i % 2 == 0) {
            erase(person(2));
            EXPECT_EQ(traces_of(person(2)), 0);
        }
        until([&] { return is_idle(); });
        expect_all_found("after a crash and its mending");
        EXPECT_EQ(traces_of(person(2)) == 0, i % 2 == 0);
        EXPECT_EQ(runs_by_level(), (std::vector{0, 1}));
    }
    EXPECT_GT(in_the_middle, 1);
    EXPECT_GT(behind_the_switch, 1);
}

TEST_F(SearchLevels, a_merge_ends_with_its_store_and_the_next_one_begins_it_anew) {
    fill(16 * 8);
    clock.advance(std::chrono::minutes(2));
    until([&] { return runs().size() == 8 && !loose().empty(); });
    close();
    EXPECT_EQ(runs().size(), 8U) << "the merge was not waited for";
    EXPECT_FALSE(loose().empty());
    open();
    expect_all_found("in the middle");
    until([&] { return is_idle(); });
    EXPECT_EQ(runs_by_level(), (std::vector{0, 1}));
    EXPECT_EQ(all_entries().size(), 7U * 16 * 8);
    expect_all_found("at the end");
}

TEST_F(SearchLevels, who_is_erased_while_runs_are_made_and_merged_is_gone_from_all_of_them) {
    fill(16 * 9);
    clock.advance(std::chrono::minutes(2));
    until([&] { return runs().size() >= 3; });
    erase(person(0));
    EXPECT_EQ(traces_of(person(0)), 0);
    until([&] { return runs().size() >= 8 && !loose().empty(); });
    erase(person(1));
    EXPECT_EQ(traces_of(person(1)), 0);
    until([&] { return runs().size() <= 2; });
    erase(person(3));
    EXPECT_EQ(traces_of(person(3)), 0);
    until([&] { return is_idle(); });
    for (const int i : {0, 1, 3}) {
        EXPECT_EQ(traces_of(person(i)), 0) << i;
        EXPECT_THAT(found(by_address(person(i))), IsEmpty());
    }
    expect_all_found("of the others");
}

TEST_F(SearchLevels, a_damaged_chunk_is_made_anew_of_the_messages_instead_of_being_lost_in_a_merge) {
    fill(16 * 7);
    settle();
    close();
    damage_a_chunk_of(runs()[3].run);
    open();
    fill(16);
    settle();
    EXPECT_EQ(runs_by_level(), (std::vector{0, 1}));
    expect_all_found("after the damage");
    EXPECT_EQ(all_entries().size(), 7U * 16 * 8);
}

TEST_F(SearchLevels, a_damaged_run_of_a_higher_level_is_made_anew_in_runs_of_the_lowest) {
    fill(16 * 16);
    settle();
    ASSERT_EQ(runs_by_level(), (std::vector{0, 2}));
    close();
    damage_a_chunk_of(runs()[0].run);
    {
        const auto connection = *sqlite::Connection::open(options.path, sqlite::Access::write);
        connection->run("UPDATE search_run SET level = 0");
    }
    open();
    fill(16 * 6);
    settle();
    // The first is eight again, which are one then; the second, that was told to be small, and six others make seven.
    EXPECT_EQ(runs_by_level(), (std::vector{7, 1}));
    expect_all_found("after the damage");
    EXPECT_EQ(all_entries().size(), 7U * 16 * 22);
}

TEST_F(SearchLevels, a_merged_run_goes_when_the_last_of_its_messages_goes) {
    const auto ids = fill(16 * 8);
    settle();
    ASSERT_EQ(runs().size(), 1U);
    ASSERT_TRUE(driver.lease(*store, ids[0], 1));
    ASSERT_TRUE(driver.settle(*store, ids[0], 1, Event::attempt_accepted));
    for (std::size_t i = 1; i < ids.size(); ++i) {
        ASSERT_TRUE(Driver::move(*store, ids[i], Event::cancel).has_value());
        if (i == ids.size() / 2) {
            clock.advance(std::chrono::hours(1));
            prune();
            EXPECT_EQ(runs().size(), 1U) << "half of it is there";
            expect_all_found("half");
        }
    }
    clock.advance(std::chrono::hours(1));
    for (int i = 0; i < 3; ++i)
        prune();
    EXPECT_EQ(number("SELECT count(*) FROM search_run"), 0);
    until([&] { return is_idle(); });
    EXPECT_THAT(all_entries(), IsEmpty());
    EXPECT_EQ(number("SELECT count(*) FROM search_late"), 0);
}

TEST_F(SearchLevels, more_late_attempts_in_a_run_than_one_look_takes_are_all_looked_at) {
    close();
    options.search_run = 4'800;
    open();
    const auto ids = fill(4'800);
    settle();
    std::vector<Lease> batch;
    batch.reserve(ids.size());
    for (const auto& id : ids)
        batch.push_back({id.key(), 1, "email", "smtp-a", clock.now()});
    ASSERT_TRUE(
        wait_for<std::vector<model::Leased>>([&](auto done) { store->lease(batch, nullptr, done); }).has_value());
    ASSERT_TRUE(driver.settle(*store, ids[0], 1, Event::attempt_retry));
    ListFilter filter;
    filter.route = "smtp-a";
    filter.state = model::State::waiting;
    EXPECT_THAT(found(filter), ElementsAreArray({ids[0]})) << "the oldest of all";
}

}  // namespace
}  // namespace chapar::store
