#include "policy/quiet.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "policy/explain.hpp"

namespace chapar::policy {
namespace {

using OnHit = config::QuietSettings::OnHit;
using Weekly = std::array<std::vector<config::Span>, 7>;

/// A rule as it is for one person.
struct Window {
    std::string_view rule;
    const Weekly* weekly;
    const Quiet* quiet;   // nullptr: the person's own schedule
    const Zone* zone;     // nullptr: none is known, so it counts as open at every hour
    Milliseconds spread;  // how much later it ends for this person
};

constexpr std::string_view own_name = "own schedule";

struct Open {
    Timestamp from, to;
    std::string_view holiday;
};

/// Looks at one span of a day; keeps the one that ends last.
void look(const Window& window, std::int64_t day, config::Span span, std::string_view holiday, Timestamp at,
          std::optional<Open>& found) {
    const auto from = window.zone->at(day, span.from);
    if (from > at) return;
    const auto last = span.to <= span.from ? span.to + 1440 : span.to;
    const auto end = window.zone->at_last(day, last);
    const auto to = end + window.spread;
    if (from < end && at < to && (!found || found->to < to)) found = Open{from, to, holiday};
}

/// The window's span that holds `at`; of several the one that ends last.
std::optional<Open> open_at(const Window& window, Timestamp at) {
    const auto today = window.zone->local(at).day;
    const auto* holidays = window.quiet != nullptr ? window.quiet->holidays.get() : nullptr;
    std::optional<Open> found;
    // By the day on which a span begins. Two days back: a whole day with its spread; one ahead: where an overlap
    // reaches back over midnight.
    for (auto day = today - 2; day <= today + 1; ++day) {
        const auto* spans = &(*window.weekly)[static_cast<std::size_t>(Local{day, 0}.weekday())];
        const auto holiday = holidays != nullptr ? holidays->name_of(day) : std::string_view();
        if (!holiday.empty()) {
            const auto& own = window.quiet->set.on_holidays;
            // Without hours of its own the whole day, and the night that follows, so that nobody is woken at its end.
            if (own.empty())
                look(window, day, {0, 1440}, holiday, at, found);
            else
                spans = &own;
        }
        for (const auto& span : *spans)
            look(window, day, span, holiday, at, found);
    }
    return found;
}

struct Found {
    std::vector<Window> windows, without_zone;
    Weekly own;
};

Milliseconds offset_within(Milliseconds spread, model::Scope person) {
    if (spread.count() <= 0) return Milliseconds{0};
    return Milliseconds(
        static_cast<std::int64_t>(static_cast<std::uint64_t>(person) % static_cast<std::uint64_t>(spread.count())));
}

void find_windows(const Ask& ask, int step, Found& out) {
    const auto traits = ask.traits(step);
    for (const auto* quiet : ask.plan.quiet) {
        if (!matches(quiet->set.match, traits)) continue;
        const auto* zone = ask.zone_by(quiet->chain);
        if (zone == nullptr) {
            if (ask.plan.cls.unknown_zone_holds)
                out.without_zone.push_back({quiet->set.name, &quiet->set.weekly, quiet, nullptr, Milliseconds{0}});
            continue;
        }
        const bool spreads = quiet->set.on_hit == OnHit::hold && quiet->set.spread.count() > 0;
        const auto spread = spreads ? offset_within(quiet->set.spread, ask.person(step)) : Milliseconds{0};
        out.windows.push_back({quiet->set.name, &quiet->set.weekly, quiet, zone, spread});
    }
    if (ask.plan.obeys_quiet && !ask.subject.own_quiet.empty()) {
        out.own = read_own_quiet(ask.subject.own_quiet);
        out.windows.push_back({own_name, &out.own, nullptr, ask.zone_by(ask.rules.own_chain), Milliseconds{0}});
    }
}

/// The first moment from `at` on at which no window is open; past `enough` it is not followed further.
Timestamp closed_from(const std::vector<Window>& windows, Timestamp at, Timestamp enough) {
    for (;;) {
        auto end = at;
        for (const auto& window : windows)
            if (const auto open = open_at(window, at)) end = std::max(end, open->to);
        if (end == at || end >= enough) return end;
        at = end;
    }
}

OnHit on_hit(const Window& window) { return window.quiet == nullptr ? OnHit::hold : window.quiet->set.on_hit; }

int strictness(const Window& window) {
    const auto hit = on_hit(window);
    return hit == OnHit::drop ? 2 : hit == OnHit::switch_channel ? 1 : 0;
}

/// The strictest word of the windows that are open decides: drop, then switch, then hold.
void decide_hit(const Ask& ask, const std::vector<const Window*>& open, Verdict& verdict) {
    using Kind = Verdict::Kind;
    verdict.kind = Kind::hold;
    for (const auto* window : open) {
        const auto hit = on_hit(*window);
        if (hit == OnHit::drop) verdict.kind = Kind::stop;
        if (hit != OnHit::switch_channel) continue;
        if (verdict.kind == Kind::hold) verdict.kind = Kind::switch_to;
        verdict.only.push_back(&window->quiet->set.switch_to);
    }
    if (verdict.kind == Kind::stop) {
        verdict.later.reset();
    } else if (*verdict.later >= ask.subject.expires_at) {
        verdict.later.reset();
        if (verdict.kind == Kind::hold) {
            verdict.kind = Kind::stop;
            verdict.finding.words += " By then its time is over.";
        }
    }
}

/// `named` is the window that decides; `later` when none is open.
Verdict quiet_now(const Ask& ask, int step, const Window& named, Timestamp later) {
    Verdict verdict;
    verdict.reason = model::Reason::quiet_hours;
    verdict.later = later;
    const auto span = *open_at(named, ask.now);
    auto words = fmt::format("Quiet hours \"{}\" since {}", named.rule, moment_words(span.from, *named.zone));
    if (!span.holiday.empty()) words += fmt::format(" for {}", span.holiday);
    words += fmt::format("; no window is open from {} on.", moment_words(later, *named.zone));
    verdict.finding = finding(GateName::quiet, false, ask, step, std::move(words));
    verdict.finding.from = span.from;
    verdict.finding.to = later;
    return verdict;
}

Verdict no_zone(const Ask& ask, int step, const Window& named, Timestamp later) {
    Verdict verdict;
    verdict.reason = model::Reason::zone_unknown;
    verdict.later = later;
    verdict.finding =
        finding(GateName::quiet, false, ask, step,
                fmt::format("No time zone is known for the person, so quiet hours \"{}\" keep it back; it is "
                            "asked again each hour.",
                            named.rule));
    return verdict;
}

Verdict keep_back(const Ask& ask, int step, const Found& found, const std::vector<const Window*>& open) {
    const auto less_strict = [](const Window* a, const Window* b) { return strictness(*a) < strictness(*b); };
    const auto& named = **std::max_element(open.begin(), open.end(), less_strict);
    const auto from = found.without_zone.empty() ? ask.now : ask.now + ask_again_after;
    const auto later = closed_from(found.windows, from, ask.subject.expires_at);
    auto verdict = named.zone == nullptr ? no_zone(ask, step, named, later) : quiet_now(ask, step, named, later);
    verdict.finding.rule = named.rule;
    verdict.finding.next = later;
    decide_hit(ask, open, verdict);
    if (!verdict.later) verdict.finding.next.reset();
    return verdict;
}

}  // namespace

std::optional<Verdict> check_quiet(const Ask& ask, int step) {
    if (ask.plan.quiet.empty() && (ask.subject.own_quiet.empty() || !ask.plan.obeys_quiet)) return std::nullopt;
    auto& known = ask.of(step);
    if (known.is_not_quiet && ask.findings() == nullptr) return std::nullopt;
    static thread_local Found found;
    found.windows.clear();
    found.without_zone.clear();
    const auto [asked, missed] = std::pair(ask.readings.asked, ask.readings.missed);
    find_windows(ask, step, found);
    if (ask.readings.missed != missed) return std::nullopt;
    std::vector<const Window*> open;
    open.reserve(found.without_zone.size() + found.windows.size());
    for (const auto& window : found.without_zone)
        open.push_back(&window);
    for (const auto& window : found.windows)
        if (open_at(window, ask.now)) open.push_back(&window);
    if (!open.empty()) return keep_back(ask, step, found, open);
    known.is_not_quiet = ask.readings.asked == asked;
    if (ask.findings() != nullptr) {
        for (const auto& window : found.windows) {
            auto word = finding(GateName::quiet, true, ask, step,
                                fmt::format("Quiet hours \"{}\" are not open at {}.", window.rule,
                                            moment_words(ask.now, *window.zone)));
            word.rule = window.rule;
            tell(ask, std::move(word));
        }
    }
    return std::nullopt;
}

}  // namespace chapar::policy
