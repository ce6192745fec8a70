#include "engage/webhook_schedule.hpp"

#include <algorithm>
#include <charconv>

namespace chapar::engage {
namespace {

constexpr double jitter = 0.2;

std::optional<unsigned> read_digits(std::string_view text) {
    unsigned value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::optional<unsigned> month_of(std::string_view text) {
    constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
    const auto at = months.find(text);
    if (text.size() != 3 || at == std::string_view::npos || at % 3 != 0) return std::nullopt;
    return static_cast<unsigned>(at / 3 + 1);
}

/// "Sun, 06 Nov 1994 08:49:37 GMT"
std::optional<Timestamp> read_http_date(std::string_view text) {
    if (text.size() != 29 || text.substr(3, 2) != ", " || text.substr(25) != " GMT" || text[7] != ' ' ||
        text[11] != ' ' || text[16] != ' ' || text[19] != ':' || text[22] != ':')
        return std::nullopt;
    const auto day = read_digits(text.substr(5, 2)), month = month_of(text.substr(8, 3)),
               year = read_digits(text.substr(12, 4));
    const auto hour = read_digits(text.substr(17, 2)), minute = read_digits(text.substr(20, 2)),
               second = read_digits(text.substr(23, 2));
    if (!day || !month || !year || !hour || !minute || !second || *hour > 23 || *minute > 59 || *second > 60)
        return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*year)), std::chrono::month(*month),
                                           std::chrono::day(*day)};
    if (!date.ok()) return std::nullopt;
    return std::chrono::sys_days(date) + std::chrono::hours(*hour) + std::chrono::minutes(*minute) +
           std::chrono::seconds(*second);
}

}  // namespace

WebhookAnswer answer_of(int status) {
    if (status >= 200 && status <= 299) return WebhookAnswer::accepted;
    if (status == 410) return WebhookAnswer::gone;
    return status == 429 || status == 502 || status == 504 ? WebhookAnswer::slow_down : WebhookAnswer::failed;
}

std::optional<Milliseconds> read_retry_after(std::string_view value, Timestamp now) {
    while (value.starts_with(' ') || value.starts_with('\t'))
        value.remove_prefix(1);
    while (value.ends_with(' ') || value.ends_with('\t'))
        value.remove_suffix(1);
    if (!value.empty() && value.find_first_not_of("0123456789") == std::string_view::npos) {
        const auto seconds = value.size() > 7 ? std::optional(9'999'999U) : read_digits(value);
        return std::min<Milliseconds>(std::chrono::seconds(*seconds), longest_retry_after);
    }
    const auto date = read_http_date(value);
    if (!date || *date <= now) return std::nullopt;
    return std::min(*date - now, longest_retry_after);
}

std::optional<Timestamp> next_webhook_try(int tries, Timestamp now, double chance,
                                          std::optional<Milliseconds> retry_after,
                                          std::span<const Milliseconds> waits) {
    if (tries < 1 || tries > static_cast<int>(waits.size())) return std::nullopt;
    const auto wait = waits[static_cast<std::size_t>(tries - 1)];
    const double spread = 1 - jitter + 2 * jitter * std::clamp(chance, 0.0, 1.0);
    const Milliseconds spread_wait{static_cast<std::int64_t>(static_cast<double>(wait.count()) * spread)};
    return now + std::max(spread_wait, retry_after.value_or(Milliseconds{0}));
}

bool EndpointHealth::failed(Timestamp at) {
    if (!first_failure) first_failure = at;
    return at - last_success >= silent_for && at - *first_failure >= failing_for;
}

void WebhookPace::saw(WebhookAnswer answer) {
    switch (answer) {
        case WebhookAnswer::accepted:
            places = std::min<double>(places + 1, most);
            return;
        case WebhookAnswer::slow_down:
            places = std::max(places / 2, 1.0);
            return;
        case WebhookAnswer::failed:
        case WebhookAnswer::gone:
            return;
    }
}

}  // namespace chapar::engage
