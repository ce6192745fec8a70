// Filters over text.
#include <unicode/uchar.h>
#include <unicode/ustring.h>

#include <algorithm>
#include <array>

#include "render/liquid/filters.hpp"
#include "render/liquid/scan.hpp"
#include "render/liquid/text.hpp"

namespace chapar::liquid::filters {

namespace {
bool is_ascii(std::string_view s) {
    return std::all_of(s.begin(), s.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}
char ascii_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }
char ascii_upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }

enum class Case { lower, upper, title };

/// One character's full mapping (ß is SS in capitals), without regard to its neighbours or to a language.
void append_mapped(std::string& out, char32_t c, Case to) {
    if (c == 0x130 && to == Case::lower) {  // I with a dot: i and a combining dot
        out += "i\xCC\x87";
        return;
    }
    std::array<UChar, 2> one{};
    int32_t one_size = 0;
    UErrorCode status = U_ZERO_ERROR;
    const auto code = static_cast<UChar32>(c);
    u_strFromUTF32(one.data(), 2, &one_size, &code, 1, &status);
    std::array<UChar, 8> mapped{};
    int32_t size = 0;
    if (to == Case::lower) {
        append_utf8(out, static_cast<char32_t>(u_tolower(code)));
        return;
    }
    size = to == Case::upper ? u_strToUpper(mapped.data(), 8, one.data(), one_size, "", &status)
                             : u_strToTitle(mapped.data(), 8, one.data(), one_size, nullptr, "", &status);
    for (int32_t i = 0; i < size;) {
        UChar32 part = 0;
        U16_NEXT(mapped.data(), i, size, part);
        append_utf8(out, static_cast<char32_t>(part));
    }
}

void append_cased(std::string& out, std::string_view s, Case first, Case rest) {
    auto to = first;
    for (std::size_t at = 0; at < s.size(); to = rest) {
        std::size_t n = 1;
        const auto c = decode(s, at, n);
        if (c < 0x80) {
            out += to == Case::lower ? ascii_lower(s[at]) : ascii_upper(s[at]);
        } else if (c == char32_t(-1)) {
            out += s[at];
        } else {
            append_mapped(out, c, to);
        }
        at += n;
    }
}

Value cased(Call& call, Value input, Case first, Case rest) {
    const auto s = call.context.text_of(input);
    auto& out = call.context.text_buffer();
    if (is_ascii(s)) {
        out.assign(s);
        std::transform(out.begin(), out.end(), out.begin(), rest == Case::lower ? ascii_lower : ascii_upper);
        if (first != Case::lower && !out.empty()) out[0] = ascii_upper(out[0]);
    } else {
        append_cased(out, s, first, rest);
    }
    return call.context.string(out);
}

std::string_view text(Call& call, std::size_t arg) { return call.context.text_of(call.arg(arg)); }

/// \0 or \& the match, \` what precedes it, \' what follows, \\ a backslash, other digits nothing.
bool append_template(std::string& out, std::string_view with, std::string_view s, std::size_t at, std::size_t size) {
    for (std::size_t i = 0; i < with.size(); ++i) {
        if (with[i] != '\\' || i + 1 == with.size()) {
            out += with[i];
            continue;
        }
        const char c = with[++i];
        if (c == '0' || c == '&') {
            out += s.substr(at, size);
        } else if (c == '`') {
            out += s.substr(0, at);
        } else if (c == '\'') {
            out += s.substr(at + size);
        } else if (c == '\\') {
            out += '\\';
        } else if (c == 'k' && with.find('>', i) != std::string_view::npos && with.substr(i + 1).starts_with('<')) {
            return false;  // a group that no plain text has
        } else if (!scan::is_digit(c) && c != '+') {
            out += '\\';
            out += c;
        }
    }
    return true;
}

Value replaced(Call& call, Value input, std::string_view what, std::string_view with, bool once) {
    auto& context = call.context;
    const auto s = context.text_of(input);
    const auto* first = s.data();
    if (!what.empty() && scan::search(s, what, 0) == scan::none) return Value::string({first, s.size()});
    auto& out = context.text_buffer();
    std::size_t at = 0;
    while (at <= s.size()) {
        const auto found = scan::search(s, what, at);
        if (found == std::string_view::npos) break;
        out.append(s, at, found - at);
        if (!append_template(out, with, s, found, what.size())) return context.fail("internal");
        at = found + what.size();
        if (what.empty()) {
            const auto n = at < s.size() && !once ? character_bytes(s, at) : 0;
            out.append(s, at, n);
            at += n == 0 ? (once ? 0 : 1) : n;
        }
        if (once || context.failed()) break;
        if (out.size() > context.memory_left()) break;  // string() says so
    }
    if (at < s.size()) out.append(s, at);
    return context.string(out);
}
}  // namespace

