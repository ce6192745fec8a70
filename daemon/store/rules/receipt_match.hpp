#pragma once
// Whom a report speaks of.

#include <optional>

#include "store/rules/unit.hpp"

namespace chapar::store::rules {

/// The attempt that a report speaks of, and the part of it that it names.
struct ReportTarget {
    MessageOwner owner;
    int number = 0;  // of the attempt; 0: none is named
    std::optional<ProviderId> part;
    model::Progress progress;
};

std::optional<ReportTarget> target_of(Unit& unit, MessageKey key, int number);
/// By the attempt that it names, else by the provider's id on its route.
std::optional<ReportTarget> match(Unit& unit, const model::Report& report);

}  // namespace chapar::store::rules
