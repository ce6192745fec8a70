// The place of an output, from the literal text before it.
#include <algorithm>
#include <array>

#include "render/liquid/html.hpp"
#include "render/liquid/scan.hpp"

namespace chapar::liquid {

namespace {
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

template <std::size_t n>
bool among(const std::array<std::string_view, n>& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

constexpr std::array<std::string_view, 22> url_attributes = {
    "href",   "src",      "action", "formaction", "background", "cite",       "poster", "longdesc",
    "usemap", "codebase", "data",   "manifest",   "xlink:href", "srcset",     "ping",   "profile",
    "icon",   "lowsrc",   "dynsrc", "archive",    "classid",    "imagesrcset"};
/// Elements whose content is text up to their own end tag, whatever it looks like.
constexpr std::array<std::string_view, 8> raw_elements = {"script", "style",  "title",   "textarea",
                                                          "xmp",    "iframe", "noembed", "noframes"};
/// Schemes whose rest is a script or a page.
constexpr std::array<std::string_view, 4> hostile_schemes = {"javascript", "vbscript", "livescript", "data"};
constexpr unsigned char comment_mark = 0x80;  // it began with --
}  // namespace

HtmlState::Takes HtmlState::takes() const {
    if (dynamic_) return Takes::script;
    const auto attribute = name();
    if (attribute.size() > 2 && attribute.starts_with("on")) return Takes::script;
    if (attribute == "srcdoc") return Takes::script;
    if (attribute == "style") return Takes::style;
    return among(url_attributes, attribute) ? Takes::url : Takes::text;
}

/// Goes over what can't change the state, which is most of a template.
void HtmlState::skip_plain(std::string_view literal, std::size_t& i) const {
    const auto to = [&](char c) { i = std::min(literal.find(c, i), literal.size()); };
    if (at_ == At::text || (at_ == At::raw_text && literal[i] != '<')) return to('<');
    if (at_ == At::quoted && !open_) return to(quote_);
}

bool HtmlState::feed(std::string_view literal) {
    told_ = false;
    for (std::size_t i = 0; i < literal.size(); ++i) {
        skip_plain(literal, i);
        if (i == literal.size()) break;
        step(literal[i]);
    }
    return told_;
}

void HtmlState::step(char c) {
    switch (at_) {
        case At::text:
            if (c == '<') at_ = At::tag_open;
            return;
        case At::tag_open:
            name_size_ = matched_ = 0;
            dynamic_ = false;
            if (scan::is_alpha(c)) {
                at_ = At::tag_name;
                name_[name_size_++] = lower(c);
            } else if (c != '<') {
                at_ = c == '/' ? At::end_tag : c == '!' ? At::comment_start : At::text;
            }
            return;
        case At::end_tag:
            if (c == '>') {
                at_ = At::text;
                element_size_ = 0;
            }
            return;
        case At::comment_start:
        case At::comment:
            return comment(c);
        case At::raw_text:
            if (c == '<') at_ = At::raw_end, matched_ = 0;
            return;
        case At::raw_end:
            return raw_end(c);
        case At::tag_name:
        case At::in_tag:
        case At::attribute_name:
        case At::after_name:
        case At::before_value:
            return in_tag(c);
        case At::quoted:
            if (c != quote_) return value_char(c);
            at_ = At::in_tag;
            return;
        case At::unquoted:
            if (c == '>') return close_tag();
            if (!scan::is_space(c)) return value_char(c);
            at_ = At::in_tag;
            return;
    }
}

/// `</script` and the like, then what may follow a tag's name. matched_ counts what fits, from the slash on.
void HtmlState::raw_end(char c) {
    const auto ending = element();
    if (matched_ == 0 ? c == '/' : matched_ <= ending.size() && lower(c) == ending[matched_ - 1u]) {
        ++matched_;
        return;
    }
    const bool ends = matched_ == ending.size() + 1 && (scan::is_space(c) || c == '/' || c == '>');
    at_ = ends ? At::end_tag : At::raw_text;
    step(c);
}

/// <!-- --> and <!doctype ...>; matched_ counts dashes. What stands in `<!--[if mso]>` is a page for Outlook.
void HtmlState::comment(char c) {
    if (at_ == At::comment_start) {
        at_ = At::comment;
        if (c == '[') at_ = At::end_tag;  // <![if ...]>
    }
    if (c == '[' && matched_ == (comment_mark | 2) && name_size_ == 0) {
        at_ = At::end_tag;
        return;
    }
    if (c == '>' && ((matched_ & comment_mark) == 0 || (matched_ & 0x7F) == 2)) {
        at_ = At::text;
    } else if (c == '-') {
        if ((matched_ & 0x7F) < 2) ++matched_;
        if (matched_ == 2) matched_ = comment_mark | 2;                          // <!--> is a whole comment
    } else if (c != '!' || matched_ != (comment_mark | 2) || name_size_ == 0) {  // --!> ends one too
        matched_ = (matched_ & comment_mark) != 0 ? comment_mark : 3;
        name_size_ = 1;  // no longer at its beginning
    }
}

void HtmlState::in_tag(char c) {
    const auto take = [&] {
        if (name_size_ < sizeof name_) name_[name_size_++] = lower(c);
    };
    if (at_ == At::tag_name) {
        if (!scan::is_space(c) && c != '>' && c != '/') return take();
        element_size_ = dynamic_ ? 0 : name_size_;
        std::copy_n(name_, element_size_, element_);
        at_ = At::in_tag;
    }
    if (c == '>') return close_tag();
    if (at_ == At::before_value) {
        if (scan::is_space(c)) return;
        begin_value();
        if (c != '"' && c != '\'') return value_char(c);
        quote_ = c;
        at_ = At::quoted;
    } else if (c == '=' && (at_ == At::attribute_name || at_ == At::after_name)) {
        at_ = At::before_value;
    } else if (scan::is_space(c) || c == '/') {
        if (at_ == At::attribute_name) at_ = At::after_name;
    } else {
        if (at_ != At::attribute_name) name_size_ = 0, dynamic_ = false;
        at_ = At::attribute_name;
        take();
    }
}

void HtmlState::begin_value() {
    takes_ = takes();
    open_ = takes_ == Takes::url;
    data_ = false;
    name_size_ = 0;  // from here on the scheme
    quote_ = 0;
    at_ = At::unquoted;
    ++value_;
}

void HtmlState::value_char(char c) {
    if (!open_) return;
    if (c == ':') {
        told_ = told_ || data_;
        if (among(hostile_schemes, name())) takes_ = Takes::script;
    } else if (c != '/' && c != '?' && c != '#') {
        // As browsers read it: control characters and spaces before it, and line ends and tabs within, are nothing.
        const bool ignored = static_cast<unsigned char>(c) <= ' ' && (name_size_ == 0 || c != ' ');
        if (!ignored && name_size_ < sizeof name_) name_[name_size_++] = lower(c);
        return;
    }
    open_ = false;
}

void HtmlState::close_tag() {
    at_ = among(raw_elements, element()) ? At::raw_text : At::text;
    matched_ = 0;
}

Position HtmlState::position() const {
    const bool quoted = at_ == At::quoted;
    switch (at_) {
        case At::quoted:
        case At::unquoted:
        case At::before_value:
            switch (at_ == At::before_value ? takes() : takes_) {
                case Takes::script:
                    return Position::scripted;
                case Takes::style:
                    return quoted ? Position::style : Position::scripted;
                case Takes::url:
                    if (open_ || at_ == At::before_value) return quoted ? Position::url : Position::url_bare;
                    break;
                case Takes::text:
                    break;
            }
            return quoted ? Position::text : Position::unquoted;
        case At::tag_open:
        case At::tag_name:
            return Position::element;
        case At::in_tag:
        case At::attribute_name:
        case At::after_name:
            return Position::scripted;
        case At::text:
            return element() == "option" ? Position::text : Position::body;
        case At::raw_text:
        case At::raw_end:
            return element() == "script"  ? Position::scripted
                   : element() == "style" ? Position::style_text
                                          : Position::text;
        case At::end_tag:
        case At::comment:
        case At::comment_start:
            return Position::text;
    }
    return Position::scripted;
}

void HtmlState::fed_output() {
    if (at_ == At::before_value) begin_value();
    if (at_ == At::quoted || at_ == At::unquoted) data_ = data_ || open_;
    if (at_ == At::tag_open) name_size_ = 0, at_ = At::tag_name;
    if (at_ == At::in_tag || at_ == At::after_name) name_size_ = 0, at_ = At::attribute_name;
    if (at_ == At::tag_name || at_ == At::attribute_name) dynamic_ = true;
    if (at_ == At::raw_end) at_ = At::raw_text;
    if (at_ == At::comment_start) at_ = At::comment;
}

void HtmlState::go_back_to(const HtmlState& earlier) {
    const auto value = value_;
    *this = earlier;
    value_ = value;
}

HtmlState HtmlState::merge(const HtmlState& a, const HtmlState& b) {
    const auto care = [](const HtmlState& s) { return static_cast<int>(s.position()); };
    auto merged = care(b) > care(a) ? b : a;
    merged.data_ = merged.open_ && (a.data_ || b.data_);
    merged.value_ = std::max(a.value_, b.value_);
    return merged;
}

}  // namespace chapar::liquid
