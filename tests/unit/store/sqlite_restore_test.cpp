// A backup that is put back: what the journal knows decides, and where it knows nothing everything is held.

#include <sqlite3.h>

#include <fstream>
#include <iostream>

#include "contract.hpp"
#include "store/backup.hpp"

namespace chapar::store {
namespace {

using model::Event;
using model::Reason;
using model::State;

class Restore : public testing::Test {
  protected:
    std::string path() const { return (directory.path() / "store.db").string(); }
    std::string backup() const { return (directory.path() / "backup.db").string(); }
    void open() {
        SqliteOptions options;
        options.path = path();
        auto opened = open_sqlite(options, clock, JournalOptions{});
        ASSERT_TRUE(opened.has_value()) << opened.error().message();
        store = std::move(*opened);
    }
    void close() {
        if (store) store->close();
        store.reset();
    }
    void reopen() {
        close();
        open();
    }
    void fill(int count) {
        for (int i = 0; i < count; ++i)
            ids.push_back(driver.accept_one(*store));
    }
    State state(std::size_t i) {
        const auto record = store->find(ids[i]);
        EXPECT_TRUE(record.has_value());
        return record ? record->progress.state : State::suppressed;
    }
    model::TraceEntry last_entry(std::size_t i) {
        return model::decode_trace(store->find(ids[i])->progress.trace).back();
    }
    void send(std::size_t i, int number = 1) {
        ASSERT_TRUE(driver.lease(*store, ids[i], number));
        ASSERT_TRUE(driver.settle(*store, ids[i], number, Event::attempt_accepted));
    }
    void save() { ASSERT_TRUE(back_up(path(), backup(), nullptr).has_value()); }
    void put_it_back() {
        close();
        const auto kept = put_back(backup(), path(), clock.now());
        ASSERT_TRUE(kept.has_value()) << kept.error().message();
    }
    std::vector<std::filesystem::path> journal() const {
        std::vector<std::filesystem::path> out;
        for (const auto& entry : std::filesystem::directory_iterator(directory.path()))
            if (entry.path().string().find(".left-") != std::string::npos) out.push_back(entry.path());
        std::ranges::sort(out);
        return out;
    }
    void delete_journal() const {
        for (const auto& file : journal())
            std::filesystem::remove(file);
    }
    void run_sql(const char* sql) const {
        sqlite3* db = nullptr;
        ASSERT_EQ(sqlite3_open(path().c_str(), &db), SQLITE_OK);
        EXPECT_EQ(sqlite3_exec(db, sql, nullptr, nullptr, nullptr), SQLITE_OK);
        sqlite3_close(db);
    }
    int count(State wanted) { return static_cast<int>(store->counts()->by_state[static_cast<int>(wanted)]); }
    /// Ten messages; the backup lies between what happens to the first and to the others.
    void a_day_with_a_backup() {
        open();
        fill(10);
        send(0);
        save();
        send(1);
        ASSERT_TRUE(driver.lease(*store, ids[2], 1));  // on its way when the day ends
        ASSERT_TRUE(driver.lease(*store, ids[3], 1));
        ASSERT_TRUE(driver.settle(*store, ids[3], 1, Event::attempt_retry));
        ASSERT_TRUE(Driver::move(*store, ids[4], Event::cancel).has_value());
        ASSERT_TRUE(driver.lease(*store, ids[5], 1));
        ASSERT_TRUE(driver.settle(*store, ids[5], 1, Event::attempt_rejected));
    }

