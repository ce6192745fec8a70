#include "render/html_text.hpp"

#include <gumbo.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <utility>

namespace chapar::render {

namespace {

using Name = std::pair<std::string_view, std::string_view>;

/// The names that mails use, sorted; gumbo knows the other two thousand.
constexpr std::array<Name, 24> common = {{
    {"amp", "&"},         {"apos", "'"},       {"bull", "\u2022"},   {"copy", "\u00a9"},  {"gt", ">"},
    {"hellip", "\u2026"}, {"laquo", "\u00ab"}, {"ldquo", "\u201c"},  {"lrm", "\u200e"},   {"lsquo", "\u2018"},
    {"lt", "<"},          {"mdash", "\u2014"}, {"middot", "\u00b7"}, {"nbsp", "\u00a0"},  {"ndash", "\u2013"},
    {"quot", "\""},       {"raquo", "\u00bb"}, {"rarr", "\u2192"},   {"rdquo", "\u201d"}, {"reg", "\u00ae"},
    {"rlm", "\u200f"},    {"rsquo", "\u2019"}, {"times", "\u00d7"},  {"zwnj", "\u200c"},
}};

/// What the standard makes of &#128; to &#159;.
constexpr std::array<char16_t, 32> windows_1252 = {0x20AC, 0x81,   0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021,
                                                   0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8D,   0x017D, 0x8F,
                                                   0x90,   0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014,
                                                   0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D,   0x017E, 0x0178};

bool is_alphanumeric(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

void append_utf8(std::string& out, std::uint32_t c) {
    if (c < 0x80) {
        out.push_back(static_cast<char>(c));
    } else if (c < 0x800) {
        out.push_back(static_cast<char>(0xC0 | (c >> 6)));
        out.push_back(static_cast<char>(0x80 | (c & 0x3F)));
    } else if (c < 0x10000) {
        out.push_back(static_cast<char>(0xE0 | (c >> 12)));
        out.push_back(static_cast<char>(0x80 | ((c >> 6) & 0x3F)));
        out.push_back(static_cast<char>(0x80 | (c & 0x3F)));
    } else {
        out.push_back(static_cast<char>(0xF0 | (c >> 18)));
        out.push_back(static_cast<char>(0x80 | ((c >> 12) & 0x3F)));
        out.push_back(static_cast<char>(0x80 | ((c >> 6) & 0x3F)));
        out.push_back(static_cast<char>(0x80 | (c & 0x3F)));
    }
}

/// By gumbo, which reads it as a browser would: "&name;", or a legacy name without its semicolon.
std::string look_up(std::string_view reference) {
    GumboOptions options = kGumboDefaultOptions;
    options.max_errors = 0;
    std::string html = "<body>";
    html += reference;
    GumboOutput* raw = gumbo_parse_with_options(&options, html.data(), html.size());
    const auto destroy = [&](GumboOutput* output) { gumbo_destroy_output(&options, output); };
    const std::unique_ptr<GumboOutput, decltype(destroy)> output(raw, destroy);
    const GumboVector& children = output->root->v.element.children;
    for (unsigned i = 0; i < children.length; ++i) {
        const auto* body = static_cast<const GumboNode*>(children.data[i]);
        if (body->type != GUMBO_NODE_ELEMENT || body->v.element.tag != GUMBO_TAG_BODY) continue;
        if (body->v.element.children.length == 0) continue;
        const auto* text = static_cast<const GumboNode*>(body->v.element.children.data[0]);
        if (text->type == GUMBO_NODE_TEXT) return text->v.text.text;
    }
    return std::string(reference);
}

/// "&#1740;" and "&#x6CC;" at the start of `text`; answers how many bytes were read, 0 when it is none.
std::size_t append_number(std::string& out, std::string_view text) {
    const bool hex = text.size() > 2 && (text[2] == 'x' || text[2] == 'X');
    std::size_t at = hex ? 3 : 2;
    const std::size_t first = at;
    std::uint32_t value = 0;
    for (; at < text.size(); ++at) {
        const char c = text[at];
        std::uint32_t digit = 16;
        if (c >= '0' && c <= '9') digit = static_cast<std::uint32_t>(c - '0');
        if (hex && c >= 'a' && c <= 'f') digit = static_cast<std::uint32_t>(c - 'a') + 10;
        if (hex && c >= 'A' && c <= 'F') digit = static_cast<std::uint32_t>(c - 'A') + 10;
        if (digit == 16) break;
        value = std::min<std::uint32_t>(value * (hex ? 16 : 10) + digit, 0x110000);
    }
    if (at == first) return 0;
    const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
    if (value >= 0x80 && value <= 0x9F) value = windows_1252[value - 0x80];
    append_utf8(out, value == 0 || value > 0x10FFFF || surrogate ? 0xFFFD : value);
    return at < text.size() && text[at] == ';' ? at + 1 : at;
}

/// A name at the start of `text`; answers how many bytes were read, 0 when it is none.
std::size_t append_name(std::string& out, std::string_view text, unsigned& lookups) {
    constexpr std::size_t longest = 34;
    std::size_t end = 1;
    while (end < text.size() && end < longest && is_alphanumeric(text[end]))
        ++end;
    if (end == 1) return 0;
    const std::string_view name = text.substr(1, end - 1);
    const bool closed = end < text.size() && text[end] == ';';
    const auto found = std::lower_bound(common.begin(), common.end(), name,
                                        [](const Name& entry, std::string_view n) { return entry.first < n; });
    if (closed && found != common.end() && found->first == name) {
        out += found->second;
        return end + 1;
    }
    if (lookups == 0) return 0;
    --lookups;
    out += look_up(text.substr(0, closed ? end + 1 : end));
    return closed ? end + 1 : end;
}

/// A name at the start of an attribute's value; answers how many bytes were read, 0 when it is none.
std::size_t append_name_in_value(std::string& out, std::string_view value, unsigned& lookups) {
    std::size_t end = 1;
    while (end < value.size() && is_alphanumeric(value[end]))
        ++end;
    const bool is_closed = end < value.size() && value[end] == ';';
    if (!is_closed && end < value.size() && value[end] == '=') return 0;
    const std::string closed = std::string(value.substr(0, end)) + ';';
    std::string whole;
    if (append_name(whole, closed, lookups) != closed.size()) return 0;
    // A semicolon that is still there belonged to no name, except to the one that stands for it.
    if (whole.ends_with(';') && closed != "&semi;") return 0;
    if (!is_closed) {
        std::string open;  // whether this name may go without its semicolon
        if (append_name(open, value.substr(0, end), lookups) == 0 || open != whole) return 0;
    }
    out += whole;
    return is_closed ? end + 1 : end;
}

}  // namespace

void append_decoded_value(std::string& out, std::string_view value, unsigned& lookups) {
    while (!value.empty()) {
        const std::size_t plain = std::min(value.find('&'), value.size());
        out += value.substr(0, plain);
        value.remove_prefix(plain);
        if (value.empty()) return;
        std::size_t used =
            value.size() > 1 && value[1] == '#' ? append_number(out, value) : append_name_in_value(out, value, lookups);
        if (used == 0) {
            out.push_back('&');
            used = 1;
        }
        value.remove_prefix(used);
    }
}

void append_decoded(std::string& out, std::string_view text, unsigned& lookups) {
    while (!text.empty()) {
        const std::size_t plain = std::min(text.find('&'), text.size());
        out += text.substr(0, plain);
        text.remove_prefix(plain);
        if (text.empty()) return;
        std::size_t used =
            text.size() > 1 && text[1] == '#' ? append_number(out, text) : append_name(out, text, lookups);
        if (used == 0) {
            out.push_back('&');
            used = 1;
        }
        text.remove_prefix(used);
    }
}

}  // namespace chapar::render
