#include "dispatch/route.hpp"

#include "config/prices.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace chapar::dispatch {

Route::Route(int index, config::RouteSettings settings, std::shared_ptr<plugin::Instance> instance)
    : index_(index),
      settings_(std::move(settings)),
      lines_(config::parse_lines(settings_.lines)),
      instance_(std::move(instance)),
      bucket_(settings_.rate) {
    receipts_.set_wait(settings_.receipts_within);
}

Route::Slowness Route::look_at_receipts(Monotonic now) {
    receipt_count_ = receipts_.count(now);
    const bool was_slow = std::exchange(is_slow_, receipt_count_.judged >= queue::ReceiptWatch::fewest &&
                                                      receipt_count_.share() >= settings_.receipts_missing);
    return {is_slow_, is_slow_ != was_slow, receipt_count_};
}

void Route::apply(int index, config::RouteSettings settings, std::shared_ptr<plugin::Instance> instance) {
    index_ = index;
    settings_ = std::move(settings);
    lines_ = config::parse_lines(settings_.lines);
    instance_ = std::move(instance);
    bucket_.set_rate(settings_.rate);
    receipts_.set_wait(settings_.receipts_within);
    for (auto& [key, lane] : lanes_)
        lane.concurrency.set_ceiling(lane_ceiling());
}

bool Route::reports_later() const { return instance_->traits().reports_later(); }

bool Route::serves(const std::string& class_name) const { return config::serves(settings_, class_name, {}); }

std::int64_t Route::max_in_flight() const {
    const auto traits = static_cast<std::int64_t>(instance_->traits().max_in_flight);
    return settings_.max_in_flight == 0 ? std::max<std::int64_t>(traits, 1) : settings_.max_in_flight;
}

std::int64_t Route::room(config::Priority priority) const {
    const auto all = max_in_flight();
    if (priority == config::Priority::critical) return all - in_flight_;
    const std::int64_t wanted = settings_.reserve != 0 ? settings_.reserve : all / 10;
    const std::int64_t reserve = std::min(wanted, all - 1);  // somebody must be able to go
    return all - reserve - in_flight_;
}

double Route::lane_ceiling() const {
    const auto all = static_cast<double>(max_in_flight());
    // Half by default: one destination that dawdles leaves the other half to everybody else.
    return settings_.per_destination == 0 ? std::ceil(all / 2) : std::min<double>(settings_.per_destination, all);
}

Lane& Route::lane(const queue::Item& item) {
    const auto destination = item.destination();
    std::string key = item.queued.message.class_name;
    key += '\n';
    key += destination;
    const auto found = lanes_.find(key);
    if (found != lanes_.end()) return found->second;
    Lane fresh{item.queued.message.class_name, std::string(destination), 0, queue::Concurrency(lane_ceiling())};
    return lanes_.emplace(std::move(key), std::move(fresh)).first->second;
}

Lane* Route::ready_lane(Monotonic now,
                        const std::function<std::optional<config::Priority>(const std::string&)>& may) const {
    Lane* best = nullptr;
    config::Priority best_priority{};
    for (Lane* lane : parked_lanes_) {
        if (!lane->concurrency.may_start(lane->in_flight, now)) continue;
        const auto priority = may(lane->class_name);
        if (!priority || (best != nullptr && *priority >= best_priority)) continue;
        best = lane;
        best_priority = *priority;
    }
    return best;
}

queue::ItemPtr Route::unpark(Lane& lane) {
    queue::ItemPtr item = std::move(lane.parked.front());
    lane.parked.pop_front();
    const auto place = std::find(parked_lanes_.begin(), parked_lanes_.end(), &lane);
    parked_lanes_.erase(place);
    if (!lane.parked.empty()) parked_lanes_.push_back(&lane);
    return item;
}

std::vector<queue::ItemPtr> Route::unpark_all() {
    std::vector<queue::ItemPtr> out;
    for (auto& [key, lane] : lanes_) {
        std::move(lane.parked.begin(), lane.parked.end(), std::back_inserter(out));
        lane.parked.clear();
    }
    parked_lanes_.clear();
    return out;
}

