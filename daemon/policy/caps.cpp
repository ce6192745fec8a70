#include "policy/caps.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "policy/explain.hpp"
#include "policy/gates.hpp"

namespace chapar::policy {
namespace {

constexpr double millionths = 1e6;

/// The rules that decide on this message, and their windows.
void select(const Ask& ask, int step, std::vector<Applied>& out) {
    const auto traits = ask.traits(step);
    bool overrides = false;
    for (const auto* cap : ask.plan.binding) {
        if (!matches(cap->set.match, traits)) continue;
        Applied applied;
        applied.cap = cap;
        if (!set_window(ask, applied)) continue;
        overrides = overrides || cap->set.override_;
        out.push_back(applied);
    }
    if (overrides) std::erase_if(out, [](const Applied& applied) { return !applied.cap->set.override_; });
}

Amount amount(const Ask& ask, int step) { return ask.subject.amount ? ask.subject.amount(step) : Amount{}; }

void place(const Ask& ask, int step, std::vector<Applied>& all) {
    std::optional<Amount> takes;
    for (auto& applied : all) {
        const auto& cap = *applied.cap;
        if (!cap.reads()) continue;
        if (cap.set.count_by != config::CapSettings::CountBy::messages && !takes) takes = amount(ask, step);
        applied.mine = amount_of(cap, takes.value_or(Amount{}));
        applied.scope = scope_of(ask, cap, step);
    }
}

/// The rules that decide, with their windows and scopes: what needs no history.
void find_applied(const Ask& ask, int step, std::vector<Applied>& out) {
    auto& known = ask.of(step).caps;
    if (known) {
        out = *known;
        return;
    }
    const int before = ask.readings.asked;
    select(ask, step, out);
    place(ask, step, out);
    if (ask.readings.asked == before) known = out;
}

void measure(const Ask& ask, std::vector<Applied>& all, History& history) {
    for (const auto& applied : all)
        if (applied.cap->reads()) history.want(applied);
    history.read(ask);
    for (std::size_t i = 0; i < all.size(); ++i)
        count(ask, history, i, all[i]);
}

void add_slot(Verdict& pass, model::Scope scope, const model::Use& use) {
    for (const auto& slot : pass.reserve)
        if (slot.scope == scope) return;
    pass.reserve.push_back({scope, use});
}

/// All but the one that decided, which its verdict tells.
void tell_all(const Ask& ask, int step, const std::vector<Applied>& all, const Verdict& verdict) {
    if (ask.findings() == nullptr) return;
    for (const auto& applied : all) {
        if (verdict.kind != Verdict::Kind::pass && verdict.finding.rule == applied.cap->set.name) continue;
        auto word = cap_finding(ask, step, applied);
        if (applied.is_reached && verdict.kind == Verdict::Kind::pass) {
            word.passed = true;
            word.words += " It takes the place of a less important message.";
        }
        tell(ask, std::move(word));
    }
}

/// Once as the mark is passed (what is counted and what goes are one commit, so nobody else passes it), and whenever
/// the limit keeps something back.
void raise_alarms(const std::vector<Applied>& all, Verdict& verdict) {
    for (const auto& applied : all) {
        const auto& cap = *applied.cap;
        if (cap.set.alarm <= 0 || cap.set.never || cap.set.min_interval.count() > 0) continue;
        const double mark = cap.set.alarm * static_cast<double>(cap.limit);
        const auto before = static_cast<double>(applied.used), after = static_cast<double>(applied.used + applied.mine);
        const bool passes = verdict.kind == Verdict::Kind::pass && before < mark && after >= mark;
        if (!applied.is_reached && !passes) continue;
        const double unit = cap.set.count_by == config::CapSettings::CountBy::cost ? millionths : 1;
        verdict.alarms.push_back({cap.set.name, applied.is_reached, (passes ? after : before) / unit,
                                  static_cast<double>(cap.limit) / unit});
    }
}

struct Scratch {
    std::vector<Applied> applied;
    std::vector<Applied*> reached;
    History history;
};

Verdict judge(const Ask& ask, int step, Scratch& scratch) {
    auto& applied = scratch.applied;
    for (auto& each : applied)
        if (each.is_reached) scratch.reached.push_back(&each);
    Verdict pass;
    if (!scratch.reached.empty()) {
        const bool all_replace = std::all_of(scratch.reached.begin(), scratch.reached.end(), [](const Applied* each) {
            return each->cap->set.over == config::CapSettings::Over::replace_lower;
        });
        if (all_replace && !ask.plan.is_otp) pass.displace = lower_ones(ask, scratch.history, applied);
        if (pass.displace.empty()) return over_cap(ask, step, scratch.reached);
        pass.displaced_by = scratch.reached.front()->cap->set.name;
    } else if (auto waits = arbitrate(ask, step, scratch.history, applied)) {
        return std::move(*waits);
    }
    if (auto waits = gather(ask, step, scratch.history, applied, pass)) return std::move(*waits);
    if (ask.subject.carries) carry_on(ask, step, pass);
    reserve(ask, step, pass);
    return pass;
}

}  // namespace

void reserve(const Ask& ask, int step, Verdict& pass) {
    const auto& plan = ask.plan;
    const bool is_remembered = has_content(ask.subject);
    const bool counts_apart = plan.is_otp && !plan.cls.counts && !plan.binding.empty();
    if (!plan.cls.counts && !is_remembered && !counts_apart && pass.contents.empty()) return;
    const auto takes = amount(ask, step);
    model::Use use;
    use.at = ask.now;
    use.key = ask.subject.key;
    use.segments = takes.segments;
    use.cost = takes.cost;
    pass.kind_of_slots = ask.kind(step);
    if (plan.cls.counts) pass.reserve.push_back({ask.person(step), use});
    const auto traits = ask.traits(step);
    for (const auto* cap : counts_apart ? plan.binding : plan.counting) {
        if (cap->reads() && matches(cap->set.match, traits)) add_slot(pass, scope_of(ask, *cap, step), use);
    }
    if (is_remembered) add_slot(pass, dedupe_scope(ask, step), use);
    for (const auto content : pass.contents)
        add_slot(pass, content, use);
}

Finding cap_finding(const Ask& ask, int step, const Applied& applied) {
    const auto& set = applied.cap->set;
    const auto& zone = applied.cap->zone != nullptr ? *applied.cap->zone : ask.persons_zone();
    const double unit = set.count_by == config::CapSettings::CountBy::cost ? millionths : 1;
    auto out = finding(GateName::cap, !applied.is_reached, ask, step, {});
    out.rule = set.name;
    out.counter = static_cast<double>(applied.used) / unit;
    out.limit = static_cast<double>(applied.cap->limit) / unit;
    if (!set.never && applied.from != Timestamp{}) out.from = applied.from;
    out.to = applied.to;
    out.next = applied.next;
    if (set.never) {
        out.words = fmt::format("Cap \"{}\" never lets such a message through", set.name);
    } else if (set.min_interval.count() > 0) {
        const auto since = length_words(set.min_interval);
        out.words = applied.is_reached ? fmt::format("Cap \"{}\": less than {} since the last one", set.name, since)
                                       : fmt::format("Cap \"{}\": nothing within the last {}", set.name, since);
    } else {
        out.words = fmt::format("Cap \"{}\": {} used", set.name, counter_words(set, out.counter, out.limit));
        if (out.from) out.words += " since " + moment_words(*out.from, zone);
        if (applied.is_reached && applied.mine > 1)
            out.words += fmt::format(", and this one takes {:g}", static_cast<double>(applied.mine) / unit);
    }
    if (applied.is_reached) {
        out.words += applied.next ? "; the next may go from " + moment_words(*applied.next, zone) + " on"
                                  : std::string("; no time is known at which it may go");
    }
    out.words += ".";
    return out;
}

Verdict check_caps(const Ask& ask, int step) {
    static thread_local Scratch scratch;
    scratch.applied.clear();
    scratch.reached.clear();
    scratch.history.clear();
    if (!ask.plan.binding.empty()) {
        find_applied(ask, step, scratch.applied);
        measure(ask, scratch.applied, scratch.history);
    }
    auto verdict = judge(ask, step, scratch);
    raise_alarms(scratch.applied, verdict);
    tell_all(ask, step, scratch.applied, verdict);
    return verdict;
}

}  // namespace chapar::policy
