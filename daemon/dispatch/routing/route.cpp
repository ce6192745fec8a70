#include "dispatch/routing/route.hpp"

#include "config/prices.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "queue/backoff.hpp"

namespace chapar::dispatch {
namespace {

constexpr Milliseconds throttle_rest{1'000};  // when the destination said slow down, but not for how long

}  // namespace

Route::Route(int index, config::RouteSettings settings, std::shared_ptr<plugin::Instance> instance)
    : index_(index),
      settings_(std::move(settings)),
      lines_(config::parse_lines(settings_.lines)),
      text_(config::text_options(settings_)),
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
    text_ = config::text_options(settings_);
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

const Lane* Route::fullest_lane(const std::string& class_name) const {
    const Lane* most = nullptr;
    for (const Lane* lane : parked_lanes_) {
        if (lane->class_name != class_name) continue;
        if (most == nullptr || lane->parked.size() > most->parked.size()) most = lane;
    }
    return most;
}

queue::ItemPtr Route::unpark(Lane& lane) {
    queue::ItemPtr item = std::move(lane.parked.front());
    lane.parked.pop_front();
    const auto place = std::find(parked_lanes_.begin(), parked_lanes_.end(), &lane);
    parked_lanes_.erase(place);
    if (!lane.parked.empty()) parked_lanes_.push_back(&lane);
    return item;
}

bool Route::has_parked_to_start(Monotonic now, bool is_idle) const {
    return std::ranges::any_of(parked_lanes_, [&](const Lane* lane) {
        return lane->concurrency.may_start(is_idle ? 0 : lane->in_flight, now);
    });
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

void Route::resume(Monotonic now) {
    pause_reason_.reset();
    end_rests(now);
}

void Route::end_rests(Monotonic now) {
    circuit_.end_rest(now);
    credentials_.end_rest(now);
}

std::optional<Monotonic> Route::rests_until(Monotonic now) const {
    std::optional<Monotonic> out;
    if (circuit_.state() == queue::Circuit::State::open && circuit_.rests_until() > now) out = circuit_.rests_until();
    if (credentials_.state() == queue::Credentials::State::refused && credentials_.tries_at() > now)
        out = std::max(out.value_or(now), credentials_.tries_at());
    return out;
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

void Route::started(Lane& lane, MessageKey key, Monotonic now) {
    if (lane.in_flight == 0) {
        lane.busy_since = now;
        lane.ended = 0;
    }
    ++lane.in_flight;
    ++in_flight_;
    const bool tries_circuit = circuit_.on_start();
    const bool tries_credentials = credentials_.on_start();
    if (tries_circuit || tries_credentials) probe_ = key;
}

void Route::never_started(Lane& lane, MessageKey key, Monotonic now) {
    --lane.in_flight;
    --in_flight_;
    no_lesson(key, now);
}

void Route::no_lesson(MessageKey key, Monotonic now) {
    if (probe_ != key) return;
    probe_.reset();
    circuit_.on_no_verdict(now);
    credentials_.on_no_verdict(now);
}

void Route::park(Lane& lane, queue::ItemPtr item) {
    if (lane.parked.empty()) parked_lanes_.push_back(&lane);
    lane.parked.push_back(std::move(item));
}

void Route::ended(Lane& lane, const model::Outcome& outcome, Monotonic now) {
    lane.heard_at = now;
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

Lesson Route::learn(Lane& lane, MessageKey key, const model::Outcome& outcome, Monotonic now) {
    using model::Blame, model::Verdict;
    Lesson lesson;
    switch (outcome.blame) {
        case Blame::provider:
            lesson = learn_failure(now);
            break;
        case Blame::credentials:
            lesson = learn_refusal(key, outcome, now);
            break;
        case Blame::none:
            // Nobody is to blame, yet it did not get through: the provider was perhaps never asked.
            if (outcome.verdict == Verdict::retry || outcome.verdict == Verdict::unknown) {
                no_lesson(key, now);
                return lesson;
            }
            [[fallthrough]];
        case Blame::message:
        case Blame::recipient:
        case Blame::gone:
        case Blame::lane:
            lesson.closed = circuit_.on_success();
            lesson.taken = credentials_.on_success(probe_ == key);
            failures_ = 0;
            if (lesson.taken) refusal_.reset();
            if (outcome.blame == Blame::lane) {
                const auto asked = outcome.retry_after.value_or(throttle_rest);
                lane.concurrency.on_throttle(now, std::clamp(asked, queue::retry_after_min, queue::retry_after_max));
            } else {
                lane.concurrency.on_success();
            }
            break;
    }
    if (probe_ == key) probe_.reset();
    return lesson;
}

Lesson Route::learn_failure(Monotonic now) {
    Lesson lesson;
    lesson.failures = ++failures_;
    lesson.opened = circuit_.on_failure(now);
    credentials_.on_other_failure(now);
    return lesson;
}

Lesson Route::learn_refusal(MessageKey key, const model::Outcome& outcome, Monotonic now) {
    Lesson lesson;
    const bool is_probe = probe_ == key;
    lesson.closed = circuit_.on_success();  // it answers
    failures_ = 0;
    lesson.is_first = credentials_.state() == queue::Credentials::State::trusted;
    lesson.refused = credentials_.on_refusal(key, is_probe, now);
    if (lesson.refused) {
        refusal_ = "the provider refuses our credentials: " + outcome.code;
        if (!outcome.detail.empty()) *refusal_ += ' ' + outcome.detail;
    }
    return lesson;
}

RouteView Route::view(Monotonic now, Timestamp wall) const {
    RouteView out;
    out.name = settings_.name;
    out.channel = settings_.channel;
    out.plugin = settings_.plugin;
    out.state = "sending";
    show_rest(out, now, wall);
    if (out.state == "sending" && is_slow_) {
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

/// Why nothing, or one message only, may go now.
void Route::show_rest(RouteView& view, Monotonic now, Timestamp wall) const {
    using queue::Circuit, queue::Credentials;
    if (pause_reason_) {
        view.state = "paused";
        view.why = *pause_reason_;
        return;
    }
    const bool is_refused = credentials_.state() != Credentials::State::trusted;
    if (!is_refused && circuit_.state() == Circuit::State::closed) return;
    view.why = is_refused ? refusal_.value_or("the provider refuses our credentials") : "the provider keeps failing";
    const auto until = rests_until(now);
    if (!until) {
        view.state = "probing";
        view.why += probe_ ? "; one message tries it now" : "; the next message tries it";
        return;
    }
    view.state = is_refused ? "paused" : "resting";
    view.next_try = wall + std::chrono::ceil<Milliseconds>(*until - now);
    view.why +=
        fmt::format("; one message tries it at {:%FT%TZ}", std::chrono::ceil<std::chrono::seconds>(*view.next_try));
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
        view.parked = static_cast<std::int64_t>(lane.parked.size());
        if (view.why.empty() && view.parked > 0)
            view.why = fmt::format("{} wait for one of its {} places", view.parked, view.limit);
        out.push_back(std::move(view));
    }
    return out;
}

void Route::forget_idle_lanes(Monotonic now) {
    std::erase_if(lanes_, [&](const auto& entry) {
        const Lane& lane = entry.second;
        return lane.in_flight == 0 && lane.parked.empty() && lane.concurrency.may_be_forgotten(lane.heard_at, now);
    });
}

}  // namespace chapar::dispatch
