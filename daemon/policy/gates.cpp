#include "policy/gates.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "policy/explain.hpp"

namespace chapar::policy {
namespace {

Verdict block(Verdict::Kind kind, model::Reason reason, Finding why) {
    Verdict verdict;
    verdict.kind = kind;
    verdict.reason = reason;
    verdict.finding = std::move(why);
    return verdict;
}

void passed(const Ask& ask, int step, GateName gate, std::string_view words) {
    if (ask.findings() != nullptr) tell(ask, finding(gate, true, ask, step, std::string(words)));
}

}  // namespace

std::optional<Verdict> check_address(const Ask& ask, int step) {
    const auto& channel = ask.step(step).channel;
    if (!ask.step(step).address.empty()) return std::nullopt;
    return block(
        Verdict::Kind::move_on, model::Reason::address_missing,
        finding(GateName::address, false, ask, step, fmt::format("The person has no address for {}.", channel)));
}

std::optional<Verdict> check_suppression(const Ask& ask, int step) {
    const auto* rows = ask.suppressions(ask.step(step));
    if (rows == nullptr) return std::nullopt;
    for (const auto& row : *rows) {
        if (row.until && *row.until <= ask.now) continue;
        if (row.reach == model::SuppressionReach::marketing && ask.plan.cls.requires_ == config::Requires::none)
            continue;
        auto why = finding(GateName::suppression, false, ask, step,
                           fmt::format("The address is on the suppression list: {}{}.", row.reason,
                                       row.source.empty() ? std::string() : " (" + row.source + ')'));
        why.rule = row.reason;
        why.to = row.until;
        return block(Verdict::Kind::move_on, model::Reason::suppressed, std::move(why));
    }
    passed(ask, step, GateName::suppression, "The address is not on the suppression list.");
    return std::nullopt;
}

std::optional<Verdict> check_expiry(const Ask& ask, int step) {
    if (ask.now < ask.subject.expires_at) {
        if (ask.findings() != nullptr) {
            passed(ask, step, GateName::expiry,
                   fmt::format("It may go until {}.", moment_words(ask.subject.expires_at, ask.persons_zone())));
        }
        return std::nullopt;
    }
    auto verdict = block(
        Verdict::Kind::stop, model::Reason::expired,
        finding(GateName::expiry, false, ask, step,
                fmt::format("Its time was over on {}.", moment_words(ask.subject.expires_at, ask.persons_zone()))));
    verdict.event = model::Event::expire;
    return verdict;
}

bool has_content(const Subject& subject) { return !subject.dedupe_key.empty() && subject.dedupe_window.count() > 0; }

model::Scope dedupe_scope(const Ask& ask, int step) {
    return named_scope("dedupe", ask.subject.application,
                       fmt::format("{:016x}:{}", static_cast<std::uint64_t>(ask.person(step)), ask.subject.dedupe_key));
}

std::optional<Verdict> check_dedupe(const Ask& ask, int step) {
    const auto& subject = ask.subject;
    const auto window = std::min(subject.dedupe_window, kept_history);
    if (!has_content(subject) || subject.is_test) return std::nullopt;
    const auto from = ask.now - window + Milliseconds(1);
    const auto found = ask.uses({dedupe_scope(ask, step), {from}, true});
    if (!found) return std::nullopt;
    std::optional<Timestamp> earlier;
    for (const auto& [use, kind] : found->uses) {
        const bool arrived = use.state != model::UseState::rejected && use.state != model::UseState::undelivered;
        if (arrived && use.key != subject.key && use.at >= from) earlier = use.at;
        if (earlier) break;
    }
    if (!earlier) {
        passed(ask, step, GateName::dedupe, "Nothing with its dedupe key went to the person lately.");
        return std::nullopt;
    }
    auto why =
        finding(GateName::dedupe, false, ask, step,
                fmt::format("The same dedupe key \"{}\" went to the person on {}, less than {} ago.",
                            subject.dedupe_key, moment_words(*earlier, ask.persons_zone()), length_words(window)));
    why.from = earlier;
    why.to = *earlier + window;
    return block(Verdict::Kind::stop, model::Reason::duplicate_content, std::move(why));
}

std::optional<Verdict> check_own(const Ask& ask, int step) {
    for (const auto check : {check_address, check_consent, check_suppression, check_expiry, check_dedupe})
        if (auto verdict = check(ask, step)) return verdict;
    return std::nullopt;
}

std::string keeps_back(const Ask& ask, int step, const model::Copy& copy) {
    const model::PlanStep way{ask.step(step).channel, copy.address, {}, {}, {}};
    Subject theirs = ask.subject;
    theirs.recipient = {};
    theirs.person_zone = theirs.device_zone = theirs.phone = {};
    theirs.plan = std::span(&way, 1);
    theirs.step = 0;
    const Ask about(ask.rules, theirs, ask.readings, ask.now, false);
    for (const auto check : {check_consent, check_suppression})
        if (auto verdict = check(about, 0)) return std::move(verdict->finding.words);
    return {};
}

}  // namespace chapar::policy
