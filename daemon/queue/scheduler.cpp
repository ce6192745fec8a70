#include "queue/scheduler.hpp"

#include <algorithm>

namespace chapar::queue {
namespace {

/// Messages of all pools together; a pool's window shrinks when there are many pools.
constexpr std::size_t total_window = 32'768;
constexpr std::size_t least_window = 64;

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

std::deque<ItemPtr>* PoolState::find_line(std::string_view channel) {
    for (Line& candidate : lines) {
        if (candidate.channel == channel) return &candidate.ready;
    }
    return nullptr;
}

std::deque<ItemPtr>& PoolState::line(std::string_view channel) {
    if (auto* found = find_line(channel)) return *found;
    return lines.emplace_back(Line{std::string(channel), {}}).ready;
}

struct Scheduler::Application {
    std::string name;
    double weight = 1;
    double virtual_time = 0;
    double pool_time = 0;  // virtual time of the last served pool
    std::vector<PoolState*> pools;
};

struct Scheduler::Class {
    config::ClassSettings settings;
    double virtual_time = 0;
    double credit = 0;  // what the guaranteed share has earned
    std::vector<std::unique_ptr<Application>> applications;

    bool has_ready(std::string_view channel) const {
        for (const auto& application : applications) {
            for (PoolState* pool : application->pools) {
                const auto* line = pool->find_line(channel);
                if (line != nullptr && !line->empty()) return true;
            }
        }
        return false;
    }
};

Scheduler::Scheduler() = default;
Scheduler::~Scheduler() = default;

void Scheduler::configure(const config::Settings& settings) {
    settings_ = settings;
    for (const auto& [name, values] : settings_.classes)
        class_state(name).settings = values;
    for (auto& cls : classes_) {
        for (auto& application : cls->applications) {
            for (const auto& configured : settings_.applications) {
                if (configured.name == application->name) application->weight = configured.weight;
            }
        }
    }
    std::stable_sort(classes_.begin(), classes_.end(),
                     [](const auto& a, const auto& b) { return a->settings.priority < b->settings.priority; });
}

Scheduler::Class& Scheduler::class_state(const std::string& name) {
    for (auto& cls : classes_) {
        if (cls->settings.name == name) return *cls;
    }
    // A class that left the configuration while messages of it wait: it goes on with the defaults.
    auto fresh = std::make_unique<Class>();
    fresh->settings.name = name;
    if (const auto known = settings_.classes.find(name); known != settings_.classes.end())
        fresh->settings = known->second;
    fresh->settings.name = name;
    const auto place =
        std::upper_bound(classes_.begin(), classes_.end(), fresh->settings.priority,
                         [](config::Priority priority, const auto& cls) { return priority < cls->settings.priority; });
    return **classes_.insert(place, std::move(fresh));
}

PoolState* Scheduler::find_pool(std::string_view class_name, std::string_view application, std::string_view campaign) {
    const auto found = pool_index_.find(pool_key(class_name, application, campaign));
    return found == pool_index_.end() ? nullptr : found->second.get();
}

PoolState& Scheduler::pool(const store::Pool& pool) {
    auto& slot = pool_index_[pool_key(pool.class_name, pool.application, pool.campaign)];
    if (slot) return *slot;
    slot = std::make_unique<PoolState>();
    slot->pool = pool;
    all_pools_.push_back(slot.get());
    Class& cls = class_state(pool.class_name);
    for (auto& application : cls.applications) {
        if (application->name != pool.application) continue;
        slot->virtual_time = application->pool_time;
        application->pools.push_back(slot.get());
        return *slot;
    }
    auto application = std::make_unique<Application>();
    application->name = pool.application;
    application->virtual_time = cls.virtual_time;
    for (const auto& configured : settings_.applications) {
        if (configured.name == pool.application) application->weight = configured.weight;
    }
    application->pools.push_back(slot.get());
    cls.applications.push_back(std::move(application));
    return *slot;
}

std::size_t Scheduler::window() const {
    const std::size_t fair = total_window / std::max<std::size_t>(all_pools_.size(), 1);
    return std::min<std::size_t>(settings_.queue.window, std::max(least_window, fair));
}

bool Scheduler::add(ItemPtr item, Timestamp now) {
    PoolState& pool = *item->pool;
    const MessageKey key = item->queued.message.id.key();
    if (known_.contains(key)) return true;
    const Timestamp due = item->queued.progress.due;
    if (pool.in_memory >= window() || due > now + horizon) {
        mark_overflow(pool, due > now + horizon ? due - horizon / 2 : now);
        return false;
    }
    known_.insert(key);
    ++pool.in_memory;
    if (due > now) {
        if (!next_future_ || due < *next_future_) next_future_ = due;
        pool.future.push_back(std::move(item));
        std::push_heap(pool.future.begin(), pool.future.end(), later);
        return true;
    }
    auto& line = pool.line(item->step().channel);
    line.push_back(std::move(item));
    return true;
}

void Scheduler::put_back(ItemPtr item) {
    PoolState& pool = *item->pool;
    auto& line = pool.line(item->step().channel);
    line.push_front(std::move(item));
}

void Scheduler::keep(const Item& item) {
    if (known_.insert(item.queued.message.id.key()).second) ++item.pool->in_memory;
}

void Scheduler::forget(const Item& item) {
    if (known_.erase(item.queued.message.id.key()) != 0) --item.pool->in_memory;
}

void Scheduler::mark_overflow(PoolState& pool, Timestamp look_at) {
    pool.look_at = pool.overflow ? std::min(pool.look_at, look_at) : look_at;
    pool.overflow = true;
}

std::vector<std::pair<PoolState*, int>> Scheduler::hungry(Timestamp now) {
    std::vector<std::pair<PoolState*, int>> out;
    const std::size_t room = window();
    for (PoolState* pool : all_pools_) {
        if (!pool->overflow || pool->loading || now < pool->look_at || pool->in_memory > room / 4) continue;
        // The rows in memory come back too and are skipped, so ask for that many more.
        out.emplace_back(pool, static_cast<int>(room + pool->in_memory));
    }
    return out;
}

std::optional<Timestamp> Scheduler::promote(Timestamp now) {
    if (!next_future_ || *next_future_ > now) return next_future_;
    next_future_.reset();
    for (PoolState* pool : all_pools_) {
        auto& heap = pool->future;
        while (!heap.empty() && heap.front()->queued.progress.due <= now) {
            std::pop_heap(heap.begin(), heap.end(), later);
            ItemPtr item = std::move(heap.back());
            heap.pop_back();
            auto& line = pool->line(item->step().channel);
            line.push_back(std::move(item));
        }
        if (heap.empty()) continue;
        const Timestamp due = heap.front()->queued.progress.due;
        if (!next_future_ || due < *next_future_) next_future_ = due;
    }
    return next_future_;
}

std::vector<ItemPtr> Scheduler::take_expired(Timestamp now) {
    std::vector<ItemPtr> out;
    const auto is_over = [&](const ItemPtr& item) { return item->queued.message.expires_at <= now; };
    const auto sweep = [&](auto& container) {
        const auto keep =
            std::stable_partition(container.begin(), container.end(), [&](const ItemPtr& i) { return !is_over(i); });
        std::move(keep, container.end(), std::back_inserter(out));
        const bool changed = keep != container.end();
        container.erase(keep, container.end());
        return changed;
    };
    for (PoolState* pool : all_pools_) {
        for (auto& line : pool->lines)
            sweep(line.ready);
        if (sweep(pool->future)) std::make_heap(pool->future.begin(), pool->future.end(), later);
    }
    return out;
}

ItemPtr Scheduler::pick(std::string_view channel, Timestamp now, const std::function<bool(const std::string&)>& serves,
                        const std::function<Fit(ItemPtr&)>& fits) {
    promote(now);
    // A class whose guaranteed share has come due goes before the stricter ones.
    for (auto& cls : classes_) {
        if (cls->credit < 1 || !serves(cls->settings.name)) continue;
        if (ItemPtr item = pick_from(*cls, channel, fits)) {
            cls->credit -= 1;
            return item;
        }
    }
    for (std::size_t i = 0; i < classes_.size(); ++i) {
        if (!serves(classes_[i]->settings.name)) continue;
        ItemPtr item = pick_from(*classes_[i], channel, fits);
        if (!item) continue;
        for (std::size_t below = i + 1; below < classes_.size(); ++below) {
            Class& lower = *classes_[below];
            if (lower.settings.share > 0 && lower.has_ready(channel)) {
                lower.credit = std::min(2.0, lower.credit + lower.settings.share / (1 - lower.settings.share));
            }
        }
        return item;
    }
    return nullptr;
}

ItemPtr Scheduler::pick_from(Class& cls, std::string_view channel, const std::function<Fit(ItemPtr&)>& fits) {
    std::vector<Application*> order;
    for (auto& application : cls.applications) {
        const bool ready = std::any_of(application->pools.begin(), application->pools.end(), [&](PoolState* pool) {
            const auto* line = pool->find_line(channel);
            return line != nullptr && !line->empty();
        });
        if (ready) order.push_back(application.get());
    }
    // An application that was idle starts at the present: idleness earns no credit.
    for (Application* application : order)
        application->virtual_time = std::max(application->virtual_time, cls.virtual_time);
    std::stable_sort(order.begin(), order.end(),
                     [](const Application* a, const Application* b) { return a->virtual_time < b->virtual_time; });
    for (Application* application : order) {
        ItemPtr item = pick_from(*application, channel, fits);
        if (!item) continue;
        cls.virtual_time = application->virtual_time;
        application->virtual_time += 1 / std::max(application->weight, 0.001);
        return item;
    }
    return nullptr;
}

ItemPtr Scheduler::pick_from(Application& application, std::string_view channel,
                             const std::function<Fit(ItemPtr&)>& fits) {
    std::vector<PoolState*> order;
    for (PoolState* pool : application.pools) {
        const auto* line = pool->find_line(channel);
        if (line == nullptr || line->empty()) continue;
        pool->virtual_time = std::max(pool->virtual_time, application.pool_time);
        order.push_back(pool);
    }
    std::stable_sort(order.begin(), order.end(),
                     [](const PoolState* a, const PoolState* b) { return a->virtual_time < b->virtual_time; });
    for (PoolState* pool : order) {
        ItemPtr item = pick_from(*pool, channel, fits);
        if (!item) continue;
        application.pool_time = pool->virtual_time;
        pool->virtual_time += 1;
        return item;
    }
    return nullptr;
}

ItemPtr Scheduler::pick_from(PoolState& pool, std::string_view channel, const std::function<Fit(ItemPtr&)>& fits) {
    auto* line = pool.find_line(channel);
    while (line != nullptr && !line->empty()) {
        switch (fits(line->front())) {
            case Fit::take: {
                ItemPtr item = std::move(line->front());
                line->pop_front();
                return item;
            }
            case Fit::parked:
                line->pop_front();
                break;
            case Fit::refuse:
                return nullptr;
        }
    }
    return nullptr;
}

}  // namespace chapar::queue
