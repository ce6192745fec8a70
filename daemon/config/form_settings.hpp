#pragma once
// Forms by which people subscribe: files "_forms/NAME.toml" of the template folder. Plain data.

#include <expected>
#include <string>
#include <vector>

#include "config/category_settings.hpp"

namespace chapar::config {

struct FormSettings {
    std::string name;         // of the file
    std::string application;  // whose people they become
    std::vector<std::string> channels = {"email"};
    std::vector<std::string> topics;               // what they agree to: categories or classes
    PageText title, about, wording;                // wording: what is agreed to, kept as the proof
    std::string confirm = "confirm-subscription";  // template of the mail with the link, or the SMS with the code
    std::string welcome;                           // template of what comes after; empty: nothing
    std::string gift;                              // the address that the welcome leads to
    std::vector<std::string> origins;              // sites whose own forms may post here
    bool operator==(const FormSettings&) const = default;
};

/// `path`: as problems name the file. The error has a sentence for each problem, with its place.
std::expected<FormSettings, std::string> read_form(const std::string& name, const std::string& path,
                                                   const std::string& text);

}  // namespace chapar::config
