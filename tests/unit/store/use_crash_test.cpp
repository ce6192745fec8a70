// The journal of uses when the process is killed before any of its writes: of a commit, of a merge, of a start. After
// each the uses are those of what was answered, or of that and the write that was under way; a plain list says which.

#include <atomic>
#include <mutex>

#include "gates.hpp"
#include "plain_uses.hpp"
#include "store/sqlite/sql.hpp"
#include "watched_disk.hpp"

namespace chapar::store {
namespace {

using model::Change;
using model::Scope;
using model::UseState;

constexpr Scope scopes_of_all[] = {-4'000'000'000'000'000'000, -77, 5, 6, 7, 4'000'000'000'000'000'000};

/// As the disk is at one moment.
struct Image {
    std::filesystem::path folder;
    std::size_t answered = 0;
};

class UsesAfterAKill : public testing::Test {
  protected:
    UsesAfterAKill() {
        WatchedDisk::install();
        WatchedDisk::before_write = [this](const WatchedDisk::File& file) {
            if (is_watching && (file.is_database || file.is_log)) take_image();
        };
        said.emplace_back();
    }
    ~UsesAfterAKill() override {
        is_watching = false;
        store.reset();
        WatchedDisk::remove();
    }
    UsesAfterAKill(const UsesAfterAKill&) = delete;
    UsesAfterAKill& operator=(const UsesAfterAKill&) = delete;

    static std::string file(const std::filesystem::path& folder) { return (folder / "store.db").string(); }
    std::unique_ptr<Store> open_in(const std::filesystem::path& folder) {
        SqliteOptions options;
        options.path = file(folder);
        options.unsafe_no_sync = true;  // so that each frame is a write of its own
        options.reader_connections = 1;
        auto opened = open_sqlite(options, clock);
        EXPECT_TRUE(opened.has_value()) << opened.error().message();
        return opened ? std::move(*opened) : nullptr;
    }
    void take_image() {
        const std::lock_guard lock(mutex);
        Image image{directory.path() / ("image-" + std::to_string(images.size())), answered};
        std::filesystem::create_directory(image.folder);
        for (const auto* part : {"store.db", "store.db-wal"})
            if (std::filesystem::exists(place / part)) std::filesystem::copy_file(place / part, image.folder / part);
        images.push_back(std::move(image));
    }
    /// What `change` does to the plain list is what `write` does to the store.
    template <class Write, class Change>
    void step(Write write, Change change) {
        said.push_back(said.back());
        change(said.back());
        ASSERT_TRUE(write());
        ++answered;
    }
    void lease(MessageId id, int number, std::vector<Scope> scopes) {
        step([&] { return driver.lease(*store, id, number, taking(scopes)).granted; },
             [&](PlainUses& uses) {
                 for (const auto scope : scopes)
                     uses.add(scope, {.at = clock.now(), .key = id.key(), .kind = 1});
             });
    }
    void settle(MessageId id, Change event, Slots slots, Timestamp at, const std::vector<Scope>& scopes) {
        step(
            [&]() -> bool {
                Settlement settlement;
                settlement.key = id.key();
                settlement.number = 1;
                settlement.event = event;
                settlement.outcome.verdict = model::Verdict::accepted;
                settlement.at = settlement.due = clock.now();
                settlement.slots = slots;
                return wait_for<std::vector<bool>>([&](auto done) { store->settle({settlement}, done); })
                    .value()
                    .front();
            },
            [&](PlainUses& uses) {
                for (const auto scope : scopes) {
                    if (slots == Slots::give_back)
                        uses.give_back(scope, at, id.key());
                    else
                        uses.restate(scope, at, id.key(), UseState::handed_off);
                }
            });
    }
    void merge_in_a_write() {
        step([&] { return wait_for<std::int64_t>([&](auto d) { store->prune_uses({}, 100, d); }).has_value(); },
             [](PlainUses&) {});
    }
    std::int64_t rows_of_journal() const {
        const auto connection = sqlite::Connection::open(file(place), sqlite::Access::read);
        return (*connection)->number("SELECT count(*) FROM use_journal").value_or(-1);
    }
    /// As the writer does by itself when it has time.
    void merge_in_calm() {
        clock.advance(std::chrono::seconds(3));
        const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(30);
        while (rows_of_journal() != 0 && std::chrono::steady_clock::now() < give_up)
            std::this_thread::yield();
        ASSERT_EQ(rows_of_journal(), 0);
    }
    std::vector<std::vector<std::string>> uses_in(Store& of) {
        std::vector<std::vector<std::string>> out;
        for (const auto scope : scopes_of_all) {
            auto& texts = out.emplace_back();
            for (const auto& use : uses_of(of, scope))
                texts.push_back(PlainUses::text(use));
            std::ranges::sort(texts);
        }
        return out;
    }
    static std::vector<std::vector<std::string>> uses_in(const PlainUses& of) {
        std::vector<std::vector<std::string>> out;
        for (const auto scope : scopes_of_all)
            out.push_back(of.of(scope));
        return out;
    }
    bool is_right(const std::vector<std::vector<std::string>>& found, std::size_t answered_then) const {
        if (found == uses_in(said[answered_then])) return true;
        return answered_then + 1 < said.size() && found == uses_in(said[answered_then + 1]);
    }
    /// A day of a store, with an image before each write.
    void live() {
        is_watching = true;
        store = open_in(place);
        std::vector<MessageId> ids;
        std::vector<Timestamp> when;
        const auto go = [&](std::vector<Scope> scopes) {
            const bool was = is_watching.exchange(false);
            ids.push_back(driver.accept_one(*store));
            is_watching = was;
            clock.advance(std::chrono::seconds(1));
            when.push_back(clock.now());
            lease(ids.back(), 1, std::move(scopes));
        };
        go({5, -77});
        go({5, scopes_of_all[0]});
        settle(ids[0], Change::attempt_accepted, Slots::handed_off, when[0], {5, -77});
        go({6, scopes_of_all[5]});
        merge_in_a_write();
        settle(ids[1], Change::attempt_retry, Slots::give_back, when[1], {5, scopes_of_all[0]});
        settle(ids[2], Change::attempt_accepted, Slots::handed_off, when[2], {6, scopes_of_all[5]});
        go({5, 6, 7});
        merge_in_calm();
        go({5});
        settle(ids[3], Change::attempt_accepted, Slots::handed_off, when[3], {5, 6, 7});
        store->close();
        store.reset();
        store = open_in(place);
        go({7});
        merge_in_calm();
        is_watching = false;
    }

