#include <fmt/format.h>

#include <algorithm>

#include "numbers/phone.hpp"
#include "policy/caps.hpp"
#include "policy/explain.hpp"

namespace chapar::policy {
namespace {

using Kind = config::Window::Kind;
using Scope = config::CapSettings::Scope;
using model::UseState;

std::string hex(model::Scope scope) { return fmt::format("{:016x}", static_cast<std::uint64_t>(scope)); }

/// Of a household, or of a value of the message's data. Who has none counts alone.
model::Scope named(const Ask& ask, int step, std::string_view what, std::string_view owner, std::string_view value) {
    if (!value.empty()) return named_scope(what, owner, value);
    return named_scope(std::string(what).append(" of"), {}, hex(ask.person(step)));
}

/// Of a step without a number: nothing.
std::string_view country_at(const Ask& ask, int step) {
    const std::string_view address = ask.step(step).address;
    return address.starts_with('+') ? numbers::country_of(address) : std::string_view();
}

std::string_view range_at(const Ask& ask, int step, std::uint32_t digits) {
    const std::string_view address = ask.step(step).address;
    return address.starts_with('+') ? address.substr(0, digits + 1) : std::string_view();
}

model::Scope plain_scope(const Ask& ask, const Cap& cap, int step) {
    switch (cap.set.scope) {
        case Scope::person:
            return ask.person(step);
        case Scope::endpoint:
            return endpoint_scope(ask.step(step).channel, ask.step(step).address);
        case Scope::household:
            return named(ask, step, "household", ask.rules.site_wide ? std::string_view() : ask.subject.application,
                         ask.subject.household);
        case Scope::application:
            return named_scope("application", ask.subject.application, {});
        case Scope::site:
            return named_scope("site", {}, {});
        case Scope::country:
            return named(ask, step, "country", {}, country_at(ask, step));
        case Scope::prefix:
            return named(ask, step, fmt::format("prefix {}", cap.set.prefix_digits), {},
                         range_at(ask, step, cap.set.prefix_digits));
        case Scope::data:
            break;
    }
    const auto value = ask.subject.data ? ask.subject.data(cap.set.data_path) : std::string();
    return named(ask, step, "data " + cap.set.data_path, ask.subject.application, value);
}

bool state_counts(const Cap& cap, UseState state) {
    switch (cap.set.counts) {
        case config::CapSettings::Counts::reserved:
            return true;
        case config::CapSettings::Counts::handed_off:
            return state != UseState::rejected;
        case config::CapSettings::Counts::delivered:
            return state != UseState::rejected && state != UseState::undelivered;
    }
    return true;
}

bool counts(const Ask& ask, History& history, std::size_t rule, const Applied& applied,
            const model::ReadSet::Use& seen) {
    return is_in_window(applied, seen.use.at) && holds_slot(*applied.cap, seen.use, ask.subject.key) &&
           history.counts_for(rule, *applied.cap, seen.kind);
}

/// A total lies wholly inside of the window or outside; none of its uses is only reserved.
bool counts(History& history, std::size_t rule, const Applied& applied, const model::ReadSet::Total& seen) {
    return is_in_window(applied, seen.total.first) && state_counts(*applied.cap, seen.total.state) &&
           history.counts_for(rule, *applied.cap, seen.kind);
}

std::int64_t amount_of(const Cap& cap, const model::Total& total) {
    switch (cap.set.count_by) {
        case config::CapSettings::CountBy::messages:
            return total.uses;
        case config::CapSettings::CountBy::segments:
            return total.segments;
        case config::CapSettings::CountBy::cost:
            return total.cost;
    }
    return total.uses;
}

/// Of a scope with many uses the store itself looks for the one with which enough has fallen out.
model::ReachRef reach_of(const Ask& ask, History& history, std::size_t rule, const Applied& applied,
                         std::int64_t amount) {
    using Unit = model::ReachRef::Unit;
    const auto& cap = *applied.cap;
    model::ReachRef out;
    out.unit = Unit::uses;
    if (cap.set.count_by == config::CapSettings::CountBy::segments) out.unit = Unit::segments;
    if (cap.set.count_by == config::CapSettings::CountBy::cost) out.unit = Unit::cost;
    out.scope = applied.scope;
    out.from = applied.from;
    out.to = applied.to;
    for (std::size_t kind = 0; kind < history.kind_count(); ++kind)
        if (history.counts_for(rule, cap, kind)) out.kinds.push_back(history.kind_id(kind));
    std::sort(out.kinds.begin(), out.kinds.end());
    for (const auto state :
         {UseState::reserved, UseState::handed_off, UseState::delivered, UseState::rejected, UseState::undelivered})
        if (state_counts(cap, state)) out.states |= 1U << static_cast<unsigned>(state);
    out.except = ask.subject.key;
    out.amount = amount;
    return out;
}

/// When, as the counted uses fall out of the window one by one, there is room for this message.
std::optional<Timestamp> room_at(const Ask& ask, History& history, std::size_t rule, const Applied& applied,
                                 std::int64_t used, Milliseconds length, Milliseconds grace, std::int64_t extra) {
    const auto& cap = *applied.cap;
    if (applied.mine > cap.limit) return std::nullopt;
    std::optional<Timestamp> found;
    if (!history.totals_of(applied.scope).empty()) {
        found = ask.reach(reach_of(ask, history, rule, applied, used + applied.mine - cap.limit));
    } else {
        for (const auto& seen : history.of(applied.scope)) {
            if (!counts(ask, history, rule, applied, seen)) continue;
            used -= amount_of(cap, seen.use);
            if (used + applied.mine > cap.limit) continue;
            found = seen.use.at;
            break;
        }
    }
    if (found) return *found + length - grace;
    return extra > 0 ? std::optional(ask.now + length - grace) : std::nullopt;
}

void count_interval(const Ask& ask, History& history, std::size_t rule, Applied& applied, std::int64_t extra) {
    std::optional<Timestamp> last;
    const auto later = [&last](Timestamp at) { last = std::max(last.value_or(at), at); };
    for (const auto& seen : history.of(applied.scope))
        if (counts(ask, history, rule, applied, seen)) later(seen.use.at);
    for (const auto& seen : history.totals_of(applied.scope))
        if (counts(history, rule, applied, seen)) later(seen.total.last);
    if (extra > 0) later(ask.now);
    applied.is_reached = last.has_value();
    if (last) applied.next = *last + applied.cap->set.min_interval;
}

std::optional<Timestamp> next_time(const Ask& ask, History& history, std::size_t rule, const Applied& applied,
                                   std::int64_t extra) {
    const auto& window = applied.cap->set.window;
    switch (window.kind) {
        case Kind::rolling:
            return room_at(ask, history, rule, applied, applied.used, window.length, window.grace, extra);
        case Kind::calendar:
            return applied.mine > applied.cap->limit ? std::nullopt : applied.to;
        case Kind::since_event:
            return ask.now + ask_again_after;
        case Kind::lifetime:
            return std::nullopt;
        case Kind::until:
            return window.until;
    }
    return std::nullopt;
}

}  // namespace

model::Scope scope_of(const Ask& ask, const Cap& cap, int step) {
    const auto scope = plain_scope(ask, cap, step);
    // What guards against abuse of one-time passwords counts apart: no other rule ever sees it.
    return ask.plan.is_otp && !ask.plan.cls.counts ? named_scope("otp", {}, hex(scope)) : scope;
}

std::int64_t amount_of(const Cap& cap, const Amount& amount) {
    switch (cap.set.count_by) {
        case config::CapSettings::CountBy::messages:
            return 1;
        case config::CapSettings::CountBy::segments:
            return amount.segments;
        case config::CapSettings::CountBy::cost:
            return amount.cost;
    }
    return 1;
}

std::int64_t amount_of(const Cap& cap, const model::Use& use) { return amount_of(cap, Amount{use.segments, use.cost}); }

bool holds_slot(const Cap& cap, const model::Use& use, MessageKey key) {
    if (use.key == key && use.state == UseState::reserved) return false;  // another try keeps the slot that it has
    return state_counts(cap, use.state);
}

bool is_in_window(const Applied& applied, Timestamp at) {
    return at >= applied.from && (!applied.to || at < *applied.to);
}

bool has_own_slot(const History& history, const Applied& applied, MessageKey key) {
    const auto seen = history.of(applied.scope);
    return std::any_of(seen.begin(), seen.end(), [&](const model::ReadSet::Use& each) {
        return each.use.key == key && each.use.state == UseState::reserved && is_in_window(applied, each.use.at);
    });
}

bool set_window(const Ask& ask, Applied& applied) {
    const auto& set = applied.cap->set;
    const auto& window = set.window;
    constexpr Milliseconds tick{1};
    if (set.min_interval.count() > 0) {
        applied.from = ask.now - set.min_interval + tick;
        return true;
    }
    switch (window.kind) {
        case Kind::rolling:
            applied.from = ask.now - window.length + window.grace + tick;
            return true;
        case Kind::calendar: {
            const auto& zone = applied.cap->zone != nullptr ? *applied.cap->zone : ask.persons_zone();
            const auto unit = static_cast<Unit>(window.unit);
            const auto edges = calendar_window(zone, ask.now, unit, window.jalali, window.week_starts);
            applied.from = edges.from;
            applied.to = edges.to;
            return true;
        }
        case Kind::since_event: {
            applied.from = std::max(Timestamp{}, ask.last_event(window.event).value_or(Timestamp{}));
            return true;
        }
        case Kind::lifetime:
            applied.from = Timestamp{};
            return true;
        case Kind::until:
            applied.from = Timestamp{};
            return ask.now < window.until;
    }
    return true;
}

void count(const Ask& ask, History& history, std::size_t rule, Applied& applied, std::int64_t extra) {
    const auto& cap = *applied.cap;
    if (cap.set.never) {
        applied.is_reached = true;
        if (cap.set.window.kind == Kind::until) applied.next = cap.set.window.until;
        return;
    }
    if (cap.set.min_interval.count() > 0) return count_interval(ask, history, rule, applied, extra);
    applied.used = extra;
    for (const auto& seen : history.of(applied.scope))
        if (counts(ask, history, rule, applied, seen)) applied.used += amount_of(cap, seen.use);
    for (const auto& seen : history.totals_of(applied.scope))
        if (counts(history, rule, applied, seen)) applied.used += amount_of(cap, seen.total);
    applied.is_reached = applied.used + applied.mine > cap.limit;
    if (applied.is_reached) applied.next = next_time(ask, history, rule, applied, extra);
}

}  // namespace chapar::policy