Value downcase(Call& call, Value input) { return cased(call, input, Case::lower, Case::lower); }
Value upcase(Call& call, Value input) { return cased(call, input, Case::upper, Case::upper); }
Value capitalize(Call& call, Value input) { return cased(call, input, Case::title, Case::lower); }

namespace {
Value joined(Call& call, Value first, Value second) {
    auto& context = call.context;
    const auto a = context.text_of(first), b = context.text_of(second);
    if (!context.charge_memory(a.size() + b.size()) || !context.charge_steps((a.size() + b.size()) / 64))
        return Value();
    auto* p = static_cast<char*>(context.arena().allocate(a.size() + b.size(), 1));
    std::copy(a.begin(), a.end(), p);
    std::copy(b.begin(), b.end(), p + a.size());
    return Value::string({p, a.size() + b.size()}, first.mark() == second.mark() ? first.mark() : Mark::plain);
}
}  // namespace

Value append(Call& call, Value input) { return joined(call, input, call.arg(0)); }
Value prepend(Call& call, Value input) { return joined(call, call.arg(0), input); }

Value replace(Call& call, Value input) { return replaced(call, input, text(call, 0), text(call, 1), false); }
Value replace_first(Call& call, Value input) { return replaced(call, input, text(call, 0), text(call, 1), true); }
Value remove(Call& call, Value input) { return replaced(call, input, text(call, 0), {}, false); }
Value remove_first(Call& call, Value input) { return replaced(call, input, text(call, 0), {}, true); }

namespace {
Value last_replaced(Call& call, Value input, std::string_view what, std::string_view with) {
    const auto s = call.context.text_of(input);
    if (!call.context.charge_steps(s.size() * what.size() / 1024))
        return Value();  // what a search from behind may cost
    const auto at = s.rfind(what);
    if (at == std::string_view::npos) return Value::string(s);
    auto& out = call.context.text_buffer();
    out.append(s, 0, at).append(with).append(s, at + what.size());
    return call.context.string(out);
}
}  // namespace

Value replace_last(Call& call, Value input) { return last_replaced(call, input, text(call, 0), text(call, 1)); }
Value remove_last(Call& call, Value input) { return last_replaced(call, input, text(call, 0), {}); }

Value slice(Call& call, Value input) {
    std::int64_t offset = 0, length = 1;
    if (!call.context.to_integer(call.arg(0), offset)) return Value();
    if (call.arg(1).truthy() && !call.context.to_integer(call.arg(1), length)) return Value();
    const auto s = input.is_array() ? std::string_view{} : call.context.text_of(input);
    const auto size = static_cast<std::int64_t>(input.is_array() ? input.as_array().size : character_count(s));
    if (offset < 0) offset += size;
    const bool nothing = offset < 0 || offset > size || length < 0;
    const auto count = nothing ? 0 : std::min(length, size - offset);
    if (input.is_array()) {
        const auto from = static_cast<std::size_t>(nothing ? 0 : offset);
        return call.context.array(input.as_array().span().subspan(from, static_cast<std::size_t>(count)));
    }
    if (nothing) return Value::string("");
    const auto begin = character_offset(s, static_cast<std::size_t>(offset));
    const auto rest = s.substr(begin);
    return Value::string(rest.substr(0, character_offset(rest, static_cast<std::size_t>(count))));
}

