#pragma once
// Whom a report speaks of.

#include <optional>
#include <span>
#include <string>

#include "store/rules/unit.hpp"

namespace chapar::store::rules {

/// The attempt that a report speaks of, and the part of it that it names.
struct ReportTarget {
    MessageOwner owner;
    int number = 0;  // of the attempt; 0: none is named
    std::optional<ProviderId> part;
    model::Progress progress;
};

/// What these reports are going to ask for is read at once, in a few rounds, in place of what was wanted before. A
/// report that names nobody by an id or an attempt (a person's own word) reads for itself.
void want_reports(Unit& unit, std::span<const model::Report* const> reports);

std::optional<ProviderId> known_id(Unit& unit, const std::string& route, std::string normal_id);
std::optional<ReportTarget> target_of(Unit& unit, MessageKey key, int number);
/// By the attempt that it names, else by the provider's id on its route.
std::optional<ReportTarget> match(Unit& unit, const model::Report& report);

}  // namespace chapar::store::rules
