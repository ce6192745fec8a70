#include "render/liquid/text.hpp"

#include <unicode/uchar.h>

#include <array>
#include <cstring>

#include "render/liquid/context.hpp"
#include "render/liquid/number.hpp"

namespace chapar::liquid {

namespace {
constexpr int deepest = 200;  // JSON nests no deeper; hosts may

void append_hash(std::string& out, const Hash& hash, int depth) {
    out += '{';
    for (std::uint32_t i = 0; i < hash.size; ++i) {
        if (i > 0) out += ", ";
        append_quoted(out, hash.members[i].key);
        out += "=>";
        append_inspected(out, hash.members[i].value, depth + 1);
    }
    out += '}';
}

void append_array(std::string& out, const Array& array, int depth) {
    out += '[';
    for (std::size_t i = 0; i < array.size; ++i) {
        if (i > 0) out += ", ";
        append_inspected(out, array.items[i], depth + 1);
    }
    out += ']';
}

/// The letter after the backslash, 0 when the character has none.
char escape_letter(char32_t c) {
    switch (c) {
        case '\n':
            return 'n';
        case '\r':
            return 'r';
        case '\t':
            return 't';
        case '\f':
            return 'f';
        case '\v':
            return 'v';
        case '\b':
            return 'b';
        case '\a':
            return 'a';
        case 0x1B:
            return 'e';
        case '"':
            return '"';
        case '\\':
            return '\\';
        default:
            return 0;
    }
}

void append_hex(std::string& out, std::uint32_t value, int width) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string reversed;
    for (; value != 0 || static_cast<int>(reversed.size()) < width; value >>= 4)
        reversed += digits[value & 15];
    out.append(reversed.rbegin(), reversed.rend());
}
}  // namespace

bool has_right_to_left_letter(std::string_view s) {
    // No such letter has a smaller first byte.
    const auto candidate = [](char c) { return static_cast<unsigned char>(c) >= 0xD6; };
    for (std::size_t at = 0; at < s.size();) {
        std::size_t bytes = 1;
        if (candidate(s[at])) {
            const auto c = decode(s, at, bytes);
            const auto direction = c == char32_t(-1) ? U_OTHER_NEUTRAL : u_charDirection(static_cast<UChar32>(c));
            if (direction == U_RIGHT_TO_LEFT || direction == U_RIGHT_TO_LEFT_ARABIC) {
                const bool is_mark = c == 0x200F || c == 0x061C;
                if (!is_mark) return true;
            }
        }
        at += bytes;
    }
    return false;
}

void append_quoted(std::string& out, std::string_view s) {
    out += '"';
    for (std::size_t at = 0; at < s.size();) {
        std::size_t n = 1;
        const auto c = decode(s, at, n);
        if (const char letter = escape_letter(c); letter != 0) {
            out += '\\';
            out += letter;
        } else if (c == '#' && at + 1 < s.size() && (s[at + 1] == '{' || s[at + 1] == '$' || s[at + 1] == '@')) {
            out += "\\#";
        } else if (c == char32_t(-1)) {
            out += "\\x";
            append_hex(out, static_cast<unsigned char>(s[at]), 2);
        } else if (c < 0x80 ? (c >= 0x20 && c != 0x7F)
                            : (u_isgraph(static_cast<UChar32>(c)) ||
                               u_charType(static_cast<UChar32>(c)) == U_SPACE_SEPARATOR ||
                               u_charType(static_cast<UChar32>(c)) == U_FORMAT_CHAR)) {
            out.append(s.substr(at, n));
        } else if (c < 0x80) {
            out += "\\x";
            append_hex(out, c, 2);
        } else if (c > 0xFFFF) {
            out += "\\u{";
            append_hex(out, c, 1);
            out += '}';
        } else {
            out += "\\u";
            append_hex(out, c, 4);
        }
        at += n;
    }
    out += '"';
}

void append_inspected(std::string& out, Value value, int depth) {
    if (depth > deepest) {
        out += "...";
        return;
    }
    switch (value.type()) {
        case Type::nil:
            out += "nil";
            return;
        case Type::string:
            append_quoted(out, value.as_string());
            return;
        case Type::array:
            append_array(out, value.as_array(), depth);
            return;
        case Type::hash:
            append_hash(out, value.as_hash(), depth);
            return;
        case Type::boolean:
        case Type::integer:
        case Type::real:
        case Type::range:
        case Type::big:
        case Type::object:
        case Type::blank:
        case Type::empty:
            append_string_of(out, value);
            return;
    }
}

