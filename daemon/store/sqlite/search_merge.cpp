#include "store/sqlite/search_merge.hpp"

#include <algorithm>
#include <limits>

namespace chapar::store::sqlite {
namespace {

constexpr auto lowest = std::numeric_limits<std::int64_t>::min();

}  // namespace

Merge::Merge(std::int64_t number, std::vector<SearchRun> parts)
    : run_{number, parts.front().first, parts.back().last, 0}, parts_(std::move(parts)), sources_(parts_.size()) {
    for (const SearchRun& part : parts_)
        run_.level = std::max(run_.level, part.level + 1);
}

/// False: the part can't be read. It goes on behind the last entry, not behind the last chunk's name: a chunk gets
/// another name when its first entry is erased.
bool Merge::fill(Connection& connection, Statement& chunk, std::size_t part) {
    Source& source = sources_[part];
    if (source.is_over || source.at < source.entries.size()) return true;
    const auto last = source.entries.empty() ? SearchEntry{lowest, MessageKey{lowest}} : source.entries.back();
    const auto run = parts_[part].run;
    {
        auto rows = chunk.query(run, last.term, last.key.value);
        if (rows.next()) {
            const SearchEntry first{rows.integer(0), MessageKey{rows.integer(1)}};
            source.entries.clear();
            source.at = 0;
            if (chunk_sum(run, first, rows.bytes(2)) == rows.integer(3)) source.entries = decode_entries(rows.bytes(2));
            if (source.entries.empty()) damaged_ = parts_[part];
            return !damaged_;
        }
    }
    if (connection.forgive_corruption()) damaged_ = parts_[part];
    source.is_over = true;
    return connection.fault() == 0 && !damaged_;
}

std::optional<std::vector<SearchChunk>> Merge::next(Connection& connection, std::size_t chunks, std::size_t entries) {
    Statement chunk(connection,
                    "SELECT term, key, entries, sum FROM search_chunk WHERE run = ?1 AND (term, key) > (?2, ?3) "
                    "ORDER BY term, key LIMIT 1");
    std::vector<SearchChunk> out;
    for (;;) {
        Source* least = nullptr;
        for (std::size_t part = 0; part < parts_.size(); ++part) {
            if (!fill(connection, chunk, part)) return std::nullopt;
            Source& source = sources_[part];
            if (source.is_over) continue;
            if (least == nullptr || source.entries[source.at] < least->entries[least->at]) least = &source;
        }
        if (least == nullptr) return out;
        if (out.empty() || out.back().entries.size() == entries) {
            if (out.size() == chunks) return out;
            out.push_back({run_.run, {}});
        }
        out.back().entries.push_back(least->entries[least->at++]);
    }
}

}  // namespace chapar::store::sqlite
