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
    digests_[index].reset();
    if (goes && !decision.digest_template.empty()) {
        digests_[index] = {clock_.now(), model::Reason::digest, std::move(decision.digest_template)};
        decision.ruling.trace.push_back(*digests_[index]);
    }
    return std::move(decision.ruling);
}

}  // namespace chapar::dispatch