Value truncate(Call& call, Value input) {
    if (input.is_nil()) return Value();
    const auto s = call.context.text_of(input);
    std::int64_t length = 50;
    if (!call.args.empty() && !call.context.to_integer(call.arg(0), length)) return Value();
    const auto ending = call.args.size() > 1 ? text(call, 1) : std::string_view("...");
    if (static_cast<std::int64_t>(character_count(s)) <= length) return Value::string(s);
    const auto ending_size = static_cast<std::int64_t>(character_count(ending));
    const auto kept = length > ending_size ? length - ending_size : 0;
    auto& out = call.context.text_buffer();
    out.append(s.substr(0, character_offset(s, static_cast<std::size_t>(kept)))).append(ending);
    return call.context.string(out);
}

Value truncatewords(Call& call, Value input) {
    if (input.is_nil()) return Value();
    const auto s = call.context.text_of(input);
    std::int64_t words = 15;
    if (!call.args.empty() && !call.context.to_integer(call.arg(0), words)) return Value();
    words = std::max<std::int64_t>(words, 1);
    const auto ending = call.args.size() > 1 ? text(call, 1) : std::string_view("...");
    const auto is_gap = [](char c) { return scan::is_space(c) || c == '\0'; };
    auto& out = call.context.text_buffer();
    std::size_t at = 0;
    for (std::int64_t n = 0;; ++n) {
        if (n == words && at < s.size()) break;  // even white space is more than was asked for
        while (at < s.size() && is_gap(s[at]))
            ++at;
        if (at == s.size()) return Value::string(s);
        auto end = at;
        while (end < s.size() && !is_gap(s[end]))
            ++end;
        if (n > 0) out += ' ';
        out.append(s, at, end - at);
        at = end;
    }
    out.append(ending);
    return call.context.string(out);
}

namespace {
void split_words(std::string_view s, std::vector<Value>& out) {
    const auto is_gap = [](char c) { return scan::is_space(c) || c == '\0'; };
    for (std::size_t at = 0; at < s.size();) {
        if (is_gap(s[at])) {
            ++at;
            continue;
        }
        auto end = at;
        while (end < s.size() && !is_gap(s[end]))
            ++end;
        out.push_back(Value::string(s.substr(at, end - at)));
        at = end;
    }
}

void split_by(std::string_view s, std::string_view separator, std::vector<Value>& out) {
    for (std::size_t at = 0; at <= s.size();) {
        auto end =
            separator.empty() ? at + (at < s.size() ? character_bytes(s, at) : 0) : scan::search(s, separator, at);
        if (end == std::string_view::npos) end = s.size();
        out.push_back(Value::string(s.substr(at, end - at)));
        at = end + (end == s.size() ? 1 : separator.size());
        if (end == s.size() && !separator.empty()) break;
    }
    while (!out.empty() && out.back().as_string().empty())
        out.pop_back();
}
}  // namespace

Value split(Call& call, Value input) {
    const auto separator = text(call, 0);
    const auto s = call.context.text_of(input);
    if (!call.context.charge_steps(s.size() / 8)) return Value();
    auto& parts = call.context.item_buffer();
    if (separator == " ") {
        split_words(s, parts);
    } else {
        split_by(s, separator, parts);
    }
    return call.context.array(parts);
}

Value squish(Call& call, Value input) {
    if (input.is_nil()) return Value();
    const auto s = scan::strip(call.context.text_of(input));
    auto& out = call.context.text_buffer();
    for (std::size_t at = 0; at < s.size();) {
        const auto next = scan::skip_space(s, at);
        if (next > at) out += ' ';
        at = next;
        while (at < s.size() && !scan::is_space(s[at]))
            out += s[at++];
    }
    return call.context.string(out);
}

Value strip(Call& call, Value input) { return Value::string(scan::strip(call.context.text_of(input))); }
Value lstrip(Call& call, Value input) { return Value::string(scan::strip_left(call.context.text_of(input))); }
Value rstrip(Call& call, Value input) { return Value::string(scan::strip_right(call.context.text_of(input))); }

Value strip_newlines(Call& call, Value input) {
    const auto s = call.context.text_of(input);
    auto& out = call.context.text_buffer();
    for (std::size_t i = 0; i < s.size(); ++i) {
        const bool pair = s[i] == '\r' && i + 1 < s.size() && s[i + 1] == '\n';
        if (s[i] != '\n' && !pair) out += s[i];
    }
    return call.context.string(out);
}

}  // namespace chapar::liquid::filters
