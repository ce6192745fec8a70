// Filters for HTML and for encodings.
#include <array>
#include <string>

#include "basic/base64.hpp"
#include "basic/hex.hpp"
#include "render/liquid/filters.hpp"
#include "render/liquid/scan.hpp"
#include "render/liquid/text.hpp"

namespace chapar::liquid::filters {

namespace {
/// `&name;` or `&#12;` at `at`: already escaped.
bool is_reference(std::string_view s, std::size_t at) {
    auto i = at + 1;
    const bool number = i < s.size() && s[i] == '#';
    if (number) ++i;
    const auto start = i;
    while (i < s.size() && (number ? scan::is_digit(s[i]) : scan::is_alpha(s[i])))
        ++i;
    return i > start && i < s.size() && s[i] == ';';
}
}  // namespace

Value escape(Call& call, Value input) {
    if (input.is_nil()) return Value();
    const auto s = call.context.text_of(input);
    if (call.context.html() && input.mark() == Mark::safe) return input;
    auto& out = call.context.text_buffer();
    escape_html(s, out);
    return call.context.string(out, Mark::safe);
}

Value escape_once(Call& call, Value input) {
    const auto s = call.context.text_of(input);
    auto& out = call.context.text_buffer();
    for (std::size_t i = 0; i < s.size(); ++i) {
        if (s[i] == '&' && is_reference(s, i)) {
            out += '&';
        } else {
            escape_html(s.substr(i, 1), out);
        }
    }
    return call.context.string(out, Mark::safe);
}

Value raw(Call& call, Value input) { return Value::string(call.context.text_of(input), Mark::safe); }

Value newline_to_br(Call& call, Value input) {
    const auto s = call.context.text_of(input);
    // In html the text is escaped first, since the answer carries markup of its own.
    const bool escapes = call.context.html() && input.mark() != Mark::safe;
    auto& out = call.context.text_buffer();
    std::size_t from = 0;
    const auto put = [&](std::string_view part) {
        if (escapes) {
            escape_html(part, out);
        } else {
            out += part;
        }
    };
    for (auto at = s.find('\n'); at != std::string_view::npos; at = s.find('\n', from)) {
        put(s.substr(from, (at > from && s[at - 1] == '\r' ? at - 1 : at) - from));
        out += "<br />\n";
        from = at + 1;
    }
    put(s.substr(from));
    return call.context.string(out, Mark::safe);
}

namespace {
/// `s` without what stands from each `open` to the next `close`; linear, since a missing close ends the search for
/// good.
void remove_blocks(std::string& s, const std::array<std::pair<std::string_view, std::string_view>, 3>& blocks) {
    std::string out;
    std::array<bool, 3> hopeless{};
    for (std::size_t i = 0; i < s.size();) {
        auto next = s.find('<', i);
        if (next == std::string::npos) next = s.size();
        out.append(s, i, next - i);
        i = next;
        if (i == s.size()) break;
        bool removed = false;
        for (std::size_t k = 0; k < blocks.size() && !removed; ++k) {
            const auto& [open, close] = blocks[k];
            if (hopeless[k] || s.compare(i, open.size(), open) != 0) continue;
            const auto end = s.find(close, i + open.size());
            hopeless[k] = end == std::string::npos;
            removed = !hopeless[k];
            if (removed) i = end + close.size();
        }
        if (!removed) out += s[i++];
    }
    s.swap(out);
}
}  // namespace

Value strip_html(Call& call, Value input) {
    std::string s(call.context.text_of(input));
    remove_blocks(s, {{{"<script", "</script>"}, {"<!--", "-->"}, {"<style", "</style>"}}});
    auto& out = call.context.text_buffer();
    std::size_t from = 0;
    for (auto open = s.find('<'); open != std::string::npos; open = s.find('<', from)) {
        const auto close = s.find('>', open);
        if (close == std::string::npos) break;
        out.append(s, from, open - from);
        from = close + 1;
    }
    out.append(s, from);
    return call.context.string(out);
}

Value url_encode(Call& call, Value input) {
    if (input.is_nil()) return Value();
    const auto s = call.context.text_of(input);
    auto& out = call.context.text_buffer();
    constexpr std::string_view hex = "0123456789ABCDEF";
    for (char c : s) {
        const auto byte = static_cast<unsigned char>(c);
        if (scan::is_word(c) || c == '-' || c == '.' || c == '~') {
            out += c;
        } else if (c == ' ') {
            out += '+';
        } else {
            out += '%';
            out += hex[byte >> 4];
            out += hex[byte & 15];
        }
    }
    return call.context.string(out);
}

Value url_decode(Call& call, Value input) {
    if (input.is_nil()) return Value();
    const auto s = call.context.text_of(input);
    auto& out = call.context.text_buffer();
    for (std::size_t i = 0; i < s.size(); ++i) {
        const int high = i + 2 < s.size() && s[i] == '%' ? basic::hex_value(s[i + 1]) : -1;
        const int low = high >= 0 ? basic::hex_value(s[i + 2]) : -1;
        if (low >= 0) {
            out += static_cast<char>(high * 16 + low);
            i += 2;
        } else {
            out += s[i] == '+' ? ' ' : s[i];
        }
    }
    return valid_utf8(out) ? call.context.string(out) : call.context.fail("invalid byte sequence in UTF-8");
}

namespace {
using basic::Base64;

Value encode(Call& call, Value input, Base64 alphabet) {
    const auto s = call.context.text_of(input);
    auto& out = call.context.text_buffer();
    basic::append_base64(out, s, alphabet);
    return call.context.string(out);
}

Value decode(Call& call, Value input, Base64 alphabet, bool pads, std::string_view name) {
    std::string s(call.context.text_of(input));
    if (pads && !s.ends_with('=')) s.append((4 - s.size() % 4) % 4, '=');
    auto& out = call.context.text_buffer();
    if (!basic::append_decoded(out, s, alphabet))
        return call.context.fail("invalid base64 provided to " + std::string(name));
    return call.context.string(out);
}
}  // namespace

Value base64_encode(Call& call, Value input) { return encode(call, input, Base64::standard); }
Value base64_url_safe_encode(Call& call, Value input) { return encode(call, input, Base64::url); }
Value base64_decode(Call& call, Value input) { return decode(call, input, Base64::standard, false, "base64_decode"); }
Value base64_url_safe_decode(Call& call, Value input) {
    return decode(call, input, Base64::url, true, "base64_url_safe_decode");
}

}  // namespace chapar::liquid::filters
