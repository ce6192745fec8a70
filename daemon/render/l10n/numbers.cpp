#include "render/l10n/numbers.hpp"

#include "render/l10n/kept.hpp"

#include <fmt/format.h>
#include <unicode/currunit.h>
#include <unicode/nounit.h>
#include <unicode/numberformatter.h>
#include <unicode/rbnf.h>
#include <unicode/ucurr.h>

#include <algorithm>
#include <array>
#include <memory>

namespace chapar::render {

namespace {

using icu::number::LocalizedNumberFormatter;
using icu::number::NumberFormatter;
using icu::number::Precision;

constexpr int most_decimals = 10;
constexpr std::string_view toman = "تومان", rial = "ریال";

icu::Locale icu_locale(std::string_view tag) {
    UErrorCode status = U_ZERO_ERROR;
    return icu::Locale::forLanguageTag({tag.data(), static_cast<std::int32_t>(tag.size())}, status);
}

/// As people round: a half goes away from zero, and what rounds to zero has no sign.
template <class Formatter>
Formatter as_people_round(Formatter formatter) {
    return std::move(formatter).roundingMode(UNUM_ROUND_HALFUP).sign(UNUM_SIGN_NEGATIVE);
}

std::optional<std::string> formatted(const LocalizedNumberFormatter& formatter, std::string_view decimal) {
    UErrorCode status = U_ZERO_ERROR;
    const auto number = formatter.formatDecimal({decimal.data(), static_cast<std::int32_t>(decimal.size())}, status);
    std::string out;
    number.toString(status).toUTF8String(out);
    if (U_FAILURE(status)) return std::nullopt;
    return out;
}

std::string_view language(std::string_view locale) { return locale.substr(0, locale.find_first_of("-_")); }

/// The unit of account that every Iranian price is told in; CLDR does not know it.
std::string_view toman_name(std::string_view locale) {
    constexpr std::array<std::string_view, 4> arabic_script = {"fa", "ar", "ckb", "azb"};
    return std::find(arabic_script.begin(), arabic_script.end(), language(locale)) != arabic_script.end() ? toman
                                                                                                          : "toman";
}

UNumberUnitWidth width_of(MoneyDisplay display) {
    switch (display) {
        case MoneyDisplay::symbol:
            return UNUM_UNIT_WIDTH_SHORT;
        case MoneyDisplay::code:
            return UNUM_UNIT_WIDTH_ISO_CODE;
        case MoneyDisplay::name:
            return UNUM_UNIT_WIDTH_FULL_NAME;
    }
    return UNUM_UNIT_WIDTH_SHORT;
}

/// The amount alone, a tenth of it when `scaled`.
std::optional<std::string> plain_amount(std::string_view decimal, std::string_view locale, bool scaled, int most,
                                        std::optional<int> decimals) {
    thread_local Kept<LocalizedNumberFormatter> kept;
    const auto key = fmt::format("{}|{}|{}|{}", locale, scaled, most, decimals.value_or(-1));
    return formatted(kept.get(key,
                              [&] {
                                  auto made = as_people_round(NumberFormatter::withLocale(icu_locale(locale)))
                                                  .precision(decimals ? Precision::fixedFraction(*decimals)
                                                                      : Precision::minMaxFraction(0, most));
                                  return scaled ? made.scale(icu::number::Scale::powerOfTen(-1)) : made;
                              }),
                     decimal);
}

/// A rule set of a locale's words; nullptr when the language has no such set.
icu::RuleBasedNumberFormat* words_of(std::string_view locale, std::string_view rules) {
    thread_local Kept<std::unique_ptr<icu::RuleBasedNumberFormat>> kept;
    return kept
        .get(fmt::format("{}|{}", locale, rules),
             [&]() -> std::unique_ptr<icu::RuleBasedNumberFormat> {
                 UErrorCode status = U_ZERO_ERROR;
                 const bool ordinal = rules.empty();
                 auto made = std::make_unique<icu::RuleBasedNumberFormat>(
                     ordinal ? icu::URBNF_ORDINAL : icu::URBNF_SPELLOUT, icu_locale(locale), status);
                 if (!ordinal && U_SUCCESS(status))
                     made->setDefaultRuleSet(
                         icu::UnicodeString::fromUTF8({rules.data(), static_cast<std::int32_t>(rules.size())}), status);
                 if (U_FAILURE(status)) return nullptr;
                 return made;
             })
        .get();
}

std::string spelled(icu::RuleBasedNumberFormat& format, std::int64_t number) {
    icu::UnicodeString text;
    format.format(number, text);
    std::string out;
    text.toUTF8String(out);
    return out;
}

/// سه -> سوم, سی -> سی‌ام, پنج -> پنجم. ICU has no rules for these words.
std::string persian_ordinal_word(std::string cardinal) {
    constexpr std::string_view three = "سه", third = "سوم", ya = "ی",
                               after_ya =
                                   "\xE2\x80\x8C"
                                   "ام";
    if (cardinal.ends_with(three)) return cardinal.replace(cardinal.size() - three.size(), three.size(), third);
    return cardinal + std::string(cardinal.ends_with(ya) ? after_ya : "م");
}

}  // namespace

bool speaks_persian(std::string_view locale) { return language(locale) == "fa"; }

bool is_decimal(std::string_view text) {
    constexpr std::size_t longest = 60;
    if (text.starts_with('-')) text.remove_prefix(1);
    const std::size_t point = text.find('.');
    const std::string_view whole = text.substr(0, point);
    const std::string_view fraction = point == std::string_view::npos ? "0" : text.substr(point + 1);
    const auto all_digits = [](std::string_view s) {
        return !s.empty() && s.find_first_not_of("0123456789") == std::string_view::npos;
    };
    return text.size() <= longest && all_digits(whole) && all_digits(fraction);
}

std::optional<std::string> format_number(std::string_view decimal, std::string_view locale,
                                         std::optional<int> decimals) {
    if (!is_decimal(decimal)) return std::nullopt;
    thread_local Kept<LocalizedNumberFormatter> kept;
    // Found by the locale itself where no decimals are asked for: the usual case makes no text.
    const auto make = [&] {
        auto made = as_people_round(NumberFormatter::withLocale(icu_locale(locale)));
        return decimals ? made.precision(Precision::fixedFraction(*decimals)) : made;
    };
    return formatted(decimals ? kept.get(fmt::format("{}|{}", locale, *decimals), make) : kept.get(locale, make),
                     decimal);
}

std::optional<std::string> format_percent(std::string_view decimal, std::string_view locale,
                                          std::optional<int> decimals) {
    if (!is_decimal(decimal)) return std::nullopt;
    // CLDR's Persian pattern hides a mark of direction in front of the sign; where it stands is the line's affair.
    if (speaks_persian(locale)) {
        const auto amount = format_number(decimal, locale, decimals);
        return amount ? std::optional(*amount + "٪") : std::nullopt;
    }
    thread_local Kept<LocalizedNumberFormatter> kept;
    const auto make = [&] {
        auto made = as_people_round(NumberFormatter::withLocale(icu_locale(locale))).unit(icu::NoUnit::percent());
        return decimals ? made.precision(Precision::fixedFraction(*decimals))
                        : made.precision(Precision::minMaxFraction(0, most_decimals));
    };
    return formatted(kept.get(fmt::format("{}|{}", locale, decimals.value_or(-1)), make), decimal);
}

bool is_currency(std::string_view code) {
    if (code == "IRT") return true;
    if (code.size() != 3 || !std::all_of(code.begin(), code.end(), [](char c) { return c >= 'A' && c <= 'Z'; }))
        return false;
    const std::array<UChar, 4> wide = {static_cast<UChar>(code[0]), static_cast<UChar>(code[1]),
                                       static_cast<UChar>(code[2]), 0};
    UErrorCode status = U_ZERO_ERROR;
    return ucurr_isAvailable(wide.data(), U_DATE_MIN, U_DATE_MAX, &status) != 0;
}

std::optional<std::string> format_money(std::string_view decimal, std::string_view locale, const Money& money) {
    if (!is_decimal(decimal)) return std::nullopt;
    const bool is_toman = money.currency == "IRT" || money.in_toman;
    // As it is written in Iran: the amount first. CLDR's pattern puts the word before it.
    const bool is_persian_rial =
        money.currency == "IRR" && speaks_persian(locale) && money.display == MoneyDisplay::symbol;
    if (is_toman || is_persian_rial) {
        auto amount = plain_amount(decimal, locale, money.in_toman, is_toman ? 1 : 0, money.decimals);
        if (amount) *amount += fmt::format(" {}", is_toman ? toman_name(locale) : rial);
        return amount;
    }
    thread_local Kept<LocalizedNumberFormatter> kept;
    const auto key = fmt::format("{}|{}|{}|{}", locale, money.currency, static_cast<int>(money.display),
                                 money.decimals.value_or(-1));
    return formatted(
        kept.get(key,
                 [&] {
                     UErrorCode status = U_ZERO_ERROR;
                     const icu::CurrencyUnit unit(
                         icu::StringPiece(money.currency.data(), static_cast<std::int32_t>(money.currency.size())),
                         status);
                     auto made = as_people_round(NumberFormatter::withLocale(icu_locale(locale)))
                                     .unit(unit)
                                     .unitWidth(width_of(money.display));
                     return money.decimals ? made.precision(Precision::fixedFraction(*money.decimals)) : made;
                 }),
        decimal);
}

std::optional<std::string> format_ordinal(std::int64_t number, std::string_view locale, bool in_words) {
    if (speaks_persian(locale)) {
        if (!in_words) {
            auto digits = format_number(std::to_string(number), locale, std::nullopt);
            return digits ? std::optional(*digits + "م") : std::nullopt;
        }
        if (number == 1) return "اول";
        if (auto* cardinal = words_of(locale, "%spellout-cardinal"))
            return persian_ordinal_word(spelled(*cardinal, number));
    }
    auto* rules = in_words ? words_of(locale, "%spellout-ordinal") : nullptr;
    if (rules == nullptr) rules = words_of(locale, "");
    if (rules == nullptr) return std::nullopt;
    return spelled(*rules, number);
}

}  // namespace chapar::render
