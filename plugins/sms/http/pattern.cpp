#include "sms/http/pattern.hpp"

#include "basic/hex.hpp"

#include <unicode/utf8.h>

#include <algorithm>
#include <cctype>

namespace chapar::sms::http {
namespace {

constexpr std::string_view hex = basic::upper_hex;

bool is_unreserved(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '_' || c == '~';
}

void append_escape(char c, std::string& out) {
    const auto octet = static_cast<unsigned char>(c);
    out += {'%', hex[octet >> 4], hex[octet & 15]};
}

void append_json(UChar32 value, std::string_view octets, std::string& out) {
    switch (value) {
        case '"':
            out += "\\\"";
            return;
        case '\\':
            out += "\\\\";
            return;
        case '\n':
            out += "\\n";
            return;
        case '\r':
            out += "\\r";
            return;
        case '\t':
            out += "\\t";
            return;
        default:
            break;
    }
    if (value < 0) {
        out += "\xEF\xBF\xBD";
    } else if (value < 0x20 || value == 0x7F) {
        out += "\\u00";
        out += {hex[static_cast<std::size_t>(value) >> 4], hex[static_cast<std::size_t>(value) & 15]};
    } else {
        out += octets;
    }
}

bool is_name(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.';
    });
}

}  // namespace

std::expected<Pattern, std::string> Pattern::parse(std::string_view text) {
    Pattern out;
    std::string plain;
    const auto flush = [&] {
        if (!plain.empty()) out.pieces_.push_back({std::move(plain), false});
        plain.clear();
    };
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if ((c == '{' || c == '}') && i + 1 < text.size() && text[i + 1] == c) {
            plain.push_back(c);
            ++i;
        } else if (c == '}') {
            return std::unexpected(std::string("a } without its {; write }} for a brace"));
        } else if (c == '{') {
            const auto end = text.find('}', i);
            const auto name = end == std::string_view::npos ? std::string_view() : text.substr(i + 1, end - i - 1);
            if (!is_name(name)) return std::unexpected(std::string("expected {name}; write {{ for a brace"));
            flush();
            out.pieces_.push_back({std::string(name), true});
            i = end;
        } else {
            plain.push_back(c);
        }
    }
    flush();
    return out;
}

std::string Pattern::fill(const Values& values, Place place) const {
    std::string out;
    for (const auto& piece : pieces_) {
        if (!piece.is_name) {
            out += piece.text;
            continue;
        }
        const auto at = values.find(piece.text);
        if (at == values.end()) continue;
        out += place == Place::url ? percent_encoded(at->second) : at->second;
    }
    return out;
}

std::vector<std::string> Pattern::names() const {
    std::vector<std::string> out;
    for (const auto& piece : pieces_)
        if (piece.is_name) out.push_back(piece.text);
    return out;
}

bool Pattern::lacks(const Values& values) const {
    return std::ranges::any_of(pieces_, [&](const Piece& piece) {
        if (!piece.is_name) return false;
        const auto at = values.find(piece.text);
        return at == values.end() || at->second.empty();
    });
}

std::string percent_encoded(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (is_unreserved(c)) {
            out.push_back(c);
        } else {
            append_escape(c, out);
        }
    }
    return out;
}

std::string form_encoded(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == ' ') {
            out.push_back('+');
        } else if (is_unreserved(c) && c != '~') {
            out.push_back(c);
        } else {
            append_escape(c, out);
        }
    }
    return out;
}

std::string json_string(std::string_view text) {
    std::string out = "\"";
    const auto* octets = reinterpret_cast<const std::uint8_t*>(text.data());
    const auto size = static_cast<std::int32_t>(text.size());
    for (std::int32_t at = 0; at < size;) {
        UChar32 value = 0;
        const std::int32_t from = at;
        // NOLINTNEXTLINE(bugprone-inc-dec-in-conditions): inside ICU's macro
        U8_NEXT(octets, at, size, value);
        append_json(value, text.substr(static_cast<std::size_t>(from), static_cast<std::size_t>(at - from)), out);
    }
    return out + '"';
}

bool is_json_number(std::string_view text) {
    const auto digits = [&text] {
        std::size_t count = 0;
        while (!text.empty() && text.front() >= '0' && text.front() <= '9')
            text.remove_prefix(1), ++count;
        return count;
    };
    if (text.starts_with('-')) text.remove_prefix(1);
    const bool zero = text.starts_with('0');
    const auto whole = digits();
    if (whole == 0 || (zero && whole > 1)) return false;
    if (text.starts_with('.')) {
        text.remove_prefix(1);
        if (digits() == 0) return false;
    }
    return text.empty();
}

}  // namespace chapar::sms::http
