// Whatever happens to messages, people and the process: a search finds what a walk over all rows finds.

#include <random>

#include "search_levels.hpp"

namespace chapar::store {
namespace {

using model::Event;
using testing::Each;
using testing::ElementsAreArray;
using testing::Lt;

class SearchLevelsRandom : public SearchLevels, public testing::WithParamInterface<unsigned> {
  protected:
    unsigned roll(unsigned sides) { return std::uniform_int_distribution(0U, sides - 1)(random); }
    MessageId any() { return ids[roll(static_cast<unsigned>(ids.size()))]; }
    void step() {
        clock.advance(std::chrono::seconds(roll(20)));
        switch (roll(13)) {
            case 0:
            case 1:
            case 2:
            case 3: {
                const auto more = fill(1 + static_cast<int>(roll(40)));
                ids.insert(ids.end(), more.begin(), more.end());
                return;
            }
            case 4:
            case 5:
                return try_one();
            case 6:
            case 7:
                if (!ids.empty()) cancel(any());
                return;
            case 8:
                if (roll(4) == 0) erase(person(static_cast<int>(roll(5))));
                return;
            case 9:
                if (roll(4) == 0) end_the_oldest();
                return;
            case 10:
                if (roll(4) == 0) crash();
                return;
            case 11:
                return let_it_index();
            default:
                if (roll(4) != 0) return;
                close();
                open();
        }
    }
    /// One that is over, or erased, stays as it is.
    void cancel(MessageId id) const { std::ignore = Driver::move(*store, id, Event::cancel); }
    void try_one() {
        if (ids.empty()) return;
        const auto id = any();
        const auto record = store->find(id);
        if (!record || record->progress.state != model::State::waiting) return;
        const int attempt = record->progress.attempts + 1;
        if (driver.lease(*store, id, attempt)) driver.settle(*store, id, attempt, Event::attempt_retry);
    }
    /// For some commits of the index.
    void let_it_index() {
        clock.advance(std::chrono::minutes(1));
        const auto watch = *sqlite::Connection::open(options.path, sqlite::Access::read);
        std::set<std::int64_t> versions;
        const std::size_t enough = 2 + roll(20);
        until([&] {
            versions.insert(watch->number("PRAGMA data_version").value_or(-1));
            return versions.size() >= enough || is_idle();
        });
    }
    void end_the_oldest() {
        for (std::size_t i = 0; i < ids.size() / 4; ++i)
            cancel(ids[i]);
        prune();
        std::erase_if(ids, [&](MessageId id) { return !store->find(id).has_value(); });
    }
    void check() {
        expect_all_found("random");
        for (int i = 0; i < 5; ++i) {
            ListFilter filter;
            filter.recipient = "r-" + person(i);
            EXPECT_THAT(found(filter, 7), ElementsAreArray(walked([&](const Record& record) {
                            return record.message.recipient == filter.recipient;
                        })));
        }
        ListFilter filter;
        filter.route = "smtp-a";
        EXPECT_THAT(found(filter),
                    ElementsAreArray(walked([](const Record& record) { return record.progress.attempts > 0; })));
        filter = {};
        filter.application = "shop";
        EXPECT_THAT(found(filter), ElementsAreArray(walked([](const Record&) { return true; })));
    }

    std::mt19937 random{GetParam()};
    std::vector<MessageId> ids;
};

TEST_P(SearchLevelsRandom, a_search_finds_what_a_walk_finds) {
    close();
    options.search_run = 4 + static_cast<int>(roll(12));
    open();
    for (int i = 0; i < 120 && !HasFailure(); ++i) {
        step();
        if (i % 5 == 0) check();
    }
    fill(options.search_run * 9);
    settle();
    check();
    const auto levels = runs_by_level();
    EXPECT_THAT(levels, Each(Lt(8)));
    EXPECT_GT(levels.size(), 1U);
}
INSTANTIATE_TEST_SUITE_P(Seeds, SearchLevelsRandom, testing::Values(1U, 2U));

}  // namespace
}  // namespace chapar::store
