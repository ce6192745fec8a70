#pragma once
// Collects plain text line by line for html_to_text: gaps between pieces, marks of list items, quotations.
// Owns the text it makes; belongs to one thread.

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace chapar::render {

enum class Gap : std::uint8_t { none, space, cell, line, paragraph };

/// Collects text; gaps are asked for and come into being only between two pieces of text.
class TextWriter {
  public:
    void want(Gap gap) { gap_ = std::max(gap_, gap); }
    /// One forced line break; two of them make an empty line.
    void line_break() { gap_ = gap_ >= Gap::line ? Gap::paragraph : Gap::line; }
    void text(std::string_view decoded);
    void preformatted(std::string_view decoded);
    /// Put before the next text, such as a list item's mark; dropped when no text follows in its block.
    void mark(std::string text) { mark_ = std::move(text); }
    void quote(int change) { quotes_ = std::clamp(quotes_ + change, 0, 8); }
    void indent(std::size_t columns) { indent_ = columns; }
    void append(std::string_view verbatim);
    /// Joined to the last text; the gap asked for comes after it.
    void attach(std::string_view verbatim) { out_ += verbatim; }
    /// From here on, `marked` answers what was written.
    void start_marking() { marked_ = std::string::npos; }
    std::string_view marked() const { return marked_ < out_.size() ? std::string_view(out_).substr(marked_) : ""; }
    /// How many lines were begun.
    std::size_t lines() const { return lines_; }
    std::string take();

  private:
    void open_gap();
    std::string out_, mark_;
    std::size_t marked_ = 0;
    Gap gap_ = Gap::none;
    int quotes_ = 0;
    std::size_t indent_ = 0, lines_ = 0;
};

}  // namespace chapar::render
