#pragma once
// What message templates know beyond the language: see docs/templates.md. One environment for every program, built on
// first use and immutable.

#include <memory>

#include "render/liquid/liquid.hpp"

namespace chapar::render {

std::shared_ptr<const liquid::Environment> message_environment();

}  // namespace chapar::render
