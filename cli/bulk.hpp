#pragma once
// Many messages at once: `--state held --class C` in place of an id.

#include "cli/command.hpp"
#include "cli/options.hpp"

namespace chapar::cli {

/// The filters of a bulk command and `flags`.
std::optional<Parsed> parse_bulk(std::string_view command, std::span<const std::string_view> args,
                                 std::initializer_list<std::string_view> flags);
/// Counts; with --dry-run that is all. Otherwise asks, or does it at once with --yes.
int run_bulk(const Context& context, std::string_view action, const Parsed& options);

}  // namespace chapar::cli
