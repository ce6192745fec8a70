// Old uses go in small steps: a cursor walks over the scopes.

#include <algorithm>
#include <limits>

#include "store/sqlite/usage.hpp"

namespace chapar::store::sqlite {
namespace {

/// A few old uses may stay in their chunk for so long.
constexpr auto spare = std::chrono::hours(24 * 30);

}  // namespace

std::int64_t Usage::prune(Timestamp before, int limit) {
    flush();
    round_.left = PendingUses::shards;
    merge(static_cast<std::size_t>(std::max(limit, 100)) * 10);
    if (state_->lost_until && *state_->lost_until < before) {
        state_->lost_until.reset();
        journal_.put_lost_until({});
    }
    walk_before_ = std::min(walk_before_, before);
    memory_.uses_from = std::max(memory_.uses_from, before);
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
            gone += prune_chunk(chunk, before);
            if (chunk.is_changed) changes.emplace_back(cursor_.first, std::move(chunk));
        }
    }
    if (connection_.fault() != 0) return 0;
    if (looked < looks && static_cast<int>(changes.size()) < limit) {
        cursor_ = {std::numeric_limits<model::Scope>::min(), 0};
        none_before_ = std::min(std::exchange(walk_before_, Timestamp::max()) - spare, state_->pending.none_before());
    }
    for (auto& [scope, chunk] : changes) {
        write(scope, chunk);
        known_.erase(scope);
    }
    return gone;
}

/// A chunk is written anew when that is worth it; one that is written for another reason loses its old uses anyway.
std::int64_t Usage::prune_chunk(Chunk& chunk, Timestamp before) {
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
    const bool can_stay = old < worth && young != chunk.uses.end() && chunk.uses.front().at >= before - spare;
    if (old == 0 || can_stay) return 0;
    chunk.uses.erase(chunk.uses.begin(), young);
    chunk.is_changed = true;
    return old;
}

}  // namespace chapar::store::sqlite
