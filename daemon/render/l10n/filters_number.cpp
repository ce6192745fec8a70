// number, percent, money, ordinal.
#include "base/written_number.hpp"
#include "render/l10n/filters.hpp"
#include "render/l10n/language.hpp"
#include "render/l10n/numbers.hpp"
#include "render/locale.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace chapar::render {

namespace {

using liquid::Call;
using liquid::Value;

constexpr std::uint64_t formatting_steps = 20;  // what ICU does for one value, beside a lookup

/// The number that a value is, or that a text is as people write it; else its text.
std::string decimal_of(Call& call, Value input) {
    const std::string_view text = call.context.text_of(input);
    if (!input.is_string() || is_decimal(text)) return std::string(text);
    auto written = written::read_number(text);
    return written ? std::move(*written) : std::string(text);
}

/// As decimal_of, of a text that may have a percent sign.
std::string percent_of(Call& call, Value input) {
    const std::string_view text = call.context.text_of(input);
    auto written = input.is_string() ? written::read_percent(text) : std::nullopt;
    return written ? std::move(written->number) : std::string(text);
}

/// A count of decimals as the first argument. False: it is no count.
bool decimals_of(Call& call, std::string_view filter, std::optional<int>& out) {
    constexpr std::int64_t most = 10;
    const Value given = call.arg(0);
    if (given.is_nil()) return true;
    if (given.type() != liquid::Type::integer) {
        call.context.fail(std::string(filter) + " takes a count of decimals");
        return false;
    }
    out = static_cast<int>(std::clamp<std::int64_t>(given.as_integer(), 0, most));
    return true;
}

/// 1250000.5 -> "1,250,000.5", in Persian "۱٬۲۵۰٬۰۰۰٫۵"; `number: 2` shows two decimals. What is no number stays.
Value number(Call& call, Value input) {
    std::optional<int> decimals;
    if (!decimals_of(call, "number", decimals) || !call.context.charge_steps(formatting_steps)) return Value();
    const auto text = format_number(percent_of(call, input), locale_of(call.context), decimals);
    return text ? local_text(call.context, *text) : input;
}

/// 20, "20" and "٪۲۰" -> "20%", in Persian "۲۰٪"; `percent: 1` shows one decimal. What is no number stays.
Value percent(Call& call, Value input) {
    std::optional<int> decimals;
    if (!decimals_of(call, "percent", decimals) || !call.context.charge_steps(formatting_steps)) return Value();
    const auto text = format_percent(percent_of(call, input), locale_of(call.context), decimals);
    return text ? local_text(call.context, *text) : input;
}

std::optional<MoneyDisplay> display_of(std::string_view name) {
    if (name == "symbol") return MoneyDisplay::symbol;
    if (name == "code") return MoneyDisplay::code;
    if (name == "name") return MoneyDisplay::name;
    return std::nullopt;
}

/// {{ 1250000 | money: 'IRR' }}, {{ 1250000 | money: 'IRR', unit: 'toman' }}, {{ 12.5 | money: 'USD' }}
Value money(Call& call, Value input) {
    auto& context = call.context;
    Money wanted;
    wanted.currency = context.text_of(call.arg(0));
    Options options(call, "money");
    const auto unit = options.text("unit", "");
    const auto display = display_of(options.text("display", "symbol"));
    wanted.decimals = options.decimals("decimals");
    if (!options.all_known() || !context.charge_steps(formatting_steps)) return Value();
    if (!is_currency(wanted.currency))
        return context.fail(fmt::format("money: '{}' is no currency; say one of ISO 4217, such as 'IRR' or 'USD'",
                                        wanted.currency.substr(0, 20)));
    if (!display) return context.fail("money: display is 'symbol', 'code' or 'name'");
    wanted.display = *display;
    wanted.in_toman = unit == "toman";
    if (!unit.empty() && unit != "rial" && !wanted.in_toman) return context.fail("money: unit is 'toman' or 'rial'");
    if (!unit.empty() && wanted.currency != "IRR") return context.fail("money: unit goes with 'IRR'");
    const auto text = format_money(decimal_of(call, input), locale_of(context), wanted);
    return text ? local_text(context, *text) : input;
}

/// 3 -> "3rd", in Persian "۳م"; `ordinal: 'words'`: "third", "سوم". What is no whole number stays.
Value ordinal(Call& call, Value input) {
    auto& context = call.context;
    const auto style = context.text_of(call.arg(0));
    if (!style.empty() && style != "words") return context.fail("ordinal takes 'words' or nothing");
    if (!context.charge_steps(formatting_steps)) return Value();
    const auto digits = decimal_of(call, input);
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (digits.empty() || error != std::errc() || end != digits.data() + digits.size()) return input;
    const auto text = format_ordinal(value, locale_of(context), !style.empty());
    return text ? local_text(context, *text) : input;
}

}  // namespace

namespace {
/// CLDR's spaces that do not break. In plain text one of them would make a message of 160 characters one of 70.
constexpr std::string_view no_break = "\xC2\xA0", narrow = "\xE2\x80\xAF";
bool has_fixed_space(std::string_view text) {
    return text.find(no_break) != std::string_view::npos || text.find(narrow) != std::string_view::npos;
}
}  // namespace

liquid::Value local_text(liquid::Context& context, std::string_view text) {
    const auto locale = locale_of(context);
    const bool same = is_right_to_left(std::string(locale)) == language_of(context).right_to_left;
    const auto mark = same ? liquid::Mark::own : liquid::Mark::plain;
    if (context.html() || !has_fixed_space(text)) return context.string(text, mark);
    std::string plain;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t width = text.substr(at).starts_with(no_break) ? no_break.size()
                                  : text.substr(at).starts_with(narrow) ? narrow.size()
                                                                        : 0;
        plain += width == 0 ? text[at] : ' ';
        at += std::max<std::size_t>(width, 1);
    }
    return context.string(plain, mark);
}

void add_number_filters(liquid::Environment& environment) {
    environment.add_filter("number", 0, 1, number);
    environment.add_filter("percent", 0, 1, percent);
    environment.add_filter("money", 1, 1, money);
    environment.add_filter("ordinal", 0, 1, ordinal);
}

}  // namespace chapar::render
