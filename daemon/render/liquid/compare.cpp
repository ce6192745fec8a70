#include "render/liquid/compare.hpp"

#include <algorithm>
#include <cmath>
#include <compare>
#include <functional>

#include "render/liquid/context.hpp"
#include "render/liquid/number.hpp"
#include "render/liquid/scan.hpp"
#include "render/liquid/text.hpp"

namespace chapar::liquid {

namespace {
constexpr int deepest = 200;

using Test = bool (*)(Value, Value, std::uint64_t&, int);

bool equal_arrays(const Array& a, const Array& b, std::uint64_t& work, int depth, Test test) {
    if (a.size != b.size) return false;
    for (std::size_t i = 0; i < a.size; ++i) {
        if (!test(a.items[i], b.items[i], work, depth + 1)) return false;
    }
    return true;
}

bool equal_hashes(const Hash& a, const Hash& b, std::uint64_t& work, int depth, Test test) {
    if (a.size != b.size) return false;
    for (const auto& member : a.span()) {
        const auto* other = b.find(member.key, member.hash);
        if (other == nullptr || !test(member.value, *other, work, depth + 1)) return false;
    }
    return true;
}

int sign(std::strong_ordering o) { return o < 0 ? -1 : o > 0 ? 1 : 0; }

std::optional<int> order_numbers(Value a, Value b) {
    if (a.type() == Type::integer && b.type() == Type::integer) return sign(a.as_integer() <=> b.as_integer());
    if (a.type() == Type::real && b.type() == Type::real) {
        if (std::isnan(a.as_real()) || std::isnan(b.as_real())) return std::nullopt;
        return a.as_real() < b.as_real() ? -1 : a.as_real() > b.as_real() ? 1 : 0;
    }
    // Mixed: exactly, not by rounding the whole number to a float.
    constexpr std::int64_t exact = std::int64_t{1} << 53;
    const auto small = [](Value v) { return v.type() == Type::integer && std::abs(v.as_integer()) <= exact; };
    const auto as_double = [](Value v) {
        return v.type() == Type::real ? v.as_real() : static_cast<double>(v.as_integer());
    };
    if (a.type() != Type::big && b.type() != Type::big && (small(a) || small(b))) {
        return order_numbers(Value::real(as_double(a)), Value::real(as_double(b)));
    }
    return compare(to_number(a), to_number(b));
}

std::optional<int> order_arrays(const Array& a, const Array& b, int depth) {
    for (std::size_t i = 0; i < std::min(a.size, b.size); ++i) {
        const auto o = order(a.items[i], b.items[i], depth + 1);
        if (!o || *o != 0) return o;
    }
    return a.size < b.size ? -1 : a.size > b.size ? 1 : 0;
}

bool equal_with(Value a, Value b, std::uint64_t& work, int depth, Test test) {
    ++work;
    if (depth > deepest || a.type() != b.type()) return false;
    if (a.is_string()) work += a.as_string().size() / 64;
    switch (a.type()) {
        case Type::nil:
        case Type::blank:
        case Type::empty:
            return true;
        case Type::boolean:
            return a.as_boolean() == b.as_boolean();
        case Type::integer:
            return a.as_integer() == b.as_integer();
        case Type::real:
            return a.as_real() == b.as_real();
        case Type::big:
            return Whole::compare(Whole(a.as_big()), Whole(b.as_big())) == 0;
        case Type::string:
            return a.as_string() == b.as_string();
        case Type::array:
            return equal_arrays(a.as_array(), b.as_array(), work, depth, test);
        case Type::hash:
            return equal_hashes(a.as_hash(), b.as_hash(), work, depth, test);
        case Type::range:
            return a.as_range().first == b.as_range().first && a.as_range().last == b.as_range().last;
        case Type::object:
            return &a.as_object() == &b.as_object();
    }
    return false;
}
}  // namespace

bool is_number(Value value) {
    return value.type() == Type::integer || value.type() == Type::real || value.type() == Type::big;
}

bool equal(Value a, Value b, std::uint64_t& work, int depth) {
    if (a.type() != b.type() && is_number(a) && is_number(b)) return order_numbers(a, b) == 0;
    return equal_with(a, b, work, depth, equal);
}

bool same(Value a, Value b, std::uint64_t& work, int depth) { return equal_with(a, b, work, depth, same); }

std::uint64_t hash_of(Value value, int depth) {
    const auto mixed = [](std::uint64_t h, std::uint64_t v) { return (h ^ v) * 0x9E3779B97F4A7C15ULL + (h >> 29); };
    auto h = static_cast<std::uint64_t>(value.type()) * 0x9E3779B97F4A7C15ULL;
    if (depth > deepest) return h;
    switch (value.type()) {
        case Type::nil:
        case Type::blank:
        case Type::empty:
        case Type::big:
            return h;
        case Type::boolean:
        case Type::integer:
            return mixed(h, static_cast<std::uint64_t>(value.as_integer()));
        case Type::real:
            return mixed(h, std::hash<double>()(value.as_real()));
        case Type::string:
            return mixed(h, key_hash(value.as_string()));
        case Type::array:
            for (const auto& item : value.as_array().span())
                h = mixed(h, hash_of(item, depth + 1));
            return h;
        case Type::hash:
            return mixed(h, value.as_hash().size);
        case Type::range:
            return mixed(h, static_cast<std::uint64_t>(value.as_range().first));
        case Type::object:
            return mixed(h, reinterpret_cast<std::uintptr_t>(&value.as_object()));
    }
    return h;
}

std::optional<int> order(Value a, Value b, int depth) {
    if (depth > deepest) return std::nullopt;
    if (is_number(a) && is_number(b)) return order_numbers(a, b);
    if (a.is_string() && b.is_string()) return sign(a.as_string() <=> b.as_string());
    if (a.is_array() && b.is_array()) return order_arrays(a.as_array(), b.as_array(), depth);
    if (equal(a, b)) return 0;
    return std::nullopt;
}

bool contains(Context& context, Value left, Value right) {
    switch (left.type()) {
        case Type::string: {
            const auto what = context.text_of(right);
            context.charge_steps(left.as_string().size() / 64);
            return scan::search(left.as_string(), what, 0) != scan::none;
        }
        case Type::array: {
            std::uint64_t work = 0;
            const auto items = left.as_array().span();
            const bool found = std::any_of(items.begin(), items.end(), [&](Value v) { return equal(v, right, work); });
            context.charge_steps(work);
            return found;
        }
        case Type::hash:
            return right.is_string() && left.as_hash().find(right.as_string()) != nullptr;
        case Type::range: {
            if (!is_number(right)) return false;
            const auto& range = left.as_range();
            return order(right, Value::integer(range.first)).value_or(-1) >= 0 &&
                   order(right, Value::integer(range.last)).value_or(1) <= 0;
        }
        case Type::nil:
        case Type::boolean:
        case Type::integer:
        case Type::real:
        case Type::big:
        case Type::object:
        case Type::blank:
        case Type::empty:
            return false;
    }
    return false;
}

std::string class_name(Value value) {
    switch (value.type()) {
        case Type::string:
            return "String";
        case Type::array:
            return "Array";
        case Type::hash:
            return "Hash";
        case Type::range:
            return "Range";
        case Type::big:
            return "Integer";
        case Type::blank:
        case Type::empty:
            return "Liquid::Condition::MethodLiteral";
        case Type::nil:
        case Type::boolean:
        case Type::integer:
        case Type::real: {
            std::string text;
            append_inspected(text, value);
            return text;
        }
        case Type::object:
            return std::string(value.as_object().name());
    }
    return {};
}

}  // namespace chapar::liquid
