#pragma once
// Where names stand in a template's source, found in one walk: lint asks for many of them.
// Borrows the source. Belongs to one call of lint.

#include <cstddef>
#include <map>
#include <optional>
#include <string_view>

#include "render/line_index.hpp"

namespace chapar::render {

class NamePlaces {
  public:
    explicit NamePlaces(std::string_view source);

    /// Where `name` stands as a word inside of a Liquid tag or output; the beginning when it is not found.
    Place in_liquid(std::string_view name);
    /// Where the text stands in quotes inside of one, else at all; the beginning when it is not found.
    Place of_text(std::string_view text);
    /// Where `name` stands as a whole word between the +++ lines; the beginning when it does not.
    Place in_front_matter(std::string_view name);
    const LineIndex& lines() const { return lines_; }

  private:
    using Words = std::map<std::string_view, std::size_t>;  // the first offset of each
    Place place(std::optional<std::size_t> offset) const { return offset ? lines_.place(*offset) : Place{}; }
    void walk_liquid();
    void walk_front_matter();
    bool may_search() {
        if (searches_left_ <= 0) return false;
        --searches_left_;
        return true;
    }

    std::string_view source_;
    LineIndex lines_;
    std::optional<Words> liquid_, quoted_, head_;
    /// Names that are no single word are searched for from the beginning, so many times and no more.
    int searches_left_ = 200;
};

}  // namespace chapar::render
