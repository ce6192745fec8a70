#pragma once
// Numbers as a reader of a locale writes them. Callable from any thread; formatters are kept per thread.
// Source: CLDR, from ICU. Nothing is answered for what is no decimal number.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace chapar::render {

/// "-12", "12.50": at most 60 characters, no exponent.
bool is_decimal(std::string_view text);

/// 1250000.5 -> "1,250,000.5", in Persian "۱٬۲۵۰٬۰۰۰٫۵". `decimals`: exactly so many.
std::optional<std::string> format_number(std::string_view decimal, std::string_view locale,
                                         std::optional<int> decimals);

/// 20 -> "20%", in Persian "۲۰٪": the number counts in hundredths already.
std::optional<std::string> format_percent(std::string_view decimal, std::string_view locale,
                                          std::optional<int> decimals);

enum class MoneyDisplay { symbol, code, name };
struct Money {
    std::string_view currency;  // ISO 4217, or IRT for an amount that is in toman
    bool in_toman = false;      // an amount in rial, shown in toman: a tenth of it
    MoneyDisplay display = MoneyDisplay::symbol;
    std::optional<int> decimals;
};
/// Is there such a currency?
bool is_currency(std::string_view code);
std::optional<std::string> format_money(std::string_view decimal, std::string_view locale, const Money& money);

/// 3 -> "3rd", in Persian "۳م"; `in_words`: "third", "سوم" (a language without such words keeps the digits).
std::optional<std::string> format_ordinal(std::int64_t number, std::string_view locale, bool in_words);

/// Is Persian (or Dari) the language of the tag?
bool speaks_persian(std::string_view locale);

}  // namespace chapar::render
