#pragma once
// A store whose search index has small runs, so that they are merged often.

#include <gmock/gmock.h>

#include <cstdlib>
#include <thread>

#include "contract.hpp"
#include "store/person.hpp"
#include "store/sqlite/search.hpp"

namespace chapar::store {

class SearchLevels : public testing::Test {
  protected:
    SearchLevels() { options.search_run = 16; }
    void SetUp() override { open(); }
    void open() {
        options.path = (directory->path() / "store.db").string();
        auto opened = open_sqlite(options, clock);
        ASSERT_TRUE(opened.has_value()) << opened.error().message();
        store = std::move(*opened);
    }
    void close() {
        store->close();
        store.reset();
    }
    /// What is on disk by now, in a directory of its own. By another process: to close a file here would let go of
    /// SQLite's locks on it.
    std::unique_ptr<TemporaryDirectory> copy() const {
        auto out = std::make_unique<TemporaryDirectory>();
        const std::string from = directory->path().string();
        const std::string command =
            "cp " + from + "/store.db " + from + "/store.db-wal " + out->path().string() + " 2>/dev/null";
        EXPECT_EQ(std::system(command.c_str()), 0);
        return out;
    }
    void crash_into(std::unique_ptr<TemporaryDirectory> other) {
        store.reset();
        directory = std::move(other);
        open();
    }
    void crash() { crash_into(copy()); }

    NewMessage make(const std::string& address) {
        clock.advance(Milliseconds{10});
        auto item = driver.make();
        item.message.plan = {{"email", address, "welcome", "", ""}};
        item.message.recipient = "r-" + address;
        return item;
    }
    /// Messages to five people in turn.
    std::vector<MessageId> fill(int count) {
        std::vector<NewMessage> batch;
        std::vector<MessageId> ids;
        for (int i = 0; i < count; ++i) {
            batch.push_back(make(person(i % 5)));
            ids.push_back(batch.back().message.id);
        }
        EXPECT_TRUE(Driver::accept(*store, std::move(batch)).has_value());
        return ids;
    }
    static std::string person(int i) { return "p" + std::to_string(i) + "@example.org"; }
    void erase(const std::string& address) {
        const auto erased = wait_for<std::vector<std::pair<std::string, std::int64_t>>>(
            [&](auto done) { store->erase_person("shop", *person_of(*store, "shop", "r-" + address), done); });
        EXPECT_TRUE(erased.has_value());
    }
    void prune() {
        const auto pruned = wait_for<std::int64_t>([&](auto done) { store->prune(clock.now(), 1000, done); });
        EXPECT_TRUE(pruned.has_value());
    }

    template <class Fn>
    auto look(Fn fn) const {
        const auto connection = *sqlite::Connection::open(options.path, sqlite::Access::read);
        connection->run("BEGIN");
        return fn(*connection);
    }
    std::vector<sqlite::SearchRun> runs() const { return look(sqlite::whole_runs); }
    std::vector<std::int64_t> loose() const { return look(sqlite::loose_runs); }
    std::int64_t number(const char* sql) const {
        return look([&](sqlite::Connection& connection) { return connection.number(sql).value_or(-1); });
    }
    std::vector<int> runs_by_level() const {
        std::vector<int> out;
        for (const auto& run : runs()) {
            out.resize(std::max(out.size(), static_cast<std::size_t>(run.level) + 1));
            ++out[static_cast<std::size_t>(run.level)];
        }
        return out;
    }
    static void until(const std::function<bool()>& what) {
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
        while (!what()) {
            ASSERT_LT(std::chrono::steady_clock::now(), end);
            std::this_thread::yield();
        }
    }
    bool is_idle() const {
        const auto uncovered =
            "SELECT 1 FROM message WHERE key > (SELECT coalesce(max(last), 0) FROM search_run) "
            "LIMIT 1 OFFSET " +
            std::to_string(options.search_run - 1);
        return look([&](sqlite::Connection& connection) {
            return !connection.number(uncovered.c_str()) &&
                   sqlite::next_merge(sqlite::whole_runs(connection), {}).empty() &&
                   sqlite::loose_runs(connection).empty();
        });
    }
    /// Until all is indexed, merged and swept.
    void settle() {
        clock.advance(std::chrono::minutes(2));
        until([&] { return is_idle(); });
    }
    std::vector<sqlite::SearchEntry> all_entries() const {
        return look([](sqlite::Connection& connection) {
            sqlite::Statement select(connection, "SELECT entries FROM search_chunk");
            std::vector<sqlite::SearchEntry> out;
            auto rows = select.query();
            while (rows.next()) {
                const auto some = sqlite::decode_entries(rows.bytes(0));
                out.insert(out.end(), some.begin(), some.end());
            }
            return out;
        });
    }
    /// Entries that name the person, in whole runs and in all others.
    std::ptrdiff_t traces_of(const std::string& address) const {
        const auto entries = all_entries();
        return std::ranges::count(entries, sqlite::term_of(sqlite::TermKind::address, address),
                                  &sqlite::SearchEntry::term) +
               std::ranges::count(entries, sqlite::term_of(sqlite::TermKind::recipient, "r-" + address),
                                  &sqlite::SearchEntry::term);
    }

    std::vector<MessageId> found(const ListFilter& filter, int limit = 1000) const {
        return store::found(*store, filter, limit);
    }
    /// Of all rows, without the index.
    std::vector<MessageId> walked(const std::function<bool(const Record&)>& is_meant) {
        std::vector<MessageId> ids;
        std::optional<MessageKey> below;
        do {
            const auto page = store->list({}, below, 1000);
            EXPECT_TRUE(page.has_value());
            if (!page) break;
            for (const auto& record : page->records) {
                if (is_meant(record)) ids.push_back(record.message.id);
            }
            below = page->next;
        } while (below);
        return ids;
    }
    std::vector<MessageId> walked_to(const std::string& address) {
        return walked([&](const Record& record) { return record.message.plan[0].address == address; });
    }
    void expect_all_found(const char* when) {
        for (int i = 0; i < 5; ++i)
            EXPECT_THAT(found(by_address(person(i))), testing::ElementsAreArray(walked_to(person(i))))
                << when << ", " << i;
    }
    void damage_a_chunk_of(std::int64_t run) const {
        const auto connection = *sqlite::Connection::open(options.path, sqlite::Access::write);
        sqlite::Statement damage(
            *connection,
            "UPDATE search_chunk SET entries = zeroblob(length(entries)) WHERE run = ?1 AND term = "
            "(SELECT term FROM search_chunk WHERE run = ?1 ORDER BY term LIMIT 1 OFFSET 1)");
        damage.run(run);
        ASSERT_GT(connection->changes(), 0);
    }

    std::unique_ptr<TemporaryDirectory> directory = std::make_unique<TemporaryDirectory>();
    SqliteOptions options;
    ManualClock clock{from_ms(1'790'000'000'000)};
    Driver driver{clock};
    std::unique_ptr<Store> store;
};

}  // namespace chapar::store
