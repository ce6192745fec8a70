#pragma once
// A later word from a provider about an attempt. Pure.

#include <optional>
#include <string_view>

#include "model/state.hpp"

namespace chapar::track {

/// What an event of this kind does to its message ("delivered", "bounced", "failed", "complained", ...); nothing: it
/// only leaves a trace.
std::optional<model::Event> receipt_event(std::string_view kind);

}  // namespace chapar::track
