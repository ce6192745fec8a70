#include "policy/decide.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "policy/caps.hpp"
#include "policy/explain.hpp"
#include "policy/gates.hpp"
#include "policy/question.hpp"
#include "policy/quiet.hpp"

namespace chapar::policy {
namespace {

using model::Ruling;
using Kind = Verdict::Kind;

void tell_exemption(const Ask& ask, int step) {
    if (ask.findings() == nullptr) return;
    const auto& cls = ask.plan.cls;
    std::string words =
        fmt::format("Class {} {} quiet hours, {} caps and {} for them.", ask.subject.class_name,
                    cls.obeys_quiet ? "obeys" : "is exempt from", cls.obeys_caps ? "obeys" : "is exempt from",
                    cls.counts ? "counts" : "does not count");
    if (ask.plan.is_otp) words = "Class otp is only touched by caps that name it, and these only drop.";
    if (ask.subject.is_test)
        words = "A test goes to the sandbox; it neither obeys quiet hours and caps nor counts for them.";
    tell(ask, finding(GateName::exemption, true, ask, step, std::move(words)));
}

/// Every gate in its order, for one step of the plan.
Verdict ask_gates(const Ask& ask, int step) {
    if (auto verdict = check_own(ask, step)) return std::move(*verdict);
    tell_exemption(ask, step);
    if (ask.subject.is_test) return {};
    if (auto verdict = check_quiet(ask, step)) return std::move(*verdict);
    return check_caps(ask, step);
}

/// The walk along the plan: what each step was told, until one may go or nothing is left.
struct Walk {
    struct Told {
        int step;
        Verdict verdict;
    };
    std::vector<Told> blocked;
    std::vector<const std::vector<std::string>*> only;  // the lists of the switches so far

