#include "store/sqlite/usage.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <limits>

#include "base/log.hpp"

namespace chapar::store::sqlite {
namespace {

constexpr std::size_t uses_in_memory = 50'000;
constexpr std::size_t sums_in_memory = 50'000;  // chunks of which only the sum is known: 15 MB
constexpr std::size_t many_chunks = 8;          // from here on a scope is summed
constexpr auto newest = std::numeric_limits<ChunkName>::max();

bool is_earlier(const model::Use& use, Timestamp at) { return use.at < at; }

}  // namespace

Chunk read_chunk(const Rows& rows, model::Scope scope, Timestamp now) {
    Chunk chunk;
    chunk.name = rows.integer(0);
    chunk.is_stored = true;
    const auto bytes = rows.bytes(1);
    if (checksum(scope, chunk.name, bytes) == rows.integer(2) && decode_uses(bytes, chunk)) return chunk;
    log::error("store.usage_damaged",
               "a part of the sending history of scope {:x} is damaged: what it counted before now is not known",
               static_cast<std::uint64_t>(scope));
    chunk.uses.clear();
    chunk.lost_until = now;
    chunk.is_changed = true;
    return chunk;
}

Usage::Usage(Connection& connection, TableMemory& memory, const Clock& clock)
    : connection_(connection),
      memory_(memory),
      clock_(clock),
      journal_(connection),
      select_(connection, "SELECT first, entries, sum FROM usage WHERE scope = ?1 AND first <= ?2 ORDER BY first DESC"),
      one_(connection, "SELECT first, entries, sum FROM usage WHERE scope = ?1 AND first = ?2"),
      put_(connection, "INSERT OR REPLACE INTO usage (scope, first, entries, sum) VALUES (?1, ?2, ?3, ?4)"),
      delete_(connection, "DELETE FROM usage WHERE scope = ?1 AND first = ?2"),
      walk_(connection,
            "SELECT first, entries, sum, scope FROM usage WHERE (scope, first) > (?1, ?2) ORDER BY scope, first "
            "LIMIT ?3"),
      state_(std::make_unique<JournalOfUses>()),
      cursor_(std::numeric_limits<model::Scope>::min(), 0) {}

bool Usage::visit(model::Scope scope, Timestamp from, const std::function<bool(const model::Use&)>& visit) {
    Known* known = load(scope, from);
    return known != nullptr && this->visit(scope, *known, from, visit);
}

bool Usage::visit(model::Scope scope, Known& known, Timestamp from,
                  const std::function<bool(const model::Use&)>& visit) {
    const auto lacks = [from](const Chunk& chunk) { return chunk.lost_until && *chunk.lost_until >= from; };
    if (is_lost(from) || std::any_of(known.chunks.begin(), known.chunks.end(), lacks)) return false;
    for (Chunk& chunk : known.chunks) {
        if (chunk.is_out && chunk.sum.last < from) continue;
        if (!bring_back(scope, chunk)) return false;
        auto use = std::lower_bound(chunk.uses.begin(), chunk.uses.end(), from, &is_earlier);
        for (; use != chunk.uses.end(); ++use) {
            if (!visit(*use)) return true;
        }
    }
    return true;
}

bool Usage::summed(model::Scope scope, std::span<const Timestamp> edges,
                   const std::function<bool(const model::Use&)>& visit,
                   const std::function<void(const model::Total&)>& add) {
    const Timestamp from = *std::min_element(edges.begin(), edges.end());
    Known* known = load(scope, from);
    if (known == nullptr) return false;
    if (known->chunks.size() < many_chunks) return this->visit(scope, *known, from, visit);
    if (is_lost(from)) return false;
    for (Chunk& chunk : known->chunks) {
        if (chunk.lost_until && *chunk.lost_until >= from) return false;
        if (chunk.lost_until || (chunk.uses.empty() && !chunk.is_out)) continue;
        const auto& sum = sum_up(chunk);
        if (sum.last < from) continue;
        const auto parts = [&sum](Timestamp edge) { return sum.first < edge && edge <= sum.last; };
        if (!sum.has_reserved && std::none_of(edges.begin(), edges.end(), parts)) {
            for (const auto& total : sum.totals)
                add(total);
            continue;
        }
        if (!bring_back(scope, chunk)) return false;
        auto use = std::lower_bound(chunk.uses.begin(), chunk.uses.end(), from, &is_earlier);
        for (; use != chunk.uses.end(); ++use)
            visit(*use);
    }
    return true;
}

/// The uses of a chunk whose sum alone is known. False: they can't be read.
bool Usage::bring_back(model::Scope scope, Chunk& chunk) {
    if (!chunk.is_out) return true;
    auto rows = one_.query(scope, chunk.name);
    if (!rows.next()) return false;
    Chunk stored = read_chunk(rows, scope, clock_.now());
    const bool is_sound = !stored.is_changed;
    chunk = std::move(stored);
    uses_known_ += chunk.uses.size();
    if (!is_sound) marks_.push_back(scope);
    return is_sound;
}

void Usage::put_out(Chunk& chunk) {
    if (chunk.is_out || chunk.is_changed || !chunk.is_stored || chunk.lost_until || chunk.uses.empty()) return;
    sum_up(chunk);
    chunk.uses = {};
    chunk.is_out = true;
}

/// What few uses have can be read again at any time; of the others the sums stay.
void Usage::make_room() {
    if (uses_known_ + known_.size() <= uses_in_memory) return;
    std::erase_if(known_, [](const auto& one) { return one.second.chunks.size() < many_chunks; });
    uses_known_ = sums_known_ = 0;
    for (auto& [scope, known] : known_) {
        for (Chunk& chunk : known.chunks)
            put_out(chunk);
        sums_known_ += known.chunks.size();
    }
    if (sums_known_ > sums_in_memory) {
        known_.clear();
        sums_known_ = 0;
    }
}

void Usage::add(model::Scope scope, const model::Use& use) {
    Known* known = load(scope, use.at);
    if (known == nullptr) return;
    const bool is_another = find(scope, *known, use.at, use.key).has_value();
    insert(scope, *known, use);
    ++uses_known_;
    note({is_another ? UseChange::What::add_again : UseChange::What::add, scope, use});
}

/// A use that is pending by itself is known without its chunk.
bool Usage::give_back(model::Scope scope, Timestamp at, MessageKey key) {
    const auto* pending = state_->pending.added(scope, at, key);
    if (pending != nullptr && pending->state != model::UseState::reserved) return false;
    const UseChange change{UseChange::What::take_away, scope, {.at = at, .key = key}};
    if (pending == nullptr || known_.contains(scope)) {
        Known* known = load(scope, at);
        const auto place = known != nullptr ? find(scope, *known, at, key) : std::nullopt;
        if (!place || !take_away(*known, *place)) return false;
    }
    note(change);
    return true;
}

void Usage::restate(model::Scope scope, Timestamp at, MessageKey key, model::UseState state) {
    const auto* pending = state_->pending.added(scope, at, key);
    if (pending != nullptr && pending->state == state) return;
    if (pending == nullptr || known_.contains(scope)) {
        Known* known = load(scope, at);
        const auto place = known != nullptr ? find(scope, *known, at, key) : std::nullopt;
        if (!place) return;
        Chunk& chunk = known->chunks[place->chunk];
        if (std::exchange(chunk.uses[place->use].state, state) == state) return;
        chunk.changed();
    }
    note({UseChange::What::restate, scope, {.at = at, .key = key, .state = state}});
}

bool Usage::take_away(Known& known, const Place& place) {
    Chunk& chunk = known.chunks[place.chunk];
    const auto use = chunk.uses.begin() + static_cast<std::ptrdiff_t>(place.use);
    if (use->state != model::UseState::reserved) return false;
    chunk.uses.erase(use);
    chunk.changed();
    return true;
}

void Usage::note(UseChange change) {
    state_->pending.note(change);
    running_.push_back(change);
}

void Usage::apply(model::Scope scope, Known& known, const UseChange& change) {
    const auto& use = change.use;
    if (change.what == UseChange::What::add || change.what == UseChange::What::add_again) {
        insert(scope, known, use);
        ++uses_known_;
        return;
    }
    const auto place = find(scope, known, use.at, use.key);
    if (!place) return;  // it was old, and is gone
    if (change.what == UseChange::What::take_away) {
        take_away(known, *place);
        return;
    }
    Chunk& chunk = known.chunks[place->chunk];
    if (std::exchange(chunk.uses[place->use].state, use.state) != use.state) chunk.changed();
}

Usage::Known* Usage::load(model::Scope scope, Timestamp from) {
    if (memory_.unreadable.contains(scope) || memory_.journal_unreadable) return nullptr;
    const auto [place, is_new] = known_.try_emplace(scope);
    Known& known = place->second;
    if (is_new) from = std::min(from, state_->pending.oldest(scope).value_or(from));
    const bool reaches = known.is_whole || (!known.chunks.empty() && chunk_start(known.chunks.front().name) < from);
    if (reaches) return &known;
    if (load_older(scope, from, known)) {
        if (is_new) state_->pending.visit(scope, [&](const UseChange& change) { apply(scope, known, change); });
        return &known;
    }
    // SQLite lets no transaction write that has met a malformed page: this one fails, the next knows.
    if ((connection_.fault() & 0xFF) == SQLITE_CORRUPT) {
        log::error("store.usage_damaged", "the sending history of scope {:x} can't be read",
                   static_cast<std::uint64_t>(scope));
        memory_.unreadable.insert(scope);
    }
    return nullptr;
}

/// A chunk that begins before `from` ends the walk: no older one can hold a use from then on.
bool Usage::load_older(model::Scope scope, Timestamp from, Known& known) {
    const bool is_first = known.chunks.empty();
    std::vector<Chunk> behind;
    auto& older = is_first ? known.chunks : behind;
    auto rows = select_.query(scope, known.chunks.empty() ? newest : known.chunks.front().name - 1);
    bool is_enough = false;
    while (!is_enough && rows.next()) {
        older.push_back(read_chunk(rows, scope, clock_.now()));
        uses_known_ += older.back().uses.size();
        if (older.back().is_changed) marks_.push_back(scope);
        is_enough = chunk_start(older.back().name) < from;
    }
    if (connection_.fault() != 0) {
        older.clear();
        return false;
    }
    known.is_whole = !is_enough;
    std::reverse(older.begin(), older.end());
    if (is_first) return true;
    known.chunks.insert(known.chunks.begin(), std::make_move_iterator(older.begin()),
                        std::make_move_iterator(older.end()));
    return true;
}

/// Of several uses of one message in one millisecond, the one that came least far.
std::optional<Usage::Place> Usage::find(model::Scope scope, Known& known, Timestamp at, MessageKey key) {
    std::optional<Place> best;
    for (std::size_t c = known.chunks.size(); c-- > 0;) {
        Chunk& chunk = known.chunks[c];
        const bool may_hold = !chunk.is_out || (chunk.sum.first <= at && at <= chunk.sum.last);
        if (may_hold && !bring_back(scope, chunk)) return best;
        const auto& uses = chunk.uses;
        auto use = std::lower_bound(uses.begin(), uses.end(), at, &is_earlier);
        for (; use != uses.end() && use->at == at; ++use) {
            if (use->key != key) continue;
            if (!best || use->state < known.chunks[best->chunk].uses[best->use].state)
                best = Place{c, static_cast<std::size_t>(use - uses.begin())};
        }
        if (chunk_start(chunk.name) < at) break;
    }
    return best;
}

void Usage::insert(model::Scope scope, Known& known, const model::Use& use) {
    auto& chunks = known.chunks;
    const auto starts_later = [](Timestamp at, const Chunk& chunk) { return at < chunk_start(chunk.name); };
    const auto after = std::upper_bound(chunks.begin(), chunks.end(), use.at, starts_later);
    if (after == chunks.begin()) {
        Chunk fresh;
        fresh.name = chunk_name(use.at);
        fresh.uses.push_back(use);
        fresh.is_changed = true;
        chunks.insert(after, std::move(fresh));
        return;
    }
    const auto index = static_cast<std::size_t>(after - chunks.begin()) - 1;
    Chunk& chunk = chunks[index];
    if (!bring_back(scope, chunk) && chunk.is_out) return;  // this transaction fails; what was lost is split off below
    const auto is_later = [](Timestamp at, const model::Use& other) { return at < other.at; };
    const auto place = chunk.uses.insert(std::upper_bound(chunk.uses.begin(), chunk.uses.end(), use.at, is_later), use);
    const bool is_last = place + 1 == chunk.uses.end();
    chunk.changed();
    if (chunk.lost_until) {
        split(known, index, 0);
    } else if (chunk.uses.size() > chunk_limit) {
        split(known, index, is_last && after == chunks.end() ? chunk.uses.size() - 1 : chunk.uses.size() / 2);
    }
}

/// Uses from `at` on get a chunk of their own, where a name is left for it between the neighbours.
void Usage::split(Known& known, std::size_t index, std::size_t at) {
    Chunk& chunk = known.chunks[index];
    Chunk fresh;
    const Timestamp start = chunk.uses[at].at;
    fresh.name = std::max(chunk.name + 1, chunk_name(start));
    const bool is_free = chunk_start(fresh.name) == start &&
                         (index + 1 == known.chunks.size() || fresh.name < known.chunks[index + 1].name);
    if (!is_free) {
        if (!chunk.lost_until) return;
        chunk.lost_until = std::max(*chunk.lost_until, start);
        chunk.uses.clear();
        return;
    }
    const auto first = chunk.uses.begin() + static_cast<std::ptrdiff_t>(at);
    fresh.uses.assign(first, chunk.uses.end());
    fresh.is_changed = true;
    chunk.uses.erase(first, chunk.uses.end());
    chunk.changed();
    known.chunks.insert(known.chunks.begin() + static_cast<std::ptrdiff_t>(index) + 1, std::move(fresh));
}

void Usage::write(model::Scope scope, Chunk& chunk) {
    const auto old = std::lower_bound(chunk.uses.begin(), chunk.uses.end(), memory_.uses_from, &is_earlier);
    chunk.uses.erase(chunk.uses.begin(), old);
    chunk.sum = {};
    chunk.is_changed = false;
    if (chunk.uses.empty() && !chunk.lost_until) {
        if (chunk.is_stored) delete_.run(scope, chunk.name);
        return;
    }
    const std::string entries = encode_uses(chunk);
    put_.run(scope, chunk.name, Blob{entries}, checksum(scope, chunk.name, entries));
    chunk.is_stored = true;
}

}  // namespace chapar::store::sqlite
