#pragma once
// Which data a template puts at the beginning of a link, as far as it can be told without rendering. Pure; any thread.

#include <string>
#include <string_view>
#include <vector>

#include "render/liquid/liquid.hpp"

namespace chapar::liquid {

/// "items", "", "url": a member of every item of a list. An item of a list has an empty name.
using LinkPath = std::vector<std::string>;

/// Of outputs without filters at the beginning of a URL, also through loops, plain assigns and partials that
/// `partials` has; without doubles.
std::vector<LinkPath> link_paths(const Program& program, const Resolver& partials);

/// Whether an output of this text at the beginning of a URL is written as it is: it has no scheme, or one of https,
/// http, mailto and tel. Else "#" is.
bool is_safe_link(std::string_view text);

}  // namespace chapar::liquid
