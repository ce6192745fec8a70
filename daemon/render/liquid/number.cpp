#include "render/liquid/number.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "render/liquid/scan.hpp"

namespace chapar::liquid {

namespace {
__extension__ using Wide = unsigned __int128;

constexpr std::size_t most_digits = 9000;  // beyond them a text is taken for infinite

std::string digits_of(std::string_view text) {
    std::string digits;
    for (char c : text) {
        if (scan::is_digit(c)) digits += c;
    }
    return digits;
}
}  // namespace

Decimal parse_decimal(std::string_view text) {
    const bool negative = text.starts_with('-');
    std::int32_t exponent = 0;
    const auto e = text.find_first_of("eE");
    if (e != std::string_view::npos) {
        auto tail = text.substr(e + 1);
        if (tail.starts_with('+')) tail.remove_prefix(1);
        std::from_chars(tail.data(), tail.data() + tail.size(), exponent);
        text = text.substr(0, e);
    }
    const auto point = text.find('.');
    std::int32_t scale = point == std::string_view::npos ? 0 : static_cast<std::int32_t>(text.size() - point - 1);
    auto unscaled = Whole::from_digits(digits_of(text), negative);
    scale -= exponent;
    if (scale < 0) {
        unscaled = unscaled * Whole::power_of_ten(static_cast<std::size_t>(-scale));
        scale = 0;
    }
    return {std::move(unscaled), scale};
}

double Decimal::to_double() const {
    auto text = unscaled.text();
    if (scale > 0) text += "e-" + std::to_string(scale);
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc::result_out_of_range) {
        return unscaled.limb_count() * 9 > static_cast<std::size_t>(scale)
                   ? (unscaled.is_negative() ? -HUGE_VAL : HUGE_VAL)
                   : 0.0;
    }
    return value;
}

Number leading_integer(std::string_view text) {
    auto at = scan::skip_space(text, 0);
    bool negative = false;
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) negative = text[at++] == '-';
    std::string digits;
    while (at < text.size()) {
        if (scan::is_digit(text[at])) {
            digits += text[at++];
        } else if (text[at] == '_' && !digits.empty() && at + 1 < text.size() && scan::is_digit(text[at + 1])) {
            ++at;
        } else {
            break;
        }
    }
    Number number;
    if (digits.size() <= 18) {
        std::from_chars(digits.data(), digits.data() + digits.size(), number.small);
        if (negative) number.small = -number.small;
        return number;
    }
    if (digits.size() > most_digits) {
        number.kind = Number::Kind::infinite;
        number.real = negative ? -HUGE_VAL : HUGE_VAL;
        return number;
    }
    number.whole = Whole::from_digits(digits, negative);
    if (number.whole.fits()) {
        number.small = number.whole.to_int();
    } else {
        number.kind = Number::Kind::whole;
    }
    return number;
}

namespace {
bool is_decimal_text(std::string_view s) {
    std::size_t at = s.starts_with('-') ? 1 : 0;
    const auto start = at;
    while (at < s.size() && scan::is_digit(s[at]))
        ++at;
    if (at == start || at >= s.size() || s[at] != '.') return false;
    const auto point = at++;
    while (at < s.size() && scan::is_digit(s[at]))
        ++at;
    return at == s.size() && at > point + 1;
}
}  // namespace

Number to_number(Value value) {
    Number number;
    switch (value.type()) {
        case Type::integer:
            number.small = value.as_integer();
            return number;
        case Type::big:
            number.kind = Number::Kind::whole;
            number.whole = Whole(value.as_big());
            return number;
        case Type::real: {
            if (!std::isfinite(value.as_real())) {
                number.kind = Number::Kind::infinite;
                number.real = value.as_real();
                return number;
            }
            std::string text;
            append_real(text, value.as_real());
            number.kind = Number::Kind::decimal;
            number.decimal = parse_decimal(text);
            return number;
        }
        case Type::string: {
            const auto text = scan::strip(value.as_string());
            if (!is_decimal_text(text) || text.size() > most_digits) return leading_integer(value.as_string());
            number.kind = Number::Kind::decimal;
            number.decimal = parse_decimal(text);
            return number;
        }
        case Type::nil:
        case Type::boolean:
        case Type::array:
        case Type::hash:
        case Type::range:
        case Type::object:
        case Type::blank:
        case Type::empty:
            return number;
    }
    return number;
}

int compare(const Number& a, const Number& b) {
    if (a.kind == Number::Kind::small && b.kind == Number::Kind::small) {
        return a.small < b.small ? -1 : a.small > b.small ? 1 : 0;
    }
    if (a.kind == Number::Kind::infinite || b.kind == Number::Kind::infinite) {
        const double x = a.kind == Number::Kind::infinite ? a.real : 0;
        const double y = b.kind == Number::Kind::infinite ? b.real : 0;
        return x < y ? -1 : x > y ? 1 : 0;
    }
    const auto x = a.as_decimal(), y = b.as_decimal();
    const auto scale = std::max(x.scale, y.scale);
    return Whole::compare(x.unscaled * Whole::power_of_ten(static_cast<std::size_t>(scale - x.scale)),
                          y.unscaled * Whole::power_of_ten(static_cast<std::size_t>(scale - y.scale)));
}

void append_integer(std::string& out, std::int64_t value) {
    std::array<char, 24> buffer;
    const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
    out.append(buffer.data(), end);
}

void append_real(std::string& out, double value) {
    if (std::isnan(value)) {
        out += "NaN";
        return;
    }
    if (std::isinf(value)) {
        out += value < 0 ? "-Infinity" : "Infinity";
        return;
    }
    std::array<char, 40> buffer;
    const auto end =
        std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, std::chars_format::scientific).ptr;
    std::string_view text(buffer.data(), static_cast<std::size_t>(end - buffer.data()));
    if (text.starts_with('-')) {
        out += '-';
        text.remove_prefix(1);
    }
    const auto e = text.find('e');
    int exponent = 0;
    const auto tail = text.substr(text[e + 1] == '+' ? e + 2 : e + 1);
    std::from_chars(tail.data(), tail.data() + tail.size(), exponent);
    std::array<char, 24> digits;
    std::size_t n = 0;
    for (char c : text.substr(0, e)) {
        if (c != '.') digits[n++] = c;
    }
    const std::string_view d(digits.data(), n);
    if (value == 0) {
        out += "0.0";
    } else if (exponent < -4 || (exponent >= 15 && n <= static_cast<std::size_t>(exponent) + 1)) {
        out += d[0];
        out += '.';
        out += n > 1 ? d.substr(1) : std::string_view("0");
        out += exponent < 0 ? "e-" : "e+";
        const int magnitude = std::abs(exponent);
        if (magnitude < 10) out += '0';
        append_integer(out, magnitude);
    } else if (exponent < 0) {
        out += "0.";
        out.append(static_cast<std::size_t>(-exponent - 1), '0');
        out += d;
    } else {
        const auto whole = static_cast<std::size_t>(exponent) + 1;
        out += d.substr(0, whole);
        if (n < whole) out.append(whole - n, '0');
        out += '.';
        out += n > whole ? d.substr(whole) : std::string_view("0");
    }
}

}  // namespace chapar::liquid
