#pragma once
// What the text of single values must look like, and what must agree between values. Pure but for timezone names, which
// are looked up in the system's database.

#include <string>

#include "config/settings.hpp"
#include "config/values.hpp"

namespace chapar::config {

std::string check_absolute_path(const std::string& text);
std::string check_socket_path(const std::string& text);
std::string check_name(const std::string& text);         // lower case, digits, '-' and '_'
std::string check_name_or_all(const std::string& text);  // or "*"
std::string check_template(const std::string& text);     // a name, "prefix-*" or "*"
std::string check_mode(const std::string& text);         // "0660"
std::string check_timezone(const std::string& text);     // IANA
std::string check_locale(const std::string& text);       // fa, fa-IR, zh-Hant-TW
std::string check_account(const std::string& text);      // user or group, by name or number
std::string check_from(const std::string& text);         // a@b, *@b or *
std::string check_header(const std::string& text);       // a header an application may set

/// References, duplicates and sums. Places come from the reading.
void check_agreement(const Settings& settings, Reading& reading);

}  // namespace chapar::config
