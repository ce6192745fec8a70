#pragma once
// What the text of single values must look like, and what must agree between values. Pure but for timezone names, which
// are looked up in the system's database.

#include <string>

#include "config/settings.hpp"
#include "config/values.hpp"

namespace chapar::config {

std::string check_absolute_path(const std::string& text);
std::string check_socket_path(const std::string& text);
std::string check_name(const std::string& text);            // lower case, digits, '-' and '_'
std::string check_name_or_all(const std::string& text);     // or "*"
std::string check_template(const std::string& text);        // a name, "prefix-*" or "*"
std::string check_mode(const std::string& text);            // "0660"
std::string check_timezone(const std::string& text);        // IANA
std::string check_locale(const std::string& text);          // fa, fa-IR, zh-Hant-TW
std::string check_country(const std::string& text);         // ISO 3166, with a numbering plan
std::string check_account(const std::string& text);         // user or group, by name or number
std::string check_from(const std::string& text);            // a@b, *@b or *
std::string check_line(const std::string& text);            // SENDER=CLASS,CLASS
std::string check_header(const std::string& text);          // a header an application may set
std::string check_zone(const std::string& text);            // device, person, country, application or IANA
std::string check_window_zone(const std::string& text);     // person or IANA
std::string check_word(const std::string& text);            // what messages carry: a tag, a category, an event
std::string check_data_path(const std::string& text);       // order.id
std::string check_prefix(const std::string& text);          // +98: how numbers in E.164 begin
std::string check_prefix_or_all(const std::string& text);   // or +
std::string check_destination(const std::string& text);     // a prefix, or a country
std::string check_rate(const std::string& text);            // EUR=700000
std::string check_currency(const std::string& text);        // ISO 4217
std::string check_listen(const std::string& text);          // address:port
std::string check_scrape_address(const std::string& text);  // or unix:/path
std::string check_url_path(const std::string& text);

/// References, duplicates and sums. Places come from the reading.
void check_agreement(const Settings& settings, Reading& reading);

/// The same of caps, quiet windows, channels and plans.
void check_policy(const Settings& settings, Reading& reading);

/// The place of the longest known front part of `path`, so that a missing key is shown at its table.
Place place_of(const Reading& reading, std::string path);
/// A problem for each of `names` (at path.0, path.1, ...) that is not known; "*" is.
void check_references(Reading& reading, const std::string& path, const std::vector<std::string>& names,
                      const std::vector<std::string_view>& known, std::string_view what);
/// The usual channels and those that a route carries.
std::vector<std::string_view> known_channels(const Settings& settings);

}  // namespace chapar::config
