// The journal of uses and the chunks behind it.

#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>

#include "base/log.hpp"
#include "store/sqlite/schema.hpp"
#include "store/sqlite/usage.hpp"

namespace chapar::store::sqlite {
namespace {

// Changed scopes share pages the better the more of them are merged together; what is pending is in memory, some 100
// bytes each, and is read at a start.
constexpr std::size_t uses_of_a_round = 512'000;  // a round begins
constexpr std::size_t most_pending = 640'000;     // merged before anything else
constexpr std::int64_t rows_of_a_round = 2048;    // a round begins: whoever reads a snapshot reads all of them
constexpr std::int64_t most_journal_rows = 16'384;
constexpr std::size_t scopes_a_merge = 500, scopes_in_calm = 2'000;
constexpr std::int64_t rows_a_drop = 512;
constexpr auto calm = std::chrono::seconds(2);  // nothing was written down for so long: there is time

}  // namespace

void Usage::begin() {
    is_written_ = false;
    if (!is_loaded_) load_journal();
}

void Usage::flush() {
    write_marks();
    if (!running_.empty()) {
        const auto number = ++state_->last;
        if (state_->lowest == 0) state_->lowest = number;
        for (const auto& change : running_) {
            auto& first = state_->first_rows[static_cast<std::size_t>(PendingUses::shard_of(change.scope))];
            if (first == 0) first = number;
        }
        round_.changes += running_.size();
        round_.changed = clock_.monotonic();
        journal_.append(number, std::exchange(running_, {}));
        state_->pending.keep();
        is_written_ = true;
    }
    make_room();
}

void Usage::forget() {
    known_.clear();
    uses_known_ = sums_known_ = 0;
    running_.clear();
    marks_.clear();
    state_->pending.undo();
    if (is_written_) is_loaded_ = false;
}

/// Marks of damaged chunks do not wait: a crash would make them later.
void Usage::write_marks() {
    for (const auto scope : std::exchange(marks_, {})) {
        const auto known = known_.find(scope);
        if (known == known_.end()) continue;
        for (Chunk& chunk : known->second.chunks)
            if (chunk.lost_until && chunk.is_changed) write(scope, chunk);
    }
}

// ---- at the start -------------------------------------------------------------------------------------------------

void Usage::load_journal() {
    known_.clear();
    uses_known_ = sums_known_ = 0;
    state_ = std::make_unique<JournalOfUses>();
    round_ = {};
    if (memory_.journal_is_malformed && !memory_.journal_unreadable) make_anew();
    if (memory_.journal_unreadable) return;
    auto read = journal_.read();
    if (connection_.fault() != 0) {
        if ((connection_.fault() & 0xFF) == SQLITE_CORRUPT) memory_.journal_is_malformed = true;
        return;
    }
    state_ = std::move(read);
    is_loaded_ = true;
    round_.changed = clock_.monotonic();
    if (state_->damage.is_any()) mend(state_->damage);
}

/// SQLite can't read it, and lets no transaction write that has tried: this one must not. Neither can it be dropped: it
/// is put aside.
void Usage::make_anew() {
    log::error(
        "store.usage_damaged",
        "the journal of sending histories can't be read; it is made anew, and what was counted before now is not "
        "known");
    const auto aside = fmt::format(
        "ALTER TABLE use_journal RENAME TO use_journal_unreadable_{0};"
        "ALTER TABLE use_merge RENAME TO use_merge_unreadable_{0}",
        to_ms(clock_.now()));
    connection_.run(aside.c_str());
    connection_.run(create_use_journal_sql);
    journal_.put_lost_until(clock_.now());
    is_written_ = true;
    memory_.journal_unreadable = connection_.fault() != 0;
    memory_.journal_is_malformed = false;
}

void Usage::mend(const JournalOfUses::Damage& damage) {
    is_written_ = true;
    const auto now = clock_.now();
    if (damage.is_all) {
        state_->lost_until = now;
        journal_.put_lost_until(now);
    }
    for (const auto scope : damage.scopes)
        mark_lost(scope, now);
    for (const auto row : damage.rows)
        if (row != 0) journal_.drop(row, row);
    for (const int shard : damage.marks)
        journal_.put_merged(shard, state_->last);
}

/// A chunk of its own, behind all that is known.
void Usage::mark_lost(model::Scope scope, Timestamp until) {
    Known* known = load(scope, until);
    if (known == nullptr) return;
    auto& chunks = known->chunks;
    Chunk mark;
    mark.name = chunk_name(until);
    if (!chunks.empty()) mark.name = std::max(mark.name, chunks.back().name + 1);
    mark.lost_until = std::max(until, chunk_start(mark.name));
    mark.is_changed = true;
    chunks.push_back(std::move(mark));
    write(scope, chunks.back());
}

// ---- behind -------------------------------------------------------------------------------------------------------

bool Usage::is_over_bound() const {
    return state_->pending.size() > most_pending || journal_rows() > most_journal_rows;
}

std::size_t Usage::wants_merge() {
    if (!is_loaded_ || !has_pending()) {
        round_.is_on = false;
        return 0;
    }
    const bool is_calm = clock_.monotonic() - round_.changed >= calm;
    const bool is_due = is_calm || state_->pending.size() >= uses_of_a_round || journal_rows() >= rows_of_a_round;
    if (!round_.is_on && is_due) {
        round_.is_on = true;
        round_.left = PendingUses::shards;
    }
    return round_.is_on ? std::max(is_calm ? scopes_in_calm : scopes_a_merge, round_.changes) : 0;
}

void Usage::merge(std::size_t scopes) {
    is_written_ = true;
    round_.changes = 0;
    if (round_.left <= 0) round_.left = PendingUses::shards;
    for (std::size_t merged = 0; merged < scopes && round_.left > 0; --round_.left) {
        const int shard = std::exchange(round_.shard, (round_.shard + 1) % PendingUses::shards);
        if (state_->first_rows[static_cast<std::size_t>(shard)] == 0) continue;
        merged += state_->pending.scopes(shard).size() + 1;
        if (!merge_shard(shard)) return;
    }
    if (round_.left <= 0) round_.is_on = false;
    drop_merged();
}

bool Usage::merge_shard(int shard) {
    for (const auto scope : state_->pending.scopes(shard))
        if (!write_behind(scope)) return false;
    state_->pending.clear(shard);
    state_->first_rows[static_cast<std::size_t>(shard)] = 0;
    journal_.put_merged(shard, state_->last);
    return connection_.fault() == 0;
}

/// What was not known before is not kept: it was not asked for.
bool Usage::write_behind(model::Scope scope) {
    const bool was_known = known_.contains(scope);
    Known* known = load(scope, Timestamp::max());
    if (known == nullptr) return connection_.fault() == 0;
    for (Chunk& chunk : known->chunks)
        if (chunk.is_changed) write(scope, chunk);
    if (was_known)
        std::erase_if(known->chunks,
                      [](const Chunk& chunk) { return chunk.uses.empty() && !chunk.is_out && !chunk.lost_until; });
    else
        known_.erase(scope);
    return connection_.fault() == 0;
}

std::int64_t Usage::oldest_row() const {
    std::int64_t oldest = state_->last + 1;
    for (const auto first : state_->first_rows)
        if (first != 0) oldest = std::min(oldest, first);
    return oldest;
}

void Usage::drop_merged() {
    if (state_->lowest == 0) return;
    const auto end = std::min(oldest_row(), state_->lowest + rows_a_drop);
    if (end > state_->lowest) journal_.drop(state_->lowest, end - 1);
    state_->lowest = end > state_->last ? 0 : end;
}

}  // namespace chapar::store::sqlite