    bool may_try(std::string_view channel) const {
        return std::all_of(only.begin(), only.end(), [channel](const auto* list) { return contains(*list, channel); });
    }
    /// Whether the walk ends with this one: what a switch leads to must be able to go now, else the next is tried.
    bool ends_with(const Verdict& verdict) const {
        return only.empty() && (verdict.kind == Kind::hold || verdict.kind == Kind::stop);
    }
    /// What is true of the message as a whole is the reason of its end, whatever kept it from an earlier channel.
    /// Behind a switch it is that channel's alone: without a person's id, content is remembered by address.
    bool is_over() const {
        const auto& last = blocked.back().verdict;
        return only.empty() && (last.event == model::Event::expire || last.reason == model::Reason::duplicate_content);
    }
};

void trace(Ruling& ruling, Timestamp now, model::Reason reason, std::string words) {
    ruling.trace.push_back({now, reason, std::move(words)});
}

void trace_blocks(Ruling& ruling, Timestamp now, const Walk& walk) {
    for (const auto& told : walk.blocked)
        trace(ruling, now, told.verdict.reason, told.verdict.finding.words);
}

/// The recipient decides about the message; each of the others about one copy.
void leave_out_copies(const Ask& ask, int step, Decision& out) {
    const auto& copies = ask.step(step).copies;
    for (std::size_t i = 0; i < copies.size(); ++i)
        if (auto why = keeps_back(ask, step, copies[i]); !why.empty()) out.left_out.emplace_back(i, std::move(why));
}

Decision goes(const Ask& ask, int step, Verdict&& verdict, const Walk& walk) {
    Decision out;
    auto& ruling = out.ruling;
    if (step != ask.subject.step) {
        ruling.action = Ruling::Action::step;
        ruling.step = step;
        ruling.due = ask.now;
        trace_blocks(ruling, ask.now, walk);
        trace(ruling, ask.now, model::Reason::next_channel, ask.step(step).channel);
        return out;
    }
    ruling.action = Ruling::Action::go;
    ruling.step = step;
    ruling.reserve = std::move(verdict.reserve);
    ruling.kind = std::move(verdict.kind_of_slots);
    ruling.displace = std::move(verdict.displace);
    ruling.collect = std::move(verdict.collect);
    ruling.leave_out = std::move(verdict.leave_out);
    out.digest_template = std::move(verdict.digest_template);
    if (!ruling.displace.empty()) {
        trace(ruling, ask.now, model::Reason::released,
              fmt::format("{} less important took its place under cap \"{}\".", ruling.displace.size(),
                          verdict.displaced_by));
    }
    if (!ruling.collect.empty()) {
        trace(ruling, ask.now, model::Reason::released,
              fmt::format("It carries {} others as a digest.", ruling.collect.size()));
    }
    if (out.digest_template.empty()) leave_out_copies(ask, step, out);
    return out;
}

Decision ends(const Ask& ask, const Walk& walk) {
    Decision out;
    auto& ruling = out.ruling;
    ruling.action = Ruling::Action::end;
    const auto& first = walk.blocked.front().verdict;
    const auto& last = walk.blocked.back().verdict;
    const bool whole = walk.is_over();
    ruling.event = whole ? last.event : first.event;
    trace_blocks(ruling, ask.now, walk);
    if (whole) std::rotate(ruling.trace.begin(), ruling.trace.end() - 1, ruling.trace.end());
    return out;
}

/// Nothing may go now. It waits for the first that may go later, on the first step that is not shut for good.
Decision waits_or_ends(const Ask& ask, const Walk& walk) {
    const Walk::Told* soonest = nullptr;
    const Walk::Told* first_open = nullptr;
    for (const auto& told : walk.blocked) {
        if (!told.verdict.later) continue;
        if (soonest == nullptr || *told.verdict.later < *soonest->verdict.later) soonest = &told;
        if (first_open == nullptr) first_open = &told;
    }
    if (soonest == nullptr || walk.is_over()) return ends(ask, walk);
    Decision out;
    auto& ruling = out.ruling;
    const int step = first_open->step;
    ruling.action = step == ask.subject.step ? Ruling::Action::wait : Ruling::Action::step;
    ruling.step = step;
    ruling.due = *soonest->verdict.later;
    ruling.join = soonest->verdict.join;
    trace_blocks(ruling, ask.now, walk);
    if (ruling.action == Ruling::Action::step)
        trace(ruling, ask.now, model::Reason::next_channel, ask.step(step).channel);
    return out;
}

/// What is missed on the later steps is asked for together.
void look_ahead(const Ask& ask, Walk& walk, const Verdict& verdict, int step) {
    walk.only.insert(walk.only.end(), verdict.only.begin(), verdict.only.end());
    for (const auto size = static_cast<int>(ask.subject.plan.size()); step < size; ++step)
        if (walk.may_try(ask.step(step).channel)) ask_gates(ask, step);
}

Decision walk_plan(const Ask& ask) {
    Walk walk;
    std::vector<CapAlarm> alarms;
    const auto size = static_cast<int>(ask.subject.plan.size());
    for (int step = ask.subject.step; step < size; ++step) {
        if (!walk.may_try(ask.step(step).channel)) continue;
        const int missed = ask.readings.missed;
        auto verdict = ask_gates(ask, step);
        const bool is_worthless = ask.readings.missed != missed;
        if (is_worthless && (verdict.kind != Kind::pass || step != ask.subject.step)) {
            if (!walk.ends_with(verdict)) look_ahead(ask, walk, verdict, step + 1);
            return {};
        }
        alarms.insert(alarms.end(), verdict.alarms.begin(), verdict.alarms.end());
        if (verdict.kind == Kind::pass) {
            auto out = goes(ask, step, std::move(verdict), walk);
            out.alarms = std::move(alarms);
            return out;
        }
        tell(ask, verdict.finding);
        const bool is_end = walk.ends_with(verdict);
        for (const auto* list : verdict.only)
            walk.only.push_back(list);
        walk.blocked.push_back({step, std::move(verdict)});
        if (is_end) break;
    }
    auto out = waits_or_ends(ask, walk);
    out.alarms = std::move(alarms);
    return out;
}

/// A step outside of the plan cannot be asked about; the message is not sent on a guess.
Decision without_step(const Ask& ask) {
    Decision out;
    out.ruling.action = Ruling::Action::end;
    out.ruling.event = model::Event::suppress;
    trace(out.ruling, ask.now, model::Reason::address_missing, "The plan has no such step.");
    return out;
}

}  // namespace

Question::Question(const Rules& rules, Subject subject, Timestamp now, bool explain)
    : rules_(static_cast<const RuleSet&>(rules)),  // compile() makes no other
      subject_(std::move(subject)),
      explains_(explain) {
    ask_.emplace(rules_, subject_, readings_, now, true);
}

void Question::plan(model::ReadPlan& plan) {
    static const model::ReadSet nothing;
    decide(nothing, plan);
    rounds_ = 0;
}

void Question::renew(Timestamp now) { ask_.emplace(rules_, subject_, readings_, now, true); }

std::optional<Decision> Question::decide(const model::ReadSet& set, model::ReadPlan& more) {
    std::vector<Finding> findings;
    readings_ = {&set, &more, 0, 0, explains_ ? &findings : nullptr};
    const bool is_planned = subject_.step >= 0 && static_cast<std::size_t>(subject_.step) < subject_.plan.size();
    auto decision = is_planned ? walk_plan(*ask_) : without_step(*ask_);
    ++rounds_;
    if (readings_.missed != 0) return std::nullopt;
    decision.findings = std::move(findings);
    return decision;
}

Decision Question::answer(model::Ledger& ledger) {
    static thread_local model::ReadSet set;
    set.clear();
    model::ReadPlan more;
    plan(more);
    for (rounds_ = 0; rounds_ < model::most_rounds;) {
        set.fetch(more, ledger);
        more.clear();
        (void)set.take_damage();
        auto decision = decide(set, more);
        if (!decision) continue;
        if (const auto damage = set.take_damage(); !damage.empty()) ledger.note_damage(damage);
        set.clear();
        return std::move(*decision);
    }
    ledger.note_damage("an answer to the policy's questions");
    return without_step(*ask_);
}

Decision decide(const Rules& rules, const Subject& subject, model::Ledger& ledger, Timestamp now, bool explain) {
    return Question(rules, subject, now, explain).answer(ledger);
}

}  // namespace chapar::policy
