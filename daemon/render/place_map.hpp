#pragma once
// Where each piece of a text that was made from a file came from: places in programs become places in files again.
// Values; callable from any thread.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "render/front_matter.hpp"

namespace chapar::render {

/// Pieces of a made text that stand in the file as they are.
class PlaceMap {
  public:
    struct Piece {
        std::size_t made = 0, file = 0, size = 0;
    };
    PlaceMap() = default;
    /// All of the made text is one piece.
    PlaceMap(std::size_t file, std::size_t size) { add(0, file, size); }

    /// Ascending in `made`; a piece that continues the last one becomes part of it.
    void add(std::size_t made, std::size_t file, std::size_t size);
    /// The place in the file; for what was not there, the end of the piece before it.
    std::size_t file_offset(std::size_t made) const;
    /// This map's file is what `earlier` made: the way from the last text to the first file.
    PlaceMap through(const PlaceMap& earlier) const;
    const std::vector<Piece>& pieces() const { return pieces_; }

  private:
    std::vector<Piece> pieces_;
};

/// The same for lines and columns, without the texts.
class Origin {
  public:
    Origin(std::string_view made, std::string_view file, PlaceMap map);
    Place locate(Place made) const;

  private:
    std::vector<std::size_t> made_lines_, file_lines_;  // where each line begins
    PlaceMap map_;
};

/// Replaces pieces of `text` and says what stayed where. `edits`: ascending offset, removed bytes, new text.
struct Replacement {
    std::size_t offset = 0, removed = 0;
    std::string_view text;
};
struct Replaced {
    std::string text;
    PlaceMap map;
};
Replaced replace(std::string_view text, const std::vector<Replacement>& edits);

}  // namespace chapar::render
