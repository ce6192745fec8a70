#include "store/rules/accept.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "store/rules/counting.hpp"
#include "store/rules/lease.hpp"
#include "store/rules/pools.hpp"

namespace chapar::store::rules {
namespace {

KeyClaim claim_of(const NewMessage& item) {
    return {item.message.application, item.idempotency_key, item.message.id.key(), item.request_hash};
}

/// A revision is kept while a message may need it. Its row says until when one can, an hour ahead, so that it is
/// written once an hour and not with every message.
void use_revision(Unit& unit, const std::string& revision, MessageKey key) {
    const std::int64_t now = key.value >> MessageId::order_bits;
    std::int64_t& until = unit.memory.used_until[revision];
    if (now <= until) return;
    until = now + std::chrono::milliseconds(std::chrono::hours(1)).count();
    unit.tables.settings().use_revision(revision, until);
}

void note_new(Unit& unit, const NewRow& row) {
    unit.changes.counts.add(row.pool, model::State::waiting, 1);
    count_accepted(unit, row);
    auto& highest = unit.changes.counts.highest_key;
    highest = std::max(highest, row.item->message.id.key());
    for (const auto& step : row.item->message.plan) {
        if (!step.revision.empty()) use_revision(unit, step.revision, row.item->message.id.key());
    }
}

NewRow row_of(Unit& unit, const NewMessage& item) {
    const auto& message = item.message;
    return {&item, intern_pool(unit, message.class_name, message.application, message.campaign),
            intern_series(unit, item)};
}

void insert(Unit& unit, const std::vector<NewRow>& rows) {
    if (rows.empty()) return;
    unit.tables.messages().insert(rows);
    for (const NewRow& row : rows)
        note_new(unit, row);
}

/// Whose key was taken already. Nothing: the row that says so is damaged, and the key is this message's now.
std::optional<AcceptResult> known(Unit& unit, const NewMessage& item) {
    const auto first = unit.tables.keys().find(item.message.application, item.idempotency_key);
    if (first && first->is_sound) {
        const bool is_same = first->request_hash == item.request_hash;
        return AcceptResult{is_same ? AcceptResult::Kind::duplicate : AcceptResult::Kind::conflict, first->message};
    }
    if (first)
        log::error("store.row_damaged", "an idempotency row points to a message that does not carry its key; replaced");
    if (first) unit.tables.keys().retake(claim_of(item));
    return std::nullopt;
}

void note_categories(Unit& unit, const std::vector<NewMessage>& batch) {
    for (const auto& item : batch) {
        if (item.category.empty()) continue;
        model::Kind kind;
        kind.application = item.message.application;
        kind.class_name = item.message.class_name;
        kind.category = item.category;
        unit.tables.kinds().intern(kind, unit.now);
    }
}

/// By item: its key was free, or it has none.
std::vector<bool> claim(Unit& unit, const std::vector<NewMessage>& batch) {
    std::vector<KeyClaim> claims;
    claims.reserve(batch.size());
    for (const auto& item : batch)
        if (!item.idempotency_key.empty()) claims.push_back(claim_of(item));
    if (claims.empty()) return std::vector<bool>(batch.size(), true);
    const auto won = unit.tables.keys().claim(claims);
    std::vector<bool> out(batch.size(), true);
    for (std::size_t i = 0, next = 0; i < batch.size(); ++i)
        if (!batch[i].idempotency_key.empty()) out[i] = won[next++];
    return out;
}

}  // namespace

std::vector<AcceptResult> accept(Unit& unit, const std::vector<NewMessage>& batch) {
    note_categories(unit, batch);
    const auto is_free = claim(unit, batch);
    std::vector<AcceptResult> results(batch.size());
    std::vector<NewRow> rows;
    rows.reserve(batch.size());
    for (std::size_t i = 0; i < batch.size(); ++i) {
        results[i] = {AcceptResult::Kind::accepted, batch[i].message.id};
        if (is_free[i]) rows.push_back(row_of(unit, batch[i]));
    }
    insert(unit, rows);
    // Only now, since the first one with a key may be of this batch.
    for (std::size_t i = 0; i < batch.size() && !unit.tables.has_failed(); ++i) {
        if (is_free[i]) continue;
        if (const auto first = known(unit, batch[i]))
            results[i] = *first;
        else
            insert(unit, {row_of(unit, batch[i])});
    }
    for (std::size_t i = 0; i < batch.size() && !unit.tables.has_failed(); ++i) {
        if (batch[i].collapse != 0 && results[i].kind == AcceptResult::Kind::accepted) supersede(unit, batch[i]);
    }
    return results;
}

}  // namespace chapar::store::rules
