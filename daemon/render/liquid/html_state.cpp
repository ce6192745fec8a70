// The place of an output, from the literal text before it.
#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <initializer_list>

#include "render/liquid/html.hpp"
#include "render/liquid/scan.hpp"

namespace chapar::liquid {

namespace {
enum : std::uint8_t { space = 1, slash = 2, greater = 4, equals = 8 };
struct Letters {
    std::array<char, 256> lower{};
    std::array<std::uint8_t, 256> kind{};
    constexpr Letters() {
        for (std::size_t i = 0; i < lower.size(); ++i) {
            const auto c = static_cast<char>(i);
            lower[i] = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
            kind[i] = scan::is_space(c) ? space : c == '/' ? slash : c == '>' ? greater : c == '=' ? equals : 0;
        }
    }
};
constexpr Letters letters;
char lower(char c) { return letters.lower[static_cast<unsigned char>(c)]; }
bool is_one_of(char c, unsigned kinds) { return (letters.kind[static_cast<unsigned char>(c)] & kinds) != 0; }

/// A fixed set of names, asked for by their first letter.
class Names {
  public:
    constexpr Names(std::initializer_list<std::string_view> names) {
        for (const auto name : names)
            names_[size_++] = name;
        for (std::size_t i = 0; i < size_; ++i)
            beginning_[static_cast<std::size_t>(names_[i][0] - 'a')] |= 1u << i;
    }
    bool contain(std::string_view name) const {
        if (name.empty() || name[0] < 'a' || name[0] > 'z') return false;
        for (auto left = beginning_[static_cast<std::size_t>(name[0] - 'a')]; left != 0; left &= left - 1) {
            if (same_text(names_[static_cast<std::size_t>(std::countr_zero(left))], name)) return true;
        }
        return false;
    }

  private:
    std::array<std::string_view, 32> names_;
    std::array<std::uint32_t, 26> beginning_{};
    std::size_t size_ = 0;
};

constexpr Names url_attributes = {"href",       "src",      "action",  "formaction", "background", "cite",
                                  "poster",     "longdesc", "usemap",  "codebase",   "data",       "manifest",
                                  "xlink:href", "srcset",   "ping",    "profile",    "icon",       "lowsrc",
                                  "dynsrc",     "archive",  "classid", "imagesrcset"};
/// Elements whose content is text up to their own end tag, whatever it looks like.
constexpr Names raw_elements = {"script", "style", "title", "textarea", "xmp", "iframe", "noembed", "noframes"};
/// Schemes whose rest is a script or a page.
constexpr Names hostile_schemes = {"javascript", "vbscript", "livescript", "data"};
constexpr unsigned char comment_mark = 0x80;  // it began with --
}  // namespace

HtmlState::Takes HtmlState::takes() const {
    if (dynamic_) return Takes::script;
    const auto attribute = name();
    if (attribute.size() > 2 && attribute.starts_with("on")) return Takes::script;
    if (attribute == "srcdoc") return Takes::script;
    if (attribute == "style") return Takes::style;
    return url_attributes.contain(attribute) ? Takes::url : Takes::text;
}

namespace {
const char* find(char c, const char* at, const char* end) {
    const auto* found = static_cast<const char*>(std::memchr(at, c, static_cast<std::size_t>(end - at)));
    return found == nullptr ? end : found;
}
}  // namespace

const char* HtmlState::take_until(unsigned kinds, const char* at, const char* end) {
    auto size = name_size_;
    for (; at != end && !is_one_of(*at, kinds); ++at) {
        if (size < sizeof name_) name_[size++] = lower(*at);
    }
    name_size_ = size;
    return at;
}

/// What most of a template is, in one go: text, tags with quoted attributes. Stops at what step() has to look at.
const char* HtmlState::pass(const char* at, const char* end) {
    while (true) {
        switch (at_) {
            case At::text:
                at = find('<', at, end);
                if (end - at < 2 || !scan::is_alpha(at[1])) return at;
                begin_tag();
                ++at;
                [[fallthrough]];
            case At::tag_name:
                at = take_until(space | slash | greater, at, end);
                if (at == end) return at;
                end_tag_name();
                [[fallthrough]];
            case At::in_tag:
            case At::after_name:
                while (at != end && is_one_of(*at, space | slash))
                    ++at;
                if (at == end || is_one_of(*at, greater | equals)) return at;
                begin_attribute();
                [[fallthrough]];
            case At::attribute_name:
                at = take_until(space | slash | greater | equals, at, end);
                if (end - at < 2 || at[0] != '=' || (at[1] != '"' && at[1] != '\'')) return at;
                begin_value();
                quote_ = at[1];
                at_ = At::quoted;
                at += 2;
                [[fallthrough]];
            case At::quoted:
                if (!open_) at = find(quote_, at, end);
                if (open_ || at == end) return at;
                at_ = At::in_tag;
                ++at;
                break;
            default:
                return at_ == At::end_tag ? find('>', at, end) : at_ == At::raw_text ? find('<', at, end) : at;
        }
    }
}

bool HtmlState::feed(std::string_view literal) {
    told_ = false;
    const auto* at = literal.data();
    const auto* const end = at + literal.size();
    while (at != end) {
        at = pass(at, end);
        if (at != end) step(*at++);
    }
    return told_;
}

void HtmlState::step(char c) {
    switch (at_) {
        case At::text:
            if (c == '<') at_ = At::tag_open;
            return;
        case At::tag_open:
            begin_tag();
            if (scan::is_alpha(c)) {
                name_[name_size_++] = lower(c);
            } else if (c == '<') {
                at_ = At::tag_open;
            } else {
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
        end_tag_name();
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
        if (at_ != At::attribute_name) begin_attribute();
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
        if (hostile_schemes.contain(name())) takes_ = Takes::script;
    } else if (c != '/' && c != '?' && c != '#') {
        // As browsers read it: control characters and spaces before it, and line ends and tabs within, are nothing.
        const bool ignored = static_cast<unsigned char>(c) <= ' ' && (name_size_ == 0 || c != ' ');
        if (!ignored && name_size_ < sizeof name_) name_[name_size_++] = lower(c);
        return;
    }
    open_ = false;
}

void HtmlState::close_tag() {
    at_ = raw_elements.contain(element()) ? At::raw_text : At::text;
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
