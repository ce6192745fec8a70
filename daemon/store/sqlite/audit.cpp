#include "store/sqlite/audit.hpp"

#include <algorithm>
#include <limits>

#include "base/log.hpp"
#include "base/thread_name.hpp"
#include "store/sqlite/tables.hpp"

namespace chapar::store::sqlite {
namespace {

constexpr int rows_looked_through = 2'000;
constexpr std::size_t repairs_a_commit = 100;
/// A damage that can't be repaired is met again and again; the whole is not searched more often than this.
constexpr auto search_interval = std::chrono::minutes(1);
/// A disk that fails for a moment looks like damage: what can't be read gets so many looks.
constexpr int looks = 3;
constexpr auto between_looks = std::chrono::milliseconds(20);

}  // namespace

void Audit::start(engine::GroupCommit& commit) {
    commit_ = &commit;
    const std::lock_guard lock(mutex_);
    thread_ = std::thread([this] {
        name_thread("store-audit");
        loop();
    });
}

void Audit::report(const std::vector<MessageKey>& rows, const std::vector<LiveEntry>& entries, bool search) {
    if (rows.empty() && entries.empty() && !search) return;
    {
        const std::lock_guard lock(mutex_);
        for (const MessageKey key : rows)
            work_.suspects[key];
        for (const LiveEntry& entry : entries)
            work_.suspects[entry.key].push_back(entry.place);
        work_.search = true;  // where one row is damaged, there are others that nobody has met
    }
    wake_.notify_one();
}

void Audit::begin_stop() {
    {
        const std::lock_guard lock(mutex_);
        stop_ = true;
    }
    wake_.notify_one();
}

void Audit::stop() {
    begin_stop();
    if (thread_.joinable()) thread_.join();
}

bool Audit::is_stopping() {
    const std::lock_guard lock(mutex_);
    return stop_;
}

void Audit::loop() {
    for (;;) {
        Work work;
        {
            std::unique_lock lock(mutex_);
            wake_.wait(lock, [this] { return stop_ || !work_.is_empty(); });
            if (stop_) return;
            work = std::move(work_);
            work_ = {.suspects = {}, .search = false, .count = false};
        }
        run(work);
    }
}

void Audit::run(const Work& work) {
    auto connection = connect_();
    if (!connection) return;
    bool found = look_at(**connection, work.suspects);
    const auto now = std::chrono::steady_clock::now();
    const bool may_search = searched_ == decltype(searched_){} || now - searched_ >= search_interval;
    if (work.search && may_search) {
        searched_ = now;
        if (!search(**connection, found) && !is_stopping())
            ask([](rules::Unit& unit) { return own(unit).rebuild_live(), true; });
    }
    if (found || work.count) check_counts(**connection);
}

bool Audit::look_at(Connection& connection, const Suspects& suspects) {
    Look look(connection);
    std::vector<Rescue> rescues;
    for (const auto& [key, places] : suspects) {
        if (auto found = look.at(key)) rescues.push_back(std::move(*found));
        for (const QueuePlace& place : places) {
            if (auto found = look.at(key, place)) rescues.push_back(std::move(*found));
        }
    }
    connection.clear_fault();
    return repair(rescues);
}

bool Audit::search(Connection& connection, bool& found) {
    const bool is_well = search_rows(connection, found) && search_live(connection, found);
    if (is_well || is_stopping()) return true;
    const bool is_unreadable = connection.forgive_corruption();
    log::error("store.repair_failed", "the search for damaged rows ended early: {}",
               is_unreadable ? "SQLite can't read a page" : connection.error().message());
    connection.clear_fault();
    return !is_unreadable;
}

bool Audit::search_rows(Connection& connection, bool& found) {
    // Reads no column but the key: a malformed row must not stop the walk.
    Statement page(connection, "SELECT key FROM progress NOT INDEXED WHERE key > ?1 ORDER BY key LIMIT ?2");
    Look look(connection);
    std::int64_t last = std::numeric_limits<std::int64_t>::min();
    for (int seen = rows_looked_through; seen == rows_looked_through && !is_stopping();) {
        seen = 0;
        std::vector<Rescue> rescues;
        {
            auto rows = page.query(last, rows_looked_through);
            for (; rows.next(); ++seen) {
                last = rows.integer(0);
                if (auto wrong = look.at(MessageKey{last})) rescues.push_back(std::move(*wrong));
            }
        }
        found = repair(rescues) || found;
        if (connection.fault() != 0) return false;
    }
    return true;
}

bool Audit::search_live(Connection& connection, bool& found) {
    Statement page(connection,
                   "SELECT pool, due, key FROM live WHERE (pool, due, key) > (?1, ?2, ?3) ORDER BY pool, due, key "
                   "LIMIT ?4");
    Look look(connection);
    constexpr auto lowest = std::numeric_limits<std::int64_t>::min();
    LiveEntry last{{lowest, lowest}, MessageKey{lowest}};
    for (int seen = rows_looked_through; seen == rows_looked_through && !is_stopping();) {
        seen = 0;
        std::vector<Rescue> rescues;
        {
            auto rows = page.query(last.place.pool, last.place.due, last.key.value, rows_looked_through);
            for (; rows.next(); ++seen) {
                last = {{rows.integer(0), rows.integer(1)}, MessageKey{rows.integer(2)}};
                if (last.place.pool == counts_pool || last.place.pool == tallies_pool) continue;
                if (auto wrong = look.at(last.key, last.place)) rescues.push_back(std::move(*wrong));
            }
        }
        found = repair(rescues) || found;
        if (connection.fault() != 0) return false;
    }
    return true;
}

/// Nothing is replaced that a new connection reads whole, a moment later.
void Audit::look_anew(std::vector<Rescue>& rescues) {
    for (int more = 1; more < looks && std::ranges::any_of(rescues, &Rescue::replaces); ++more) {
        std::this_thread::sleep_for(between_looks);
        auto connection = connect_();
        if (connection) {
            leave_out_whole(**connection, rescues);
        } else {
            log::error("store.repair_failed", "damaged rows could not be read again: {}", connection.error().message());
            std::erase_if(rescues, [](const Rescue& each) { return each.replaces; });
        }
    }
}

bool Audit::repair(std::vector<Rescue>& rescues) {
    bool done = false;
    look_anew(rescues);
    for (std::size_t begin = 0; begin < rescues.size(); begin += repairs_a_commit) {
        const auto end = std::min(rescues.size(), begin + repairs_a_commit);
        std::vector<Rescue> some(std::make_move_iterator(rescues.begin() + static_cast<std::ptrdiff_t>(begin)),
                                 std::make_move_iterator(rescues.begin() + static_cast<std::ptrdiff_t>(end)));
        done = ask([some = std::move(some)](rules::Unit& unit) { return sqlite::repair(unit, some), true; }) || done;
    }
    return done;
}

void Audit::check_counts(Connection& connection) {
    const auto stopped = [this] { return is_stopping(); };
    auto errors = count_errors(connection, stopped);
    for (int more = 1; more < looks && errors && errors->leaves_out && !is_stopping(); ++more) {
        std::this_thread::sleep_for(between_looks);
        auto again = connect_();
        if (!again) return;
        errors = count_errors(**again, stopped);
    }
    if (!errors || errors->by.empty()) return;
    log::warning("store.counts_corrected", "{} counts of messages did not agree with the messages", errors->by.size());
    ask([errors = std::move(*errors)](rules::Unit& unit) { return correct(unit, errors), true; });
}

template <class Fn>
bool Audit::ask(Fn work) {
    const auto result = commit_->now<bool>(repairs_a_commit, std::move(work));
    if (!result && !result.error().is(Code::closed))
        log::error("store.repair_failed", "damaged rows could not be replaced: {}", result.error().message());
    return result.has_value();
}

}  // namespace chapar::store::sqlite