    TemporaryDirectory directory;
    const std::filesystem::path place = directory.path() / "live";
    ManualClock clock{from_ms(1'790'000'000'000)};
    Driver driver{clock};
    std::unique_ptr<Store> store;
    std::mutex mutex;  // guards images
    std::vector<Image> images;
    std::vector<PlainUses> said;  // after so many writes
    std::atomic<std::size_t> answered = 0;
    std::atomic<bool> is_watching = false;
};

TEST_F(UsesAfterAKill, before_any_write_of_a_commit_a_merge_or_a_start_all_that_was_answered_counts_once) {
    std::filesystem::create_directory(place);
    live();
    ASSERT_FALSE(HasFatalFailure());
    EXPECT_GT(images.size(), 200U);
    for (const auto& image : images) {
        SCOPED_TRACE(image.folder.filename().string() + ", answered " + std::to_string(image.answered));
        auto again = open_in(image.folder);
        const auto found = uses_in(*again);
        EXPECT_TRUE(is_right(found, image.answered));
        ASSERT_TRUE(wait_for<std::int64_t>([&](auto done) { again->prune_uses({}, 100, done); }).has_value());
        EXPECT_EQ(uses_in(*again), found) << "and merging what was left changes nothing";
        again->close();
        again.reset();
        again = open_in(image.folder);
        EXPECT_EQ(uses_in(*again), found);
        again.reset();
        std::filesystem::remove_all(image.folder);
        if (HasFailure()) return;
    }
}

/// The plain list must see what a wrong merge does: otherwise the test above says nothing.
TEST_F(UsesAfterAKill, a_merge_that_forgets_its_rows_or_its_mark_or_the_chunks_is_found_out) {
    std::filesystem::create_directory(place);
    const auto run = [&](const char* sql) {
        const auto connection = sqlite::Connection::open(file(place), sqlite::Access::write);
        EXPECT_TRUE((*connection)->run(sql)) << (*connection)->error().message();
    };
    store = open_in(place);
    const auto id = driver.accept_one(*store);
    const auto at = clock.now();
    lease(id, 1, {5, -77});
    settle(id, Change::attempt_accepted, Slots::handed_off, at, {5, -77});
    const auto reopened = [&] {
        store = open_in(place);
        const bool out = is_right(uses_in(*store), answered);
        store->close();
        store.reset();
        return out;
    };
    store->close();
    store.reset();
    run("CREATE TABLE journal_then AS SELECT * FROM use_journal; CREATE TABLE usage_then AS SELECT * FROM usage");
    EXPECT_TRUE(reopened());
    store = open_in(place);
    merge_in_a_write();
    store->close();
    store.reset();
    EXPECT_TRUE(reopened());
    run("CREATE TABLE merge_now AS SELECT * FROM use_merge");
    run("INSERT INTO use_journal SELECT * FROM journal_then");
    EXPECT_TRUE(reopened()) << "rows that are left behind a mark are not merged twice";
    run("DELETE FROM use_merge");
    EXPECT_FALSE(reopened()) << "rows that are merged twice";
    run("INSERT INTO use_merge SELECT * FROM merge_now; DELETE FROM usage; INSERT INTO usage SELECT * FROM usage_then");
    EXPECT_FALSE(reopened()) << "a mark without the chunks";
    run("DELETE FROM use_merge; DELETE FROM use_journal WHERE number = (SELECT min(number) FROM use_journal)");
    EXPECT_FALSE(reopened()) << "a row that is gone before it was merged";
}

}  // namespace
}  // namespace chapar::store
