#include "render/environment.hpp"

#include "render/liquid/context.hpp"

#include <unicode/numberformatter.h>

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <utility>

namespace chapar::render {

namespace {

using liquid::Call;
using liquid::Context;
using liquid::Value;

/// "0" to "9" as Persian digits; Arabic ones too become Persian.
Value fa_digits(Call& call, Value input) {
    const std::string_view text = call.context.text_of(input);
    std::string out;
    out.reserve(text.size() * 2);
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const bool arabic = c == '\xD9' && i + 1 < text.size() && text[i + 1] >= '\xA0' && text[i + 1] <= '\xA9';
        if (c >= '0' && c <= '9') {
            out += '\xDB';
            out += static_cast<char>(0xB0 + (c - '0'));
        } else if (arabic) {
            out += '\xDB';
            out += static_cast<char>(text[++i] + 0x10);
        } else {
            out += c;
        }
    }
    return call.context.string(out, input.is_string() ? input.mark() : liquid::Mark::plain);
}

/// Persian and Arabic digits as "0" to "9".
Value latin_digits(Call& call, Value input) {
    const std::string_view text = call.context.text_of(input);
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const unsigned char lead = static_cast<unsigned char>(text[i]);
        const unsigned char next = i + 1 < text.size() ? static_cast<unsigned char>(text[i + 1]) : 0;
        const bool persian = lead == 0xDB && next >= 0xB0 && next <= 0xB9;
        const bool arabic = lead == 0xD9 && next >= 0xA0 && next <= 0xA9;
        if (persian || arabic) {
            out += static_cast<char>('0' + (next & 0x0F));
            ++i;
        } else {
            out += text[i];
        }
    }
    return call.context.string(out, input.is_string() ? input.mark() : liquid::Mark::plain);
}

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

constexpr int any_decimals = -1, most_decimals = 10;

/// Made once per thread, locale and precision: it costs a thousand times what it does.
const icu::number::LocalizedNumberFormatter& number_formatter(std::string_view locale, int decimals) {
    constexpr std::size_t max_kept = 32;
    using Key = std::pair<std::string, int>;
    thread_local std::map<Key, icu::number::LocalizedNumberFormatter> kept;
    Key key(locale, decimals);
    if (const auto found = kept.find(key); found != kept.end()) return found->second;
    if (kept.size() >= max_kept) kept.clear();
    auto formatter = icu::number::NumberFormatter::withLocale(icu::Locale(key.first.c_str()));
    if (decimals != any_decimals) formatter = formatter.precision(icu::number::Precision::fixedFraction(decimals));
    return kept.emplace(std::move(key), std::move(formatter)).first->second;
}

/// 1250000.5 -> "1,250,000.5", in Persian "۱٬۲۵۰٬۰۰۰٫۵"; `number: 2` shows two decimals. What is no number stays.
Value number(Call& call, Value input) {
    const std::string_view text = call.context.text_of(input);
    if (!is_decimal(text)) return input;
    int decimals = any_decimals;
    if (!call.arg(0).is_nil()) {
        if (call.arg(0).type() != liquid::Type::integer) return call.context.fail("number takes a count of decimals");
        decimals = static_cast<int>(std::clamp<std::int64_t>(call.arg(0).as_integer(), 0, most_decimals));
    }
    UErrorCode status = U_ZERO_ERROR;
    const std::string_view locale = call.context.options().locale;
    const auto formatted = number_formatter(locale.empty() ? "en" : locale, decimals)
                               .formatDecimal({text.data(), static_cast<std::int32_t>(text.size())}, status);
    std::string out;
    formatted.toString(status).toUTF8String(out);
    return U_SUCCESS(status) ? call.context.string(out) : input;
}

void abort_message(Context& context, Value reason) {
    const std::string_view text = context.text_of(reason);
    context.stop(text.empty() ? "the template aborted the message" : std::string(text));
}

std::shared_ptr<const liquid::Environment> make_environment() {
    auto environment = std::make_shared<liquid::Environment>();
    environment->add_filter("fa_digits", 0, 0, fa_digits);
    environment->add_filter("latin_digits", 0, 0, latin_digits);
    environment->add_filter("number", 0, 1, number);
    environment->add_tag("abort_message", abort_message);
    return environment;
}

}  // namespace

std::shared_ptr<const liquid::Environment> message_environment() {
    static const std::shared_ptr<const liquid::Environment> environment = make_environment();
    return environment;
}

}  // namespace chapar::render
