#include "dispatch/gate.hpp"

namespace chapar::dispatch {
namespace {

/// A plan that the writer gets later than this is made anew: a window may have opened or a message's time be over.
constexpr Milliseconds plan_stands{1'000};

/// One entry for all: a trace is not long.
model::TraceEntry left_out_entry(const policy::Subject& subject, const policy::Decision& decision, Timestamp now) {
    const auto& copies = subject.plan[static_cast<std::size_t>(subject.step)].copies;
    std::string words;
    for (const auto& [index, why] : decision.left_out)
        words += (words.empty() ? "" : " ") + model::pointer_of(copies[index]) + ": " + why;
    return {now, model::Reason::copy_left_out, std::move(words)};
}

}  // namespace

PolicyGate::PolicyGate(std::shared_ptr<const policy::Rules> rules, const Clock& clock, Timestamp now,
                       std::vector<Facts> facts)
    : rules_(std::move(rules)), clock_(clock), facts_(std::move(facts)), told_(facts_.size()) {
    model::ReadPlan plan;
    for (const auto& each : facts_) {
        questions_.emplace_back(*rules_, each.subject(), now).plan(plan);
        if (each.asks_person()) model::ReadPlan::add(plan.people, each.who());
        plan_.append(std::move(plan));
        plan.clear();
    }
}

bool PolicyGate::decide_tracking(std::size_t index, const model::ReadSet& set, model::ReadPlan& more,
                                 model::Ruling& ruling) {
    const auto& facts = facts_[index];
    if (!facts.tracking) return true;
    auto question = *facts.tracking;
    if (facts.asks_person()) {
        auto who = facts.who();
        const auto* said = set.said(who);
        if (said == nullptr) {
            model::ReadPlan::add(more.people, std::move(who));
            return false;
        }
        const auto& step = facts.message->plan[static_cast<std::size_t>(facts.step)];
        question.person = engage::tracking_consent(said->words, step.channel);
    }
    told_[index].tracking = engage::decide_tracking(question).tracking;
    ruling.is_unwatched = told_[index].tracking == engage::Tracking::none;
    return true;
}

std::optional<model::Ruling> PolicyGate::rule(std::size_t index, const model::ReadSet& set, model::ReadPlan& more) {
    auto& question = questions_[index];
    const auto asked = clock_.now();
    if (asked - question.now() > plan_stands || asked < question.now()) question.renew(asked);
    auto decided = question.decide(set, more);
    if (!decided) return std::nullopt;
    auto& decision = *decided;
    auto& ruling = decision.ruling;
    auto& told = told_[index] = {};
    told.alarms = std::move(decision.alarms);
    if (ruling.action != model::Ruling::Action::go) {
        if (!ruling.trace.empty()) told.reason = ruling.trace.front().reason;
        return std::move(ruling);
    }
    if (!decide_tracking(index, set, more, ruling)) return std::nullopt;
    const auto now = questions_[index].now();
    const auto& notes = facts_[index].notes;
    ruling.trace.insert(ruling.trace.end(), notes.begin(), notes.end());
    for (const auto& [copy, why] : decision.left_out)
        told.left_out.push_back(copy);
    if (!told.left_out.empty()) ruling.trace.push_back(left_out_entry(questions_[index].subject(), decision, now));
    if (!decision.digest_template.empty()) {
        told.digest = {now, model::Reason::digest, std::move(decision.digest_template)};
        ruling.trace.push_back(*told.digest);
    }
    return std::move(ruling);
}

}  // namespace chapar::dispatch
