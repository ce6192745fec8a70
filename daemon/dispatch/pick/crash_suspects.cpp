#include "dispatch/pick/crash_suspects.hpp"

#include <algorithm>

namespace chapar::dispatch {
namespace {

constexpr int strict_from = 2;               // deaths
constexpr Milliseconds moment{250};          // what the first time alone has for itself
constexpr Milliseconds longest_turn{2'000};  // of starts
constexpr Milliseconds longest_wait{5'000};  // for what is in flight on the route
constexpr Milliseconds shortest_pause{10};   // for the others
constexpr Milliseconds look_interval{20};

}  // namespace

int CrashSuspects::deaths(MessageKey key) const {
    if (deaths_.empty()) return 0;
    const auto found = deaths_.find(key);
    return found == deaths_.end() ? 0 : found->second;
}

void CrashSuspects::add(queue::ItemPtr item, std::shared_ptr<Route> route) {
    waiting_.push_back({std::move(item), std::move(route)});
}

template <class Pred>
std::vector<queue::ItemPtr> CrashSuspects::take_if(Pred pred) {
    std::vector<queue::ItemPtr> out;
    std::erase_if(waiting_, [&](Waiting& each) {
        if (!pred(each)) return false;
        out.push_back(std::move(each.item));
        return true;
    });
    return out;
}

std::vector<queue::ItemPtr> CrashSuspects::take_all() {
    turn_.reset();
    return take_if([](const Waiting&) { return true; });
}

std::vector<queue::ItemPtr> CrashSuspects::take_unhealthy(Monotonic now) {
    if (turn_ && !out_ && !turn_->route->is_healthy(now)) end_turn(now);
    return take_if([&](const Waiting& each) { return !each.route->is_healthy(now); });
}

std::vector<queue::ItemPtr> CrashSuspects::take_expired(Timestamp now) {
    return take_if([&](const Waiting& each) { return each.item->queued.message.expires_at <= now; });
}

/// The suspect with the fewest deaths whose lane may start one; of several, the one that waits longest. So the innocent
/// are cleared before the guilty one ends the daemon again.
const CrashSuspects::Waiting* CrashSuspects::next(Monotonic now) const {
    const Waiting* best = nullptr;
    int fewest = 0;
    for (const auto& each : waiting_) {
        const Lane& lane = each.route->lane(*each.item);
        if (now < lane.concurrency.rests_until()) continue;
        const int deaths = this->deaths(each.item->queued.message.id.key());
        if (best != nullptr && deaths >= fewest) continue;
        best = &each;
        fewest = deaths;
    }
    return best;
}

void CrashSuspects::end_turn(Monotonic now) {
    others_until_ = now + std::max<Monotonic::duration>(now - turn_->began, shortest_pause);
    turn_.reset();
}

std::shared_ptr<Route> CrashSuspects::turn(Monotonic now) {
    if (out_ && turn_ && !turn_->is_strict && now - out_->left >= moment) {
        slow_.emplace(out_->key, turn_->route);
        out_.reset();
    }
    if (out_) return nullptr;
    const Waiting* const candidate = next(now);
    if (turn_) {
        const bool is_strict = candidate != nullptr && deaths(candidate->item->queued.message.id.key()) >= strict_from;
        const bool is_over = turn_->first_left && now - *turn_->first_left >= longest_turn;
        const bool goes_on = candidate != nullptr && candidate->route == turn_->route && is_strict == turn_->is_strict;
        if (goes_on && !is_over) return turn_->route;
        end_turn(now);
    }
    if (candidate == nullptr || now < others_until_) return nullptr;
    turn_ = Turn{candidate->route, deaths(candidate->item->queued.message.id.key()) >= strict_from, now};
    return turn_->route;
}

bool CrashSuspects::is_overdue(Monotonic now) const {
    return turn_ && !turn_->is_strict && now - turn_->began >= longest_wait;
}

std::int64_t CrashSuspects::still_out(const Route& route) const {
    return std::ranges::count_if(slow_, [&](const auto& each) { return each.second.get() == &route; });
}

queue::ItemPtr CrashSuspects::start_next(Monotonic now) {
    const Waiting* const candidate = next(now);
    if (candidate == nullptr || !turn_) return nullptr;
    const auto place = waiting_.begin() + (candidate - waiting_.data());
    queue::ItemPtr item = std::move(place->item);
    waiting_.erase(place);
    if (!turn_->first_left) turn_->first_left = now;
    out_ = Out{item->queued.message.id.key(), now};
    return item;
}

void CrashSuspects::came_back(MessageKey key) {
    if (out_ && out_->key == key) out_.reset();
    if (!slow_.empty()) slow_.erase(key);
}

std::optional<Monotonic> CrashSuspects::look_at(Monotonic now) const {
    if (waiting_.empty() && !turn_) return std::nullopt;
    if (out_ && turn_) return turn_->is_strict ? now + longest_turn : out_->left + moment;
    if (!turn_ && others_until_ > now) return others_until_;
    return now + look_interval;
}

}  // namespace chapar::dispatch
