#include "base/log.hpp"

#include <optional>

namespace chapar::log {
namespace {

struct Decoded {
    char32_t code = 0;
    std::size_t length = 0;
};

/// The well-formed UTF-8 sequence at the front (RFC 3629), or nullopt.
std::optional<Decoded> decode(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(i < text.size() ? text[i] : 0); };
    const unsigned char first = byte(0);
    const std::size_t length = first < 0x80   ? 1
                               : first < 0xC2 ? 0
                               : first < 0xE0 ? 2
                               : first < 0xF0 ? 3
                               : first < 0xF5 ? 4
                                              : 0;
    if (length == 0) return std::nullopt;
    if (length == 1) return Decoded{first, 1};
    char32_t code = first & (0x7FU >> length);
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xC0U) != 0x80U) return std::nullopt;
        code = (code << 6U) | (byte(i) & 0x3FU);
    }
    constexpr char32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
    if (code < smallest[length] || surrogate || code > 0x10FFFF) return std::nullopt;
    return Decoded{code, length};
}

/// Controls, line separators and what reorders the rest of the line. ZWNJ and ZWJ stay: Persian needs them.
bool is_dangerous(char32_t c) {
    return c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0x2028 || c == 0x2029 || (c >= 0x202A && c <= 0x202E) ||
           (c >= 0x2066 && c <= 0x2069) || c == 0xFEFF;
}

void append_escaped(std::string& out, char32_t c) {
    if (c == '\n') {
        out += "\\n";
    } else if (c == '\r') {
        out += "\\r";
    } else if (c == '\t') {
        out += "\\t";
    } else {
        out += fmt::format("\\u{{{:x}}}", static_cast<std::uint32_t>(c));
    }
}

}  // namespace

std::string escape(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const auto decoded = decode(text);
        if (!decoded) {
            out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text.front()));
            text.remove_prefix(1);
            continue;
        }
        if (is_dangerous(decoded->code)) {
            append_escaped(out, decoded->code);
        } else {
            out.append(text.substr(0, decoded->length));
        }
        text.remove_prefix(decoded->length);
    }
    return out;
}

}  // namespace chapar::log
