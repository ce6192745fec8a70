// JSON text to values. simdjson checks and tokenises; its tree is copied once into the arena.
#include <simdjson.h>

#include "render/liquid/liquid.hpp"
#include "render/liquid/number.hpp"
#include "render/liquid/value.hpp"

namespace chapar::liquid {

namespace {
using simdjson::dom::element;
using simdjson::dom::element_type;

constexpr std::size_t longest_number = 4096;

Value convert(Arena& arena, const element& from);

Value convert_array(Arena& arena, const simdjson::dom::array& from) {
    const auto n = from.size();  // saturates at 2^24 - 1, so the count is only a first guess
    std::size_t size = 0;
    if (n < 0xFFFFFF) {
        auto* items = arena.make_array<Value>(n);
        for (const auto item : from)
            items[size++] = convert(arena, item);
        return Value::array(arena.make<Array>(items, size));
    }
    std::vector<Value> items;
    for (const auto item : from)
        items.push_back(convert(arena, item));
    auto* copy = arena.make_array<Value>(items.size());
    std::copy(items.begin(), items.end(), copy);
    return Value::array(arena.make<Array>(copy, items.size()));
}

// simdjson reads no whole number beyond 64 bits. Such ones are written as {"\0big":"DIGITS"} and the text read again.
constexpr std::string_view big_key("\0big", 4);

bool all_digits(std::string_view s) {
    if (s.starts_with('-')) s.remove_prefix(1);
    return !s.empty() && s.find_first_not_of("0123456789") == std::string_view::npos;
}

std::string with_big_numbers_marked(std::string_view json) {
    std::string out;
    for (std::size_t i = 0; i < json.size();) {
        auto end = i + 1;
        if (json[i] == '"') {
            while (end < json.size() && json[end] != '"')
                end += json[end] == '\\' ? 2 : 1;
            end = std::min(end + 1, json.size());
        } else if (json[i] == '-' || (json[i] >= '0' && json[i] <= '9')) {
            end = std::min(json.find_first_not_of("+-0123456789.eE", i), json.size());
        }
        const auto token = json.substr(i, end - i);
        if (token.size() > 18 && token.size() < longest_number && all_digits(token)) {
            out.append("{\"\\u0000big\":\"").append(token).append("\"}");
        } else {
            out.append(token);
        }
        i = end;
    }
    return out;
}

bool is_big(const simdjson::dom::object& from, std::string_view& digits) {
    const auto first = from.begin();
    if (from.size() != 1 || first.key() != big_key) return false;
    return first.value().get_string().get(digits) == simdjson::SUCCESS && all_digits(digits) &&
           digits.size() < longest_number;
}

Value convert_object(Arena& arena, const simdjson::dom::object& from) {
    if (std::string_view digits; is_big(from, digits)) return leading_integer(digits).as_whole().value(arena);
    HashBuilder builder(arena, from.size());
    for (const auto member : from)
        builder.set(arena.copy(member.key), convert(arena, member.value));
    return builder.finish();
}

Value convert(Arena& arena, const element& from) {
    switch (from.type()) {
        case element_type::ARRAY:
            return convert_array(arena, from.get_array().value_unsafe());
        case element_type::OBJECT:
            return convert_object(arena, from.get_object().value_unsafe());
        case element_type::STRING:
            return Value::string(arena.copy(from.get_string().value_unsafe()));
        case element_type::INT64:
            return Value::integer(from.get_int64().value_unsafe());
        case element_type::UINT64:  // beyond 63 bits
            return Whole::from_digits(std::to_string(from.get_uint64().value_unsafe()), false).value(arena);
        case element_type::DOUBLE:
            return Value::real(from.get_double().value_unsafe());
        case element_type::BOOL:
            return Value::boolean(from.get_bool().value_unsafe());
        case element_type::NULL_VALUE:
            return Value();
    }
    return Value();
}
}  // namespace

Result<Value> Document::parse(std::string_view json) {
    arena_.reset();
    root_ = Value();
    // The parser's own buffers are worth keeping; they belong to the thread, as the scratch of rendering does.
    thread_local simdjson::dom::parser parser;
    element root;
    auto error = parser.parse(json.empty() ? "" : json.data(), json.size()).get(root);
    if (error == simdjson::NUMBER_ERROR) error = parser.parse(with_big_numbers_marked(json)).get(root);
    if (error != simdjson::SUCCESS) {
        return fail(Code::bad_data, std::string("the data is not JSON: ") + simdjson::error_message(error));
    }
    root_ = convert(arena_, root);
    return root_;
}

}  // namespace chapar::liquid
