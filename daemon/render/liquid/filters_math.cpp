// Filters over numbers.
#include "base/written_number.hpp"

#include <algorithm>
#include <cmath>

#include "render/liquid/filters.hpp"
#include "render/liquid/number.hpp"

namespace chapar::liquid::filters {

namespace {
using Kind = Number::Kind;
constexpr std::int32_t quotient_digits = 40;  // far beyond what a float holds

void align(Decimal& a, Decimal& b) {
    auto& narrow = a.scale < b.scale ? a : b;
    const auto scale = std::max(a.scale, b.scale);
    narrow.unscaled = narrow.unscaled * Whole::power_of_ten(static_cast<std::size_t>(scale - narrow.scale));
    narrow.scale = scale;
}

/// As to_number; where texts are read as people write them, "۱۲٬۰۰۰" is a number too.
Number number_of(Call& call, Value value) {
    if (!call.context.options().reads_written || !value.is_string()) return to_number(value);
    const auto written = written::read_number(value.as_string());
    return written ? to_number(Value::string(*written)) : to_number(value);
}

Value whole_value(Call& call, const Whole& number) {
    const auto limbs = number.limb_count();
    if (limbs > max_limbs) {
        call.context.over_limit("digits of a number", max_limbs * 32 * 3 / 10);
        return Value();
    }
    if (!call.context.charge_memory(limbs * 4) || !call.context.charge_steps(limbs * limbs / 64)) return Value();
    return number.value(call.context.arena());
}

Value real_value(const Decimal& number) { return Value::real(number.to_double()); }

/// Decimals know a negative zero.
Value signed_value(const Decimal& number, bool negative) {
    return number.unscaled.is_zero() && negative ? Value::real(-0.0) : real_value(number);
}

double as_double(const Number& n) {
    if (n.kind == Kind::infinite) return n.real;
    return n.is_whole() ? n.as_whole().to_double() : n.decimal.to_double();
}

Value add(Call& call, const Number& a, const Number& b, bool negate) {
    if (a.kind == Kind::small && b.kind == Kind::small) {
        std::int64_t out = 0;
        const bool over =
            negate ? __builtin_sub_overflow(a.small, b.small, &out) : __builtin_add_overflow(a.small, b.small, &out);
        if (!over) return Value::integer(out);
    }
    if (a.kind == Kind::infinite || b.kind == Kind::infinite) {
        return Value::real(as_double(a) + (negate ? -as_double(b) : as_double(b)));
    }
    auto x = a.as_decimal(), y = b.as_decimal();
    align(x, y);
    Decimal sum{negate ? x.unscaled - y.unscaled : x.unscaled + y.unscaled, x.scale};
    return a.is_whole() && b.is_whole() ? whole_value(call, sum.unscaled) : real_value(sum);
}

Value multiply(Call& call, const Number& a, const Number& b) {
    if (a.kind == Kind::small && b.kind == Kind::small) {
        std::int64_t out = 0;
        if (!__builtin_mul_overflow(a.small, b.small, &out)) return Value::integer(out);
    }
    if (a.kind == Kind::infinite || b.kind == Kind::infinite) return Value::real(as_double(a) * as_double(b));
    const auto x = a.as_decimal(), y = b.as_decimal();
    Decimal product{x.unscaled * y.unscaled, x.scale + y.scale};
    if (a.is_whole() && b.is_whole()) return whole_value(call, product.unscaled);
    return signed_value(product, x.unscaled.is_negative() != y.unscaled.is_negative());
}

Value divide(Call& call, const Number& a, const Number& b, bool remainder_wanted) {
    if (a.kind == Kind::infinite || b.kind == Kind::infinite) {
        return Value::real(remainder_wanted ? std::fmod(as_double(a), as_double(b)) : as_double(a) / as_double(b));
    }
    auto x = a.as_decimal(), y = b.as_decimal();
    if (y.unscaled.is_zero()) {
        if (remainder_wanted || (a.is_whole() && b.is_whole())) return call.context.fail("divided by 0");
        return Value::real(x.unscaled.is_zero() ? std::nan("") : x.unscaled.is_negative() ? -HUGE_VAL : HUGE_VAL);
    }
    Whole quotient, remainder;
    if (remainder_wanted || (a.is_whole() && b.is_whole())) {
        align(x, y);
        Whole::divide(x.unscaled, y.unscaled, quotient, remainder);
        const bool whole = a.is_whole() && b.is_whole();
        const auto& out = remainder_wanted ? remainder : quotient;
        return whole ? whole_value(call, out) : real_value({out, x.scale});
    }
    const auto digits = static_cast<std::int32_t>((y.unscaled.limb_count() + 1) * 10) + quotient_digits;
    x.unscaled = x.unscaled.is_zero() ? x.unscaled : x.unscaled * Whole::power_of_ten(static_cast<std::size_t>(digits));
    Whole::divide(x.unscaled.absolute(), y.unscaled.absolute(), quotient, remainder);
    if (x.unscaled.is_negative() != y.unscaled.is_negative()) quotient = quotient.negated();
    auto scale = x.scale + digits - y.scale;
    if (scale < 0) {
        quotient = quotient * Whole::power_of_ten(static_cast<std::size_t>(-scale));
        scale = 0;
    }
    return signed_value({quotient, scale}, x.unscaled.is_negative() != y.unscaled.is_negative());
}

enum class Way { nearest, up, down };

/// `x` with at most `digits` (perhaps negative) digits behind the point.
Decimal rounded(const Decimal& x, std::int64_t digits, Way way) {
    if (digits >= x.scale) return x;
    const auto cut = static_cast<std::size_t>(x.scale - digits);
    const auto unit = Whole::power_of_ten(cut);
    Whole quotient, rest;
    if (way == Way::nearest) {  // half away from zero
        Whole::divide(x.unscaled.absolute() + x.unscaled.absolute() + unit, unit + unit, quotient, rest);
        if (x.unscaled.is_negative()) quotient = quotient.negated();
    } else {
        Whole::divide(x.unscaled, unit, quotient, rest);
        if (way == Way::up && !rest.is_zero()) quotient = quotient + Whole(1);
    }
    if (digits >= 0) return {quotient, static_cast<std::int32_t>(digits)};
    return {quotient * Whole::power_of_ten(static_cast<std::size_t>(-digits)), 0};
}

std::int64_t truncated(const Decimal& x) {
    const auto whole = rounded({x.unscaled.absolute(), x.scale}, 0, Way::down).unscaled.to_int();
    return x.unscaled.is_negative() ? -whole : whole;
}

Value not_finite(Call& call, double real) {
    return call.context.fail(std::isnan(real) ? "Computation results in 'NaN' (Not a Number)"
                             : real < 0       ? "Computation results in '-Infinity'"
                                              : "Computation results in 'Infinity'");
}

Value to_whole(Call& call, Value input, Way way) {
    const auto n = number_of(call, input);
    if (n.kind == Kind::small) return Value::integer(n.small);
    if (n.kind == Kind::infinite) return not_finite(call, n.real);
    return whole_value(call, rounded(n.as_decimal(), 0, way).unscaled);
}

Value number_value(Call& call, const Number& n) {
    if (n.kind == Kind::small) return Value::integer(n.small);
    if (n.kind == Kind::infinite) return Value::real(n.real);
    return n.kind == Kind::whole ? whole_value(call, n.whole) : real_value(n.decimal);
}
}  // namespace

Value plus(Call& call, Value input) { return add(call, number_of(call, input), number_of(call, call.arg(0)), false); }
Value minus(Call& call, Value input) { return add(call, number_of(call, input), number_of(call, call.arg(0)), true); }
Value times(Call& call, Value input) { return multiply(call, number_of(call, input), number_of(call, call.arg(0))); }
Value divided_by(Call& call, Value input) {
    return divide(call, number_of(call, input), number_of(call, call.arg(0)), false);
}
Value modulo(Call& call, Value input) {
    return divide(call, number_of(call, input), number_of(call, call.arg(0)), true);
}
Value ceil(Call& call, Value input) { return to_whole(call, input, Way::up); }
Value floor(Call& call, Value input) { return to_whole(call, input, Way::down); }

Value abs(Call& call, Value input) {
    auto n = number_of(call, input);
    switch (n.kind) {
        case Kind::infinite:
            return Value::real(std::fabs(n.real));
        case Kind::decimal:
            return real_value({n.decimal.unscaled.absolute(), n.decimal.scale});
        case Kind::small:
        case Kind::whole:
            return whole_value(call, n.as_whole().absolute());
    }
    return Value();
}

Value round(Call& call, Value input) {
    const auto n = number_of(call, input);
    const auto places = number_of(call, call.arg(0));
    if (places.kind == Kind::whole || std::abs(places.small) > 0x7FFFFFFF) return call.context.fail("internal");
    const auto whole_places = places.kind == Kind::decimal ? truncated(places.decimal) : places.small;
    const auto digits = std::clamp<std::int64_t>(whole_places, -400, 400);
    if (n.kind == Kind::infinite) return digits > 0 ? Value::real(n.real) : not_finite(call, n.real);
    const auto result = rounded(n.as_decimal(), digits, Way::nearest);
    if (n.is_whole()) return whole_value(call, result.unscaled);
    return digits <= 0 ? whole_value(call, result.unscaled) : real_value(result);
}

Value at_least(Call& call, Value input) {
    const auto n = number_of(call, input), least = number_of(call, call.arg(0));
    return number_value(call, compare(least, n) > 0 ? least : n);
}

Value at_most(Call& call, Value input) {
    const auto n = number_of(call, input), most = number_of(call, call.arg(0));
    return number_value(call, compare(most, n) < 0 ? most : n);
}

Value sum(Call& call, Value input) {
    std::vector<Value> values;
    if (!property_values(call, input, values)) return Value();
    Decimal total;
    std::int64_t small = 0;
    bool all_small = true, all_whole = true;
    for (const auto& value : values) {
        const auto n = number_of(call, value);
        if (n.kind == Kind::infinite) return Value::real(n.real);
        all_whole = all_whole && n.is_whole();
        std::int64_t next_small = 0;
        if (all_small && n.kind == Kind::small && !__builtin_add_overflow(small, n.small, &next_small)) {
            small = next_small;
            continue;
        }
        if (all_small) total = Decimal{Whole(small), 0};
        all_small = false;
        auto next = n.as_decimal();
        align(total, next);
        total.unscaled = total.unscaled + next.unscaled;
        if (total.unscaled.limb_count() > max_limbs) return whole_value(call, total.unscaled);
    }
    if (all_small) return Value::integer(small);
    return all_whole ? whole_value(call, total.unscaled) : real_value(total);
}

}  // namespace chapar::liquid::filters
