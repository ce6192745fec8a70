// What happens to a message over a cap.
#include <fmt/format.h>

#include <algorithm>

#include "policy/caps.hpp"
#include "policy/explain.hpp"

namespace chapar::policy {
namespace {

using Over = config::CapSettings::Over;

Applied* first_of(std::span<Applied*> reached, Over over) {
    for (auto* each : reached)
        if (each->cap->set.over == over) return each;
    return nullptr;
}

Applied* first_endless(std::span<Applied*> reached) {
    for (auto* each : reached)
        if (!each->next) return each;
    return nullptr;
}

Verdict blocked(const Ask& ask, int step, const Applied& by, Verdict::Kind kind) {
    Verdict verdict;
    verdict.kind = kind;
    verdict.reason = by.cap->set.min_interval.count() > 0 ? model::Reason::too_soon : model::Reason::capped;
    verdict.finding = cap_finding(ask, step, by);
    return verdict;
}

/// All of them must have room: the latest of their times.
std::optional<Timestamp> room_everywhere(std::span<Applied*> reached) {
    std::optional<Timestamp> latest;
    for (const auto* each : reached) {
        if (!each->next) return std::nullopt;
        latest = std::max(latest.value_or(*each->next), *each->next);
    }
    return latest;
}

/// The last moment until which the rules let it wait.
Timestamp horizon(const Ask& ask, std::span<Applied*> reached) {
    auto nearest = reached.front()->cap->set.horizon;
    for (const auto* each : reached)
        nearest = std::min(nearest, each->cap->set.horizon);
    return ask.subject.send_at + nearest;
}

bool is_in_time(const Ask& ask, std::span<Applied*> reached, const std::optional<Timestamp>& at) {
    return at && *at <= horizon(ask, reached) && *at < ask.subject.expires_at;
}

Verdict switched(const Ask& ask, int step, std::span<Applied*> reached) {
    auto verdict = blocked(ask, step, *first_of(reached, Over::switch_channel), Verdict::Kind::switch_to);
    for (const auto* each : reached)
        if (each->cap->set.over == Over::switch_channel) verdict.only.push_back(&each->cap->set.switch_to);
    const auto room = room_everywhere(reached);
    if (is_in_time(ask, reached, room)) verdict.later = room;
    return verdict;
}

Verdict digested(const Ask& ask, int step, const Applied& by, Timestamp room) {
    const auto& cap = *by.cap;
    auto verdict = blocked(ask, step, by, Verdict::Kind::hold);
    const auto due = std::max(room, digest_due(ask, cap));
    if (due >= ask.subject.expires_at) {
        verdict.kind = Verdict::Kind::stop;
        verdict.finding.words += " The digest would come after its time is over.";
        return verdict;
    }
    verdict.later = verdict.finding.next = due;
    verdict.reason = model::Reason::digest_waits;
    verdict.join = model::Member{digest_scope(ask, cap, step), ask.subject.key, rank_of(ask)};
    verdict.finding.words += fmt::format(" It waits for the digest \"{}\".", cap.set.digest_key);
    return verdict;
}

Verdict deferred(const Ask& ask, int step, std::span<Applied*> reached, Timestamp room) {
    if (is_in_time(ask, reached, room)) {
        auto verdict = blocked(ask, step, *reached.front(), Verdict::Kind::hold);
        verdict.later = verdict.finding.next = room;
        return verdict;
    }
    auto verdict = blocked(ask, step, *reached.front(), Verdict::Kind::stop);
    verdict.finding.words +=
        room >= ask.subject.expires_at ? " By then its time is over." : " That is later than the rule lets it wait.";
    return verdict;
}

}  // namespace

Verdict over_cap(const Ask& ask, int step, std::span<Applied*> reached) {
    using Kind = Verdict::Kind;
    if (ask.plan.is_otp) return blocked(ask, step, *reached.front(), Kind::stop);
    if (auto* drop = first_of(reached, Over::drop)) return blocked(ask, step, *drop, Kind::stop);
    if (first_of(reached, Over::switch_channel) != nullptr) return switched(ask, step, reached);
    if (auto* endless = first_endless(reached)) return blocked(ask, step, *endless, Kind::stop);
    const auto room = *room_everywhere(reached);
    if (auto* digest = first_of(reached, Over::digest)) return digested(ask, step, *digest, room);
    return deferred(ask, step, reached, room);
}

std::vector<MessageKey> lower_ones(const Ask& ask, History& history, std::span<Applied> applied) {
    struct Candidate {
        MessageKey key;
        config::Priority priority;
    };
    std::vector<MessageKey> out;
    const auto mine = ask.plan.cls.priority;
    for (std::size_t rule = 0; rule < applied.size(); ++rule) {
        const auto& each = applied[rule];
        if (!each.is_reached) continue;
        const auto& cap = *each.cap;
        if (cap.set.never || each.mine > cap.limit) return {};
        std::vector<std::pair<Candidate, std::int64_t>> candidates;
        auto used = each.used;
        for (const auto& seen : history.of(each.scope)) {
            const auto& use = seen.use;
            if (!is_in_window(each, use.at) || !holds_slot(cap, use, ask.subject.key)) continue;
            if (!history.counts_for(rule, cap, seen.kind)) continue;
            if (use.state != model::UseState::reserved) continue;  // what has left stays counted
            if (std::find(out.begin(), out.end(), use.key) != out.end()) {
                used -= amount_of(cap, use);  // goes already, for another rule
                continue;
            }
            const auto priority = ask.rules.priority_of(history.kind(seen.kind).class_name);
            if (priority <= mine) continue;
            if (ask.state_of(use.key) != model::State::waiting) continue;
            candidates.push_back({{use.key, priority}, amount_of(cap, use)});
        }
        // The least important first, of equal ones the newest.
        std::sort(candidates.begin(), candidates.end(), [](const auto& a, const auto& b) {
            if (a.first.priority != b.first.priority) return a.first.priority > b.first.priority;
            return a.first.key > b.first.key;
        });
        for (const auto& [candidate, amount] : candidates) {
            if (used + each.mine <= cap.limit) break;
            used -= amount;
            out.push_back(candidate.key);
        }
        if (used + each.mine > cap.limit) return {};
    }
    return out;
}

}  // namespace chapar::policy