void Route::pause(std::string reason, bool by_credentials) {
    pause_reason_ = std::move(reason);
    paused_by_credentials_ = by_credentials;
}

void Route::resume() {
    pause_reason_.reset();
    paused_by_credentials_ = false;
    circuit_ = {};
}

bool Route::may_park(const Lane& lane, Monotonic now) {
    constexpr Milliseconds short_rest{10'000};
    if (lane.parked.size() < parked_limit) return true;
    if (now + short_rest < lane.concurrency.rests_until()) return false;
    const std::chrono::duration<double> busy = now - lane.busy_since;
    if (busy < std::chrono::seconds(1)) return true;  // too early to say
    const double pace = static_cast<double>(lane.ended) / busy.count();
    return static_cast<double>(lane.parked.size()) < pace * std::chrono::duration<double>(given_back_for).count();
}

void Route::started(Lane& lane, Monotonic now) {
    if (lane.in_flight == 0) {
        lane.busy_since = now;
        lane.ended = 0;
    }
    ++lane.in_flight;
    ++in_flight_;
    circuit_.on_start();
}

void Route::never_started(Lane& lane) {
    --lane.in_flight;
    --in_flight_;
}

void Route::park(Lane& lane, queue::ItemPtr item) {
    if (lane.parked.empty()) parked_lanes_.push_back(&lane);
    lane.parked.push_back(std::move(item));
}

void Route::ended(Lane& lane, const model::Outcome& outcome) {
    ++lane.ended;
    --lane.in_flight;
    --in_flight_;
    switch (outcome.verdict) {
        case model::Verdict::accepted:
        case model::Verdict::delivered:
            ++sent_;
            break;
        case model::Verdict::retry:
            ++retried_;
            break;
        case model::Verdict::rejected:
            ++rejected_;
            break;
        case model::Verdict::unknown:
            ++unknown_;
            break;
    }
}

RouteView Route::view(Monotonic now) const {
    RouteView out;
    out.name = settings_.name;
    out.channel = settings_.channel;
    out.plugin = settings_.plugin;
    out.state = "open";
    if (pause_reason_) {
        out.state = "paused";
        out.why = *pause_reason_;
    } else if (circuit_.state() == queue::Circuit::State::open && now < circuit_.rests_until()) {
        out.state = "circuit_open";
        const auto rest = std::chrono::ceil<std::chrono::seconds>(circuit_.rests_until() - now);
        out.why = fmt::format("the provider keeps failing; it rests for {} more, then one message tries it", rest);
    }
    if (out.state == "open" && is_slow_) {
        out.state = "receipts_slow";
        out.why = fmt::format("{} of {} accepted messages have no receipt after {}; another route is preferred",
                              receipt_count_.missing, receipt_count_.judged,
                              std::chrono::duration_cast<std::chrono::seconds>(receipts_.wait()));
    }
    out.in_flight = in_flight_;
    out.max_in_flight = max_in_flight();
    out.rate = settings_.rate;
    out.sent = sent_;
    out.retried = retried_;
    out.rejected = rejected_;
    out.unknown = unknown_;
    return out;
}

std::vector<LaneView> Route::lanes(Monotonic now, Timestamp wall) const {
    std::vector<LaneView> out;
    for (const auto& [key, lane] : lanes_) {
        LaneView view{settings_.name,
                      lane.class_name,
                      lane.destination,
                      lane.in_flight,
                      static_cast<std::int64_t>(lane.concurrency.limit()),
                      {}};
        if (now < lane.concurrency.rests_until()) {
            const auto until = wall + std::chrono::ceil<Milliseconds>(lane.concurrency.rests_until() - now);
            view.why = fmt::format("the destination asked to slow down; nothing new before {:%FT%TZ}",
                                   std::chrono::floor<std::chrono::seconds>(until));
        }
        out.push_back(std::move(view));
    }
    return out;
}

void Route::forget_idle_lanes(Monotonic now) {
    std::erase_if(lanes_, [&](const auto& entry) {
        const Lane& lane = entry.second;
        return lane.in_flight == 0 && lane.parked.empty() && lane.concurrency.is_pristine(now);
    });
}

}  // namespace chapar::dispatch
