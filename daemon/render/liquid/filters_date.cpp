#include "base/written_time.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "render/liquid/date.hpp"
#include "render/liquid/filters.hpp"
#include "render/liquid/number.hpp"
#include "render/liquid/scan.hpp"

namespace chapar::liquid {

namespace {
constexpr std::uint64_t reading_steps = 100;                // what reading a free text costs
constexpr std::int64_t most_seconds = 100'000'000'000'000;  // some three million years

Moment now_of(Context& context, const times::ZoneClock& zone) {
    auto now = context.options().now;
    if (now < 0) now = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
    const auto seconds = std::floor(now);
    return in_zone(static_cast<std::int64_t>(seconds), static_cast<std::int32_t>((now - seconds) * 1e9), zone);
}

/// `time` on the wall of the zone, or by the offset that it names.
Moment written_moment(const written::Time& time, const times::ZoneClock& zone) {
    constexpr std::int64_t day = 86400;
    const auto wall = time.day * day + time.second_of_day.value_or(0);
    if (!time.offset) return in_zone(zone.moment(wall), time.nanoseconds, zone);
    const auto seconds = wall - *time.offset;
    if (*time.offset == 0) return {seconds, time.nanoseconds, 0, "UTC"};
    auto moment = in_zone(seconds, time.nanoseconds, zone);
    if (moment.offset != *time.offset) moment = {seconds, time.nanoseconds, *time.offset, ""};
    return moment;
}

/// What people write; nothing: read on as the reference does. An empty answer within: no time, or one that could be
/// another day.
std::optional<std::optional<Moment>> people_moment(std::string_view text, const times::ZoneClock& zone) {
    const auto read = written::read_time(text);
    if (const auto* time = std::get_if<written::Time>(&read)) return written_moment(*time, zone);
    const auto* problem = std::get_if<written::TimeProblem>(&read);
    if (problem == nullptr || problem->is_after_day) return std::nullopt;
    return std::optional<Moment>();
}
}  // namespace

Moment now_of(Context& context) { return now_of(context, zone_of(context.options().timezone)); }

std::optional<Moment> moment_of(Context& context, Value input) {
    const auto& zone = zone_of(context.options().timezone);
    if (input.type() == Type::integer) {
        if (std::abs(input.as_integer()) > most_seconds) return std::nullopt;
        return in_zone(input.as_integer(), 0, zone);
    }
    if (!input.is_string() || input.as_string().empty()) return std::nullopt;
    const auto text = input.as_string();
    if (context.options().reads_written) {
        if (!context.charge_steps(reading_steps)) return std::nullopt;
        if (auto moment = people_moment(text, zone)) return std::move(*moment);
    }
    if (std::all_of(text.begin(), text.end(), scan::is_digit)) {
        const auto number = leading_integer(text);
        if (number.kind != Number::Kind::small || number.small > most_seconds) return std::nullopt;
        return in_zone(number.small, 0, zone);
    }
    if (!context.charge_steps(reading_steps)) return std::nullopt;
    std::string lower(text.substr(0, 129));
    std::transform(lower.begin(), lower.end(), lower.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    auto now = now_of(context, zone);
    if (lower == "now" || lower == "today") return now;
    return parse_moment(lower, now, zone);
}

Value filters::date(Call& call, Value input) {
    const std::string format(call.context.text_of(call.arg(0)));
    if (format.empty()) return input;
    const auto moment = moment_of(call.context, input);
    if (!moment) return input;
    auto& out = call.context.text_buffer();
    switch (format_moment(out, *moment, format, call.context.memory_left())) {
        case Formatted::done:
            return call.context.string(out);
        case Formatted::too_long:
            call.context.charge_memory(call.context.memory_left() + 1);
            return Value();
        case Formatted::broken:
            break;
    }
    return call.context.fail("invalid format: " + format);
}

}  // namespace chapar::liquid
