// A disk that fails a read for a moment: SQLite reports it as a damaged page, and no row may pay for it.

#include <sqlite3.h>

#include <atomic>
#include <fstream>

#include "contract.hpp"
#include "watched_disk.hpp"

namespace chapar::store {
namespace {

/// Reads of one page of the database may fail as with EIO.
struct Disk {
    static inline std::atomic<std::int64_t> bad_from = -1;
    static inline std::atomic<int> failures = 0;  // reads of the page that fail from now on
    static inline std::atomic<int> bitten = 0;

    static void install() {
        WatchedDisk::install();
        WatchedDisk::before_read = [](const WatchedDisk::File& file, std::int64_t offset, int amount) {
            const auto bad = bad_from.load();
            const bool is_bad = file.is_database && bad >= offset && bad < offset + amount && failures.load() > 0;
            if (!is_bad) return SQLITE_OK;
            --failures;
            ++bitten;
            return SQLITE_IOERR_CORRUPTFS;  // what its own one makes of EIO
        };
    }
    static void remove() { WatchedDisk::remove(); }
};

class Transient : public testing::Test {
  protected:
    static constexpr int rows = 40;
    Transient() { Disk::install(); }
    ~Transient() override {
        store.reset();
        Disk::remove();
    }
    Transient(const Transient&) = delete;
    Transient& operator=(const Transient&) = delete;
    std::string path() const { return (directory.path() / "store.db").string(); }
    void open() {
        SqliteOptions options;
        options.path = path();
        auto opened = open_sqlite(options, clock);
        ASSERT_TRUE(opened.has_value()) << opened.error().message();
        store = std::move(*opened);
    }
    /// Large bodies, so that each has pages of its own; the page of one of them is the one that may fail.
    void fill() {
        Disk::bad_from = -1;
        open();
        std::vector<NewMessage> batch;
        for (int i = 0; i < rows; ++i) {
            batch.push_back(driver.make("shop", "order-" + std::to_string(i)));
            batch.back().message.body =
                std::string(24'000, 'b') + "token-" + std::to_string(1'000 + i) + std::string(6'000, 'b');
            ids.push_back(batch.back().message.id);
        }
        ASSERT_TRUE(Driver::accept(*store, std::move(batch)).has_value());
        store->close();
        store.reset();
        std::string bytes(std::filesystem::file_size(path()), '\0');
        std::ifstream(path(), std::ios::binary).read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
        Disk::bad_from = static_cast<std::int64_t>(bytes.find("token-1017"));
        Disk::bitten = 0;
    }
    /// How many would be sent. A failing read may fail the whole page of the line: that is asked for again.
    int due() {
        for (int tries = 0; tries < 20; ++tries) {
            const auto pools = store->pools();
            if (!pools || pools->empty()) return 0;
            const auto found = store->due(pools->front().pool.id, clock.now(), 1000);
            Driver::drain(*store);
            if (found) return static_cast<int>(found->size());
        }
        return -1;
    }
    int held() { return static_cast<int>(store->counts()->by_state[static_cast<int>(model::State::held)]); }

    TemporaryDirectory directory;
    ManualClock clock{from_ms(1'790'000'000'000)};
    Driver driver{clock};
    std::unique_ptr<Store> store;
    std::vector<MessageId> ids;
};

TEST_F(Transient, a_read_that_fails_once_holds_nothing) {
    fill();
    open();
    Disk::failures = 1;
    due();
    EXPECT_GT(Disk::bitten.load(), 0) << "the fault must bite";
    EXPECT_EQ(held(), 0);
    EXPECT_EQ(due(), rows);
}

TEST_F(Transient, listing_over_a_failing_read_holds_nothing) {
    fill();
    open();
    Disk::failures = 1;
    store->list({}, std::nullopt, 1000);
    EXPECT_GT(Disk::bitten.load(), 0);
    Driver::drain(*store);
    EXPECT_EQ(held(), 0);
}

TEST_F(Transient, what_fails_for_long_is_held_and_goes_back_when_it_proves_whole) {
    fill();
    open();
    Disk::failures = 1'000'000;
    EXPECT_EQ(due(), rows - 1);
    EXPECT_EQ(held(), 1);
    EXPECT_EQ(*wait_for<std::int64_t>([&](auto done) { store->read_damaged_again(100, done); }), 0);
    EXPECT_EQ(held(), 1) << "it still does not read";
    Disk::failures = 0;
    EXPECT_EQ(*wait_for<std::int64_t>([&](auto done) { store->read_damaged_again(100, done); }), 1);
    EXPECT_EQ(held(), 0);
    EXPECT_EQ(due(), rows);
    const auto record = store->find(ids[17]);
    ASSERT_TRUE(record.has_value());
    EXPECT_EQ(model::decode_trace(record->progress.trace).back().reason, model::Reason::released);
}

TEST_F(Transient, what_was_on_its_way_never_goes_again_by_itself) {
    fill();
    open();
    ASSERT_TRUE(driver.lease(*store, ids[17], 1));
    Disk::failures = 1'000'000;
    store->list({}, std::nullopt, 1000);
    Driver::drain(*store);
    EXPECT_EQ(held(), 1);
    Disk::failures = 0;
    EXPECT_EQ(*wait_for<std::int64_t>([&](auto done) { store->read_damaged_again(100, done); }), 0);
    EXPECT_EQ(held(), 1);
}

}  // namespace
}  // namespace chapar::store
