#include "store/sqlite/indexer.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "base/thread_name.hpp"
#include "store/sqlite/tasks.hpp"

namespace chapar::store::sqlite {
namespace {

/// An id is made a little before its message reaches the writer: younger ones may have neighbours still on the way.
constexpr auto settled_after = std::chrono::seconds(60);
constexpr auto turn = std::chrono::seconds(1);
/// Between two runs of a backlog, so that others come to the disk too.
constexpr auto breath = std::chrono::milliseconds(20);
constexpr Milliseconds patience{20};        // nobody waits for the index: it shares the commits of others
constexpr std::size_t chunk_entries = 110;  // a little less than a page
constexpr std::size_t chunks_a_commit = 32;

}  // namespace

Indexer::Indexer(Connect connect, Writer& writer, const Clock& clock, int run_size)
    : connect_(std::move(connect)), writer_(writer), clock_(clock), run_size_(std::max(run_size, 1)) {
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
    for (bool more = false;;) {
        {
            std::unique_lock lock(mutex_);
            if (wake_.wait_for(lock, more ? Milliseconds(breath) : Milliseconds(turn), [this] { return stop_; }))
                return;
        }
        more = build();
    }
}

bool Indexer::build() {
    auto connection = connect_();
    if (!connection) return false;
    const MessageKey horizon{to_ms(clock_.now() - settled_after) << MessageId::order_bits};
    // What was submitted before now is on disk, or never will be.
    if (!is_begun_) {
        if (!ask([](Session& session) { return session.search().drop_unfinished(), true; })) return false;
        is_begun_ = true;
    }
    const auto keys = next_keys(**connection, horizon);
    if (keys.empty()) return false;
    const auto number = (*connection)->number("SELECT coalesce(max(run), 0) + 1 FROM search_run");
    if (!number) return false;
    if (!ask([last = keys.back()](Session& session) { return session.search().begin_run(last), true; })) return false;
    auto entries = entries_of(**connection, keys);
    if (!entries) return false;
    return write({*number, keys.front(), keys.back()}, std::move(*entries));
}

/// Nothing: a run is not full yet.
std::vector<MessageKey> Indexer::next_keys(Connection& connection, MessageKey horizon) {
    Statement next(connection,
                   "SELECT key FROM message WHERE key > (SELECT coalesce(max(last), 0) FROM search_run) AND key <= ?1 "
                   "ORDER BY key LIMIT ?2");
    std::vector<MessageKey> keys;
    auto rows = next.query(horizon.value, run_size_);
    while (rows.next())
        keys.push_back(MessageKey{rows.integer(0)});
    if (connection.fault() != 0 || static_cast<int>(keys.size()) < run_size_) keys.clear();
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

bool Indexer::write(SearchRun run, std::vector<SearchEntry> entries) {
    std::vector<SearchChunk> chunks;
    for (std::size_t begin = 0; begin < entries.size(); begin += chunk_entries) {
        const auto end = std::min(entries.size(), begin + chunk_entries);
        chunks.push_back({run.run, std::vector<SearchEntry>(entries.begin() + static_cast<std::ptrdiff_t>(begin),
                                                            entries.begin() + static_cast<std::ptrdiff_t>(end))});
        if (chunks.size() < chunks_a_commit && end < entries.size()) continue;
        const bool written = ask([some = std::exchange(chunks, {})](Session& session) {
            for (const SearchChunk& chunk : some)
                session.search().put(chunk);
            return true;
        });
        if (!written) return false;
    }
    return ask([run](Session& session) { return session.search().end_run(run), true; });
}

template <class Fn>
bool Indexer::ask(Fn work) {
    const auto result = commit_and_wait(writer_, 1, std::move(work), patience);
    if (!result && !result.error().is(Code::closed))
        log::warning("store.index_failed", "the search index could not be extended: {}", result.error().message());
    return result.has_value();
}

}  // namespace chapar::store::sqlite
