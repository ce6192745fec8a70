// The scheduler's memory: pools, their windows, and which of them want more from the store.

#include <algorithm>

#include "queue/fair_share.hpp"

namespace chapar::queue {
namespace {

/// Messages of all pools together, and once more as many urgent ones; a pool's window shrinks when there are many.
constexpr std::size_t total_window = 32'768;
constexpr std::size_t least_window = 64;
/// A pool whose share of bytes is used up still has this many in memory, without their bodies.
constexpr std::size_t few = 8;
constexpr std::size_t least_pool_bytes = 1 << 20;
/// A message that waits in a lane keeps a body up to this size.
constexpr std::size_t small_body = 4'096;

bool later(const ItemPtr& a, const ItemPtr& b) {
    return std::pair(a->queued.progress.due, a->queued.message.id.key()) >
           std::pair(b->queued.progress.due, b->queued.message.id.key());
}

std::string pool_key(std::string_view class_name, std::string_view application, std::string_view campaign) {
    std::string key;
    key.reserve(class_name.size() + application.size() + campaign.size() + 2);
    key.append(class_name).append(1, '\n').append(application).append(1, '\n').append(campaign);
    return key;
}

}  // namespace

std::string_view Item::destination() const {
    const model::PlanStep& at = step();
    if (at.channel != "email") return {};
    const auto sign = at.address.rfind('@');
    return sign == std::string::npos ? std::string_view{} : std::string_view(at.address).substr(sign + 1);
}

void Item::drop_body() {
    std::string().swap(queued.message.body);
    kept.reset();
}

ItemPtr make_item(store::Queued queued, PoolState* pool) {
    auto item = std::make_unique<Item>();
    item->queued = std::move(queued);
    item->pool = pool;
    item->body_bytes = item->queued.message.body.size();
    return item;
}

PoolState* Scheduler::find_pool(std::string_view class_name, std::string_view application, std::string_view campaign) {
    const auto found = pools_.find(pool_key(class_name, application, campaign));
    return found == pools_.end() ? nullptr : found->second.get();
}

PoolState& Scheduler::pool(const store::Pool& pool) {
    auto& slot = pools_[pool_key(pool.class_name, pool.application, pool.campaign)];
    if (slot) return *slot;
    slot = std::make_unique<PoolState>();
    slot->pool = pool;
    slot->number = ++last_number_;
    slot->is_urgent = is_urgent(pool.class_name);
    slot->share = &share_of(class_state(pool.class_name), pool.application);
    slot->virtual_time = slot->share->pool_time;
    return *slot;
}

void Scheduler::forget_idle_pools(Timestamp now) {
    std::erase_if(pools_, [&](const auto& entry) {
        PoolState& pool = *entry.second;
        const bool soon = pool.overflow && pool.look_at <= now + horizon / 2;
        if (!pool.known.empty() || pool.loading || soon) return false;
        unlist(pool);
        return true;
    });
}

std::size_t Scheduler::window() const {
    const std::size_t fair = total_window / std::max<std::size_t>(pools_.size(), 1);
    return std::min<std::size_t>(settings_.queue.window, std::max(least_window, fair));
}

/// The share of one pool in the bytes that may wait.
std::size_t Scheduler::pool_bytes() const {
    const std::size_t fair = waiting_bodies_->limit() / std::max<std::size_t>(pools_.size(), 4);
    return std::max(least_pool_bytes, fair);
}

bool Scheduler::is_full(bool urgent) const { return (urgent ? in_memory_ - ordinary_ : ordinary_) >= total_window; }

bool Scheduler::has_room(const PoolState& pool, std::size_t body_bytes) const {
    if (pool.in_memory() >= window() || is_full(pool.is_urgent)) return false;
    return pool.in_memory() < few || pool.waiting_bytes + body_bytes <= pool_bytes();
}

bool Scheduler::has_enough(const PoolState& pool) const {
    return pool.in_memory() > window() / 4 || (pool.in_memory() >= few && pool.waiting_bytes > pool_bytes() / 2);
}

bool Scheduler::add(ItemPtr item, Timestamp now) {
    PoolState& pool = *item->pool;
    const MessageKey key = item->queued.message.id.key();
    if (pool.known.contains(key)) return true;
    const Timestamp due = item->queued.progress.due;
    if (!has_room(pool, item->body_bytes) || due > now + horizon) {
        mark_overflow(pool, due > now + horizon ? due - horizon / 2 : now);
        return false;
    }
    track(*item);
    item->kept.reset();
    if (item->has_body() && item->body_bytes != 0) {
        if (waiting_bodies_->fits(item->body_bytes, pool.is_urgent))
            item->kept = Budget::take(waiting_bodies_, item->body_bytes, pool.is_urgent);
        else
            item->drop_body();
    }
    if (due <= now) {
        join_line(std::move(item), false);
        return true;
    }
    pool.waiting_bytes += item->body_bytes;
    pool.future.push_back(std::move(item));
    std::push_heap(pool.future.begin(), pool.future.end(), later);
    note_future(pool);
    return true;
}

void Scheduler::keep_small_body(Item& item) {
    item.kept.reset();
    if (!item.has_body() || item.body_bytes == 0) return;
    if (item.body_bytes <= small_body && waiting_bodies_->fits(item.body_bytes, item.pool->is_urgent))
        item.kept = Budget::take(waiting_bodies_, item.body_bytes, item.pool->is_urgent);
    else
        item.drop_body();
}

void Scheduler::put_back(ItemPtr item) {
    keep_small_body(*item);
    join_line(std::move(item), true);
}

void Scheduler::track(const Item& item) {
    if (!item.pool->known.insert(item.queued.message.id.key()).second) return;
    ++in_memory_;
    if (!item.pool->is_urgent) ++ordinary_;
}

void Scheduler::forget(const Item& item) {
    if (item.pool->known.erase(item.queued.message.id.key()) == 0) return;
    --in_memory_;
    if (!item.pool->is_urgent) --ordinary_;
    less_of(*item.pool);
}

void Scheduler::join_line(ItemPtr item, bool in_front) {
    PoolState& pool = *item->pool;
    const std::string channel(model::queued_for(item->step()));
    auto line = std::ranges::find(pool.lines, channel, &PoolState::Line::channel);
    if (line == pool.lines.end()) line = pool.lines.insert(line, PoolState::Line{channel, {}});
    pool.waiting_bytes += item->body_bytes;
    if (in_front)
        line->ready.push_front(std::move(item));
    else
        line->ready.push_back(std::move(item));
    if (line->ready.size() == 1) pool.share->enter(line->channel, pool);
}

void Scheduler::left_line(PoolState& pool, PoolState::Line& line, std::size_t body_bytes) {
    pool.waiting_bytes -= body_bytes;
    if (line.ready.empty()) pool.share->leave(line.channel, pool);
    less_of(pool);
}

void Scheduler::note_future(PoolState& pool) {
    if (pool.next_future) future_.erase({*pool.next_future, &pool});
    pool.next_future.reset();
    if (pool.future.empty()) return;
    pool.next_future = pool.future.front()->queued.progress.due;
    future_.insert({*pool.next_future, &pool});
}

void Scheduler::list(PoolState& pool) {
    if (pool.is_listed) return;
    pool.is_listed = true;
    (pool.is_urgent ? urgent_overflowing_ : overflowing_).insert(&pool);
}

void Scheduler::unlist(PoolState& pool) {
    if (!pool.is_listed) return;
    pool.is_listed = false;
    (pool.is_urgent ? urgent_overflowing_ : overflowing_).erase(&pool);
}

void Scheduler::mark_overflow(PoolState& pool, Timestamp look_at) {
    unlist(pool);
    pool.look_at = pool.overflow ? std::min(pool.look_at, look_at) : look_at;
    pool.overflow = true;
    if (!pool.loading) list(pool);
}

void Scheduler::set_loading(PoolState& pool, bool loading) {
    pool.loading = loading;
    if (loading) {
        unlist(pool);
        pool.overflow = false;
    } else if (pool.overflow) {
        list(pool);
    }
}

/// Something of it went: perhaps more is wanted now.
void Scheduler::less_of(PoolState& pool) {
    if (pool.overflow && !pool.is_listed && !pool.loading && !has_enough(pool)) list(pool);
}

void Scheduler::find_to_refill(Overflowing& among, Timestamp now, std::size_t most,
                               std::vector<std::pair<PoolState*, int>>& out) {
    const std::size_t room = window();
    auto at = among.begin();
    while (at != among.end() && out.size() < most && (*at)->look_at <= now) {
        PoolState& pool = **at;
        ++at;
        if (is_full(pool.is_urgent)) return;
        if (has_enough(pool)) {
            unlist(pool);  // `less_of` lists it again
            continue;
        }
        out.emplace_back(&pool, static_cast<int>(room - pool.in_memory()));
    }
}

std::vector<std::pair<PoolState*, int>> Scheduler::pools_to_refill(Timestamp now, std::size_t most) {
    std::vector<std::pair<PoolState*, int>> out;
    find_to_refill(urgent_overflowing_, now, most, out);
    find_to_refill(overflowing_, now, most, out);
    return out;
}

std::optional<Timestamp> Scheduler::promote(Timestamp now) {
    while (!future_.empty() && future_.begin()->first <= now) {
        PoolState& pool = *future_.begin()->second;
        auto& heap = pool.future;
        while (!heap.empty() && heap.front()->queued.progress.due <= now) {
            std::pop_heap(heap.begin(), heap.end(), later);
            ItemPtr item = std::move(heap.back());
            heap.pop_back();
            pool.waiting_bytes -= item->body_bytes;
            join_line(std::move(item), false);
        }
        note_future(pool);
    }
    return future_.empty() ? std::nullopt : std::optional(future_.begin()->first);
}

std::vector<ItemPtr> Scheduler::take_expired(Timestamp now) {
    std::vector<ItemPtr> out;
    const auto sweep = [&](PoolState& pool, auto& container) {
        const auto gone = std::stable_partition(container.begin(), container.end(), [&](const ItemPtr& item) {
            return item->queued.message.expires_at > now;
        });
        const auto count = std::distance(gone, container.end());
        for (auto at = gone; at != container.end(); ++at) {
            pool.waiting_bytes -= (*at)->body_bytes;
            out.push_back(std::move(*at));
        }
        container.erase(gone, container.end());
        return count != 0;
    };
    for (auto& [key, pool] : pools_) {
        for (auto& line : pool->lines) {
            if (sweep(*pool, line.ready) && line.ready.empty()) pool->share->leave(line.channel, *pool);
        }
        if (!sweep(*pool, pool->future)) continue;
        std::make_heap(pool->future.begin(), pool->future.end(), later);
        note_future(*pool);
    }
    return out;
}

}  // namespace chapar::queue
