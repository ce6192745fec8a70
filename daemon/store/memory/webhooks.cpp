// Endpoints of webhooks, and where they stand in the feed.

#include <algorithm>
#include <limits>

#include "store/memory/store.hpp"

namespace chapar::store::memory {
namespace {

constexpr auto lowest = std::numeric_limits<std::int64_t>::min();

Timestamp noted_at(const FeedRow& row) {
    if (const auto* change = std::get_if<StateChange>(&row)) return change->at;
    return std::get<model::FeedEntry>(row).noted_at;
}

}  // namespace

bool MemoryWebhooks::drop(std::string_view name) {
    const std::string own(name);
    std::vector<std::pair<std::string, std::int64_t>> waits;
    for (auto at = data_.webhook_waits.lower_bound({own, lowest});
         at != data_.webhook_waits.end() && at->first.first == own; ++at)
        waits.push_back(at->first);
    for (const auto& key : waits)
        undo_.drop(data_.webhook_waits, key);
    return undo_.drop(data_.webhooks, own);
}

Result<std::vector<WebhookState>> MemoryStore::webhooks() {
    return read([](Content& tables) -> Result<std::vector<WebhookState>> {
        std::vector<WebhookState> out;
        out.reserve(tables.webhooks.size());
        for (const auto& [name, state] : tables.webhooks)
            out.push_back(state);
        return out;
    });
}

Result<std::vector<WebhookWait>> MemoryStore::webhook_waits(std::string_view name) {
    return read([&](Content& tables) -> Result<std::vector<WebhookWait>> {
        std::vector<WebhookWait> out;
        for (auto at = tables.webhook_waits.lower_bound({std::string(name), lowest});
             at != tables.webhook_waits.end() && at->first.first == name; ++at)
            out.push_back(at->second);
        return out;
    });
}

Result<std::int64_t> MemoryStore::feed_end() {
    return read([](Content& tables) -> Result<std::int64_t> { return tables.last_entry; });
}

Result<std::int64_t> MemoryStore::feed_before(Timestamp since) {
    return read([&](Content& tables) -> Result<std::int64_t> {
        const auto first =
            std::ranges::find_if(tables.feed, [&](const auto& each) { return noted_at(each.second) >= since; });
        return first == tables.feed.end() ? tables.last_entry : first->first - 1;
    });
}

}  // namespace chapar::store::memory
