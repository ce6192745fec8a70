#pragma once
// Where each line of a text begins, found once: places of many offsets in a text without counting its lines again for
// each. Borrows the text. Immutable, callable from any thread.

#include <cstddef>
#include <string_view>
#include <vector>

#include "render/front_matter.hpp"

namespace chapar::render {

class LineIndex {
  public:
    explicit LineIndex(std::string_view text);
    /// Line and column of `offset`; one behind the end is on the last line.
    Place place(std::size_t offset) const;
    /// A line without its end; empty when there is no such line.
    std::string_view line(unsigned number) const;

  private:
    std::string_view text_;
    std::vector<std::size_t> starts_;
};

/// Where each line begins.
std::vector<std::size_t> line_starts(std::string_view text);

}  // namespace chapar::render
