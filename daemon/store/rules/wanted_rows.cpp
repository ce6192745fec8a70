#include "store/rules/wanted_rows.hpp"

#include <algorithm>

namespace chapar::store::rules {
namespace {

/// Those that are not known yet, each once, are read by `read(keys, out)`. True: there were any.
template <class Key, class Value, class Read>
bool fetch_missing(std::map<Key, std::optional<Value>>& known, std::vector<Key> keys, Read read) {
    std::erase_if(keys, [&known](const Key& key) { return known.contains(key); });
    std::ranges::sort(keys);
    const auto rest = std::ranges::unique(keys);
    keys.erase(rest.begin(), rest.end());
    if (keys.empty()) return false;
    std::vector<std::optional<Value>> found(keys.size());
    read(std::span<const Key>(keys), std::span(found));
    for (std::size_t i = 0; i < keys.size(); ++i)
        known.emplace(std::move(keys[i]), std::move(found[i]));
    return true;
}

}  // namespace

std::optional<MessageKey> WantedRows::fetch_states(StateTable& table, std::span<const MessageKey> keys) {
    states_.clear();
    if (keys.empty()) return std::nullopt;
    std::vector<Stored<StateRow>> rows(keys.size());
    table.load(keys, rows);
    ++reads_.fetches;
    std::size_t answered = 0;
    for (std::size_t i = 0; i < keys.size(); ++i) {
        if (rows[i].is != Stored<StateRow>::Is::absent) answered = i + 1;
        states_.emplace(keys[i], std::move(rows[i]));
    }
    return answered < keys.size() ? std::optional(keys[answered]) : std::nullopt;
}

void WantedRows::fetch_attempts(AttemptTable& table, std::span<const AttemptKey> keys) {
    attempts_.clear();
    if (keys.empty()) return;
    std::vector<Stored<model::Attempt>> rows(keys.size());
    table.load_each(keys, rows);
    ++reads_.fetches;
    for (std::size_t i = 0; i < keys.size(); ++i)
        attempts_.emplace(keys[i], std::move(rows[i]));
}

void WantedRows::fetch_names(AttemptTable& table, std::vector<AttemptKey> keys) {
    const auto read = [&table](auto wanted, auto out) { table.names_each(wanted, out); };
    reads_.fetches += fetch_missing(names_, std::move(keys), read) ? 1 : 0;
}

void WantedRows::fetch_owners(MessageTable& table, std::vector<MessageKey> keys) {
    const auto read = [&table](auto wanted, auto out) { table.owners(wanted, out); };
    reads_.fetches += fetch_missing(owners_, std::move(keys), read) ? 1 : 0;
}

void WantedRows::fetch_provider_ids(ProviderIdTable& table, std::vector<ProviderIdKey> keys) {
    const auto read = [&table](auto wanted, auto out) { table.find_each(wanted, out); };
    reads_.fetches += fetch_missing(ids_, std::move(keys), read) ? 1 : 0;
}

void WantedRows::fetch_feed(FeedTable& table, const std::vector<std::string>& dedupes) {
    feed_.clear();
    if (dedupes.empty()) return;
    const auto has = table.has_each(dedupes);
    ++reads_.fetches;
    for (std::size_t i = 0; i < dedupes.size(); ++i)
        feed_.emplace(dedupes[i], has[i]);
}

std::optional<Stored<StateRow>> WantedRows::take_state(MessageKey key) {
    auto found = states_.extract(key);
    if (found.empty()) return std::nullopt;
    return std::move(found.mapped());
}

const Stored<StateRow>* WantedRows::state(MessageKey key) const {
    const auto found = states_.find(key);
    return found == states_.end() ? nullptr : &found->second;
}

Stored<model::Attempt> WantedRows::attempt(AttemptTable& table, const AttemptKey& key) {
    if (auto found = attempts_.extract(key); !found.empty()) return std::move(found.mapped());
    note_single_read();
    return table.load(key.message, key.number);
}

std::optional<AttemptNames> WantedRows::names(AttemptTable& table, const AttemptKey& key) {
    if (const auto found = names_.find(key); found != names_.end()) return found->second;
    note_single_read();
    std::optional<AttemptNames> out;
    table.names_each({&key, 1}, {&out, 1});
    return out;
}

std::optional<MessageOwner> WantedRows::owner(MessageTable& table, MessageKey key) {
    if (const auto found = owners_.find(key); found != owners_.end()) return found->second;
    note_single_read();
    return table.owner(key);
}

std::optional<ProviderId> WantedRows::provider_id(ProviderIdTable& table, const ProviderIdKey& key) {
    if (const auto found = ids_.find(key); found != ids_.end()) return found->second;
    note_single_read();
    std::optional<ProviderId> out;
    table.find_each({&key, 1}, {&out, 1});
    return out;
}

void WantedRows::put(ProviderIdTable& table, const ProviderId& id) {
    if (const auto found = ids_.find({id.route, id.id}); found != ids_.end()) found->second = id;
    table.put(id);
}

bool WantedRows::is_in_feed(FeedTable& table, const std::string& dedupe) {
    if (const auto found = feed_.extract(dedupe); !found.empty()) return found.mapped();
    note_single_read();
    return table.has_each({&dedupe, 1}).front();
}

void WantedRows::forget() {
    states_.clear();
    attempts_.clear();
    names_.clear();
    owners_.clear();
    ids_.clear();
    feed_.clear();
}

}  // namespace chapar::store::rules
