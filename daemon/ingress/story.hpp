#pragma once
// What happened to a message, told to a person: in order, each attempt once, many alike in one sentence, in the site's
// time zone, in English or Persian. Pure.

#include <optional>
#include <string>
#include <vector>

#include "model/trace.hpp"
#include "policy/zones.hpp"
#include "store/messages.hpp"

namespace chapar::ingress {

struct Telling {
    const policy::Zone& zone;
    model::Language language = model::Language::en;
};

/// One line each. `standstill`: what keeps it from going now.
std::vector<std::string> tell_story(const store::Record& record, const std::optional<model::TraceEntry>& standstill,
                                    const Telling& telling);

}  // namespace chapar::ingress
