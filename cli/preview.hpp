#pragma once
// What would be sent, from a template of a folder with its sample data or data of your own. No daemon is asked.

#include <span>
#include <string_view>

#include "cli/command.hpp"

namespace chapar::cli {

/// `chapar render TEMPLATE [--locale ...]`: answers an exit code.
int preview(const Context& context, std::span<const std::string_view> args);

/// Whether the words of `chapar render` name a template and not a file of plain Liquid.
bool is_preview(std::span<const std::string_view> args);

}  // namespace chapar::cli
