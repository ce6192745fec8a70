#pragma once
// Amounts of money: whole millionths of a currency's unit, never floating point. Pure; any thread.

#include <compare>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace chapar {

struct Money {
    std::int64_t micros = 0;  // millionths of the currency's unit

    auto operator<=>(const Money&) const = default;
    Money& operator+=(Money other) {
        micros += other.micros;
        return *this;
    }
    friend Money operator+(Money a, Money b) { return Money{a.micros + b.micros}; }
    friend Money operator*(Money a, std::int64_t times) { return Money{a.micros * times}; }
};

/// "1250", "0.0079": digits and at most six behind one point, up to a billion. The error says what was expected.
std::expected<Money, std::string> parse_money(std::string_view text);
/// As short as it is exact: "1250", "0.0079".
std::string show_money(Money amount);
/// `amount` at `rate` units of the other currency for one of its own; rounded to the nearest millionth.
Money exchanged(Money amount, Money rate);

/// Three capital letters (ISO 4217).
bool is_currency(std::string_view text);

}  // namespace chapar
