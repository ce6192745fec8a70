#include "encoding.hpp"

#include "basic/base64.hpp"
#include "basic/hex.hpp"
#include "email_rules/text.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

namespace chapar::email {

namespace {

constexpr std::size_t line_limit = 76;
constexpr std::string_view hex = basic::upper_hex;

/// Bytes that quoted-printable leaves alone inside a line; space and tab are decided by what follows them.
constexpr auto literal = [] {
    std::array<bool, 256> table{};
    for (unsigned c = 33; c < 127; ++c)
        table[c] = c != '=';
    table[' '] = table['\t'] = true;
    return table;
}();

/// For counting two things in one pass: bytes to escape in the low half, the harmless '=' among them in the high half.
constexpr auto weight = [] {
    std::array<std::uint64_t, 256> table{};
    for (std::size_t c = 0; c < table.size(); ++c)
        table[c] = literal[c] ? 0 : 1;
    table['='] = (std::uint64_t{1} << 32) + 1;
    return table;
}();

constexpr bool is_literal(char c) { return literal[static_cast<unsigned char>(c)]; }
constexpr bool is_blank(char c) { return c == ' ' || c == '\t'; }

/// The next line of `rest` without its end (CRLF, CR or LF), which is removed; `ended` says whether there was one.
std::string_view next_line(std::string_view& rest, bool& ended) {
    const auto feed = std::min(rest.find('\n'), rest.size());
    const auto end = std::min(rest.substr(0, feed).find('\r'), feed);
    ended = end != rest.size();
    const auto line = rest.substr(0, end);
    rest.remove_prefix(ended ? end + (rest.substr(end).starts_with("\r\n") ? 2 : 1) : end);
    return line;
}

/// Relays change such lines: mbox writers quote "From ", some strip blanks at the end, and a lone dot ends SMTP data.
/// "--=_" begins our own boundaries.
bool is_fragile(std::string_view line) {
    return line.starts_with("From ") || line.starts_with('.') || line.starts_with("--=_") ||
           (!line.empty() && is_blank(line.back()));
}

void append_escape(std::string& out, char c) {
    const auto byte = static_cast<unsigned char>(c);
    const std::array<char, 3> escape{'=', hex[byte >> 4], hex[byte & 15]};
    out.append(escape.data(), escape.size());
}

void append_quoted_line(std::string& out, std::string_view line) {
    constexpr std::size_t room = line_limit - 1;  // one place is kept for the soft break
    std::size_t column = 0;
    for (std::size_t at = 0; at < line.size();) {
        const bool last = at + 1 == line.size();
        const bool awkward = column == 0 && (line[at] == '.' || line.substr(at).starts_with("From "));
        const bool escape = awkward || !is_literal(line[at]) || (last && is_blank(line[at]));
        if (column + (escape ? 3 : 1) > room) {
            out += "=\r\n";
            column = 0;
            continue;
        }
        if (escape) {
            append_escape(out, line[at++]);
            column += 3;
            continue;
        }
        std::size_t run = 1;
        while (at + run < line.size() && column + run < room && is_literal(line[at + run]))
            ++run;
        if (at + run == line.size() && run > 1 && is_blank(line.back())) --run;
        out.append(line.substr(at, run));
        at += run;
        column += run;
    }
}

}  // namespace

std::string_view encoding_name(Encoding encoding) {
    switch (encoding) {
        case Encoding::seven_bit:
            return "7bit";
        case Encoding::quoted_printable:
            return "quoted-printable";
        case Encoding::base64:
            return "base64";
    }
    return {};
}

Encoding fitting_encoding(std::string_view text) {
    std::size_t escapes = 0;
    bool seven_bit = true;
    bool ended = false;
    for (auto rest = text; !rest.empty();) {
        const auto line = next_line(rest, ended);
        std::uint64_t counts = 0;
        for (const char c : line)
            counts += weight[static_cast<unsigned char>(c)];
        const auto escaped = static_cast<std::uint32_t>(counts);
        seven_bit = seven_bit && escaped == counts >> 32 && line.size() <= line_limit && !is_fragile(line);
        escapes += escaped;
    }
    if (seven_bit) return Encoding::seven_bit;
    const std::size_t quoted = text.size() + 2 * escapes;
    return quoted + quoted / 75 * 3 <= (text.size() + 2) / 3 * 4 * 78 / 76 ? Encoding::quoted_printable
                                                                           : Encoding::base64;
}

void append_base64(std::string& out, std::string_view bytes) {
    constexpr std::size_t line_bytes = 57;
    const auto lines = (bytes.size() + line_bytes - 1) / line_bytes;
    out.reserve(out.size() + (bytes.size() + 2) / 3 * 4 + lines * 2);
    while (!bytes.empty()) {
        const auto part = bytes.substr(0, line_bytes);
        basic::append_base64(out, part);
        out += "\r\n";
        bytes.remove_prefix(part.size());
    }
}

void append_text_body(std::string& out, std::string_view text, Encoding encoding) {
    if (encoding == Encoding::base64) {
        std::string normal;
        normal.reserve(text.size() + text.size() / 16);
        bool ended = false;
        while (!text.empty()) {
            normal += next_line(text, ended);
            if (ended) normal += "\r\n";
        }
        append_base64(out, normal);
        return;
    }
    bool ended = false;
    while (!text.empty()) {
        const auto line = next_line(text, ended);
        encoding == Encoding::seven_bit ? static_cast<void>(out += line) : append_quoted_line(out, line);
        out += ended || text.empty() ? "\r\n" : "";
    }
}

}  // namespace chapar::email
