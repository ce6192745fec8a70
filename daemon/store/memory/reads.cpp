// What is known of keys, settings, people and reports in memory.

#include <limits>
#include <set>

#include "address/key.hpp"
#include "store/memory/store.hpp"
#include "store/rows/feed_view.hpp"
#include "store/rows/hit_facts.hpp"
#include "store/rules/ledger.hpp"

namespace chapar::store::memory {

std::vector<model::Attempt> attempts_of(const Content& tables, MessageKey key) {
    std::vector<model::Attempt> out;
    for (auto at = tables.attempts.lower_bound({key, 0}); at != tables.attempts.end() && at->first.first == key; ++at) {
        out.push_back(at->second);
        auto& attempt = out.back();
        for (const auto id : model::split_provider_ids(attempt.outcome.provider_id)) {
            const auto part = tables.provider_ids.find({attempt.route, model::normal_provider_id(id)});
            if (part != tables.provider_ids.end() && part->second.key == key && part->second.number == attempt.number)
                attempt.receipts.push_back(to_receipt(part->second));
        }
    }
    return out;
}

namespace {

constexpr std::size_t entries_looked_at = 5'000;

std::uint32_t row_mark(const FeedRow& row) {
    if (const auto* change = std::get_if<StateChange>(&row)) return store::mark_of(checksum(*change));
    return store::mark_of(checksum(std::get<model::FeedEntry>(row)));
}

/// As an application reads it; nothing: it is not meant.
std::optional<model::FeedEntry> shown(const Content& tables, const FeedRow& row, const FeedFilter& filter) {
    const auto* change = std::get_if<StateChange>(&row);
    auto entry = change != nullptr ? entry_of(*change) : std::get<model::FeedEntry>(row);
    const auto kept = entry.message ? tables.messages.find(entry.message->key()) : tables.messages.end();
    const bool is_kept = kept != tables.messages.end();
    if (change != nullptr && is_kept) entry.application = kept->second.message.application;
    if (!is_meant(filter, entry)) return std::nullopt;
    if (asks_message(filter) && !(is_kept && is_meant(filter, kept->second.message))) return std::nullopt;
    if (is_kept) fill(entry, kept->second.message, kept->second.idempotency_key);
    if (change == nullptr) return entry;
    if (change->hit) {
        const auto hits = tables.engagements.find(change->message.key());
        const bool is_known = fill_hit(*change, hits == tables.engagements.end() ? nullptr : &hits->second, entry);
        return is_known ? std::optional(std::move(entry)) : std::nullopt;
    }
    const auto state = tables.states.find(change->message.key());
    const auto attempts =
        change->attempt != 0 ? attempts_of(tables, change->message.key()) : std::vector<model::Attempt>();
    fill_cause(*change, is_kept ? kept->second.message : model::Message{}, attempts,
               state != tables.states.end() ? std::optional(state->second.progress) : std::nullopt, entry);
    return entry;
}

Result<std::vector<model::FeedEntry>> entries_where(const Content& tables,
                                                    const std::function<bool(const model::FeedEntry&)>& is_wanted) {
    std::vector<model::FeedEntry> out;
    for (const auto& [number, row] : tables.feed) {
        const auto* entry = std::get_if<model::FeedEntry>(&row);
        if (entry != nullptr && is_wanted(*entry)) out.push_back(*entry);
    }
    return out;
}

}  // namespace

// ---- acceptance and settings --------------------------------------------------------------------------------------

Result<std::optional<KnownKey>> MemoryStore::known_key(std::string_view application, std::string_view key) {
    return read([&](Content& tables) -> Result<std::optional<KnownKey>> {
        const auto found = tables.keys.find(Text2(application, key));
        if (found == tables.keys.end()) return std::nullopt;
        const auto kept = tables.messages.find(found->second.message);
        if (kept == tables.messages.end()) return std::nullopt;
        return KnownKey{kept->second.message.id, found->second.request_hash};
    });
}

Result<std::optional<std::string>> MemoryStore::revision(std::string_view revision) {
    return read([&](Content& tables) -> Result<std::optional<std::string>> {
        const auto found = tables.revisions.find(std::string(revision));
        return found == tables.revisions.end() ? std::nullopt : found->second.bundle;
    });
}

Result<std::vector<std::pair<std::string, std::string>>> MemoryStore::settings() {
    return read([](Content& tables) -> Result<std::vector<std::pair<std::string, std::string>>> {
        return std::vector<std::pair<std::string, std::string>>(tables.settings.begin(), tables.settings.end());
    });
}

// ---- people and policy --------------------------------------------------------------------------------------------

Result<std::optional<Recipient>> MemoryStore::recipient(std::string_view application, std::string_view id) {
    return read([&](Content& tables) -> Result<std::optional<Recipient>> {
        const auto name = address::key(id);
        const auto found = tables.profiles.find(Text2(application, name));
        if (found == tables.profiles.end()) return std::nullopt;
        return Recipient{std::string(application), name, found->second.json, found->second.updated_at};
    });
}

Result<std::vector<std::string>> MemoryStore::categories() {
    return read([](Content& tables) -> Result<std::vector<std::string>> {
        std::set<std::string> out;
        for (const auto& [id, row] : tables.kinds)
            if (!row.kind.category.empty()) out.insert(row.kind.category);
        return std::vector<std::string>(out.begin(), out.end());
    });
}

Result<void> MemoryStore::peek(const std::function<void(model::Ledger&)>& look) {
    return read([&](Content& tables) -> Result<void> {
        MemoryTables reading(tables, false);
        rules::TableLedger ledger(rules::ledger_tables(reading), clock_.now());
        look(ledger);
        return {};
    });
}

Result<std::vector<model::Consent>> MemoryStore::consent_history(std::string_view application,
                                                                 std::string_view recipient) {
    return read([&](Content& tables) -> Result<std::vector<model::Consent>> {
        std::vector<model::Consent> out;
        const auto found = tables.words.find(Text2(application, address::key(recipient)));
        if (found == tables.words.end()) return out;
        for (const auto& [number, consent] : found->second)
            out.push_back(consent);
        return out;
    });
}

Result<std::vector<std::pair<std::string, Timestamp>>> MemoryStore::events(std::string_view application,
                                                                           std::string_view recipient) {
    return read([&](Content& tables) -> Result<std::vector<std::pair<std::string, Timestamp>>> {
        std::vector<std::pair<std::string, Timestamp>> out;
        const auto name = address::key(recipient);
        for (auto at = tables.events.lower_bound(Text3(application, name, ""));
             at != tables.events.end() && std::get<0>(at->first) == application && std::get<1>(at->first) == name; ++at)
            out.emplace_back(std::get<2>(at->first), at->second);
        return out;
    });
}

Result<std::vector<model::Suppression>> MemoryStore::suppressions(std::string_view after_channel,
                                                                  std::string_view after_address, int limit) {
    return read([&](Content& tables) -> Result<std::vector<model::Suppression>> {
        std::vector<model::Suppression> out;
        const std::tuple after(std::string(after_channel), std::string(after_address), std::numeric_limits<int>::max());
        for (auto at = tables.suppressions.upper_bound(after); at != tables.suppressions.end(); ++at) {
            const auto& row = at->second;
            const bool is_next = out.empty() || out.back().channel != row.channel || out.back().address != row.address;
            if (is_next && static_cast<int>(out.size()) >= limit) break;
            out.push_back(row);
        }
        return out;
    });
}

// ---- hits ---------------------------------------------------------------------------------------------------------

Result<std::vector<HitFacts>> MemoryStore::hit_facts(std::span<const MessageKey> messages) {
    return read([&](Content& tables) -> Result<std::vector<HitFacts>> {
        std::vector<HitFacts> out;
        for (const auto key : messages) {
            const auto kept = tables.messages.find(key);
            const auto state = tables.states.find(key);
            const bool is_here = kept != tables.messages.end() && state != tables.states.end();
            out.push_back(is_here ? facts_of(kept->second.message, state->second.progress, attempts_of(tables, key))
                                  : HitFacts{});
        }
        return out;
    });
}

Result<std::optional<Engagement>> MemoryStore::engagement(MessageKey message) {
    return read([&](Content& tables) -> Result<std::optional<Engagement>> {
        const auto found = tables.engagements.find(message);
        return found == tables.engagements.end() ? std::nullopt : std::optional(found->second);
    });
}

Result<std::vector<Engagement>> MemoryStore::engagements(MessageKey after, int limit) {
    return read([&](Content& tables) -> Result<std::vector<Engagement>> {
        std::vector<Engagement> out;
        for (auto at = tables.engagements.upper_bound(after); at != tables.engagements.end(); ++at) {
            if (static_cast<int>(out.size()) >= limit) break;
            out.push_back(at->second);
        }
        return out;
    });
}

Result<std::vector<DayTotals>> MemoryStore::hit_totals(std::int64_t from_day) {
    return read([&](Content& tables) -> Result<std::vector<DayTotals>> {
        std::vector<DayTotals> out;
        for (auto at = tables.hit_totals.lower_bound(from_day); at != tables.hit_totals.end(); ++at)
            out.push_back({at->first, at->second});
        return out;
    });
}

// ---- reports ------------------------------------------------------------------------------------------------------

Result<FeedPage> MemoryStore::feed(const FeedFilter& filter, FeedCursor after, int limit) {
    return read([&](Content& tables) -> Result<FeedPage> {
        FeedPage page;
        page.oldest = tables.feed.empty() ? tables.last_entry + 1 : tables.feed.begin()->first;
        const auto stood = tables.feed.find(after.number);
        const bool is_other = after.mark && stood != tables.feed.end() && row_mark(stood->second) != *after.mark;
        const bool is_foreign = after.number > tables.last_entry || is_other;
        page.missed = after.number != 0 && (is_foreign || after.number + 1 < page.oldest);
        page.next = is_foreign ? FeedCursor{} : after;
        std::size_t looked = 0, bytes = 0;
        auto at = tables.feed.upper_bound(page.next.number);
        for (; at != tables.feed.end() && looked < entries_looked_at; ++at, ++looked) {
            if (static_cast<int>(page.entries.size()) >= limit || bytes >= page_bytes) break;
            page.next = {at->first, row_mark(at->second)};
            auto entry = shown(tables, at->second, filter);
            if (!entry) continue;
            if (const auto kept = entry->message ? tables.messages.find(entry->message->key()) : tables.messages.end();
                kept != tables.messages.end())
                bytes += kept->second.message.body.size();
            page.entries.push_back(std::move(*entry));
        }
        page.has_more = at != tables.feed.end();
        return page;
    });
}

Result<std::vector<model::FeedEntry>> MemoryStore::feed_of(MessageKey message) {
    return read([&](Content& tables) {
        return entries_where(tables, [&](const auto& each) { return each.message && each.message->key() == message; });
    });
}

Result<std::vector<model::FeedEntry>> MemoryStore::feed_from(std::string_view address) {
    return read([&](Content& tables) {
        const auto key = address::key(address);
        return entries_where(tables, [&](const auto& each) { return !each.message && each.address == key; });
    });
}

Result<std::optional<model::FoundLink>> MemoryStore::find_short(std::string_view code) {
    return read([&](Content& tables) -> Result<std::optional<model::FoundLink>> {
        const auto found = tables.links.find(std::string(code));
        if (found == tables.links.end()) return std::nullopt;
        return found_link(found->second);
    });
}

Result<std::vector<model::ShortLink>> MemoryStore::short_links_of(MessageKey message) {
    return read([&](Content& tables) -> Result<std::vector<model::ShortLink>> {
        std::vector<model::ShortLink> out;
        for (const auto& [code, row] : tables.links)
            if (row.message == message) out.push_back(row.link);
        std::ranges::sort(out, {}, [](const auto& link) { return std::pair(link.link, link.code); });
        return out;
    });
}

}  // namespace chapar::store::memory
