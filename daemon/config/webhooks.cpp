#include "config/webhooks.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "config/checks.hpp"
#include "config/suggest.hpp"

namespace chapar::config {
namespace {

/// An endpoint is disabled after five days of failures, and somebody has to notice.
constexpr Milliseconds least_history = std::chrono::hours(7 * 24);
constexpr std::size_t most_retries = 20;

constexpr auto event_types = std::to_array<std::string_view>({
    "message.*",
    "message.sent",
    "message.delivered",
    "message.bounced",
    "message.failed",
    "message.expired",
    "message.cancelled",
    "message.held",
    "message.suppressed",
    "message.collected",
    "message.blocked_by_operator",
    "message.waiting",
    "message.segment_delivered",
    "message.segment_failed",
    "message.inbound",
    "message.unsubscribed",
    "message.complained",
    "message.opened",
    "message.clicked",
    "message.converted",
    "message.note",
    "endpoint.*",
    "endpoint.disabled",
    "engagement.*",
    "engagement.rescored",
});

bool is_word(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    });
}

bool is_pattern(std::string_view text) {
    const auto dot = text.find('.');
    if (dot == std::string_view::npos || text.size() > 128) return false;
    const auto kind = text.substr(dot + 1);
    return is_word(text.substr(0, dot)) && (kind == "*" || is_word(kind));
}

bool is_prefix_length(std::string_view text, int most) {
    int value = -1;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() && value >= 0 && value <= most;
}

}  // namespace

std::string check_event_pattern(const std::string& text) {
    if (text == "*" || std::ranges::find(event_types, text) != event_types.end()) return {};
    const auto near = nearest(text, event_types);
    const auto meant = near.empty() ? std::string() : fmt::format("; did you mean \"{}\"?", near);
    if (!is_pattern(text)) return "expected a type such as \"message.delivered\", \"message.*\" or \"*\"" + meant;
    return near.empty() ? std::string() : "there is no such type of event" + meant;
}

std::string check_retry(const std::string& text) {
    const auto wait = parse_duration(text);
    if (!wait) return wait.error();
    const bool fits = *wait >= Milliseconds{50} && *wait <= std::chrono::hours(7 * 24);
    return fits ? "" : "expected a wait of 50ms to 7d";
}

std::string check_network(const std::string& text) {
    const auto slash = text.find('/');
    const auto address = text.substr(0, slash);
    in6_addr bytes{};
    const bool is_six = address.find(':') != std::string::npos;
    const bool is_address = ::inet_pton(is_six ? AF_INET6 : AF_INET, address.c_str(), &bytes) == 1;
    const bool is_good = is_address && (slash == std::string::npos ||
                                        is_prefix_length(std::string_view(text).substr(slash + 1), is_six ? 128 : 32));
    return is_good ? "" : "expected a network, such as \"10.0.0.0/8\" or \"fd00::/8\", or one address";
}

void check_webhooks(const Settings& settings, Reading& reading) {
    std::vector<std::string_view> applications;
    applications.reserve(settings.applications.size());
    for (const auto& each : settings.applications)
        applications.push_back(each.name);
    for (std::size_t i = 0; i < settings.webhooks.size(); ++i) {
        const auto& webhook = settings.webhooks[i];
        const auto problem = [&](std::string_view key, std::string text) {
            reading.problem(place_of(reading, fmt::format("webhook.{}.{}", i, key)), std::move(text));
        };
        if (webhook.secrets.empty() || webhook.secrets.size() > 2)
            problem("secrets", fmt::format("webhook \"{}\" has {} secrets: expected one, or two while it is changed",
                                           webhook.name, webhook.secrets.size()));
        if (webhook.events.empty())
            problem("events", fmt::format("webhook \"{}\" has no events: write [\"*\"] for all", webhook.name));
        if (webhook.retries.size() > most_retries)
            problem("retries", fmt::format("{} waits: expected at most {}", webhook.retries.size(), most_retries));
        if (!webhook.application.empty() && std::ranges::find(applications, webhook.application) == applications.end())
            problem("application", fmt::format("no application \"{}\"{}", webhook.application,
                                               suggestion(webhook.application, applications)));
    }
}

std::vector<std::string> webhook_warnings(const Settings& settings) {
    if (settings.webhooks.empty() || settings.store.keep_events >= least_history) return {};
    return {
        fmt::format("keep_events of [store] is {}: what a webhook has not taken by then is lost to it. An endpoint "
                    "is given up after five days of failures, so keep events for {} at least",
                    show_duration(settings.store.keep_events), show_duration(least_history))};
}

}  // namespace chapar::config
