#pragma once
// Which route may carry what, and at which price: the questions that admission, dispatch and `chapar cost` ask of the
// configuration alike. Pure; any thread.

#include <optional>
#include <string_view>
#include <vector>

#include "config/settings.hpp"

namespace chapar::config {

/// The class, where the route names prefixes the number, and where it names lines one of them for the class and the
/// message's own sender, if it brings one. What is no number is no business of prefixes.
bool serves(const RouteSettings& route, std::string_view class_name, std::string_view address,
            std::string_view sender = {});

/// Whether any route is of the channel, whatever it takes.
bool has_route_of(const Settings& settings, std::string_view channel);

/// The route's price for this number: of its prefixes the longest that fits. nullptr: it names none.
const PriceSettings* price_of(const RouteSettings& route, std::string_view address);

/// In the site's currency, by the policy's exchange rates.
Money in_site_currency(const PolicySettings& policy, Money amount, std::string_view currency);

/// Of one segment (of other channels: one message) by this route, in the site's currency: the route's price, else what
/// the channel costs.
Money unit_cost(const Settings& settings, const RouteSettings& route, std::string_view address);
/// The least of the routes that may carry it; without any, what the channel costs.
Money least_unit_cost(const Settings& settings, std::string_view channel, std::string_view class_name,
                      std::string_view address);

const ChannelSettings* find_channel(const Settings& settings, std::string_view name);

/// Whether a number is on a list of countries ("IR") and prefixes ("+9891"); an empty list allows all.
bool allows_number(const std::vector<std::string>& list, std::string_view e164);

/// "EUR=700000": the currency and how many units of the site's currency one of it is.
struct Rate {
    std::string_view currency;
    Money units;
};
std::optional<Rate> parse_rate(std::string_view text);

}  // namespace chapar::config
