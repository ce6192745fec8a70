#include "render/l10n/bidi.hpp"

#include "render/liquid/text.hpp"

#include <unicode/uchar.h>

#include <algorithm>
#include <array>

namespace chapar::render {

namespace {

/// The classes of UAX #9, as far as they matter here.
enum class Kind : std::uint8_t { left, right, digit, arabic_digit, sign, separator, mark, control, neutral };

Kind kind_of(UChar32 c) {
    switch (u_charDirection(c)) {
        case U_LEFT_TO_RIGHT:
            return Kind::left;
        case U_RIGHT_TO_LEFT:
        case U_RIGHT_TO_LEFT_ARABIC:
            return Kind::right;
        case U_EUROPEAN_NUMBER:
            return Kind::digit;
        case U_ARABIC_NUMBER:
            return Kind::arabic_digit;
        case U_EUROPEAN_NUMBER_SEPARATOR:
            return Kind::sign;
        case U_COMMON_NUMBER_SEPARATOR:
            return Kind::separator;
        case U_DIR_NON_SPACING_MARK:
        case U_BOUNDARY_NEUTRAL:
            return Kind::mark;
        case U_LEFT_TO_RIGHT_EMBEDDING:
        case U_LEFT_TO_RIGHT_OVERRIDE:
        case U_RIGHT_TO_LEFT_EMBEDDING:
        case U_RIGHT_TO_LEFT_OVERRIDE:
        case U_POP_DIRECTIONAL_FORMAT:
        case U_FIRST_STRONG_ISOLATE:
        case U_LEFT_TO_RIGHT_ISOLATE:
        case U_RIGHT_TO_LEFT_ISOLATE:
        case U_POP_DIRECTIONAL_ISOLATE:
            return Kind::control;
        default:
            return Kind::neutral;
    }
}

Kind ascii_kind(unsigned char c) {
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) return Kind::left;
    if (c >= '0' && c <= '9') return Kind::digit;
    if (c == '+' || c == '-') return Kind::sign;
    if (c == ',' || c == '.' || c == '/' || c == ':') return Kind::separator;
    return c < 0x20 && c != '\t' && c != '\n' && c != '\r' ? Kind::mark : Kind::neutral;
}

/// What a value consists of, seen in one pass.
struct Shape {
    bool left = false, right = false, digit = false, arabic_digit = false;
    bool control = false;     // of direction: what it opens must end with the value
    bool lone_number = true;  // one run of digits, with single separators inside: 1,250.50 or 1403/05/01
    Kind first = Kind::neutral, last = Kind::neutral;
};

bool is_digit(Kind kind) { return kind == Kind::digit || kind == Kind::arabic_digit; }

Shape shape_of(std::string_view text) {
    Shape shape;
    Kind previous = Kind::neutral;
    bool start = true;
    for (std::size_t at = 0; at < text.size();) {
        std::size_t bytes = 1;
        const auto byte = static_cast<unsigned char>(text[at]);
        Kind kind = byte < 0x80 ? ascii_kind(byte) : Kind::neutral;
        if (byte >= 0x80) {
            const char32_t c = liquid::decode(text, at, bytes);
            if (c != char32_t(-1)) kind = kind_of(static_cast<UChar32>(c));
        }
        at += bytes;
        if (kind == Kind::mark) continue;
        shape.left = shape.left || kind == Kind::left;
        shape.right = shape.right || kind == Kind::right;
        shape.digit = shape.digit || is_digit(kind);
        shape.arabic_digit = shape.arabic_digit || kind == Kind::arabic_digit;
        shape.control = shape.control || kind == Kind::control;
        const bool joins = is_digit(kind) ? start || is_digit(previous) || previous == Kind::separator
                                          : kind == Kind::separator && is_digit(previous);
        shape.lone_number = shape.lone_number && joins;
        if (start) shape.first = kind;
        start = false;
        shape.last = previous = kind;
    }
    shape.lone_number = shape.lone_number && is_digit(shape.last);
    return shape;
}

/// No letter, mark or control of a right-to-left script has a smaller first byte; marks of direction begin with E2.
bool surely_left_to_right(std::string_view text) {
    return std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0xD6; });
}

/// An address is read by programs, which would take a mark for a part of it.
bool is_address(std::string_view text) {
    if (text.find("://") != std::string_view::npos) return true;
    const bool one_word = std::none_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return byte <= 0x20 || byte >= 0x80;
    });
    if (!one_word || text.empty()) return false;
    const bool has_letter = std::any_of(text.begin(), text.end(),
                                        [](char c) { return ascii_kind(static_cast<unsigned char>(c)) == Kind::left; });
    return has_letter && text.substr(1).find_first_of("./@") != std::string_view::npos;
}

/// In a line from left to right a number stands like a word; only letters of the other direction disturb.
bool apart_in_ltr(std::string_view text) {
    if (surely_left_to_right(text)) return false;
    const Shape shape = shape_of(text);
    return shape.right || shape.arabic_digit || shape.control;
}

/// A number and the Persian percent sign after it: line_order.hpp sets a mark between them.
bool is_percentage(std::string_view text) {
    constexpr std::string_view percent_sign = "٪";
    return text.ends_with(percent_sign) && shape_of(text.substr(0, text.size() - percent_sign.size())).lone_number;
}

/// In a line from right to left a lone number keeps its order. Anything else with digits does not: after an Arabic
/// letter 12-5 reads 5-12 (W2), and groups of digits change places.
bool apart_in_rtl(std::string_view text) {
    const Shape shape = shape_of(text);
    if (shape.control) return true;
    if (shape.left) return !is_address(text);
    if (shape.right || !shape.digit) return false;
    return !shape.lone_number && !is_percentage(text);
}

/// As in full, but for values that begin and end with letters and know no other direction: they keep their order by
/// themselves, and in a short message every character costs.
bool sparing_in_ltr(std::string_view text) {
    if (surely_left_to_right(text)) return false;
    const Shape shape = shape_of(text);
    if (shape.control) return true;
    return shape.right && (shape.left || shape.first != Kind::right || shape.last != Kind::right);
}

bool sparing_in_rtl(std::string_view text) {
    if (!apart_in_rtl(text)) return false;
    const Shape shape = shape_of(text);
    return shape.control || !shape.left || shape.right || shape.first != Kind::left ||
           (shape.last != Kind::left && !is_digit(shape.last));
}

}  // namespace

liquid::SetsApart isolation_rule(Isolation isolation, bool right_to_left) {
    switch (isolation) {
        case Isolation::off:
            return nullptr;
        case Isolation::sparing:
            return right_to_left ? sparing_in_rtl : sparing_in_ltr;
        case Isolation::full:
            return right_to_left ? apart_in_rtl : apart_in_ltr;
    }
    return nullptr;
}

}  // namespace chapar::render
