#include "dispatch/views/waiting.hpp"

#include <algorithm>
#include <map>

namespace chapar::dispatch {
namespace {

constexpr std::size_t pools_looked_into = 20;
constexpr int rows_of_a_pool = 200;
constexpr auto any_time = std::chrono::hours(24 * 365 * 20);

/// The last entry of its trace that says why it waits; entries about costs and routes do not.
model::TraceEntry why_later(const model::Progress& progress) {
    auto trace = model::decode_trace(progress.trace);
    for (auto entry = trace.rbegin(); entry != trace.rend(); ++entry) {
        const auto reason = entry->reason;
        if (reason != model::Reason::billed && reason != model::Reason::estimated && reason != model::Reason::routed &&
            reason != model::Reason::copy_left_out)
            return std::move(*entry);
    }
    return {progress.due, model::Reason::scheduled, ""};
}

}  // namespace

std::vector<WaitGroup> group_by_reason(const std::vector<store::Queued>& rows, Timestamp now) {
    std::map<std::pair<std::string, std::optional<model::Reason>>, WaitGroup> groups;
    for (const auto& row : rows) {
        const std::string channel(model::queued_for(row.message.plan[static_cast<std::size_t>(row.progress.step)]));
        const bool is_due = row.progress.due <= now;
        auto why = is_due ? model::TraceEntry{} : why_later(row.progress);
        auto& group = groups[{channel, is_due ? std::nullopt : std::optional(why.reason)}];
        if (group.messages++ == 0) {
            group.channel = channel;
            if (!is_due) group.reason = why.reason;
            group.detail = std::move(why.detail);
            group.due = row.progress.due;
        }
        group.due = std::min(group.due, row.progress.due);
    }
    std::vector<WaitGroup> out;
    for (auto& [key, group] : groups)
        out.push_back(std::move(group));
    std::ranges::stable_sort(out, std::greater<>(), &WaitGroup::messages);
    return out;
}

Result<std::vector<PoolLook>> look_at_pools(store::Queue& queue, Timestamp now) {
    auto pools = queue.pools();
    if (!pools.has_value()) return std::unexpected(pools.error());
    std::ranges::stable_sort(*pools, std::greater<>(), &store::PoolDepth::waiting);
    std::vector<PoolLook> out;
    for (auto& depth : *pools) {
        PoolLook look{std::move(depth), {}, 0};
        if (out.size() < pools_looked_into && look.depth.waiting > 0) {
            const auto rows = queue.due(look.depth.pool.id, now + any_time, rows_of_a_pool);
            if (!rows.has_value()) return std::unexpected(rows.error());
            look.groups = group_by_reason(*rows, now);
            look.looked_at = static_cast<std::int64_t>(rows->size());
        }
        out.push_back(std::move(look));
    }
    return out;
}

}  // namespace chapar::dispatch
