#pragma once
// Whether a value keeps the order of the line that it is inserted into, by the bidirectional algorithm's classes.
// Pure functions, callable from any thread.
// Source: UAX #9 (rules P2, W1-W7, N0-N2); character classes from ICU.

#include <cstdint>
#include <string_view>

#include "render/liquid/liquid.hpp"

namespace chapar::render {

enum class Isolation : std::uint8_t {
    off,
    sparing,  // only values whose own ends would come apart: see docs/templates.md
    full,
};

/// What decides for a line of that direction; nullptr for Isolation::off.
liquid::SetsApart isolation_rule(Isolation isolation, bool right_to_left);

}  // namespace chapar::render
