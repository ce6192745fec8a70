// Which route a message takes, what it costs there, and who is told of what it costs.

#include <fmt/format.h>

#include <algorithm>

#include "base/log.hpp"
#include "config/prices.hpp"
#include "dispatch/costs.hpp"
#include "dispatch/dispatcher.hpp"

namespace chapar::dispatch {
namespace {

constexpr Milliseconds alarm_pause{60'000};
constexpr double millionths = 1e6;

std::string shown_cost(const config::Settings& settings, Money cost) {
    return show_money(cost) + ' ' + settings.policy.currency;
}

}  // namespace

bool Dispatcher::is_primary(const Route& route, const std::string& class_name) const {
    const Monotonic now = deps_.clock.monotonic();
    for (const bool also_slow : {false, true}) {
        for (const auto& candidate : routes_) {
            if (candidate->settings().channel != route.settings().channel || !candidate->serves(class_name)) continue;
            if (candidate->is_slow() && !also_slow) continue;
            if (candidate.get() == &route) return true;
            if (candidate->is_healthy(now)) return false;  // an earlier route of the channel is well
        }
    }
    return false;
}

std::shared_ptr<Route> Dispatcher::best_route(const queue::Item& item, const Route* except) const {
    const Monotonic now = deps_.clock.monotonic();
    const auto& step = item.step();
    const auto* channel = config::find_channel(*settings_, step.channel);
    const bool by_price = channel != nullptr && channel->by_price;
    const auto sender = sender_of(item);
    std::shared_ptr<Route> best;
    std::pair<bool, Money> least;  // one whose receipts come goes before all whose receipts do not
    for (const auto& candidate : routes_) {
        const auto& settings = candidate->settings();
        if (candidate.get() == except || settings.channel != model::queued_for(step)) continue;
        if (!candidate->is_healthy(now)) continue;
        if (!config::serves(settings, item.queued.message.class_name, step.address, sender)) continue;
        const auto cost = by_price ? config::unit_cost(*settings_, settings, step.address) : Money{};
        const std::pair rank(candidate->is_slow(), cost);
        if (best && rank >= least) continue;
        best = candidate;
        least = rank;
    }
    return best;
}

/// Only where lines ask for it; `note_senders` has read it.
std::string Dispatcher::sender_of(const queue::Item& item) const {
    const auto step = static_cast<std::size_t>(item.queued.progress.step);
    return step < item.senders.size() && lined_->contains(item.step().channel) ? item.senders[step] : std::string();
}

bool Dispatcher::lacks_senders(const queue::Item& item) const {
    return item.senders.empty() && lined_->contains(item.step().channel);
}

/// To the route that it should take, or, where none can take it, back to the store for a while.
queue::Fit Dispatcher::pass_on(queue::ItemPtr& item) {
    const auto best = best_route(*item);
    const Timestamp due = deps_.clock.now() + Route::given_back_for;
    if (!best) {
        const auto& step = item->step();
        const auto sender = sender_of(*item);
        const auto whom = sender.empty() ? step.address : fmt::format("{} as {}", step.address, sender);
        return set_aside(item, due, model::Reason::no_route,
                         fmt::format("no route of {} that takes {} can send now", step.channel, whom));
    }
    Lane& lane = best->lane(*item);
    if (!Route::may_park(lane, deps_.clock.monotonic()))
        return set_aside(item, due, model::Reason::lane_throttled, best->settings().name + ' ' + lane.destination);
    scheduler_.shelter(*item);
    best->park(lane, std::move(item));
    wake();
    return queue::Fit::parked;
}

std::string Dispatcher::why_route(const Route& route, const queue::Item& item) const {
    const Monotonic now = deps_.clock.monotonic();
    const auto& step = item.step();
    const auto* channel = config::find_channel(*settings_, step.channel);
    const bool by_price = channel != nullptr && channel->by_price;
    const auto cost = [&](const Route& of) {
        return shown_cost(*settings_, config::unit_cost(*settings_, of.settings(), step.address));
    };
    const auto sender = sender_of(item);
    auto out = by_price ? fmt::format("{}, the cheapest at {}", route.settings().name, cost(route))
                        : fmt::format("{}, the first that takes it", route.settings().name);
    for (const auto& other : routes_) {
        const auto& settings = other->settings();
        if (other.get() == &route || settings.channel != model::queued_for(step)) continue;
        out += "; " + settings.name;
        if (!config::serves(settings, item.queued.message.class_name, step.address, sender))
            out += " does not take it";
        else if (!other->is_healthy(now))
            out += other->pause_reason() ? " is paused" : " rests, its provider fails";
        else if (other->is_slow())
            out += " has too few receipts";
        else
            out += by_price ? " at " + cost(*other) : " stands behind";
    }
    return out;
}

Facts Dispatcher::facts_of(const Asking& asking, std::size_t index) {
    const auto& item = *asking.items[index];
    const auto& settings = *asking.settings;
    const auto& message = item.queued.message;
    const int step = item.queued.progress.step;
    const Timestamp now = deps_.clock.now();
    auto facts = read_facts(message, step, settings.daemon.country, asking.paths);
    facts.carries = !digest_template(item.queued.progress.trace).empty();
    const bool has_sms = std::ranges::any_of(message.plan, [](const auto& each) { return each.channel == "sms"; });
    if (asking.counts_segments && has_sms) {
        const SiteDefaults site{settings.daemon.timezone, settings.daemon.locale};
        facts.segments = count_segments(message, deps_.catalogue, site, now, step, asking.text);
    }
    if (asking.is_priced && !facts.is_test) {
        facts.price(settings, &asking.by);
        const auto segments = facts.segments_of(step);
        const auto* price = config::price_of(asking.by, item.step().address);
        const Money unit = price != nullptr ? price->segment * recipients_of(item.step())
                                            : facts.unit_costs[static_cast<std::size_t>(step)];
        const bool own = price != nullptr && !price->currency.empty();
        if (price != nullptr || unit.micros != 0) {
            facts.estimate = model::Cost{item.queued.progress.attempts + 1, segments, unit * segments,
                                         own ? price->currency : settings.policy.currency};
            facts.notes.push_back({now, model::Reason::estimated, model::estimated_detail(*facts.estimate)});
        }
    }
    if (index < asking.why.size()) facts.notes.push_back({now, model::Reason::routed, asking.why[index]});
    return facts;
}

void Dispatcher::learn_prices() {
    choosing_.clear();
    std::set<std::string> lined;
    data_paths_ = data_paths(*settings_);
    is_priced_ = std::ranges::any_of(settings_->channels, [](const auto& each) { return each.cost.micros != 0; });
    for (const auto& channel : settings_->channels)
        if (channel.by_price) choosing_.insert(channel.name);
    for (const auto& route : settings_->routes) {
        if (!route.lines.empty()) lined.insert(route.channel);
        if (!route.prefixes.empty() || !route.lines.empty()) choosing_.insert(route.channel);
        is_priced_ = is_priced_ || !route.prices.empty();
    }
    lined_ = std::make_shared<const std::set<std::string>>(std::move(lined));
    counts_segments_ = is_priced_ || std::ranges::any_of(settings_->caps, [](const auto& cap) {
                           return cap.count_by != config::CapSettings::CountBy::messages;
                       });
}

void count_cost(metrics::Registry& metrics, std::string_view what, const std::string& route, const model::Cost& cost) {
    metrics
        .counter(fmt::format("cost_{}_total", what), fmt::format("Money {}, by route and currency.", what),
                 {{"route", route}, {"currency", cost.currency}})
        .add(static_cast<double>(cost.amount.micros) / millionths);
}

void Dispatcher::raise(const std::vector<policy::CapAlarm>& alarms) {
    for (const auto& alarm : alarms) {
        deps_.metrics
            .counter("cap_alarms_total", "Caps with an alarm that were brought over their mark, or kept messages back.",
                     {{"cap", alarm.rule}, {"reached", alarm.is_reached ? "yes" : "no"}})
            .add();
        const Monotonic now = deps_.clock.monotonic();
        auto& quiet_until = alarm_at_[alarm.rule];
        if (alarm.is_reached && now < quiet_until) continue;
        if (alarm.is_reached) quiet_until = now + alarm_pause;
        log::warning("cap.alarm", "cap \"{}\" {}: {:.10g} of {:.10g} used", log::Field("cap", alarm.rule),
                     alarm.is_reached ? "is reached and keeps messages back" : "passes its mark", alarm.counter,
                     alarm.limit);
    }
}

}  // namespace chapar::dispatch
