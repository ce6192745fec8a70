#pragma once
// Quiet hours: whether a window is open for this person now, and when the last of them closes.

#include <array>

#include "policy/ask.hpp"

namespace chapar::policy {

std::optional<Verdict> check_quiet(const Ask& ask, int step);

/// A person's own schedule: {"weekly": {"every": ["22:00-07:00"], "friday": [...]}}. What can't be read is left out.
std::array<std::vector<config::Span>, 7> read_own_quiet(std::string_view json);

}  // namespace chapar::policy
