#pragma once
// The result of a leased attempt, on its way to the room that writes it down.

#include <optional>

#include "base/ids.hpp"
#include "dispatch/prepare.hpp"
#include "model/outcome.hpp"

namespace chapar::dispatch {

struct AttemptResult {
    MessageKey key;
    int number = 1;
    model::Outcome outcome = {};
    std::optional<NotSent> not_sent = std::nullopt;  // it was never handed over to the plugin
};

}  // namespace chapar::dispatch
