#pragma once
// Values of [[cap]], [[quiet]] and [[route]] that are a word or a table, or fill several members. Pure.

#include "config/keys.hpp"

namespace chapar::config {

void read_scope(Reading& reading, const Slot& slot, CapSettings& out);
std::string show_scope(const CapSettings& cap);
void read_limit(Reading& reading, const Slot& slot, CapSettings& out);
std::string show_limit(const CapSettings& cap);
void read_over(Reading& reading, const Slot& slot, CapSettings& out);
std::string show_over(const CapSettings& cap);
void read_weekly(Reading& reading, const Slot& slot, QuietSettings& out);
std::string show_weekly(const QuietSettings& quiet);
void read_hit(Reading& reading, const Slot& slot, QuietSettings& out);
std::string show_hit(const QuietSettings& quiet);
void read_release(Reading& reading, const Slot& slot, QuietSettings& out);
std::string show_release(const QuietSettings& quiet);
void read_prices(Reading& reading, const Slot& slot, RouteSettings& out);
std::string show_prices(const RouteSettings& route);

inline constexpr Several<CapSettings> scope_value{
    read_scope, show_scope,
    "person, endpoint, household, application, country, site, { prefix = DIGITS } or { data = \"PATH\" }"};
inline constexpr Several<CapSettings> limit_value{read_limit, show_limit, "number above 0, or \"never\""};
inline constexpr Several<CapSettings> over_value{read_over, show_over, "defer, drop, replace_lower, or a table"};
inline constexpr Several<QuietSettings> weekly_value{read_weekly, show_weekly, "table of lists of spans"};
inline constexpr Several<QuietSettings> hit_value{read_hit, show_hit, "hold, drop, or { switch_channel = [...] }"};
inline constexpr Several<QuietSettings> release_value{read_release, show_release, "table { spread }, a duration"};

inline constexpr Several<RouteSettings> prices_value{read_prices, show_prices, "tables, see [[route.price]]"};

}  // namespace chapar::config
