#include "store/sqlite/indexer.hpp"

#include <algorithm>
#include <utility>

#include "base/log.hpp"
#include "base/thread_name.hpp"
#include "store/sqlite/tables.hpp"

namespace chapar::store::sqlite {
namespace {

/// An id is made a little before its message reaches the writer: younger ones may have neighbours still on the way.
constexpr auto settled_after = std::chrono::seconds(60);
constexpr auto turn = std::chrono::seconds(1);
/// Between two steps, so that others come to the disk too.
constexpr auto breath = std::chrono::milliseconds(20);
constexpr Milliseconds patience{20};       // nobody waits for the index: it shares the commits of others
constexpr int most_chunk_entries = 110;    // a little less than a page
constexpr int most_chunks_a_commit = 128;  // a millisecond or two of the writer

}  // namespace

Indexer::Indexer(Connect connect, engine::GroupCommit& commit, const Clock& clock, int run_size)
    : connect_(std::move(connect)),
      commit_(commit),
      clock_(clock),
      run_size_(std::max(run_size, 1)),
      // Small runs are for tests: they have several chunks and commits, too.
      chunk_entries_(static_cast<std::size_t>(std::clamp(run_size, 1, most_chunk_entries))),
      chunks_a_commit_(static_cast<std::size_t>(std::clamp(run_size / 2, 1, most_chunks_a_commit))) {
    thread_ = std::thread([this] {
        name_thread("store-index");
        loop();
    });
}

void Indexer::begin_stop() {
    {
        const std::lock_guard lock(mutex_);
        stop_ = true;
    }
    wake_.notify_one();
}

void Indexer::stop() {
    begin_stop();
    if (thread_.joinable()) thread_.join();
}

bool Indexer::is_stopping() {
    const std::lock_guard lock(mutex_);
    return stop_;
}

void Indexer::loop() {
    for (bool more = true;;) {
        {
            std::unique_lock lock(mutex_);
            if (wake_.wait_for(lock, more ? Milliseconds(breath) : Milliseconds(turn), [this] { return stop_; }))
                return;
        }
        more = work();
    }
}

bool Indexer::work() {
    failure_.reset();
    const auto connection = connect_();
    if (!connection) return false;
    if (build(**connection)) return true;
    if (failure_) return false;
    const bool has_swept = sweep(**connection);
    if (failure_) return false;
    const bool has_merged = rebuild_ ? rebuild(**connection) : merge(**connection);
    return has_swept || has_merged;
}

bool Indexer::build(Connection& connection) {
    const MessageKey horizon{to_ms(clock_.now() - settled_after) << MessageId::order_bits};
    const auto last = connection.number("SELECT coalesce(max(last), 0) FROM search_run");
    if (!last) return false;
    const auto keys = next_keys(connection, MessageKey{*last}, horizon);
    if (connection.fault() != 0 || static_cast<int>(keys.size()) < run_size_) return false;
    const auto run = make(connection, keys);
    return run && ask([run = *run](rules::Unit& unit) { return own(unit).search().end({run}, {}); });
}

bool Indexer::sweep(Connection& connection) {
    const auto busy = in_work();
    for (const auto run : loose_runs(connection)) {
        if (busy.contains(run) || unreadable_.contains(run)) continue;
        const auto limit = static_cast<int>(chunks_a_commit_);
        if (ask([=](rules::Unit& unit) { return own(unit).search().sweep(run, busy, limit), true; })) return true;
        if (failure_ && failure_->is(Code::corrupt)) unreadable_.insert(run);
        return false;
    }
    return false;
}

bool Indexer::begin_merge(Connection& connection) {
    auto parts = next_merge(whole_runs(connection), in_work());
    if (parts.empty() || connection.fault() != 0) return false;
    const int level = std::ranges::max(parts, {}, &SearchRun::level).level + 1;
    if (!merges_.empty() && level >= merges_.back().run().level) return false;
    const auto number = next_number(connection);
    if (!number) return false;
    Merge merge(*number, std::move(parts));
    if (!ask([run = merge.run()](rules::Unit& unit) { return own(unit).search().begin(run), true; })) return false;
    merges_.push_back(std::move(merge));
    return true;
}

bool Indexer::merge(Connection& connection) {
    if (!begin_merge(connection) && (merges_.empty() || failure_)) return false;
    Merge& merge = merges_.back();
    auto chunks = merge.next(connection, chunks_a_commit_, chunk_entries_);
    if (!chunks) {
        if (merge.damaged()) {
            log::error("store.row_damaged", "a part of the search index is damaged; it is made anew of the messages");
            rebuild_ = Rebuild{*merge.damaged(), {}};
        }
        merges_.pop_back();
        return rebuild_.has_value();
    }
    const bool is_last = chunks->size() < chunks_a_commit_;
    const bool is_written =
        ask([some = std::move(*chunks), run = merge.run(), parts = merge.parts(), is_last](rules::Unit& unit) {
            for (const SearchChunk& chunk : some) {
                if (!own(unit).search().put(chunk)) return false;
            }
            return !is_last || own(unit).search().end({run}, parts);
        });
    if (is_last || !is_written) merges_.pop_back();
    return is_written;
}

/// All runs take its place at once. Where it fails, it begins anew, as what was written may be known to nobody.
bool Indexer::rebuild(Connection& connection) {
    auto& runs = rebuild_->runs;
    const MessageKey after = runs.empty() ? MessageKey{rebuild_->part.first.value - 1} : runs.back().last;
    const auto keys = next_keys(connection, after, rebuild_->part.last);
    if (connection.fault() != 0) return false;
    if (!keys.empty()) {
        const auto run = make(connection, keys);
        if (run) runs.push_back(*run);
        if (!run) runs.clear();
        return run.has_value();
    }
    const bool is_done =
        ask([runs, part = rebuild_->part](rules::Unit& unit) { return own(unit).search().end(runs, {part}); });
    if (is_done) rebuild_.reset();
    if (!is_done) runs.clear();
    return is_done;
}

/// Fewer than a run has: there are no more.
std::vector<MessageKey> Indexer::next_keys(Connection& connection, MessageKey after, MessageKey last) {
    Statement next(connection, "SELECT key FROM message WHERE key > ?1 AND key <= ?2 ORDER BY key LIMIT ?3");
    std::vector<MessageKey> keys;
    auto rows = next.query(after.value, last.value, run_size_);
    while (rows.next())
        keys.push_back(MessageKey{rows.integer(0)});
    return keys;
}

/// Damaged messages have none: they are found by their keys alone.
Result<std::vector<SearchEntry>> Indexer::entries_of(Connection& connection, const std::vector<MessageKey>& keys) {
    Statement message(connection, "SELECT " CHAPAR_MESSAGE_COLUMNS " FROM message WHERE key = ?1");
    Statement routes(connection, "SELECT DISTINCT route FROM attempt WHERE key = ?1");
    std::vector<SearchEntry> out;
    for (const MessageKey key : keys) {
        if (is_stopping()) return fail(Code::closed, "the store is closed");
        {
            auto rows = message.query(key.value);
            const auto row = rows.next() ? read_message(rows) : std::nullopt;
            if (row) add_entries(to_message(*row), out);
        }
        auto rows = routes.query(key.value);
        while (rows.next()) {
            if (!rows.bytes(0).empty()) out.push_back({term_of(TermKind::route, rows.bytes(0)), key});
        }
        connection.forgive_corruption();
    }
    if (connection.fault() != 0) return std::unexpected(connection.error());
    std::ranges::sort(out);
    return out;
}

std::optional<SearchRun> Indexer::make(Connection& connection, const std::vector<MessageKey>& keys) {
    const auto number = next_number(connection);
    if (!number) return std::nullopt;
    const SearchRun run{*number, keys.front(), keys.back(), 0};
    if (!ask([run](rules::Unit& unit) { return own(unit).search().begin(run), true; })) return std::nullopt;
    const auto entries = entries_of(connection, keys);
    if (!entries || !write(run, *entries)) return std::nullopt;
    return run;
}

bool Indexer::write(const SearchRun& run, const std::vector<SearchEntry>& entries) {
    std::vector<SearchChunk> chunks;
    for (std::size_t begin = 0; begin < entries.size(); begin += chunk_entries_) {
        const auto end = std::min(entries.size(), begin + chunk_entries_);
        chunks.push_back({run.run, std::vector<SearchEntry>(entries.begin() + static_cast<std::ptrdiff_t>(begin),
                                                            entries.begin() + static_cast<std::ptrdiff_t>(end))});
        if (chunks.size() < chunks_a_commit_ && end < entries.size()) continue;
        const bool is_written = ask([some = std::exchange(chunks, {})](rules::Unit& unit) {
            return std::ranges::all_of(some, [&](const SearchChunk& chunk) { return own(unit).search().put(chunk); });
        });
        if (!is_written) return false;
    }
    return true;
}

std::optional<std::int64_t> Indexer::next_number(Connection& connection) {
    const auto last = connection.number(
        "SELECT max(coalesce((SELECT max(run) FROM search_run), 0), coalesce((SELECT max(run) FROM search_chunk), 0))");
    if (!last) return std::nullopt;
    last_number_ = std::max(last_number_, *last) + 1;
    return last_number_;
}

std::set<std::int64_t> Indexer::in_work() const {
    std::set<std::int64_t> out;
    for (const Merge& merge : merges_) {
        out.insert(merge.run().run);
        for (const SearchRun& part : merge.parts())
            out.insert(part.run);
    }
    if (!rebuild_) return out;
    out.insert(rebuild_->part.run);
    for (const SearchRun& run : rebuild_->runs)
        out.insert(run.run);
    return out;
}

template <class Fn>
bool Indexer::ask(Fn work) {
    const auto result = commit_.now<bool>(1, std::move(work), patience);
    if (result) return *result;
    failure_ = result.error();
    if (!failure_->is(Code::closed))
        log::warning("store.index_failed", "the search index could not be extended: {}", failure_->message());
    return false;
}

}  // namespace chapar::store::sqlite
