// fa_digits, latin_digits, bidi; truncate and slice that cut between graphemes.
#include "render/l10n/filters.hpp"
#include "render/l10n/graphemes.hpp"
#include "render/liquid/filters.hpp"
#include "render/liquid/text.hpp"

#include <algorithm>
#include <array>

namespace chapar::render {

namespace {

using liquid::Call;
using liquid::Mark;
using liquid::Value;

/// "0" to "9" as Persian digits; Arabic ones too become Persian.
Value fa_digits(Call& call, Value input) {
    const std::string_view text = call.context.text_of(input);
    std::string out;
    out.reserve(text.size() * 2);
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const bool arabic = c == '\xD9' && i + 1 < text.size() && text[i + 1] >= '\xA0' && text[i + 1] <= '\xA9';
        if (c >= '0' && c <= '9') {
            out += '\xDB';
            out += static_cast<char>(0xB0 + (c - '0'));
        } else if (arabic) {
            out += '\xDB';
            out += static_cast<char>(text[++i] + 0x10);
        } else {
            out += c;
        }
    }
    return call.context.string(out, input.is_string() ? input.mark() : Mark::plain);
}

/// Persian and Arabic digits as "0" to "9".
Value latin_digits(Call& call, Value input) {
    const std::string_view text = call.context.text_of(input);
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const unsigned char lead = static_cast<unsigned char>(text[i]);
        const unsigned char next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0;
        const bool persian = lead == 0xDB && next >= 0xB0 && next <= 0xB9;
        const bool arabic = lead == 0xD9 && next >= 0xA0 && next <= 0xA9;
        if (persian || arabic) {
            out += static_cast<char>('0' + (next & 0x0F));
            ++i;
        } else {
            out += text[i];
        }
    }
    return call.context.string(out, input.is_string() ? input.mark() : Mark::plain);
}

/// `bidi: false`: part of the line, whatever its direction; `bidi: true`: set apart, wherever that is off.
Value bidi(Call& call, Value input) {
    const Value wanted = call.args.empty() ? Value::boolean(true) : call.arg(0);
    if (wanted.type() != liquid::Type::boolean) return call.context.fail("bidi takes true or false");
    if (input.is_nil() || (input.is_string() && input.mark() == Mark::safe)) return input;
    return Value::string(call.context.text_of(input), wanted.as_boolean() ? Mark::apart : Mark::own);
}

/// As the reference, but never within a grapheme: then what is kept ends before it.
Value truncate(Call& call, Value input) {
    if (input.is_nil() || call.context.failed()) return liquid::filters::truncate(call, input);
    const auto text = call.context.text_of(input);
    std::int64_t length = 50;
    if (!call.args.empty() && !call.context.to_integer(call.arg(0), length)) return Value();
    const auto ending = call.args.size() > 1 ? call.context.text_of(call.arg(1)) : std::string_view("...");
    const auto ending_size = static_cast<std::int64_t>(liquid::character_count(ending));
    const auto kept = static_cast<std::size_t>(std::max<std::int64_t>(length - ending_size, 0));
    const auto cut = liquid::character_offset(text, kept);
    if (static_cast<std::int64_t>(liquid::character_count(text)) <= length || is_grapheme_boundary(text, cut))
        return liquid::filters::truncate(call, input);
    const auto begin = boundary_before(text, cut);
    const auto whole = static_cast<std::int64_t>(liquid::character_count(text.substr(0, begin))) + ending_size;
    const std::array<Value, 2> args = {Value::integer(whole), Value::string(ending)};
    Call again{call.context, args, Value()};
    return liquid::filters::truncate(again, input);
}

/// As the reference, but every grapheme of which a part was asked for is there whole.
Value slice(Call& call, Value input) {
    const Value cut = liquid::filters::slice(call, input);
    if (!cut.is_string() || cut.as_string().empty() || input.is_array()) return cut;
    // What slice answers is a view of the text itself.
    const auto text = call.context.text_of(input), part = cut.as_string();
    if (!input.is_string() || part.data() < text.data() || part.data() + part.size() > text.data() + text.size())
        return cut;  // the text of a number
    const auto from = static_cast<std::size_t>(part.data() - text.data());
    const auto begin = boundary_before(text, from), end = boundary_after(text, from + part.size());
    return Value::string(text.substr(begin, end - begin));
}

}  // namespace

void add_text_filters(liquid::Environment& environment) {
    environment.add_filter("fa_digits", 0, 0, fa_digits);
    environment.add_filter("latin_digits", 0, 0, latin_digits);
    environment.add_filter("bidi", 0, 1, bidi);
    environment.add_filter("truncate", 0, 2, truncate);
    environment.add_filter("slice", 1, 2, slice);
}

}  // namespace chapar::render
