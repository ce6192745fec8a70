// Old uses go in small steps: a cursor walks over the scopes.

#include <algorithm>
#include <limits>

#include "store/sqlite/usage.hpp"

namespace chapar::store::sqlite {

std::int64_t Usage::prune(Timestamp before, int limit) {
    flush();
    forget();
    lasting_.uses_from = std::max(lasting_.uses_from, before);
    const int looks = 10 * std::max(limit, 100);
    std::int64_t gone = 0;
    std::vector<std::pair<model::Scope, Chunk>> changes;  // SQLite's cursor must not see them
    int looked = 0;
    {
        auto rows = walk_.query(cursor_.first, cursor_.second, looks);
        while (static_cast<int>(changes.size()) < limit && rows.next()) {
            ++looked;
            cursor_ = {rows.integer(3), rows.integer(0)};
            Chunk chunk = read_chunk(rows, cursor_.first, clock_.now());
            gone += prune_chunk(cursor_.first, chunk, before);
            if (chunk.is_changed) changes.emplace_back(cursor_.first, std::move(chunk));
        }
    }
    if (connection_.fault() != 0) return 0;
    if (looked < looks && static_cast<int>(changes.size()) < limit) {
        cursor_ = {std::numeric_limits<model::Scope>::min(), 0};
        walked_all_ = true;
    }
    for (auto& [scope, chunk] : changes)
        write(scope, chunk);
    return gone;
}

/// A chunk is written anew when that is worth it; one that is written for another reason loses its old uses anyway.
std::int64_t Usage::prune_chunk(model::Scope, Chunk& chunk, Timestamp before) {
    constexpr std::ptrdiff_t worth = 8;
    if (chunk.lost_until) {
        if (*chunk.lost_until >= before) return 0;
        chunk.lost_until.reset();
        chunk.is_changed = true;
        return 1;
    }
    const auto is_old = [before](const model::Use& use) { return use.at < before; };
    const auto young = std::find_if_not(chunk.uses.begin(), chunk.uses.end(), is_old);
    const auto old = young - chunk.uses.begin();
    if (old == 0 || (old < worth && young != chunk.uses.end())) return 0;
    chunk.uses.erase(chunk.uses.begin(), young);
    chunk.is_changed = true;
    return old;
}

}  // namespace chapar::store::sqlite
