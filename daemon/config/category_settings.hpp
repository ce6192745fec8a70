#pragma once
// [[category]]: what people may choose on the page of preferences. Plain data, part of settings.hpp.

#include <string>

namespace chapar::config {

/// A text in the languages of the pages; one may be empty.
struct PageText {
    std::string fa, en;
    /// In the language asked for, else in the other.
    const std::string& in(bool is_persian) const { return (is_persian && !fa.empty()) || en.empty() ? fa : en; }
    bool operator==(const PageText&) const = default;
};

struct CategorySettings {
    std::string name{};  // as messages carry it
    PageText title{};    // what people read
    PageText about{};    // a sentence below it
    std::string class_name = "marketing";
    std::string default_ = "on";  // off: goes only to who chose it
    bool is_chosen_only() const { return default_ == "off"; }
    bool operator==(const CategorySettings&) const = default;
};

}  // namespace chapar::config
