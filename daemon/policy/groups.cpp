// Messages that wait for each other: competitors for a last slot, and digests.
#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "policy/caps.hpp"
#include "policy/explain.hpp"

namespace chapar::policy {
namespace {

std::string hex(model::Scope scope) { return fmt::format("{:016x}", static_cast<std::uint64_t>(scope)); }

Timestamp begin_of_waiting(const Ask& ask) { return std::max(ask.subject.accepted_at, ask.subject.send_at); }

/// After this message there would be no room for another one like it.
bool is_last_slot(const Applied& applied) {
    return applied.mine > 0 && applied.used + 2 * applied.mine > applied.cap->limit;
}

Verdict wait_for_better(const Ask& ask, int step, const Applied& applied, model::Scope group, Timestamp until) {
    Verdict verdict;
    verdict.kind = Verdict::Kind::hold;
    verdict.reason = model::Reason::arbitrating;
    verdict.later = until;
    verdict.join = model::Member{group, ask.subject.key, rank_of(ask)};
    verdict.finding = cap_finding(ask, step, applied);
    verdict.finding.passed = false;
    verdict.finding.next = until;
    verdict.finding.words += fmt::format(" It is the last slot, so a better message may come until {}.",
                                         moment_words(until, ask.persons_zone()));
    return verdict;
}

bool has_better(const Ask& ask, model::Scope group) {
    const auto mine = rank_of(ask);
    const auto& members = ask.group(group, false);
    return std::any_of(members.begin(), members.end(), [&](const model::Member& other) {
        if (other.key == ask.subject.key) return false;
        return other.rank > mine || (other.rank == mine && other.key < ask.subject.key);
    });
}

}  // namespace

std::int64_t rank_of(const Ask& ask) {
    // A double's bits sort like the number once the sign is turned over; its last four bits make room for the priority.
    const auto bits = std::bit_cast<std::uint64_t>(ask.subject.value + 0.0);
    constexpr auto sign = std::uint64_t{1} << 63U;
    const auto sortable = (bits & sign) != 0 ? ~bits : bits | sign;
    const auto importance =
        static_cast<std::uint64_t>(config::Priority::bulk) - static_cast<std::uint64_t>(ask.plan.cls.priority);
    return static_cast<std::int64_t>(importance << 60U | sortable >> 4U);
}

std::optional<Verdict> arbitrate(const Ask& ask, int step, History& history, std::span<Applied> applied) {
    if (ask.plan.is_otp) return std::nullopt;
    for (std::size_t rule = 0; rule < applied.size(); ++rule) {
        auto& each = applied[rule];
        const auto& set = each.cap->set;
        if (set.arbitrate.count() <= 0 || set.min_interval.count() > 0 || !is_last_slot(each)) continue;
        if (has_own_slot(history, each, ask.subject.key)) continue;
        const auto group = named_scope("last slot", set.name, hex(each.scope));
        const auto until = std::min(begin_of_waiting(ask) + set.arbitrate, ask.subject.expires_at - Milliseconds(1));
        if (ask.now < until) return wait_for_better(ask, step, each, group, until);
        if (!has_better(ask, group)) continue;
        // The better one takes the slot: for this message it is as if that had happened now.
        count(ask, history, rule, each, each.mine);
        Applied* reached[] = {&each};
        auto verdict = over_cap(ask, step, reached);
        verdict.finding.words += " A better message competes for the last slot.";
        return verdict;
    }
    return std::nullopt;
}

model::Scope digest_scope(const Ask& ask, const Cap& cap, int step) {
    return named_scope("digest", ask.subject.application, hex(ask.person(step)) + ":" + cap.set.digest_key);
}

Timestamp digest_due(const Ask& ask, const Cap& cap) { return begin_of_waiting(ask) + cap.set.digest_every; }

std::optional<Verdict> gather(const Ask& ask, int step, const History& history, std::span<const Applied> applied,
                              Verdict& pass) {
    if (ask.plan.is_otp) return std::nullopt;
    for (const auto& each : applied) {
        const auto& set = each.cap->set;
        if (set.over != config::CapSettings::Over::digest) continue;
        if (has_own_slot(history, each, ask.subject.key)) continue;
        const auto group = digest_scope(ask, *each.cap, step);
        const auto due = digest_due(ask, *each.cap);
        const bool is_early = ask.now < due && due < ask.subject.expires_at;
        auto members = ask.group(group, !is_early && ask.subject.other);
        std::erase_if(members, [&ask](const model::Member& other) { return other.key == ask.subject.key; });
        if (members.empty()) continue;
        if (is_early) {
            Verdict verdict;
            verdict.kind = Verdict::Kind::hold;
            verdict.reason = model::Reason::digest_waits;
            verdict.later = due;
            verdict.join = model::Member{group, ask.subject.key, rank_of(ask)};
            verdict.finding = finding(GateName::cap, false, ask, step,
                                      fmt::format("It waits for the digest \"{}\" with others.", set.digest_key));
            verdict.finding.rule = set.name;
            verdict.finding.next = due;
            return verdict;
        }
        take_along(ask, step, std::move(members), pass);
        if (!pass.collect.empty()) pass.digest_template = set.digest_template;
        return std::nullopt;
    }
    return std::nullopt;
}

}  // namespace chapar::policy
