#pragma once
// Which messages a rule is about. Pure.

#include <span>
#include <string>
#include <string_view>

#include "config/settings.hpp"
#include "model/ledger.hpp"

namespace chapar::policy {

/// What rules match on, of a message that asks or of one that was counted.
struct Traits {
    std::string_view application, class_name, category, channel, campaign, sender;
    std::span<const std::string> tags;
};

Traits traits_of(const model::Kind& kind);
bool contains(const std::vector<std::string>& list, std::string_view word);
/// An empty list matches all; within a list any one, between lists all.
bool matches(const config::Match& match, const Traits& traits);

}  // namespace chapar::policy
