// JSON text to values. simdjson checks and tokenises; its tree is copied once into the arena.
#include <simdjson.h>

#include "render/liquid/liquid.hpp"
#include "render/liquid/number.hpp"
#include "render/liquid/value.hpp"

namespace chapar::liquid {

namespace {
using simdjson::dom::element;
using simdjson::dom::element_type;

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

Value convert_object(Arena& arena, const simdjson::dom::object& from) {
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
    if (const auto error = parser.parse(json.data(), json.size()).get(root); error != simdjson::SUCCESS) {
        return fail(Code::bad_data, std::string("the data is not JSON: ") + simdjson::error_message(error));
    }
    root_ = convert(arena_, root);
    return root_;
}

}  // namespace chapar::liquid
