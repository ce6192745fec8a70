#pragma once
// Questions about a template's text that its program does not answer: where a name stands, what it sets, its HTML tags.
// Pure functions, callable from any thread.

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "render/front_matter.hpp"
#include "render/lint.hpp"

namespace chapar::render {

/// Line and column of `offset` in `source`.
Place place_at(std::string_view source, std::size_t offset);

/// Where `name` stands as a word inside of a Liquid tag or output; the beginning when it is not found.
Place find_name(std::string_view source, std::string_view name);

/// Where `name` stands as a whole word between the +++ lines, behind the first line; the beginning when it does not.
Place find_in_front_matter(std::string_view source, std::string_view name);

/// "file:line:column: sentence" as a finding of `rule`.
Finding finding_of(const std::string& located, std::string_view rule);

/// Names that the template sets: assign, capture, for, increment, and arguments given to partials ("url: ...").
void collect_set_names(std::string_view source, std::set<std::string, std::less<>>& names);

/// `source` with every byte of Liquid but line ends replaced, so that an HTML reader finds its way.
std::string mask_liquid(std::string_view source);

}  // namespace chapar::render