    TemporaryDirectory directory;
    ManualClock clock{from_ms(1'790'000'000'000)};
    Driver driver{clock};
    std::unique_ptr<Store> store;
    std::vector<MessageId> ids;
};

void expect_settled(const std::function<State(std::size_t)>& state) {
    EXPECT_EQ(state(0), State::sent);
    EXPECT_EQ(state(1), State::sent) << "it left after the backup: not again";
    EXPECT_EQ(state(2), State::held) << "it may have left";
    EXPECT_EQ(state(3), State::waiting) << "it certainly did not leave";
    EXPECT_EQ(state(4), State::cancelled) << "it was taken back since";
    EXPECT_EQ(state(5), State::failed);
    for (std::size_t i = 6; i < 10; ++i)
        EXPECT_EQ(state(i), State::waiting) << "nobody touched it";
}

TEST_F(Restore, the_journal_settles_what_left_since_and_the_rest_goes_on) {
    a_day_with_a_backup();
    put_it_back();
    open();
    expect_settled([&](std::size_t i) { return state(i); });
    EXPECT_EQ(last_entry(2).reason, Reason::restored);
    EXPECT_EQ(last_entry(1).reason, Reason::journal);
    EXPECT_EQ(store->find(ids[3])->progress.attempts, 1) << "no attempt's number is used twice";
    EXPECT_FALSE(driver.lease(*store, ids[3], 1));
    EXPECT_TRUE(driver.lease(*store, ids[3], 2));
}

TEST_F(Restore, a_copied_file_is_recognised_too) {
    open();
    fill(10);
    send(0);
    close();
    std::filesystem::copy_file(path(), backup());
    open();
    send(1);
    ASSERT_TRUE(driver.lease(*store, ids[2], 1));
    close();
    std::filesystem::copy_file(backup(), path(), std::filesystem::copy_options::overwrite_existing);
    std::filesystem::remove(path() + "-wal");
    std::filesystem::remove(path() + "-shm");
    open();
    EXPECT_EQ(state(1), State::sent);
    EXPECT_EQ(state(2), State::held);
    EXPECT_EQ(count(State::waiting), 7);
}

TEST_F(Restore, it_holds_over_later_starts_and_a_second_restore) {
    a_day_with_a_backup();
    put_it_back();
    open();
    send(6);
    for (int i = 0; i < 3; ++i)
        reopen();
    EXPECT_EQ(state(2), State::held);
    put_it_back();
    open();
    EXPECT_EQ(state(6), State::sent) << "it left in the second life";
    EXPECT_EQ(state(1), State::sent);
    EXPECT_EQ(state(2), State::held);
    EXPECT_EQ(state(7), State::waiting);
}

TEST_F(Restore, without_a_journal_all_that_waits_is_held_and_can_be_let_go) {
    a_day_with_a_backup();
    put_it_back();
    delete_journal();
    open();
    EXPECT_EQ(count(State::held), 9);
    EXPECT_EQ(count(State::waiting), 0);
    EXPECT_EQ(last_entry(7).reason, Reason::restored);
    ASSERT_TRUE(Driver::move(*store, ids[7], Event::retry).has_value());
    reopen();
    EXPECT_EQ(state(7), State::waiting) << "it is held once";
    EXPECT_TRUE(driver.lease(*store, ids[7], 1));
}

TEST_F(Restore, the_test_can_fail_a_store_that_believes_it_never_had_a_journal_sends_again) {
    a_day_with_a_backup();
    put_it_back();
    delete_journal();
    run_sql("UPDATE identity SET journal = 0");
    open();
    EXPECT_EQ(count(State::waiting), 9);
}

TEST_F(Restore, a_usual_start_and_a_crash_hold_nothing) {
    open();
    fill(10);
    send(0);
    ASSERT_TRUE(driver.lease(*store, ids[1], 1));
    ASSERT_TRUE(driver.settle(*store, ids[1], 1, Event::attempt_unknown_hold));
    ASSERT_TRUE(Driver::move(*store, ids[1], Event::retry).has_value());
    ASSERT_TRUE(Driver::move(*store, ids[2], Event::cancel).has_value());
    for (int i = 0; i < 3; ++i) {
        reopen();
        EXPECT_EQ(count(State::held), 0);
        EXPECT_EQ(count(State::waiting), 8);
    }
    ASSERT_TRUE(driver.lease(*store, ids[3], 1));
    const TemporaryDirectory aside;  // as the disk is at this instant, with an attempt on its way
    std::filesystem::copy(directory.path(), aside.path(), std::filesystem::copy_options::overwrite_existing);
    close();
    for (const auto& entry : std::filesystem::directory_iterator(aside.path()))
        std::filesystem::copy_file(entry.path(), directory.path() / entry.path().filename(),
                                   std::filesystem::copy_options::overwrite_existing);
    std::filesystem::remove(path() + "-shm");
    open();
    EXPECT_EQ(state(3), State::sending) << "the class decides, as after each crash";
    EXPECT_EQ(count(State::held), 0);
}

TEST_F(Restore, an_upgrade_from_a_version_without_a_journal_holds_nothing) {
    SqliteOptions options;
    options.path = path();
    store = std::move(*open_sqlite(options, clock));
    fill(5);
    close();
    open();
    EXPECT_EQ(count(State::waiting), 5);
    reopen();
    EXPECT_EQ(count(State::waiting), 5);
}

TEST_F(Restore, a_backup_of_a_version_without_a_journal_is_held_where_one_was_kept) {
    SqliteOptions options;
    options.path = path();
    store = std::move(*open_sqlite(options, clock));
    fill(5);
    close();
    std::filesystem::copy_file(path(), backup());
    open();
    send(0);
    put_it_back();
    open();
    EXPECT_EQ(count(State::held), 5);
}

TEST_F(Restore, a_store_that_is_cloned_without_its_journal_is_held) {
    open();
    fill(5);
    close();
    const TemporaryDirectory elsewhere;
    std::filesystem::copy_file(path(), elsewhere.path() / "store.db");
    SqliteOptions options;
    options.path = (elsewhere.path() / "store.db").string();
    store = std::move(*open_sqlite(options, clock, JournalOptions{}));
    EXPECT_EQ(count(State::held), 5);
    close();
}

TEST_F(Restore, a_journal_that_is_damaged_or_lacks_a_file_is_not_believed) {
    a_day_with_a_backup();
    reopen();
    send(7);
    send(8);
    close();
    const TemporaryDirectory aside;
    const auto files = journal();
    ASSERT_GE(files.size(), 2u);
    for (const auto& file : files)
        std::filesystem::copy_file(file, aside.path() / file.filename());
    const auto restore_with = [&](const std::function<void()>& harm) {
        close();
        delete_journal();
        for (const auto& file : files)
            std::filesystem::copy_file(aside.path() / file.filename(), file);
        harm();
        put_it_back();
        open();
        return count(State::held);
    };
    EXPECT_EQ(restore_with([] {}), 1) << "whole, it is believed";
    EXPECT_EQ(restore_with([&] {
                  std::fstream file(files[0], std::ios::in | std::ios::out | std::ios::binary);
                  file.seekp(80);
                  file.put('\x5A');
              }),
              9);
    EXPECT_EQ(restore_with([&] { std::filesystem::remove(files[0]); }), 9);
}

TEST_F(Restore, a_last_record_that_was_being_written_does_no_harm) {
    a_day_with_a_backup();
    close();
    const auto last = journal().back();
    std::filesystem::resize_file(last, std::filesystem::file_size(last) - 3);
    open();
    EXPECT_EQ(count(State::held), 0) << "a power cut tears the end; the store knows all";
    reopen();
    EXPECT_EQ(count(State::held), 0);
}

TEST_F(Restore, what_a_backup_file_is_is_said_before_it_is_put_back) {
    a_day_with_a_backup();
    close();
    const auto found = inspect(backup(), path());
    ASSERT_TRUE(found.has_value()) << found.error().message();
    EXPECT_TRUE(found->is_covered);
    EXPECT_EQ(found->waiting, 9);
    EXPECT_EQ(found->in_doubt, 1);
    EXPECT_EQ(found->known, 3);
    delete_journal();
    EXPECT_FALSE(inspect(backup(), path())->is_covered);
    std::fstream file(backup(), std::ios::in | std::ios::out | std::ios::binary);
    std::string bytes(std::filesystem::file_size(backup()), '\0');
    file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    const auto body = bytes.find("{\"hello\"");
    ASSERT_NE(body, std::string::npos);
    file.seekp(static_cast<std::streamoff>(body));
    file.put('[');  // SQLite sees nothing wrong with it
    file.close();
    EXPECT_FALSE(inspect(backup(), path()).has_value()) << "a damaged one is refused";
    std::ofstream(backup(), std::ios::trunc) << "no database";
    EXPECT_FALSE(inspect(backup(), path()).has_value());
}

TEST_F(Restore, a_newer_schema_is_refused_and_an_open_store_is_not_replaced) {
    open();
    fill(1);
    save();
    EXPECT_FALSE(put_back(backup(), path(), clock.now()).has_value()) << "the store is open";
    EXPECT_EQ(std::filesystem::status(backup()).permissions() & std::filesystem::perms::mask,
              std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    EXPECT_FALSE(back_up(path(), backup(), nullptr).has_value()) << "an existing file is not overwritten";
    close();
    std::filesystem::rename(backup(), path());
    run_sql("PRAGMA user_version = 999");
    std::filesystem::rename(path(), backup());
    const auto refused = inspect(backup(), path());
    ASSERT_FALSE(refused.has_value());
    EXPECT_TRUE(refused.error().is(Code::incompatible));
}

TEST_F(Restore, an_old_journal_goes_and_then_an_old_backup_is_held) {
    a_day_with_a_backup();
    reopen();
    send(6);
    const auto first = journal().front();
    std::filesystem::last_write_time(first, std::filesystem::file_time_type::clock::now() - std::chrono::years(20));
    reopen();
    EXPECT_FALSE(std::filesystem::exists(first));
    EXPECT_EQ(count(State::held), 0) << "a usual start needs none of it";
    put_it_back();
    open();
    EXPECT_EQ(count(State::held), 9);
}

TEST_F(Restore, a_message_costs_a_few_bytes_of_the_journal) {
    open();
    constexpr int messages = 2'000;
    fill(messages);
    std::vector<Lease> leases;
    std::vector<Settlement> settlements;
    for (const auto& id : ids) {
        leases.push_back({id.key(), 1, "email", "smtp", clock.now()});
        Settlement end;
        end.key = id.key();
        end.number = 1;
        settlements.push_back(end);
    }
    const auto before = std::filesystem::file_size(journal().back());
    store->lease(leases, nullptr, [](const auto&) {});
    store->settle(settlements, [](const auto&) {});
    Driver::drain(*store);
    const auto bytes = std::filesystem::file_size(journal().back()) - before;
    std::cout << "journal: " << static_cast<double>(bytes) / messages << " bytes a message\n";
    EXPECT_LE(bytes, messages * 25u);
    EXPECT_GE(bytes, messages * 24u);
}

}  // namespace
}  // namespace chapar::store
