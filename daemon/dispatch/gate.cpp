#include "dispatch/gate.hpp"

namespace chapar::dispatch {

model::Ruling PolicyGate::rule(std::size_t index, model::Ledger& ledger) {
    const policy::Subject subject = facts_[index].subject(ledger);
    auto decision = policy::decide(*rules_, subject, ledger, clock_.now());
    const bool goes = decision.ruling.action == model::Ruling::Action::go;
    reasons_[index].reset();
    if (!goes && !decision.ruling.trace.empty()) reasons_[index] = decision.ruling.trace.front().reason;
    alarms_[index] = std::move(decision.alarms);
    if (goes) {
        const auto& notes = facts_[index].notes;
        decision.ruling.trace.insert(decision.ruling.trace.end(), notes.begin(), notes.end());
    }
    left_out_[index].clear();
    if (goes && decision.digest_template.empty()) leave_out_copies(index, subject, ledger, decision.ruling);
    digests_[index].reset();
    if (goes && !decision.digest_template.empty()) {
        digests_[index] = {clock_.now(), model::Reason::digest, std::move(decision.digest_template)};
        decision.ruling.trace.push_back(*digests_[index]);
    }
    return std::move(decision.ruling);
}

/// The recipient decides about the message; each of the others about one copy.
void PolicyGate::leave_out_copies(std::size_t index, const policy::Subject& subject, model::Ledger& ledger,
                                  model::Ruling& ruling) {
    const auto& copies = subject.plan[static_cast<std::size_t>(subject.step)].copies;
    std::string words;  // one entry for all: a trace is not long
    for (std::size_t i = 0; i < copies.size(); ++i) {
        const auto why = policy::keeps_back(*rules_, subject, copies[i], ledger, clock_.now());
        if (why.empty()) continue;
        left_out_[index].push_back(i);
        words += (words.empty() ? "" : " ") + model::pointer_of(copies[i]) + ": " + why;
    }
    if (!words.empty()) ruling.trace.push_back({clock_.now(), model::Reason::copy_left_out, std::move(words)});
}

}  // namespace chapar::dispatch
