#pragma once
// What a person said and did, under whatever name. Blocks on the store.

#include "store/people.hpp"
#include "store/policy_reads.hpp"

namespace chapar::ingress {

struct PersonsWords {
    std::vector<model::Consent> in_force, history;  // oldest first
    std::vector<std::pair<std::string, Timestamp>> events;
};
Result<PersonsWords> said_by(store::People& people, store::PolicyReads& policy_reads, const std::string& application,
                             const store::Person& person);

}  // namespace chapar::ingress
