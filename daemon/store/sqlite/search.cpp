#include "store/sqlite/search.hpp"

#include <algorithm>
#include <cstring>

#include "address/key.hpp"
#include "base/log.hpp"
#include "store/rows/list_match.hpp"
#include "store/rows/sum.hpp"

namespace chapar::store::sqlite {
namespace {

constexpr std::size_t entry_size = 16;
/// A search looks into fewer than this many runs of each level, and a message is written again once a level. Eight
/// make ten million messages three merges and 28 look-ups at most; four cost half as much writing more, sixteen half as
/// many look-ups more.
constexpr int runs_a_merge = 8;

void put_word(std::string& out, std::int64_t number) {
    char bytes[sizeof number];
    std::memcpy(bytes, &number, sizeof number);
    out.append(bytes, sizeof bytes);
}

std::int64_t get_word(std::string_view bytes) {
    std::int64_t number = 0;
    std::memcpy(&number, bytes.data(), sizeof number);
    return number;
}

void add(std::vector<SearchEntry>& out, TermKind kind, std::string_view value, MessageKey key) {
    if (!value.empty()) out.push_back({term_of(kind, value), key});
}

}  // namespace

std::int64_t term_of(TermKind kind, std::string_view value) {
    if (kind != TermKind::address) return sum_of(static_cast<std::int64_t>(kind), value);
    const auto one = folded(value);
    return sum_of(static_cast<std::int64_t>(kind), std::string_view(one));
}

void add_entries(const model::Message& message, std::vector<SearchEntry>& out) {
    const auto key = message.id.key();
    const auto begin = static_cast<std::ptrdiff_t>(out.size());
    add(out, TermKind::application, message.application, key);
    add(out, TermKind::recipient, message.recipient, key);
    add(out, TermKind::campaign, message.campaign, key);
    for (const auto& tag : message.tags)
        add(out, TermKind::tag, tag, key);
    for (const auto& step : message.plan) {
        add(out, TermKind::address, step.address, key);
        add(out, TermKind::template_name, step.template_name, key);
        for (const auto& copy : step.copies)
            add(out, TermKind::address, copy.address, key);
    }
    std::sort(out.begin() + begin, out.end());
    out.erase(std::unique(out.begin() + begin, out.end()), out.end());
}

std::string encode_entries(const std::vector<SearchEntry>& entries) {
    std::string out;
    out.reserve(entries.size() * entry_size);
    for (const SearchEntry& entry : entries) {
        put_word(out, entry.term);
        put_word(out, entry.key.value);
    }
    return out;
}

std::vector<SearchEntry> decode_entries(std::string_view bytes) {
    std::vector<SearchEntry> out;
    out.reserve(bytes.size() / entry_size);
    for (; bytes.size() >= entry_size; bytes.remove_prefix(entry_size))
        out.push_back({get_word(bytes), MessageKey{get_word(bytes.substr(sizeof(std::int64_t)))}});
    return out;
}

std::int64_t chunk_sum(std::int64_t run, const SearchEntry& first, std::string_view bytes) {
    return sum_of(run, first.term, first.key.value, bytes);
}

std::vector<SearchRun> next_merge(const std::vector<SearchRun>& runs, const std::set<std::int64_t>& in_work) {
    int highest = 0;
    for (const SearchRun& run : runs)
        highest = std::max(highest, run.level);
    for (int level = 0; level <= highest; ++level) {
        int count = 0;
        auto begin = runs.begin();
        for (auto it = runs.begin(); it != runs.end(); ++it) {
            if (it->level > level || in_work.contains(it->run)) count = 0;
            if (it->level != level || in_work.contains(it->run)) continue;
            if (count == 0) begin = it;
            if (++count == runs_a_merge) return {begin, std::next(it)};
        }
    }
    return {};
}

std::vector<SearchRun> whole_runs(Connection& connection) {
    Statement select(connection, "SELECT run, first, last, level FROM search_run ORDER BY first");
    std::vector<SearchRun> out;
    auto rows = select.query();
    while (rows.next())
        out.push_back({rows.integer(0), MessageKey{rows.integer(1)}, MessageKey{rows.integer(2)},
                       static_cast<int>(rows.integer(3))});
    return out;
}

std::vector<std::int64_t> loose_runs(Connection& connection) {
    // One seek a run, however many chunks it has.
    Statement select(connection,
                     "WITH RECURSIVE r (run) AS (SELECT min(run) FROM search_chunk UNION ALL "
                     "SELECT (SELECT min(run) FROM search_chunk WHERE run > r.run) FROM r WHERE r.run IS NOT NULL) "
                     "SELECT run FROM r WHERE run IS NOT NULL AND run NOT IN (SELECT run FROM search_run)");
    std::vector<std::int64_t> out;
    auto rows = select.query();
    while (rows.next())
        out.push_back(rows.integer(0));
    return out;
}

SearchWriter::SearchWriter(Connection& connection)
    : connection_(connection),
      put_chunk_(connection,
                 "INSERT OR REPLACE INTO search_chunk (run, term, key, entries, sum) VALUES (?1, ?2, ?3, ?4, ?5)"),
      put_run_(connection, "INSERT INTO search_run (run, first, last, level) VALUES (?1, ?2, ?3, ?4)"),
      put_late_(connection, "INSERT OR IGNORE INTO search_late (term, key) VALUES (?1, ?2)"),
      drop_late_(connection, "DELETE FROM search_late WHERE term = ?1 AND key = ?2"),
      late_of_(connection, "SELECT DISTINCT route FROM attempt WHERE key = ?1"),
      run_of_(connection, "SELECT run FROM search_run WHERE first <= ?1 ORDER BY first DESC LIMIT 1"),
      find_chunk_(connection,
                  "SELECT term, key, entries, sum FROM search_chunk WHERE run = ?1 AND (term, key) <= (?2, ?3) "
                  "ORDER BY term DESC, key DESC LIMIT 1"),
      drop_chunk_(connection, "DELETE FROM search_chunk WHERE run = ?1 AND term = ?2 AND key = ?3"),
      oldest_run_(connection, "SELECT run, first, last FROM search_run ORDER BY first LIMIT 8"),
      any_message_(connection, "SELECT 1 FROM message WHERE key BETWEEN ?1 AND ?2 LIMIT 1"),
      chunks_of_(connection, "SELECT term, key FROM search_chunk WHERE run = ?1 LIMIT ?2"),
      drop_run_(connection, "DELETE FROM search_run WHERE run = ?1"),
      is_whole_(connection, "SELECT 1 FROM search_run WHERE run = ?1"),
      last_(connection, "SELECT coalesce(max(last), 0) FROM search_run"),
      any_late_(connection, "SELECT EXISTS (SELECT 1 FROM search_late)") {}

void SearchWriter::load() {
    if (std::exchange(is_loaded_, true)) return;
    {
        auto rows = last_.query();
        if (rows.next()) whole_ = MessageKey{rows.integer(0)};
    }
    loose_.clear();
    for (const auto run : loose_runs(connection_))
        loose_.insert(run);
    for (const auto& [run, build] : builds_) {
        if (!build.is_ended) loose_.insert(run);
    }
    auto rows = any_late_.query();
    has_late_ = rows.next() && rows.integer(0) != 0;
}

/// Up to here the index is told what changes.
MessageKey SearchWriter::covered() const {
    MessageKey out = whole_;
    for (const auto& [run, build] : builds_)
        out = std::max(out, build.last);
    return out;
}

void SearchWriter::begin(const SearchRun& run) {
    load();
    std::erase_if(builds_, [](const auto& build) { return build.second.is_ended; });
    builds_[run.run] = {run.first, run.last, {}};
    loose_.insert(run.run);
}

bool SearchWriter::put(SearchChunk chunk) {
    const auto build = builds_.find(chunk.run);
    if (build == builds_.end()) return false;
    std::erase_if(chunk.entries, [&](const SearchEntry& entry) { return build->second.gone.contains(entry); });
    store(chunk);
    return true;
}

void SearchWriter::store(const SearchChunk& chunk) {
    if (chunk.entries.empty()) return;
    const auto bytes = encode_entries(chunk.entries);
    const SearchEntry& first = chunk.entries.front();
    put_chunk_.run(chunk.run, first.term, first.key.value, Blob{bytes}, chunk_sum(chunk.run, first, bytes));
}

bool SearchWriter::end(const std::vector<SearchRun>& runs, const std::vector<SearchRun>& parts) {
    load();
    for (const SearchRun& run : runs) {
        if (!builds_.contains(run.run)) return false;
    }
    for (const SearchRun& part : parts) {
        drop_run_.run(part.run);
        loose_.insert(part.run);
    }
    for (const SearchRun& run : runs) {
        put_run_.run(run.run, run.first.value, run.last.value, run.level);
        whole_ = std::max(whole_, run.last);
        builds_[run.run].is_ended = true;
        loose_.erase(run.run);
    }
    return true;
}

void SearchWriter::sweep(std::int64_t run, const std::set<std::int64_t>& in_work, int limit) {
    load();
    std::erase_if(builds_, [&](const auto& build) { return !in_work.contains(build.first); });
    if (builds_.contains(run)) return;
    {
        auto rows = is_whole_.query(run);
        if (rows.next()) return;
    }
    if (drop_chunks(run, limit) < limit) loose_.erase(run);
}

void SearchWriter::tried(MessageKey key, std::string_view route) {
    load();
    if (key > covered()) return;
    put_late_.run(term_of(TermKind::route, route), key.value);
    has_late_ = true;
}

void SearchWriter::blank(const model::Message& message) {
    load();
    const auto key = message.id.key();
    if (key > covered()) return;
    std::vector<SearchEntry> entries;
    add_entries(message, entries);
    const std::int64_t application = term_of(TermKind::application, message.application);
    std::erase_if(entries, [&](const SearchEntry& entry) { return entry.term == application; });
    drop_entries(key, entries);
}

void SearchWriter::change(const model::Message& before, const model::Message& after) {
    load();
    const auto key = before.id.key();
    if (key > covered()) return;
    std::vector<SearchEntry> were, are, gone;
    add_entries(before, were);
    add_entries(after, are);
    std::ranges::set_difference(were, are, std::back_inserter(gone));
    drop_entries(key, gone);
}

void SearchWriter::drop_entries(MessageKey key, const std::vector<SearchEntry>& entries) {
    std::int64_t run = 0;
    {
        auto rows = run_of_.query(key.value);
        if (rows.next()) run = rows.integer(0);
    }
    for (const SearchEntry& entry : entries) {
        if (run != 0) drop_from_run(run, entry);
        // A run that is being made may have the chunk already, and one that waits to be deleted has it still.
        for (const auto other : loose_)
            drop_from_run(other, entry);
    }
    for (auto& [number, build] : builds_) {
        if (key >= build.first && key <= build.last) build.gone.insert(entries.begin(), entries.end());
    }
}

void SearchWriter::drop_from_run(std::int64_t run, const SearchEntry& entry) {
    SearchChunk chunk{run, {}};
    SearchEntry first;
    {
        auto rows = find_chunk_.query(run, entry.term, entry.key.value);
        if (!rows.next()) return;
        first = {rows.integer(0), MessageKey{rows.integer(1)}};
        if (chunk_sum(run, first, rows.bytes(2)) != rows.integer(3)) return;
        chunk.entries = decode_entries(rows.bytes(2));
    }
    if (std::erase(chunk.entries, entry) == 0) return;
    drop_chunk_.run(run, first.term, first.key.value);
    store(chunk);
}

int SearchWriter::drop_chunks(std::int64_t run, int limit) {
    std::vector<SearchEntry> chunks;
    {
        auto rows = chunks_of_.query(run, limit);
        while (rows.next())
            chunks.push_back({rows.integer(0), MessageKey{rows.integer(1)}});
    }
    for (const SearchEntry& chunk : chunks)
        drop_chunk_.run(run, chunk.term, chunk.key.value);
    return static_cast<int>(chunks.size());
}

void SearchWriter::drop(MessageKey key) {
    load();
    if (!has_late_ || key > covered()) return;
    std::vector<std::int64_t> terms;
    {
        auto rows = late_of_.query(key.value);
        while (rows.next())
            terms.push_back(term_of(TermKind::route, rows.bytes(0)));
    }
    for (const auto term : terms)
        drop_late_.run(term, key.value);
}

void SearchWriter::prune(int limit) {
    load();
    std::vector<SearchRun> oldest;
    {
        auto rows = oldest_run_.query();
        while (rows.next())
            oldest.push_back({rows.integer(0), MessageKey{rows.integer(1)}, MessageKey{rows.integer(2)}});
    }
    for (const SearchRun& run : oldest) {
        {
            auto rows = any_message_.query(run.first.value, run.last.value);
            if (rows.next()) continue;
        }
        drop_run_.run(run.run);
        loose_.insert(run.run);
        limit -= drop_chunks(run.run, limit);
        if (limit <= 0) return;
    }
}

}  // namespace chapar::store::sqlite
