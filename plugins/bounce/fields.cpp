#include "bounce/fields.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "bounce/addresses.hpp"
#include "email_rules/text.hpp"

namespace chapar::bounce {
namespace {

using email::trim;

constexpr std::size_t longest_value = 4000;

bool is_name(std::string_view name) {
    return !name.empty() && std::ranges::all_of(name, [](char c) { return c > ' ' && c < 0x7F && c != ':'; });
}

void append_utf8(std::string& out, std::uint32_t code) {
    const auto tail = [&](int shift) { out += static_cast<char>(0x80 | ((code >> shift) & 0x3F)); };
    if (code < 0x80) {
        out += static_cast<char>(code);
    } else if (code < 0x800) {
        out += static_cast<char>(0xC0 | (code >> 6));
        tail(0);
    } else if (code < 0x10000) {
        out += static_cast<char>(0xE0 | (code >> 12));
        tail(6), tail(0);
    } else {
        out += static_cast<char>(0xF0 | (code >> 18));
        tail(12), tail(6), tail(0);
    }
}

/// `\x{HEX}` of utf-8-addr-xtext (RFC 6533 section 3) as characters.
std::string without_escapes(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        const auto start = text.find("\\x{");
        out += text.substr(0, start);
        if (start == std::string_view::npos) break;
        text.remove_prefix(start + 3);
        const auto end = std::min(text.find('}'), text.size());
        std::uint32_t code = 0;
        const auto [stop, error] = std::from_chars(text.data(), text.data() + end, code, 16);
        const bool is_character = error == std::errc() && stop == text.data() + end && code > 0x20 &&
                                  code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF) && end < text.size();
        if (!is_character) return {};
        append_utf8(out, code);
        text.remove_prefix(end + 1);
    }
    return out;
}

}  // namespace

void FieldGroup::go_on(std::string_view line) {
    if (fields_.empty()) return;
    auto& value = fields_.back().second;
    if (value.size() + line.size() > longest_value) return;
    if (!value.empty()) value += ' ';
    value += trim(line);
}

std::string_view FieldGroup::operator[](std::string_view name) const {
    for (const auto& [known, value] : fields_)
        if (known == name) return value;
    return {};
}

std::vector<std::string_view> FieldGroup::all(std::string_view name) const {
    std::vector<std::string_view> out;
    for (const auto& [known, value] : fields_)
        if (known == name) out.emplace_back(value);
    return out;
}

bool FieldGroup::has(std::string_view name) const {
    return std::ranges::any_of(fields_, [&](const auto& field) { return field.first == name; });
}

std::vector<FieldGroup> field_groups(std::string_view text, std::size_t most) {
    std::vector<FieldGroup> groups;
    bool is_new = true, takes = false;  // takes: a continuation has a field to belong to
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        auto line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (trim(line).empty()) {
            is_new = true;
            continue;
        }
        if (line.front() == ' ' || line.front() == '\t') {
            if (takes) groups.back().go_on(line);
            continue;
        }
        const auto colon = line.find(':');
        const auto name = trim(line.substr(0, colon));
        takes = colon != std::string_view::npos && is_name(name);
        if (!takes) continue;
        if (is_new && groups.size() == most) break;
        if (is_new) groups.emplace_back();
        is_new = false;
        groups.back().add(email::to_lower(name), std::string(trim(line.substr(colon + 1))));
    }
    return groups;
}

std::string without_comments(std::string_view value) {
    std::string out;
    std::size_t depth = 0;
    bool is_quoted = false;
    for (std::size_t i = 0; i < value.size(); ++i) {
        const char c = value[i];
        if (c == '"' && depth == 0) is_quoted = !is_quoted;
        if (!is_quoted && c == '(') {
            ++depth;
        } else if (!is_quoted && c == ')' && depth > 0) {
            --depth;
        } else if (depth == 0) {
            out += c;
        }
    }
    return depth == 0 ? std::string(trim(out)) : std::string(trim(value));
}

std::string_view typed_text(std::string_view value) {
    const auto mark = value.find(';');
    constexpr std::size_t longest_type = 32;
    return mark == std::string_view::npos || mark > longest_type ? trim(value) : trim(value.substr(mark + 1));
}

std::string typed_address(std::string_view value) {
    const auto plain = without_comments(value);
    const auto mark = plain.find(';');
    const auto type = mark == std::string::npos ? std::string() : email::to_lower(trim(plain.substr(0, mark)));
    const std::string text(typed_text(plain));
    return address_in(type == "utf-8" ? without_escapes(text) : text);
}

}  // namespace chapar::bounce
