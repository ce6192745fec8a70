#pragma once
// What the policy needs of a message. Pure; callable from any thread.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "config/settings.hpp"
#include "engage/tracking.hpp"
#include "model/cost.hpp"
#include "model/message.hpp"
#include "model/policy_fields.hpp"
#include "model/read_set.hpp"
#include "policy/subject.hpp"

namespace chapar::dispatch {

/// Owns what a policy::Subject points to, except the message itself, which must outlive it.
struct Facts {
    const model::Message* message = nullptr;
    int step = 0;
    std::string person;   // its recipient, in one spelling
    std::string country;  // the site's
    model::PolicyFields fields;
    bool carries = false;                  // others, since an earlier try
    std::vector<std::int32_t> segments;    // by plan step; a step beyond the end has one
    std::vector<Money> unit_costs;         // by plan step, of a segment with its copies, in the site's currency; beyond
                                           // the end: nothing
    std::optional<model::Cost> estimate;   // of this attempt, in the currency of its price
    std::vector<model::TraceEntry> notes;  // what the trace gets when it goes
    /// What the step asks about being tracked; absent: nothing of it can be. The person's word is read with the lease.
    std::optional<engage::TrackingQuestion> tracking;

    std::int32_t segments_of(int at) const {
        return static_cast<std::size_t>(at) < segments.size() ? segments[static_cast<std::size_t>(at)] : 1;
    }

    /// Fills `unit_costs`: what the step that is sent costs by `route` (nullptr: the cheapest), the others by the
    /// cheapest that may carry them.
    void price(const config::Settings& settings, const config::RouteSettings* route);
    /// Views into this and the message.
    policy::Subject subject() const;
    /// Somebody must be asked whether they want to be tracked.
    bool asks_person() const;
    model::PersonRef who() const;
};

/// Whom a step goes to, with its copies.
int recipients_of(const model::PlanStep& step);

/// What was stored with the message is taken from there. The request is parsed only for a message of a version that
/// stored nothing, or for a value of the data that no rule asked for when the message was accepted.
/// `country`: the site's, of a phone number that names none.
/// `paths`: into the message's data, of which rules will ask.
Facts read_facts(const model::Message& message, int step, std::string_view country,
                 const std::vector<std::string>& paths = {});

}  // namespace chapar::dispatch
