// local_date, jalali, relative_time: in the zone of the rendering, which is the recipient's.
#include "render/l10n/dates.hpp"
#include "render/l10n/filters.hpp"
#include "render/l10n/jalali.hpp"
#include "render/l10n/language.hpp"
#include "render/liquid/date.hpp"

#include <fmt/format.h>

namespace chapar::render {

namespace {

using liquid::Call;
using liquid::Value;

constexpr std::uint64_t formatting_steps = 20;
constexpr std::string_view latin = "en", persian = "fa";

/// {{ at | local_date: 'long', time: 'short', calendar: 'gregorian' }}. What is no time stays.
Value local_date(Call& call, Value input) {
    auto& context = call.context;
    DateStyle style;
    if (!call.arg(0).is_nil()) style.date = context.text_of(call.arg(0));
    Options options(call, "local_date");
    style.time = options.text("time", "none");
    style.calendar = options.text("calendar", "");
    if (!options.all_known() || !context.charge_steps(formatting_steps)) return Value();
    if (!is_date_style(style.date))
        return context.fail(
            "local_date takes 'short', 'medium', 'long', 'full', 'none' or a skeleton such as 'yMMMMd'");
    if (!is_time_style(style.time))
        return context.fail("local_date: time is 'short', 'medium', 'long', 'full' or 'none'");
    if (!style.calendar.empty() && !is_calendar(style.calendar))
        return context.fail("local_date: calendar is 'persian', 'gregorian', 'islamic', 'hebrew' or another of CLDR's");
    const auto moment = liquid::moment_of(context, input);
    if (!moment) return input;
    const auto text = format_date(moment->seconds, locale_of(context), context.options().timezone, style);
    return text ? local_text(context, *text) : input;
}

/// {{ at | jalali: '%A %e %B %Y', digits: 'latin', names: 'fa' }}
Value jalali(Call& call, Value input) {
    auto& context = call.context;
    const auto format = call.arg(0).is_nil() ? std::string_view("%Y/%m/%d") : context.text_of(call.arg(0));
    const auto locale = locale_of(context);
    Options options(call, "jalali");
    const auto names = options.text("names", "");
    const auto digits = options.text("digits", "");
    if (!options.all_known() || !context.charge_steps(formatting_steps + format.size() / 4)) return Value();
    const auto tag = [&](std::string_view given) {
        return given.empty() ? locale : given == "latin" || given == latin ? latin : given == persian ? persian : "";
    };
    if (tag(names).empty() || tag(digits).empty())
        return context.fail("jalali: names is 'fa' or 'en', digits is 'fa' or 'latin'");
    auto moment = liquid::moment_of(context, input);
    if (!moment) return input;
    // A text that names its own offset (a Z is enough) is shown by the reader's clock all the same.
    if (input.is_string())
        moment = liquid::in_zone(moment->seconds, moment->nanoseconds, liquid::zone_of(context.options().timezone));
    std::string text;
    format_jalali(text, *moment, format, {tag(names), tag(digits)});
    return names.empty() && digits.empty() ? local_text(context, text) : context.string(text);
}

/// {{ at | relative_time }}: "3 days ago"; `relative_time: 'short'` or 'narrow'.
Value relative_time(Call& call, Value input) {
    auto& context = call.context;
    const auto style = call.arg(0).is_nil() ? std::string_view("long") : context.text_of(call.arg(0));
    if (style != "long" && style != "short" && style != "narrow")
        return context.fail("relative_time takes 'long', 'short' or 'narrow'");
    if (!context.charge_steps(formatting_steps)) return Value();
    const auto moment = liquid::moment_of(context, input);
    if (!moment) return input;
    const auto length = style == "long" ? Length::full : style == "short" ? Length::brief : Length::narrow;
    const auto text = format_relative(moment->seconds, liquid::now_of(context).seconds, locale_of(context), length);
    return text ? local_text(context, *text) : input;
}

}  // namespace

void add_date_filters(liquid::Environment& environment) {
    environment.add_filter("local_date", 0, 1, local_date);
    environment.add_filter("jalali", 0, 1, jalali);
    environment.add_filter("relative_time", 0, 1, relative_time);
}

}  // namespace chapar::render
