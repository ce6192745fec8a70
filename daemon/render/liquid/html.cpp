#include "render/liquid/html.hpp"

#include "basic/hex.hpp"

#include <algorithm>
#include <array>

#include "render/liquid/liquid.hpp"
#include "render/liquid/scan.hpp"

namespace chapar::liquid {

namespace {
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

bool is_allowed_scheme(std::string_view given) {
    constexpr std::array<std::string_view, 4> allowed = {"https", "http", "mailto", "tel"};
    return std::any_of(allowed.begin(), allowed.end(), [given](std::string_view name) {
        return std::equal(given.begin(), given.end(), name.begin(), name.end(),
                          [](char a, char b) { return lower(a) == b; });
    });
}

bool ends_scheme(char c) { return c == ':' || c == '/' || c == '?' || c == '#'; }
}  // namespace

bool safe_url(std::string_view url, bool is_html) {
    url = scan::strip_left(url);
    std::size_t end = 0;
    while (end < url.size() && !ends_scheme(url[end]) && !(is_html && url[end] == '&'))
        ++end;
    if (end == url.size()) return true;
    if (url[end] == '&') {
        // In HTML text a character reference could spell a colon; only &amp; is known not to.
        return url.substr(end, 5) == "&amp;" && safe_url(url.substr(end + 5), true);
    }
    if (url[end] != ':') return true;
    return is_allowed_scheme(url.substr(0, end));
}

namespace {
/// The character references of HTML, by the character's place in `special`; 0: it stands for itself.
constexpr std::string_view special = "&<>\"'";
constexpr std::array<std::string_view, 6> references = {"", "&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};
constexpr auto reference_of = [] {
    std::array<unsigned char, 256> table{};
    for (std::size_t i = 0; i < special.size(); ++i)
        table[static_cast<unsigned char>(special[i])] = static_cast<unsigned char>(i + 1);
    return table;
}();
std::size_t which_reference(char c) { return reference_of[static_cast<unsigned char>(c)]; }

void append_bare(std::string& out, std::string_view text, bool safe) {
    for (char c : text) {
        const auto which = safe && c == '&' ? 0 : which_reference(c);
        if (which != 0) {
            out += references[which];
        } else if (scan::is_space(c) || c == '=' || c == '`' || c == '/') {
            out += "&#";
            out += std::to_string(static_cast<int>(c));
            out += ';';
        } else {
            out += c;
        }
    }
}
}  // namespace

void escape_html(std::string_view text, std::string& out) {
    const char* at = text.data();
    const char* const end = at + text.size();
    while (true) {
        const char* stop = at;
        while (stop != end && which_reference(*stop) == 0)
            ++stop;
        out.append(at, stop);
        if (stop == end) return;
        out += references[which_reference(*stop)];
        at = stop + 1;
    }
}

void append_isolated_html(std::string& out, std::string_view text) {
    int open = 0;
    for (std::size_t at = 0; at < text.size();) {
        const auto next = std::min(text.find("\xE2\x81", at), text.size());
        escape_html(text.substr(at, next - at), out);
        const auto control = text.substr(next, 3);
        at = next + control.size();
        if (control == isolate::pop) {
            if (open == 0) continue;  // would end what is not the value's
            --open;
            out += "</bdi>";
        } else if (control == isolate::first_strong || control == isolate::left || control == isolate::right) {
            ++open;
            out += control == isolate::first_strong ? "<bdi>"
                   : control == isolate::left       ? "<bdi dir=\"ltr\">"
                                                    : "<bdi dir=\"rtl\">";
        } else {
            escape_html(control, out);
        }
    }
    for (; open > 0; --open)
        out += "</bdi>";
}

void append_isolated_text(std::string& out, std::string_view text) {
    int open = 0;
    for (std::size_t at = 0; at < text.size();) {
        const auto next = std::min(text.find("\xE2\x81", at), text.size());
        out += text.substr(at, next - at);
        const auto control = text.substr(next, 3);
        at = next + control.size();
        const bool closes = control == isolate::pop;
        if (closes && open == 0) continue;
        const bool opens = control == isolate::first_strong || control == isolate::left || control == isolate::right;
        open += opens ? 1 : closes ? -1 : 0;
        out += control;
    }
    for (; open > 0; --open)
        out += isolate::pop;
}

bool ends_in_address(std::string_view text) {
    constexpr std::size_t most = 2048;
    const auto begin = text.size() > most ? text.size() - most : 0;
    for (auto at = text.size(); at > begin; --at) {
        const char c = text[at - 1];
        if (scan::is_space(c) || c == '<' || c == '>' || c == '"' || c == '(') return false;
        if (c == '/' && at >= 3 && text.substr(at - 3, 3) == "://") return true;
    }
    return false;
}

namespace {
bool is_plain(char c) { return scan::is_word(c) || static_cast<unsigned char>(c) >= 0x80; }

/// For JavaScript and JSON: what is neither letter nor digit is \\uXXXX, which within their strings is the character
/// itself and outside of them nothing that runs. Numbers stay numbers.
void append_scripted(std::string& out, std::string_view text) {
    const auto first = text.starts_with('-') ? 1u : 0u;
    const bool number = text.size() > first && scan::is_digit(text[first]);
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const auto line_end = text.substr(i, 3);  // U+2028 and U+2029
        if (line_end == "\xE2\x80\xA8" || line_end == "\xE2\x80\xA9") {
            out += line_end.back() == '\xA8' ? "\\u2028" : "\\u2029";
            i += 2;
        } else if (is_plain(c) || (number && (c == '.' || c == '-'))) {
            out += c;
        } else {
            out += "\\u00";
            basic::append_hex(out, c);
        }
    }
}

bool is_colour_function(std::string_view s) {
    for (std::string_view name : {"rgb(", "rgba(", "hsl(", "hsla("}) {
        if (s.starts_with(name) && s.ends_with(')')) {
            return s.find_first_not_of("0123456789 .,%/", name.size()) == s.size() - 1;
        }
    }
    return false;
}

/// Quotes that come in pairs leave a style as it is around them.
bool has_paired_quotes(std::string_view s) {
    char open = 0;
    for (char c : s) {
        if (c == '"' || c == '\'') open = open == 0 ? c : open == c ? 0 : open;
    }
    return open == 0;
}

/// For CSS: one value of a property; what could end it or call a function is written as CSS's own escape.
void append_style(std::string& out, std::string_view text, bool in_attribute) {
    if (is_colour_function(text)) {
        out += text;
        return;
    }
    const bool quotes = has_paired_quotes(text);
    for (char c : text) {
        if (quotes && (c == '"' || c == '\'')) {
            if (in_attribute) {
                out += references[which_reference(c)];
            } else {
                out += c;
            }
        } else if (is_plain(c) || std::string_view(" #%.,-+!/").find(c) != std::string_view::npos) {
            out += c;
        } else {
            out += '\\';
            basic::append_hex(out, c);
            out += ' ';
        }
    }
}

/// Names of tags that a value may choose: none that loads, runs or holds text of another kind.
bool is_harmless_element(std::string_view name) {
    if (!name.empty() && std::all_of(name.begin(), name.end(), scan::is_digit)) return true;  // <h{{ level }}>
    constexpr std::array<std::string_view, 30> harmless = {
        "p",  "div", "span", "td", "th", "tr", "table",  "tbody",   "thead", "tfoot",
        "h1", "h2",  "h3",   "h4", "h5", "h6", "ul",     "ol",      "li",    "dl",
        "dt", "dd",  "b",    "i",  "em", "a",  "strong", "section", "bdi",   "center"};
    return std::find(harmless.begin(), harmless.end(), name) != harmless.end();
}

/// Is `text` all that may stand before a colon: a scheme, or an address that has one already?
bool decides_scheme(std::string_view text, bool safe) {
    if (is_allowed_scheme(text)) return true;
    return std::any_of(text.begin(), text.end(), ends_scheme) && safe_url(text, safe);
}
}  // namespace

void append_escaped(std::string& out, std::string_view text, Position position, bool safe) {
    switch (position) {
        case Position::none:
            out.append(text);
            return;
        case Position::body:
        case Position::text:
            break;
        case Position::unquoted:
            return append_bare(out, text, safe);
        case Position::url:
            if (safe_url(text, safe)) break;
            out += '#';
            return;
        case Position::url_bare:
            return append_bare(out, safe_url(text, safe) ? text : "#", safe);
        case Position::scheme:
            return append_bare(out, decides_scheme(text, safe) ? text : "#", safe);
        case Position::style_text:
        case Position::style:
            return append_style(out, text, position == Position::style);
        case Position::element:
            out += is_harmless_element(text) ? text : "x";
            return;
        case Position::scripted:
            return append_scripted(out, text);
    }
    if (safe) {
        out.append(text);
    } else {
        escape_html(text, out);
    }
}

}  // namespace chapar::liquid