void append_string_of(std::string& out, Value value) {
    switch (value.type()) {
        case Type::nil:
        case Type::blank:
        case Type::empty:
            return;
        case Type::boolean:
            out += value.as_boolean() ? "true" : "false";
            return;
        case Type::integer:
            append_integer(out, value.as_integer());
            return;
        case Type::real:
            append_real(out, value.as_real());
            return;
        case Type::string:
            out += value.as_string();
            return;
        case Type::array:
            append_array(out, value.as_array(), 0);
            return;
        case Type::hash:
            append_hash(out, value.as_hash(), 0);
            return;
        case Type::range:
            append_integer(out, value.as_range().first);
            out += "..";
            append_integer(out, value.as_range().last);
            return;
        case Type::big:
            out += Whole(value.as_big()).text();
            return;
        case Type::object:
            out += value.as_object().name();
            return;
    }
}

void append_joined(std::string& out, Value value, int depth) {
    if (!value.is_array()) return append_string_of(out, value);
    if (depth > deepest) return;
    for (const auto& item : value.as_array().span())
        append_joined(out, item, depth + 1);
}

namespace {
bool is_ascii(char c) { return static_cast<unsigned char>(c) < 0x80; }
}  // namespace

void append_text(std::string& out, Value value) { append_joined(out, value); }

char32_t decode(std::string_view s, std::size_t at, std::size_t& bytes) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(s[i]); };
    const auto lead = byte(at);
    bytes = 1;
    if (lead < 0x80) return lead;
    const std::size_t n = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || at + n > s.size()) return char32_t(-1);
    char32_t c = lead & (0xFFu >> (n + 1));
    for (std::size_t i = 1; i < n; ++i) {
        if ((byte(at + i) & 0xC0) != 0x80) return char32_t(-1);
        c = (c << 6) | (byte(at + i) & 0x3F);
    }
    constexpr std::array<char32_t, 5> least = {0, 0, 0x80, 0x800, 0x10000};
    if (c < least[n] || c > 0x10FFFF || (c >= 0xD800 && c < 0xE000)) return char32_t(-1);
    bytes = n;
    return c;
}

std::size_t character_bytes(std::string_view s, std::size_t at) {
    if (static_cast<unsigned char>(s[at]) < 0x80) return 1;
    std::size_t n = 1;
    decode(s, at, n);
    return n;
}

std::size_t character_count(std::string_view s) {
    std::size_t count = 0;
    for (std::size_t at = 0; at < s.size(); ++count)
        at += is_ascii(s[at]) ? 1 : character_bytes(s, at);
    return count;
}

std::size_t character_offset(std::string_view s, std::size_t n) {
    std::size_t at = 0;
    for (; n > 0 && at < s.size(); --n)
        at += is_ascii(s[at]) ? 1 : character_bytes(s, at);
    return at;
}

bool valid_utf8(std::string_view s) {
    for (std::size_t at = 0; at < s.size();) {
        if (at + 16 <= s.size()) {
            std::array<std::uint64_t, 2> words;
            std::memcpy(words.data(), s.data() + at, sizeof words);
            if (((words[0] | words[1]) & 0x8080808080808080ULL) == 0) {
                at += sizeof words;
                continue;
            }
        }
        if (is_ascii(s[at])) {
            ++at;
            continue;
        }
        std::size_t n = 1;
        if (decode(s, at, n) == char32_t(-1)) return false;
        at += n;
    }
    return true;
}

void append_utf8(std::string& out, char32_t c) {
    const auto put = [&](char32_t byte) { out += static_cast<char>(byte); };
    if (c < 0x80) {
        put(c);
    } else if (c < 0x800) {
        put(0xC0 | (c >> 6));
        put(0x80 | (c & 0x3F));
    } else if (c < 0x10000) {
        put(0xE0 | (c >> 12));
        put(0x80 | ((c >> 6) & 0x3F));
        put(0x80 | (c & 0x3F));
    } else {
        put(0xF0 | (c >> 18));
        put(0x80 | ((c >> 12) & 0x3F));
        put(0x80 | ((c >> 6) & 0x3F));
        put(0x80 | (c & 0x3F));
    }
}

}  // namespace chapar::liquid
