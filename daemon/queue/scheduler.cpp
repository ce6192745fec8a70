#include "queue/scheduler.hpp"

#include <algorithm>

#include "queue/fair_share.hpp"

namespace chapar::queue {
namespace {

constexpr std::size_t waiting_part = 8;  // of all memory for messages, one part in this many is for what waits

}  // namespace

Scheduler::Scheduler() : waiting_bodies_(std::make_shared<Budget>(settings_.queue.memory / waiting_part)) {}
Scheduler::~Scheduler() = default;

void Scheduler::configure(const config::Settings& settings) {
    settings_ = settings;
    waiting_bodies_->set_limit(settings_.queue.memory / waiting_part);
    for (const auto& [name, values] : settings_.classes)
        class_state(name).settings = values;
    for (auto& cls : classes_) {
        for (auto& share : cls->shares) {
            for (const auto& configured : settings_.applications) {
                if (configured.name == share->name) share->weight = configured.weight;
            }
        }
    }
    std::stable_sort(classes_.begin(), classes_.end(),
                     [](const auto& a, const auto& b) { return a->settings.priority < b->settings.priority; });
    ordinary_ = 0;
    for (auto& [key, pool] : pools_) {
        const bool was_listed = pool->is_listed;
        unlist(*pool);
        pool->is_urgent = is_urgent(pool->pool.class_name);
        if (was_listed) list(*pool);
        if (!pool->is_urgent) ordinary_ += pool->known.size();
    }
}

bool Scheduler::is_urgent(const std::string& class_name) const {
    const auto found = settings_.classes.find(class_name);
    return found != settings_.classes.end() && found->second.priority == config::Priority::critical;
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

FairShare& Scheduler::share_of(Class& cls, const std::string& application) const {
    for (auto& share : cls.shares) {
        if (share->name == application) return *share;
    }
    auto fresh = std::make_unique<FairShare>();
    fresh->name = application;
    fresh->virtual_time = cls.virtual_time;
    for (const auto& configured : settings_.applications) {
        if (configured.name == application) fresh->weight = configured.weight;
    }
    return *cls.shares.emplace_back(std::move(fresh));
}

ItemPtr Scheduler::pick(std::string_view channel, Timestamp now, const std::function<bool(const std::string&)>& serves,
                        const std::function<Fit(ItemPtr&)>& fits) {
    promote(now);
    std::size_t end = classes_.size();  // the first class that may not go, as one before it waits for room
    // A class whose guaranteed share has come due goes before the stricter ones.
    for (std::size_t i = 0; i < end; ++i) {
        Class& cls = *classes_[i];
        bool full = false;
        if (cls.credit < 1 || !serves(cls.settings.name)) continue;
        if (ItemPtr item = pick_from(cls, channel, fits, full)) {
            cls.credit -= 1;
            return item;
        }
        if (full) end = i;
    }
    for (std::size_t i = 0; i < end; ++i) {
        bool full = false;
        if (!serves(classes_[i]->settings.name)) continue;
        ItemPtr item = pick_from(*classes_[i], channel, fits, full);
        if (full) return nullptr;
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

ItemPtr Scheduler::pick_from(Class& cls, std::string_view channel, const std::function<Fit(ItemPtr&)>& fits,
                             bool& full) {
    std::vector<FairShare*> order;
    for (auto& share : cls.shares) {
        if (share->ready(channel) != nullptr) order.push_back(share.get());
    }
    // An application that was idle starts at the present: idleness earns no credit.
    for (FairShare* share : order)
        share->virtual_time = std::max(share->virtual_time, cls.virtual_time);
    std::stable_sort(order.begin(), order.end(),
                     [](const FairShare* a, const FairShare* b) { return a->virtual_time < b->virtual_time; });
    for (FairShare* share : order) {
        ItemPtr item = pick_from(*share, channel, fits, full);
        if (full) return nullptr;
        if (!item) continue;
        cls.virtual_time = share->virtual_time;
        share->virtual_time += 1 / std::max(share->weight, 0.001);
        return item;
    }
    return nullptr;
}

ItemPtr Scheduler::pick_from(FairShare& share, std::string_view channel, const std::function<Fit(ItemPtr&)>& fits,
                             bool& full) {
    auto* ready = share.ready(channel);
    if (ready == nullptr) return nullptr;
    for (auto at = ready->begin(); at != ready->end();) {
        PoolState& pool = **at;
        ++at;  // the pool may leave the set
        ItemPtr item = pick_from(pool, channel, fits, full);
        if (full) return nullptr;
        if (!item) continue;
        share.pool_time = pool.virtual_time;
        share.move_to(pool, pool.virtual_time + 1);
        return item;
    }
    return nullptr;
}

ItemPtr Scheduler::pick_from(PoolState& pool, std::string_view channel, const std::function<Fit(ItemPtr&)>& fits,
                             bool& full) {
    const auto line = std::ranges::find(pool.lines, channel, &PoolState::Line::channel);
    ++steps_;
    while (line != pool.lines.end() && !line->ready.empty()) {
        ++steps_;
        const std::size_t bytes = line->ready.front()->body_bytes;
        switch (fits(line->ready.front())) {
            case Fit::take: {
                ItemPtr item = std::move(line->ready.front());
                line->ready.pop_front();
                left_line(pool, *line, bytes);
                return item;
            }
            case Fit::parked:
                line->ready.pop_front();
                left_line(pool, *line, bytes);
                break;
            case Fit::full:
                full = true;
                return nullptr;
            case Fit::refuse:
                return nullptr;
        }
    }
    return nullptr;
}

}  // namespace chapar::queue
