#pragma once
// Advises an operator about a route whose provider fails. Pure.

#include <string>

#include "model/outcome.hpp"

namespace chapar::dispatch {

/// One sentence for the log; it says what to look at where the answer does not tell.
std::string advice(const model::Outcome& outcome);

}  // namespace chapar::dispatch
