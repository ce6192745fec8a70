#pragma once
// When an endpoint is tried again, and when it is given up. Pure; any thread. Time and chance are parameters.

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace chapar::engage {

/// The wait after each failed try; with them the last try is some 76 hours after the first.
inline constexpr std::array<Milliseconds, 9> webhook_waits = {
    std::chrono::seconds(5), std::chrono::minutes(5), std::chrono::minutes(30),
    std::chrono::hours(2),   std::chrono::hours(5),   std::chrono::hours(10),
    std::chrono::hours(14),  std::chrono::hours(20),  std::chrono::hours(24)};
inline constexpr int webhook_tries = static_cast<int>(webhook_waits.size()) + 1;
inline constexpr Milliseconds longest_retry_after = std::chrono::hours(24);

/// What became of a try.
enum class WebhookAnswer : std::uint8_t {
    accepted,   // 2xx
    failed,     // any other answer, 3xx among them; no answer in 15 s; no connection
    slow_down,  // 429, 502, 504
    gone,       // 410: the endpoint wants nothing more
};
/// `status` 0: there was no answer.
WebhookAnswer answer_of(int status);

/// Retry-After: seconds, or a date of HTTP (IMF-fixdate). nullopt: neither, or past. At most a day.
std::optional<Milliseconds> read_retry_after(std::string_view value, Timestamp now);

/// The next try; nullopt: this was the last one. `tries`: how many there were. `chance`: from 0 to below 1, for a wait
/// that is up to a fifth longer or shorter.
std::optional<Timestamp> next_webhook_try(int tries, Timestamp now, double chance,
                                          std::optional<Milliseconds> retry_after,
                                          std::span<const Milliseconds> waits = webhook_waits);

/// How an endpoint does, kept with it.
struct EndpointHealth {
    static constexpr Milliseconds silent_for = std::chrono::days(5), failing_for = std::chrono::hours(12);

    Timestamp last_success{};                  // at first when it was made or enabled
    std::optional<Timestamp> first_failure{};  // since then

    void succeeded(Timestamp at) {
        last_success = at;
        first_failure.reset();
    }
    /// Answers whether it is to be disabled: no try went well for five days, and failures were tried for half a day of
    /// them, so that a quiet shop's one failed event ends nothing.
    bool failed(Timestamp at);
};

/// How many tries an endpoint has in flight: halved when it asks for less, one more with each accepted event.
struct WebhookPace {
    double places = 16;
    int most = 16;

    void saw(WebhookAnswer answer);
    int now() const { return static_cast<int>(places); }
};

}  // namespace chapar::engage
