#include "store/sqlite/use_journal.hpp"

#include <algorithm>
#include <limits>

#include "base/log.hpp"
#include "base/varint.hpp"
#include "store/rows/sum.hpp"

namespace chapar::store::sqlite {
namespace {

constexpr std::int64_t lost_row = 0;
constexpr auto unknown_mark = std::numeric_limits<std::int64_t>::max();

void tell_damage(const JournalOfUses::Damage& damage) {
    if (damage.is_all)
        log::error("store.usage_damaged",
                   "a part of the journal of sending histories is damaged: what was counted before now is not known");
    else if (damage.is_any())
        log::error("store.usage_damaged",
                   "a part of the journal of sending histories is damaged: what {} scopes counted before now is not "
                   "known",
                   damage.scopes.size());
}

}  // namespace

UseJournal::UseJournal(Connection& connection)
    : marks_(connection, "SELECT shard, until, sum FROM use_merge"),
      rows_(connection,
            "SELECT number, scopes_sum, scopes, entries_sum, entries FROM use_journal WHERE number >= ?1 ORDER BY "
            "number"),
      append_(connection,
              "INSERT OR REPLACE INTO use_journal (number, scopes_sum, scopes, entries_sum, entries) "
              "VALUES (?1, ?2, ?3, ?4, ?5)"),
      put_mark_(connection, "INSERT OR REPLACE INTO use_merge (shard, until, sum) VALUES (?1, ?2, ?3)"),
      drop_mark_(connection, "DELETE FROM use_merge WHERE shard = ?1"),
      drop_(connection, "DELETE FROM use_journal WHERE number BETWEEN ?1 AND ?2") {}

/// Up to which row each shard was merged. Where that is not known, `unknown_mark`.
UseJournal::Marks UseJournal::read_marks(JournalOfUses& out) {
    Marks merged{};
    auto rows = marks_.query();
    while (rows.next()) {
        const auto shard = rows.integer(0);
        if (shard < 0 || shard >= PendingUses::shards) continue;
        const bool is_sound = sum_of(shard, rows.integer(1)) == rows.integer(2);
        merged[static_cast<std::size_t>(shard)] = is_sound ? rows.integer(1) : unknown_mark;
        if (is_sound)
            out.last = std::max(out.last, rows.integer(1));
        else
            out.damage.marks.push_back(static_cast<int>(shard));
    }
    return merged;
}

void UseJournal::take(JournalOfUses& out, const Rows& row, const Marks& merged) {
    const auto number = row.integer(0);
    const auto entries = row.bytes(4);
    auto& damage = out.damage;
    const auto is_due = [&](model::Scope scope) {
        return number > merged[static_cast<std::size_t>(PendingUses::shard_of(scope))];
    };
    const auto is_unknown = [&](model::Scope scope) {
        return merged[static_cast<std::size_t>(PendingUses::shard_of(scope))] == unknown_mark;
    };
    bool is_sound = sum_of(number, entries) == row.integer(3);
    is_sound = is_sound && decode_changes(entries, [&](const UseChange& change) {
                   if (is_unknown(change.scope)) damage.scopes.push_back(change.scope);
                   if (!is_due(change.scope)) return;
                   out.pending.note(change);
                   auto& first = out.first_rows[static_cast<std::size_t>(PendingUses::shard_of(change.scope))];
                   if (first == 0) first = number;
               });
    out.pending.keep();
    if (is_sound) return;
    damage.rows.push_back(number);
    const auto scopes = sum_of(number, row.bytes(2)) == row.integer(1) ? decode_scopes(row.bytes(2)) : std::nullopt;
    damage.is_all = damage.is_all || !scopes;
    for (const auto scope : scopes.value_or(std::vector<model::Scope>()))
        if (is_due(scope) || is_unknown(scope)) damage.scopes.push_back(scope);
}

std::unique_ptr<JournalOfUses> UseJournal::read() {
    auto out = std::make_unique<JournalOfUses>();
    const auto merged = read_marks(*out);
    auto rows = rows_.query(lost_row);
    while (rows.next()) {
        const auto number = rows.integer(0);
        if (number != lost_row) {
            if (out->lowest == 0) out->lowest = number;
            out->last = std::max(out->last, number);
            take(*out, rows, merged);
            continue;
        }
        auto entries = rows.bytes(4);
        const bool is_sound = sum_of(number, entries) == rows.integer(3);
        if (const auto until = is_sound ? take_signed(entries) : std::nullopt)
            out->lost_until = from_ms(*until);
        else
            out->damage.rows.push_back(number), out->damage.is_all = true;
    }
    auto& scopes = out->damage.scopes;
    std::ranges::sort(scopes);
    scopes.erase(std::unique(scopes.begin(), scopes.end()), scopes.end());
    tell_damage(out->damage);
    return out;
}

void UseJournal::append(std::int64_t number, std::vector<UseChange> changes) {
    const auto [scopes, entries] = encode_changes(std::move(changes));
    append_.run(number, sum_of(number, std::string_view(scopes)), Blob{scopes},
                sum_of(number, std::string_view(entries)), Blob{entries});
}

void UseJournal::put_merged(int shard, std::int64_t number) {
    put_mark_.run(shard, number, sum_of(std::int64_t{shard}, number));
}

void UseJournal::drop(std::int64_t first, std::int64_t last) { drop_.run(first, last); }

void UseJournal::put_lost_until(std::optional<Timestamp> until) {
    if (!until) return drop(lost_row, lost_row);
    std::string entries;
    put_signed(entries, to_ms(*until));
    append_.run(lost_row, sum_of(lost_row, std::string_view()), Blob{}, sum_of(lost_row, std::string_view(entries)),
                Blob{entries});
}

}  // namespace chapar::store::sqlite
