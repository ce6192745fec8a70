#pragma once
// Values of a message's data that a template would begin a link with and that no link may begin with. Pure; any thread.

#include <string_view>
#include <vector>

#include "render/catalogue.hpp"
#include "render/liquid/links.hpp"

namespace chapar::render {

/// Each of them with its place in `json`, at most 20.
std::vector<Contradiction> unsafe_links(const std::vector<liquid::LinkPath>& paths, std::string_view json);

}  // namespace chapar::render
