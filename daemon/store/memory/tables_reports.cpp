// What was reported, settings and pools in memory.

#include <algorithm>

#include "address/key.hpp"
#include "store/memory/tables.hpp"
#include "store/rows/list_match.hpp"

namespace chapar::store::memory {

// ---- the ids of providers -----------------------------------------------------------------------------------------

void MemoryProviderIds::find_each(std::span<const ProviderIdKey> keys, std::span<std::optional<ProviderId>> out) {
    for (std::size_t i = 0; i < keys.size(); ++i) {
        const auto found = data_.provider_ids.find(Text2(keys[i].route, keys[i].id));
        if (found != data_.provider_ids.end()) out[i] = found->second;
    }
}

void MemoryProviderIds::drop(std::string_view route, std::string_view normal_id, MessageKey key) {
    const auto found = data_.provider_ids.find(Text2(route, normal_id));
    if (found != data_.provider_ids.end() && found->second.key == key)
        undo_.drop(data_.provider_ids, Text2(route, normal_id));
}

std::optional<MessageKey> MemoryProviderIds::last_sent(std::int64_t scope) {
    const auto found = data_.last_sent.find(scope);
    return found == data_.last_sent.end() ? std::nullopt : std::optional(found->second);
}

void MemoryProviderIds::drop_last_sent(std::int64_t scope, MessageKey key) {
    if (last_sent(scope) == key) undo_.drop(data_.last_sent, scope);
}

// ---- reports that can't be applied yet ----------------------------------------------------------------------------

void MemoryUnmatched::visit(const std::function<void(std::int64_t, const model::Report&)>& visit) {
    for (const auto& [number, row] : data_.unmatched)
        visit(number, row.report);
}

std::optional<std::int64_t> MemoryUnmatched::insert(const model::Report& report, Timestamp noted_at) {
    undo_.set(data_.last_unmatched, data_.last_unmatched + 1);
    undo_.put(data_.unmatched, data_.last_unmatched, {report, noted_at});
    return data_.last_unmatched;
}

Stored<model::Report> MemoryUnmatched::load(std::int64_t number) {
    const auto found = data_.unmatched.find(number);
    if (found == data_.unmatched.end()) return {};
    return {Stored<model::Report>::Is::sound, found->second.report};
}

std::vector<std::int64_t> MemoryUnmatched::older(Timestamp before, int limit) {
    std::vector<std::int64_t> out;
    for (const auto& [number, row] : data_.unmatched) {
        if (static_cast<int>(out.size()) >= limit) break;
        if (row.noted_at < before) out.push_back(number);
    }
    return out;
}

std::vector<std::int64_t> MemoryUnmatched::from(std::string_view address) {
    std::vector<std::int64_t> out;
    for (const auto& [number, row] : data_.unmatched)
        if (folded(row.report.address) == folded(address)) out.push_back(number);
    return out;
}

// ---- the feed -----------------------------------------------------------------------------------------------------

std::int64_t MemoryFeed::next_number() {
    undo_.set(data_.last_entry, data_.last_entry + 1);
    has_news_ = true;
    return data_.last_entry;
}

std::vector<bool> MemoryFeed::has_each(std::span<const std::string> dedupes) {
    std::vector<bool> out;
    out.reserve(dedupes.size());
    for (const auto& dedupe : dedupes)
        out.push_back(data_.dedupes.contains(dedupe));
    return out;
}

void MemoryFeed::append(const model::FeedEntry& entry, const std::string& dedupe) {
    auto kept = entry;
    kept.number = next_number();
    kept.mark = mark_of(checksum(kept));
    const auto number = kept.number;
    undo_.put(data_.feed, number, std::move(kept));
    if (dedupe.empty()) return;
    undo_.put(data_.dedupes, dedupe);
    undo_.put(data_.dedupe_of, number, dedupe);
}

std::int64_t MemoryFeed::append(const StateChange& change) {
    auto kept = change;
    kept.number = next_number();
    const auto number = kept.number;
    undo_.put(data_.feed, number, kept);
    return number;
}

// ---- hits ---------------------------------------------------------------------------------------------------------

Stored<Engagement> MemoryEngagements::load(MessageKey message) {
    const auto found = data_.engagements.find(message);
    if (found == data_.engagements.end()) return {};
    return {Stored<Engagement>::Is::sound, found->second};
}

std::vector<MessageKey> MemoryEngagements::keys(MessageKey after, int limit) {
    std::vector<MessageKey> out;
    for (auto at = data_.engagements.upper_bound(after); at != data_.engagements.end(); ++at) {
        if (static_cast<int>(out.size()) >= limit) break;
        out.push_back(at->first);
    }
    return out;
}

void MemoryEngagements::add_totals(std::int64_t day, const HitTotals& totals) {
    auto sum = totals;
    if (const auto found = data_.hit_totals.find(day); found != data_.hit_totals.end())
        for (std::size_t kind = 0; kind < sum.size(); ++kind)
            for (std::size_t why = 0; why < sum[kind].size(); ++why)
                sum[kind][why] += found->second[kind][why];
    undo_.put(data_.hit_totals, day, sum);
}

// ---- the feed, read and pruned ------------------------------------------------------------------------------------

void MemoryFeed::drop_entry(std::int64_t number) {
    if (const auto dedupe = data_.dedupe_of.find(number); dedupe != data_.dedupe_of.end()) {
        undo_.drop(data_.dedupes, dedupe->second);
        undo_.drop(data_.dedupe_of, number);
    }
    undo_.drop(data_.feed, number);
}

template <class Row>
std::int64_t MemoryFeed::prune_rows(Timestamp before, int limit) {
    std::vector<std::int64_t> old;
    for (const auto& [number, row] : data_.feed) {
        const auto* mine = std::get_if<Row>(&row);
        if (mine == nullptr) continue;
        if constexpr (std::is_same_v<Row, StateChange>) {
            if (mine->at >= before) break;
        } else {
            if (mine->noted_at >= before) break;
        }
        if (static_cast<int>(old.size()) >= limit) break;
        old.push_back(number);
    }
    for (const auto number : old)
        drop_entry(number);
    return static_cast<std::int64_t>(old.size());
}

std::int64_t MemoryFeed::prune(Timestamp before, int limit) {
    return prune_rows<model::FeedEntry>(before, limit) + prune_rows<StateChange>(before, limit);
}

void MemoryFeed::drop(MessageKey key) {
    std::vector<std::int64_t> all;
    for (const auto& [number, row] : data_.feed) {
        const auto* entry = std::get_if<model::FeedEntry>(&row);
        if (entry != nullptr && entry->message && entry->message->key() == key) all.push_back(number);
    }
    for (const auto number : all)
        drop_entry(number);
}

void MemoryFeed::drop_from(std::string_view address) {
    const auto key = address::key(address);
    std::vector<std::int64_t> all;
    for (const auto& [number, row] : data_.feed) {
        const auto* entry = std::get_if<model::FeedEntry>(&row);
        if (entry != nullptr && !entry->message && entry->address == key) all.push_back(number);
    }
    for (const auto number : all)
        drop_entry(number);
}

// ---- settings -----------------------------------------------------------------------------------------------------

void MemorySettings::put(std::string_view name, std::string_view value) {
    undo_.put(data_.settings, std::string(name), std::string(value));
}

bool MemorySettings::has_bundle(std::string_view revision) { return this->revision(revision).bundle.has_value(); }

Revision MemorySettings::revision(std::string_view name) const {
    const auto found = data_.revisions.find(std::string(name));
    return found == data_.revisions.end() ? Revision{} : found->second;
}

void MemorySettings::put_bundle(std::string_view revision, std::string_view bundle) {
    auto kept = this->revision(revision);
    kept.bundle = bundle;
    undo_.put(data_.revisions, std::string(revision), std::move(kept));
}

void MemorySettings::use_revision(std::string_view revision, std::int64_t until_ms) {
    auto kept = this->revision(revision);
    kept.used_until = std::max(kept.used_until, until_ms);
    undo_.put(data_.revisions, std::string(revision), std::move(kept));
}

std::vector<std::string> MemorySettings::unused_revisions() {
    std::vector<std::string> out;
    for (const auto& [name, revision] : data_.revisions) {
        const bool is_needed = !data_.messages.empty() &&
                               revision.used_until >= (data_.messages.begin()->first.value >> MessageId::order_bits);
        if (!is_needed) out.push_back(name);
    }
    return out;
}

void MemorySettings::put_suspect(MessageKey key, int deaths, bool is_damaged) {
    undo_.put(data_.suspects, key, {deaths, is_damaged});
}

// ---- pools --------------------------------------------------------------------------------------------------------

void MemoryPools::drop(PoolId pool) {
    undo_.drop(data_.pools, pool);
    for (const auto state : live_states)
        undo_.drop(data_.counts, {pool, state});
}

void MemoryPools::add(PoolId pool, model::State state, std::int64_t by) {
    const auto found = data_.counts.find({pool, state});
    if (by != 0) undo_.put(data_.counts, {pool, state}, (found == data_.counts.end() ? 0 : found->second) + by);
}

void MemoryPools::count(const CountChanges& changes) {
    for (int state = 0; state < model::state_count; ++state)
        add(PoolId{0}, static_cast<model::State>(state), changes.finished[state]);
    for (const auto& [pool, by] : changes.live) {
        for (std::size_t i = 0; i < live_states.size(); ++i)
            add(pool, live_states[i], by[i]);
    }
}

// ---- nodes --------------------------------------------------------------------------------------------------------

void MemoryNodes::keep_highest(NodeId id, MessageKey key) {
    const auto found = data_.nodes.find(id);
    if (found == data_.nodes.end() || key <= found->second.highest_key) return;
    auto node = found->second;
    node.highest_key = key;
    undo_.put(data_.nodes, id, std::move(node));
}

void MemoryNodes::beat(const model::LeaseOwner& self, Monotonic now, Monotonic until) {
    for (const auto& [id, node] : std::map(data_.nodes)) {
        auto changed = node;
        if (id == self.node) {
            changed.valid_until = until;
        } else if (node.is_living && node.valid_until < now) {
            changed.is_living = false;
        } else {
            continue;
        }
        undo_.put(data_.nodes, id, std::move(changed));
    }
}

}  // namespace chapar::store::memory
