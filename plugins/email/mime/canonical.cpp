#include "canonical.hpp"

#include "email_rules/text.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace chapar::email {

namespace {

constexpr bool is_blank(char c) { return c == ' ' || c == '\t'; }

std::uint64_t load(const char* at) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, sizeof word);
    return word;
}

/// The high bit of each byte of `word` that is `c`.
constexpr std::uint64_t matches(std::uint64_t word, char c) {
    constexpr std::uint64_t low = 0x7F7F7F7F7F7F7F7FULL;
    const std::uint64_t x = word ^ (0x0101010101010101ULL * static_cast<unsigned char>(c));
    return ~(((x & low) + low) | x | low);
}

/// The eight bytes at `at` stay as they are: no tab, and no space before a blank or an end of line. Reads nine bytes.
bool stay(const char* at) {
    const auto word = load(at);
    const auto next = load(at + 1);
    const auto squeezed = matches(next, ' ') | matches(next, '\t') | matches(next, '\r');
    return ((matches(word, ' ') & squeezed) | matches(word, '\t')) == 0;
}

}  // namespace

void canonical_body(std::string_view body, std::string& out) {
    out.resize(body.size() + 2);
    char* to = out.data();
    bool after_blank = false;
    for (std::size_t i = 0; i < body.size();) {
        if (!after_blank && i + 9 <= body.size() && stay(body.data() + i)) {
            std::memcpy(to, body.data() + i, 8);
            to += 8;
            i += 8;
            after_blank = body[i - 1] == ' ';
            continue;
        }
        const char c = body[i++];
        const bool blank = is_blank(c);
        if (c == '\r' && after_blank) --to;  // the blank before an end of line
        *to = blank ? ' ' : c;
        to += blank && after_blank ? 0 : 1;
        after_blank = blank;
    }
    if (after_blank) --to;
    out.resize(static_cast<std::size_t>(to - out.data()));
    while (out.ends_with("\r\n"))
        out.resize(out.size() - 2);
    if (!out.empty()) out += "\r\n";
}

void append_canonical_field(std::string_view field, std::string& out) {
    const auto colon = std::min(field.find(':'), field.size());
    for (const char c : trim(field.substr(0, colon)))
        out += ascii_lower(c);
    out += ':';
    bool gap = false;
    for (const char c : trim(field.substr(std::min(colon + 1, field.size())))) {
        if (c == '\r' || c == '\n') continue;
        if (is_blank(c)) {
            gap = true;
            continue;
        }
        if (gap) out += ' ';
        gap = false;
        out += c;
    }
}

}  // namespace chapar::email
