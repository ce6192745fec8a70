#include "config/prices.hpp"

#include <algorithm>

#include "config/lines.hpp"
#include "numbers/phone.hpp"

namespace chapar::config {

bool serves(const RouteSettings& route, std::string_view class_name, std::string_view address,
            std::string_view sender) {
    const bool class_fits =
        (route.classes.empty() || std::ranges::find(route.classes, class_name) != route.classes.end()) &&
        carries(route.lines, class_name, sender);
    if (!class_fits || route.prefixes.empty() || !address.starts_with('+')) return class_fits;
    return std::ranges::any_of(route.prefixes, [&](const auto& prefix) { return address.starts_with(prefix); });
}

bool has_route_of(const Settings& settings, std::string_view channel) {
    return std::ranges::find(settings.routes, channel, &RouteSettings::channel) != settings.routes.end();
}

const PriceSettings* price_of(const RouteSettings& route, std::string_view address) {
    const PriceSettings* best = nullptr;
    for (const auto& price : route.prices) {
        if (!address.starts_with(price.prefix)) continue;
        if (best == nullptr || price.prefix.size() > best->prefix.size()) best = &price;
    }
    return best;
}

std::optional<Rate> parse_rate(std::string_view text) {
    const auto equals = text.find('=');
    if (equals == std::string_view::npos || !is_currency(text.substr(0, equals))) return std::nullopt;
    const auto units = parse_money(text.substr(equals + 1));
    if (!units || units->micros == 0) return std::nullopt;
    return Rate{text.substr(0, equals), *units};
}

Money in_site_currency(const PolicySettings& policy, Money amount, std::string_view currency) {
    if (currency.empty() || currency == policy.currency) return amount;
    for (const auto& text : policy.exchange) {
        const auto rate = parse_rate(text);
        if (rate && rate->currency == currency) return exchanged(amount, rate->units);
    }
    return amount;  // a price without a rate is refused by the configuration
}

const ChannelSettings* find_channel(const Settings& settings, std::string_view name) {
    const auto found = std::ranges::find(settings.channels, name, &ChannelSettings::name);
    return found == settings.channels.end() ? nullptr : &*found;
}

Money unit_cost(const Settings& settings, const RouteSettings& route, std::string_view address) {
    if (const auto* price = price_of(route, address))
        return in_site_currency(settings.policy, price->segment, price->currency);
    const auto* channel = find_channel(settings, route.channel);
    return channel == nullptr ? Money{} : channel->cost;
}

Money least_unit_cost(const Settings& settings, std::string_view channel, std::string_view class_name,
                      std::string_view address) {
    std::optional<Money> least;
    for (const auto& route : settings.routes) {
        if (route.channel != channel || !serves(route, class_name, address)) continue;
        const auto cost = unit_cost(settings, route, address);
        least = std::min(least.value_or(cost), cost);
    }
    if (least) return *least;
    const auto* known = find_channel(settings, channel);
    return known == nullptr ? Money{} : known->cost;
}

bool allows_number(const std::vector<std::string>& list, std::string_view e164) {
    if (list.empty()) return true;
    const auto country = numbers::country_of(e164);
    return std::ranges::any_of(list, [&](const std::string& entry) {
        return entry.starts_with('+') ? e164.starts_with(entry) : entry == country;
    });
}

}  // namespace chapar::config
