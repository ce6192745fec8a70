#include "config/senders.hpp"

#include <simdjson.h>

#include <algorithm>

namespace chapar::config {
namespace {

constexpr std::size_t shortest_code = 3, longest_number = 20, longest_name = 11;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

}  // namespace

bool is_sms_sender(std::string_view text) {
    const auto digits = text.starts_with('+') ? text.substr(1) : text;
    if (!digits.empty() && std::ranges::all_of(digits, is_digit))
        return digits.size() >= shortest_code && digits.size() <= longest_number;
    const auto is_of_name = [](char c) {
        return is_letter(c) || is_digit(c) || std::string_view(" .&_-").find(c) != std::string_view::npos;
    };
    return !text.empty() && text.size() <= longest_name && text.front() != ' ' && text.back() != ' ' &&
           std::ranges::all_of(text, is_of_name) && std::ranges::any_of(text, is_letter);
}

bool lacks_from(const RouteSettings& route) {
    if (route.channel != "email" || route.plugin != "email") return false;
    simdjson::dom::parser parser;
    simdjson::dom::object settings;
    std::string_view from;
    const bool is_read = parser.parse(route.config_json).get(settings) == simdjson::SUCCESS;
    return is_read && (settings["from"].get(from) != simdjson::SUCCESS || from.empty());
}

}  // namespace chapar::config
