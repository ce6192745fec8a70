#include "base/money.hpp"

#include <algorithm>

namespace chapar {
namespace {

constexpr std::int64_t million = 1'000'000;
constexpr std::size_t most_digits = 10, most_decimals = 6;
constexpr std::string_view expected_amount =
    "expected an amount such as \"1250\" or \"0.0079\", with at most six digits behind the point";

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

std::expected<Money, std::string> parse_money(std::string_view text) {
    const auto point = std::min(text.find('.'), text.size());
    const auto whole = text.substr(0, point);
    const auto part = point == text.size() ? std::string_view() : text.substr(point + 1);
    const bool good = !whole.empty() && whole.size() <= most_digits && part.size() <= most_decimals &&
                      (point == text.size() || !part.empty()) && std::ranges::all_of(whole, is_digit) &&
                      std::ranges::all_of(part, is_digit);
    if (!good) return std::unexpected(std::string(expected_amount));
    std::int64_t micros = 0;
    for (const char c : whole)
        micros = micros * 10 + (c - '0');
    for (std::size_t i = 0; i < most_decimals; ++i)
        micros = micros * 10 + (i < part.size() ? part[i] - '0' : 0);
    return Money{micros};
}

std::string show_money(Money amount) {
    const bool negative = amount.micros < 0;
    const auto value = negative ? -amount.micros : amount.micros;
    auto out = (negative ? "-" : "") + std::to_string(value / million);
    if (value % million == 0) return out;
    auto part = std::to_string(value % million + million).substr(1);
    part.erase(part.find_last_not_of('0') + 1);
    return out + '.' + part;
}

Money exchanged(Money amount, Money rate) {
    __extension__ using Wide = __int128;
    return Money{static_cast<std::int64_t>((static_cast<Wide>(amount.micros) * rate.micros + million / 2) / million)};
}

bool is_currency(std::string_view text) {
    return text.size() == 3 && std::ranges::all_of(text, [](char c) { return c >= 'A' && c <= 'Z'; });
}

}  // namespace chapar
