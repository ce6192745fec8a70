#include "render/liquid/access.hpp"

#include <algorithm>
#include <cmath>

#include "render/liquid/scan.hpp"
#include "render/liquid/text.hpp"

namespace chapar::liquid {

namespace {
constexpr int deepest = 200;

void flatten(Context& context, const Array& array, std::vector<Value>& out, int depth) {
    if (depth > deepest || !context.charge_steps(array.size)) return;
    for (const auto& item : array.span()) {
        if (item.is_array()) {
            flatten(context, item.as_array(), out, depth + 1);
        } else {
            out.push_back(item);
        }
    }
}
}  // namespace

std::span<const Value> Context::items_of(Value input) {
    auto& items = scratch_.items;
    items.clear();
    if (input.is_array()) {
        const auto all = input.as_array().span();
        if (std::none_of(all.begin(), all.end(), [](Value v) { return v.is_array(); })) return all;
        flatten(*this, input.as_array(), items, 0);
    } else if (input.type() == Type::range) {
        const auto& range = input.as_range();
        if (!charge_steps(range.size()) || !charge_memory(range.size() * sizeof(Value))) return {};
        for (std::uint64_t i = 0; i < range.size(); ++i) {
            items.push_back(Value::integer(range.first + static_cast<std::int64_t>(i)));
        }
    } else if (!input.is_nil()) {
        items.push_back(input);
    }
    return items;
}

bool indexable(Value v) {
    switch (v.type()) {
        case Type::string:
        case Type::array:
        case Type::hash:
        case Type::integer:
        case Type::big:
        case Type::object:
            return true;
        case Type::nil:
        case Type::boolean:
        case Type::real:
        case Type::range:
        case Type::blank:
        case Type::empty:
            return false;
    }
    return false;
}

namespace {
Access of_string(std::string_view s, Value property, Value& out) {
    out = Value();
    if (property.is_string()) {
        if (scan::search(s, property.as_string(), 0) != scan::none) out = property;
        return Access::value;
    }
    const auto size = static_cast<std::int64_t>(character_count(s));
    if (property.type() == Type::range) {
        const auto& range = property.as_range();
        const auto first = range.first < 0 ? range.first + size : range.first;
        const auto last = std::min(range.last < 0 ? range.last + size : range.last, size - 1);
        if (first < 0 || first > size) return Access::value;
        const auto from = character_offset(s, static_cast<std::size_t>(first));
        const auto count = last >= first ? static_cast<std::size_t>(last - first + 1) : 0;
        out = Value::string(s.substr(from, character_offset(s.substr(from), count)));
        return Access::value;
    }
    if (property.type() != Type::integer) return Access::type_error;
    const auto i = property.as_integer() < 0 ? property.as_integer() + size : property.as_integer();
    if (i < 0 || i >= size) return Access::value;
    const auto at = character_offset(s, static_cast<std::size_t>(i));
    out = Value::string(s.substr(at, character_bytes(s, at)));
    return Access::value;
}

/// Bits, as the reference's language indexes whole numbers.
Access of_integer(std::int64_t n, Value property, Value& out) {
    const auto shifted = [n](std::int64_t by) { return by >= 0 ? n >> std::min<std::int64_t>(by, 63) : 0; };
    if (property.type() == Type::range) {
        const auto& range = property.as_range();
        const auto bits = range.size();
        const auto mask = bits >= 63 || bits == 0 ? -1 : (std::int64_t{1} << bits) - 1;
        const auto left = std::min<std::int64_t>(range.first < 0 ? -range.first : 0, 62);
        const auto bits_from =
            left > 0 ? static_cast<std::int64_t>(static_cast<std::uint64_t>(n) << left) : shifted(range.first);
        out = Value::integer(bits_from & mask);
        return Access::value;
    }
    if (property.type() != Type::integer) return Access::type_error;
    out = Value::integer(shifted(property.as_integer()) & 1);
    return Access::value;
}
}  // namespace

Access access(Context& context, Value item, Value property, Value& out) {
    out = Value();
    if (property.is_string()) {
        const auto searched = item.is_string() ? item.as_string().size() : property.as_string().size();
        if (!context.charge_steps(searched / 64)) return Access::value;
    }
    const bool fraction =
        property.type() == Type::real && (item.is_string() || item.type() == Type::integer || item.is_array());
    if (fraction && std::abs(property.as_real()) < 9e18) {  // an index loses its fraction
        property = Value::integer(static_cast<std::int64_t>(property.as_real()));
    }
    switch (item.type()) {
        case Type::hash:
            if (property.is_string()) {
                if (const auto* found = item.as_hash().find(property.as_string())) out = *found;
            }
            return Access::value;
        case Type::string:
            return of_string(item.as_string(), property, out);
        case Type::integer:
            return of_integer(item.as_integer(), property, out);
        case Type::object: {
            bool found = false;
            out = item.as_object().member(context, context.text_of(property), found);
            return Access::value;
        }
        case Type::array:
            if (property.type() != Type::integer) return Access::type_error;
            if (const auto i = property.as_integer(); i >= 0 && static_cast<std::size_t>(i) < item.as_array().size) {
                out = item.as_array().items[i];
            }
            return Access::value;
        case Type::big:
            return Access::type_error;
        case Type::nil:
        case Type::boolean:
        case Type::real:
        case Type::range:
        case Type::blank:
        case Type::empty:
            return Access::not_indexable;
    }
    return Access::not_indexable;
}

}  // namespace chapar::liquid
