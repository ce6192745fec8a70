#pragma once
// Where a picture goes into a page so that it is a picture there: not before the doctype, not in the head, not in a
// comment that is never closed. Pure; one for one page.

#include <cstddef>
#include <string_view>

#include "engage/links.hpp"
#include "render/html_text.hpp"

namespace chapar::engage {

class PixelPlace {
  public:
    explicit PixelPlace(std::string_view html) : html_(html) {}
    /// Each token in its turn; it ends at `end`. `is_closed`: of a tag, whether its ">" is there.
    void see(const render::HtmlToken& token, std::size_t end, bool is_closed);
    /// Behind <body>, or before the first of the content where none is written; before the last </body>, else before
    /// </html>, else at the end of what a browser shows.
    std::size_t at(Pixel::Place place) const;

  private:
    void see_head(const render::HtmlToken& token, std::size_t end);
    void see_end(const render::HtmlToken& token, std::size_t end, bool is_closed);
    std::size_t last_place() const;
    std::string_view html_;
    static constexpr std::size_t none = std::string_view::npos;
    std::size_t top_ = none;         // where the content begins
    std::size_t body_end_ = none;    // of the last </body>
    std::size_t html_end_ = none;    // of the last </html>
    std::size_t unfinished_ = none;  // where something begins that the page does not end
    std::size_t raw_at_ = none;      // the start tag of a script, title, ... that is open
    bool is_raw_text_ = false;       // the next text is its contents
};

}  // namespace chapar::engage
