#include "render/place_map.hpp"

#include "render/line_index.hpp"

#include <algorithm>
#include <utility>

namespace chapar::render {

void PlaceMap::add(std::size_t made, std::size_t file, std::size_t size) {
    if (size == 0) return;
    if (!pieces_.empty()) {
        Piece& last = pieces_.back();
        if (last.made + last.size == made && last.file + last.size == file) {
            last.size += size;
            return;
        }
    }
    pieces_.push_back({made, file, size});
}

std::size_t PlaceMap::file_offset(std::size_t made) const {
    const auto after = std::upper_bound(pieces_.begin(), pieces_.end(), made,
                                        [](std::size_t at, const Piece& piece) { return at < piece.made; });
    if (after == pieces_.begin()) return pieces_.empty() ? 0 : pieces_.front().file;
    const Piece& piece = *std::prev(after);
    return piece.file + std::min(made - piece.made, piece.size);
}

PlaceMap PlaceMap::through(const PlaceMap& earlier) const {
    PlaceMap whole;
    for (const Piece& piece : pieces_) {
        auto first = std::partition_point(earlier.pieces_.begin(), earlier.pieces_.end(),
                                          [&](const Piece& p) { return p.made + p.size <= piece.file; });
        for (; first != earlier.pieces_.end() && first->made < piece.file + piece.size; ++first) {
            const std::size_t begin = std::max(piece.file, first->made);
            const std::size_t end = std::min(piece.file + piece.size, first->made + first->size);
            whole.add(piece.made + (begin - piece.file), first->file + (begin - first->made), end - begin);
        }
    }
    return whole;
}

Origin::Origin(std::string_view made, std::string_view file, PlaceMap map)
    : made_lines_(line_starts(made)), file_lines_(line_starts(file)), map_(std::move(map)) {}

Place Origin::locate(Place made) const {
    const std::size_t line = std::min<std::size_t>(std::max(made.line, 1u), made_lines_.size());
    const std::size_t offset = map_.file_offset(made_lines_[line - 1] + std::max(made.column, 1u) - 1);
    const auto after = std::upper_bound(file_lines_.begin(), file_lines_.end(), offset);
    const auto index = static_cast<std::size_t>(after - file_lines_.begin());
    return {static_cast<unsigned>(index), static_cast<unsigned>(offset - file_lines_[index - 1]) + 1};
}

Replaced replace(std::string_view text, const std::vector<Replacement>& edits) {
    Replaced done;
    std::size_t at = 0;
    const auto keep = [&](std::size_t end) {
        done.map.add(done.text.size(), at, end - at);
        done.text += text.substr(at, end - at);
        at = end;
    };
    for (const Replacement& edit : edits) {
        keep(edit.offset);
        done.text += edit.text;
        at += edit.removed;
    }
    keep(text.size());
    return done;
}

}  // namespace chapar::render
