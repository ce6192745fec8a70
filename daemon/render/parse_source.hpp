#pragma once
// Template language as messages use it, as a program. Pure; callable from any thread.

#include <expected>
#include <string>
#include <string_view>

#include "render/compiled.hpp"

namespace chapar::render {

/// The place is that in `source`. Of a block that is never closed, the beginning is told and not the end of the file.
std::expected<ProgramPtr, Trouble> parse_source(const std::string& path, std::string_view source,
                                                liquid::Escape escape);

}  // namespace chapar::render
