#include "render/line_index.hpp"

#include <algorithm>

namespace chapar::render {

std::vector<std::size_t> line_starts(std::string_view text) {
    std::vector<std::size_t> starts = {0};
    for (std::size_t at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1))
        starts.push_back(at + 1);
    return starts;
}

LineIndex::LineIndex(std::string_view text) : text_(text), starts_(line_starts(text)) {}

Place LineIndex::place(std::size_t offset) const {
    const auto after = std::upper_bound(starts_.begin(), starts_.end(), offset);
    const auto line = static_cast<std::size_t>(after - starts_.begin());
    return {static_cast<unsigned>(line), static_cast<unsigned>(offset - starts_[line - 1]) + 1};
}

std::string_view LineIndex::line(unsigned number) const {
    if (number == 0 || number > starts_.size()) return {};
    const std::size_t begin = starts_[number - 1];
    const std::size_t end = number < starts_.size() ? starts_[number] - 1 : text_.size();
    std::string_view found = text_.substr(begin, end - begin);
    if (found.ends_with('\r')) found.remove_suffix(1);
    return found;
}

}  // namespace chapar::render
