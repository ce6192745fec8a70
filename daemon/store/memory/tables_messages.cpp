// Messages, their states, attempts and keys in memory.

#include <limits>

#include "store/memory/tables.hpp"

namespace chapar::store::memory {
namespace {

std::optional<QueuePlace> place_of(MessageKey key, const State& state) {
    ProgressRow row;
    row.key = key.value;
    row.state = static_cast<std::int64_t>(state.progress.state);
    row.due = to_ms(state.progress.due);
    row.pool = state.pool.value;
    row.follow_up = state.follow_up;
    return store::place_of(row);
}

StateRow row_of(MessageKey key, const State& state) {
    StateRow row;
    row.key = key;
    row.progress = state.progress;
    row.pool = state.pool;
    row.expires = state.expires;
    row.follow_up = state.follow_up;
    row.holdings = state.holdings;
    row.owner = state.owner;
    row.series = row.stored.series = state.series;
    row.stored.state = state.progress.state;
    row.stored.pool = state.pool;
    row.stored.expires = state.expires;
    row.stored.follow_up = state.follow_up;
    row.stored.place = place_of(key, state);
    return row;
}

State state_of(const StateRow& row) {
    return {row.progress, row.pool, row.expires, row.follow_up, row.holdings, row.owner, row.series};
}

AttemptNames names_of(const model::Attempt& attempt) {
    return {attempt.route, attempt.channel, attempt.outcome.provider_id};
}

auto attempts_of(Content& data, MessageKey key) {
    return std::pair(data.attempts.lower_bound({key, std::numeric_limits<int>::min()}),
                     data.attempts.upper_bound({key, std::numeric_limits<int>::max()}));
}

/// The attempt as it is read back: nobody hands its receipts over with it.
model::Attempt bare(model::Attempt attempt) {
    attempt.receipts.clear();
    return attempt;
}

}  // namespace

// ---- messages -----------------------------------------------------------------------------------------------------

void MemoryMessages::insert(std::span<const NewRow> rows) {
    for (const auto& [item, pool, series] : rows) {
        const auto& message = item->message;
        const auto key = message.id.key();
        if (data_.messages.contains(key)) return undo_.fail();
        undo_.put(data_.messages, key, {message, item->idempotency_key});
        State state;
        state.progress.due = message.send_at;
        state.pool = pool;
        state.series = series;
        state.expires = to_ms(message.expires_at);
        state.holdings.collapse = item->collapse;
        if (const auto place = place_of(key, state)) undo_.put(data_.live, {*place, key});
        undo_.put(data_.states, key, std::move(state));
    }
}

std::optional<MessageId> MemoryMessages::id(MessageKey key) {
    const auto found = data_.messages.find(key);
    if (found == data_.messages.end()) return std::nullopt;
    return found->second.message.id;
}

void MemoryMessages::owners(std::span<const MessageKey> keys, std::span<std::optional<MessageOwner>> out) {
    for (std::size_t i = 0; i < keys.size(); ++i) {
        const auto found = data_.messages.find(keys[i]);
        if (found == data_.messages.end()) continue;
        const auto& message = found->second.message;
        out[i] = MessageOwner{message.id,       message.application, message.class_name, message.recipient,
                              message.campaign, message.plan,        message.expires_at, message.accepted_at};
    }
}

Stored<KeptMessage> MemoryMessages::load(MessageKey key) {
    const auto found = data_.messages.find(key);
    if (found == data_.messages.end()) return {};
    return {Stored<KeptMessage>::Is::sound, found->second};
}

std::optional<Timestamp> MemoryMessages::put_times(MessageKey key, Timestamp send_at,
                                                   std::optional<Timestamp> expires_at) {
    const auto found = data_.messages.find(key);
    if (found == data_.messages.end()) return std::nullopt;
    auto kept = found->second;
    kept.message.send_at = send_at;
    if (expires_at) kept.message.expires_at = *expires_at;
    const auto expires = kept.message.expires_at;
    undo_.put(data_.messages, key, std::move(kept));
    return expires;
}

void MemoryMessages::blank(const KeptMessage&, const model::Message& after) {
    undo_.put(data_.messages, after.id.key(), {after, ""});
}

void MemoryMessages::change(const KeptMessage& before, const model::Message& after) {
    undo_.put(data_.messages, after.id.key(), {after, before.idempotency_key});
}

void MemoryMessages::remove(const StateRow& row) {
    if (row.stored.place) undo_.drop(data_.live, {*row.stored.place, row.key});
    undo_.drop(data_.messages, row.key);
    undo_.drop(data_.states, row.key);
    std::vector<std::pair<MessageKey, int>> attempts;
    const auto [from, to] = attempts_of(data_, row.key);
    for (auto at = from; at != to; ++at)
        attempts.push_back(at->first);
    for (const auto& attempt : attempts)
        undo_.drop(data_.attempts, attempt);
}

// ---- states -------------------------------------------------------------------------------------------------------

void MemoryStates::load(std::span<const MessageKey> keys, std::span<Stored<StateRow>> out) {
    for (std::size_t i = 0; i < keys.size(); ++i) {
        const auto found = data_.states.find(keys[i]);
        if (found == data_.states.end())
            out[i] = {};
        else
            out[i] = {Stored<StateRow>::Is::sound, row_of(keys[i], found->second)};
    }
}

void MemoryStates::update(std::span<StateRow* const> rows) {
    for (const StateRow* row : rows) {
        auto state = state_of(*row);
        const auto place = place_of(row->key, state);
        if (row->stored.place) undo_.drop(data_.live, {*row->stored.place, row->key});
        if (place) undo_.put(data_.live, {*place, row->key});
        undo_.put(data_.states, row->key, std::move(state));
    }
}

void MemoryStates::replace(const StateRow& row) {
    StateRow changed = row;
    StateRow* const one = &changed;
    update({&one, 1});
}

bool MemoryStates::scan(MessageKey after, MessageKey end,
                        const std::function<bool(MessageKey, const Stored<StateRow>&)>& visit) {
    for (auto at = data_.states.upper_bound(after); at != data_.states.end() && at->first < end; ++at) {
        if (!visit(at->first, {Stored<StateRow>::Is::sound, row_of(at->first, at->second)})) return false;
    }
    return true;
}

std::optional<model::State> MemoryStates::state(MessageKey key) {
    const auto found = data_.states.find(key);
    if (found == data_.states.end()) return std::nullopt;
    return found->second.progress.state;
}

std::vector<MessageKey> MemoryStates::may_go(MessageKey after, int limit) {
    std::vector<MessageKey> out;
    for (auto at = data_.states.upper_bound(after); at != data_.states.end(); ++at) {
        if (static_cast<int>(out.size()) >= limit) break;
        const auto state = at->second.progress.state;
        if (state == model::State::waiting || state == model::State::sending || at->second.follow_up > 0)
            out.push_back(at->first);
    }
    return out;
}

// ---- attempts -----------------------------------------------------------------------------------------------------

bool MemoryAttempts::begin(MessageKey key, const model::Attempt& attempt) {
    if (data_.attempts.contains({key, attempt.number})) return false;
    undo_.put(data_.attempts, {key, attempt.number}, bare(attempt));
    return true;
}

void MemoryAttempts::load_each(std::span<const AttemptKey> keys, std::span<Stored<model::Attempt>> out) {
    for (std::size_t i = 0; i < keys.size(); ++i) {
        const auto found = data_.attempts.find({keys[i].message, keys[i].number});
        if (found != data_.attempts.end()) out[i] = {Stored<model::Attempt>::Is::sound, found->second};
    }
}

std::vector<model::Attempt> MemoryAttempts::all(MessageKey key) {
    std::vector<model::Attempt> out;
    const auto [from, to] = attempts_of(data_, key);
    for (auto at = from; at != to; ++at)
        out.push_back(at->second);
    return out;
}

void MemoryAttempts::finish(MessageKey key, const model::Attempt& attempt) {
    const auto found = data_.attempts.find({key, attempt.number});
    if (found == data_.attempts.end() || found->second.finished_at) return;
    undo_.put(data_.attempts, {key, attempt.number}, bare(attempt));
}

void MemoryAttempts::abandon(MessageKey key, Timestamp at) {
    for (auto& attempt : all(key)) {
        if (attempt.finished_at) continue;
        attempt.finished_at = at;
        undo_.put(data_.attempts, {key, attempt.number}, attempt);
    }
}

int MemoryAttempts::last_number(MessageKey key) {
    const auto attempts = all(key);
    return attempts.empty() ? 0 : attempts.back().number;
}

void MemoryAttempts::names_each(std::span<const AttemptKey> keys, std::span<std::optional<AttemptNames>> out) {
    for (std::size_t i = 0; i < keys.size(); ++i) {
        const auto found = data_.attempts.find({keys[i].message, keys[i].number});
        if (found != data_.attempts.end()) out[i] = names_of(found->second);
    }
}

std::vector<AttemptNames> MemoryAttempts::all_names(MessageKey key) {
    std::vector<AttemptNames> out;
    for (const auto& attempt : all(key)) {
        if (!attempt.outcome.provider_id.empty()) out.push_back(names_of(attempt));
    }
    return out;
}

void MemoryAttempts::blank(MessageKey key, const model::Attempt& attempt) {
    undo_.put(data_.attempts, {key, attempt.number}, bare(attempt));
}

// ---- idempotency keys ---------------------------------------------------------------------------------------------

std::vector<bool> MemoryKeys::claim(std::span<const KeyClaim> claims) {
    std::vector<bool> out;
    for (const auto& claim : claims) {
        const Text2 name(claim.application, claim.key);
        out.push_back(!data_.keys.contains(name));
        if (out.back()) undo_.put(data_.keys, name, {claim.message, claim.request_hash});
    }
    return out;
}

std::optional<ClaimedKey> MemoryKeys::find(std::string_view application, std::string_view key) {
    const auto found = data_.keys.find({std::string(application), std::string(key)});
    if (found == data_.keys.end()) return std::nullopt;
    ClaimedKey out;
    out.request_hash = found->second.request_hash;
    const auto message = data_.messages.find(found->second.message);
    out.is_sound = message != data_.messages.end() && message->second.idempotency_key == key;
    if (out.is_sound) out.message = message->second.message.id;
    return out;
}

void MemoryKeys::retake(const KeyClaim& claim) {
    undo_.put(data_.keys, {std::string(claim.application), std::string(claim.key)},
              {claim.message, claim.request_hash});
}

void MemoryKeys::drop(std::string_view application, std::string_view key, MessageKey message) {
    const Text2 name(application, key);
    const auto found = data_.keys.find(name);
    if (found != data_.keys.end() && found->second.message == message) undo_.drop(data_.keys, name);
}

}  // namespace chapar::store::memory
