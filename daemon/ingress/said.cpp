#include "ingress/said.hpp"

#include <algorithm>

namespace chapar::ingress {
namespace {

/// The later one of two of the same name.
void add_latest(std::vector<std::pair<std::string, Timestamp>>& out, std::pair<std::string, Timestamp> event) {
    const auto known = std::ranges::find(out, event.first, &std::pair<std::string, Timestamp>::first);
    if (known == out.end()) {
        out.push_back(std::move(event));
    } else {
        known->second = std::max(known->second, event.second);
    }
}

}  // namespace

Result<PersonsWords> said_by(store::People& people, store::PolicyReads& policy_reads, const std::string& application,
                             const store::Person& person) {
    PersonsWords out;
    for (const auto& name : person.ids) {
        auto history = people.consent_history(application, name);
        if (!history) return std::unexpected(history.error());
        std::ranges::move(*history, std::back_inserter(out.history));
        auto events = people.events(application, name);
        if (!events) return std::unexpected(events.error());
        for (auto& event : *events)
            add_latest(out.events, std::move(event));
    }
    const auto look = [&](model::Ledger& ledger) {
        for (const auto& name : person.ids)
            std::ranges::move(ledger.consents(application, name), std::back_inserter(out.in_force));
    };
    if (const auto done = policy_reads.peek(look); !done) return std::unexpected(done.error());
    if (person.ids.size() > 1) std::ranges::stable_sort(out.history, {}, &model::Consent::at);
    return out;
}

}  // namespace chapar::ingress
