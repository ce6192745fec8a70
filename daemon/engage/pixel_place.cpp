#include "engage/pixel_place.hpp"

#include <algorithm>
#include <array>

namespace chapar::engage {
namespace {

using Kind = render::HtmlToken::Kind;

bool belongs_to_head(std::string_view name) {
    static constexpr auto names = std::to_array<std::string_view>(
        {"html", "head", "title", "meta", "link", "style", "base", "script", "noscript", "template"});
    return std::ranges::find(names, name) != names.end();
}

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n\f") == std::string_view::npos; }

bool is_ended_comment(std::string_view text) {
    if (!text.starts_with("<!--")) return text.ends_with('>');
    return text.size() > 4 && (text.ends_with("-->") || text.ends_with("--!>"));
}

}  // namespace

void PixelPlace::see_head(const render::HtmlToken& token, std::size_t end) {
    switch (token.kind) {
        case Kind::comment:
        case Kind::finished:
            return;
        case Kind::text:
            if (is_raw_text_ || is_blank(token.text)) return;
            top_ = token.offset;
            return;
        case Kind::start:
            if (token.name == "body")
                top_ = end;
            else if (!belongs_to_head(token.name))
                top_ = token.offset;
            return;
        case Kind::end:
            if (!belongs_to_head(token.name)) top_ = token.offset;
            return;
    }
}

void PixelPlace::see_end(const render::HtmlToken& token, std::size_t end, bool is_closed) {
    unfinished_ = none;
    switch (token.kind) {
        case Kind::comment:
            if (!is_ended_comment(token.text)) unfinished_ = token.offset;
            return;
        case Kind::text:
            if (is_raw_text_ && end == html_.size()) unfinished_ = raw_at_;
            return;
        case Kind::start:
            if (!is_closed) unfinished_ = token.offset;
            if (is_closed && token.element->is_raw && end == html_.size()) unfinished_ = token.offset;
            return;
        case Kind::end:
            if (!is_closed) unfinished_ = token.offset;
            if (is_closed && token.name == "body") body_end_ = token.offset;
            if (is_closed && token.name == "html") html_end_ = token.offset;
            return;
        case Kind::finished:
            return;
    }
}

void PixelPlace::see(const render::HtmlToken& token, std::size_t end, bool is_closed) {
    if (top_ == none && is_closed) see_head(token, end);
    see_end(token, end, is_closed);
    is_raw_text_ = token.kind == Kind::start && token.element->is_raw;
    if (is_raw_text_) raw_at_ = token.offset;
}

std::size_t PixelPlace::last_place() const { return unfinished_ == none ? html_.size() : unfinished_; }

std::size_t PixelPlace::at(Pixel::Place place) const {
    switch (place) {
        case Pixel::Place::top:
            return top_ == none ? last_place() : std::min(top_, last_place());
        case Pixel::Place::end:
            if (body_end_ != none) return body_end_;
            return html_end_ != none ? html_end_ : last_place();
    }
    return last_place();
}

}  // namespace chapar::engage
