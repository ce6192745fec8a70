// Who goes along with a digest: each of those that wait is asked for itself, at the moment at which the digest goes.
#include <algorithm>

#include "policy/caps.hpp"
#include "policy/gates.hpp"

namespace chapar::policy {
namespace {

using model::Ruling;

using model::most_carried;
using model::most_carried_bytes;

/// What the message's own gates say of the channels that are left to it.
struct Own {
    bool may_go = false;               // by the one at which it stands
    std::optional<Ruling::Left> ends;  // by none of them any more
};

Own ask_own(const Ask& ask) {
    Own out;
    Ruling::Left left{ask.subject.key, model::Event::suppress, {}};
    const auto size = static_cast<int>(ask.subject.plan.size());
    for (int step = ask.subject.step; step < size; ++step) {
        const auto verdict = check_own(ask, step);
        if (!verdict) {
            out.may_go = step == ask.subject.step;
            return out;
        }
        const bool is_whole = verdict->kind == Verdict::Kind::stop;
        const auto at = is_whole ? left.trace.begin() : left.trace.end();
        left.trace.insert(at, {ask.now, verdict->reason, verdict->finding.words});
        left.event = verdict->event;
        if (is_whole) break;
    }
    out.ends = std::move(left);
    return out;
}

/// The digest goes by another message's channel, to another address perhaps.
std::optional<Verdict> check_by_way_of(const model::PlanStep& way, const Ask& member) {
    Subject subject = member.subject;
    subject.plan = std::span(&way, 1);
    subject.step = 0;
    const Ask there(member.rules, subject, member.readings, member.now, false);
    for (const auto check : {check_consent, check_suppression, check_expiry})
        if (auto verdict = check(there, 0)) return verdict;
    return std::nullopt;
}

void take_one(const Ask& ask, int step, const Ask& member, Verdict& pass) {
    auto own = ask_own(member);
    if (own.ends) return pass.leave_out.push_back(std::move(*own.ends));
    // By this channel it may not go, but by another one, or by itself: that is asked when it is its turn.
    if (!own.may_go || check_by_way_of(ask.step(step), member)) return;
    if (has_content(member.subject)) {
        const auto content = dedupe_scope(member, member.subject.step);
        if (std::find(pass.contents.begin(), pass.contents.end(), content) != pass.contents.end()) {
            return pass.leave_out.push_back({member.subject.key,
                                             model::Event::suppress,
                                             {{member.now, model::Reason::duplicate_content,
                                               "Another message of the same digest has its dedupe key."}}});
        }
        pass.contents.push_back(content);
    }
    pass.collect.push_back(member.subject.key);
    pass.carried_bytes += member.subject.body_bytes;
}

}  // namespace

void take_along(const Ask& ask, int step, std::vector<model::Member> members, Verdict& pass) {
    if (!ask.subject.other) return;
    std::sort(members.begin(), members.end(), [](const auto& a, const auto& b) { return a.key < b.key; });
    if (has_content(ask.subject)) pass.contents.push_back(dedupe_scope(ask, step));
    const auto left_out = pass.leave_out.size();
    std::size_t missed = 0;
    for (const auto& member : members) {
        const auto looked_at = pass.collect.size() + pass.leave_out.size() - left_out + missed;
        if (looked_at >= most_carried || pass.carried_bytes >= most_carried_bytes) break;
        const int before = ask.readings.missed;
        const auto* other = ask.other(member.key);
        if (ask.readings.missed != before) ++missed;
        if (other == nullptr) continue;
        const bool is_planned = other->step >= 0 && static_cast<std::size_t>(other->step) < other->plan.size();
        if (is_planned) take_one(ask, step, Ask(ask.rules, *other, ask.readings, ask.now, false), pass);
    }
}

void carry_on(const Ask& ask, int step, Verdict& pass) {
    if (!ask.subject.other) return;
    for (const auto key : ask.carried()) {
        const auto* other = ask.other(key);
        if (other == nullptr) continue;
        const auto& subject = *other;
        const Ask member(ask.rules, subject, ask.readings, ask.now, false);
        if (auto refused = check_by_way_of(ask.step(step), member)) {
            pass.leave_out.push_back(
                {subject.key, refused->event, {{ask.now, refused->reason, std::move(refused->finding.words)}}});
        } else if (has_content(subject)) {
            pass.contents.push_back(dedupe_scope(member, subject.step));
        }
    }
}

}  // namespace chapar::policy
