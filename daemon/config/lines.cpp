#include "config/lines.hpp"

#include <algorithm>

#include "config/senders.hpp"

namespace chapar::config {
namespace {

std::string_view without_plus(std::string_view text) { return text.starts_with('+') ? text.substr(1) : text; }

/// Of "=a,b,c".
bool lists(std::string_view classes, std::string_view class_name) {
    while (!classes.empty()) {
        classes.remove_prefix(1);
        const auto end = std::min(classes.find(','), classes.size());
        if (classes.substr(0, end) == class_name) return true;
        classes.remove_prefix(end);
    }
    return false;
}

}  // namespace

bool Line::carries(std::string_view class_name) const {
    return std::ranges::find(classes, class_name) != classes.end();
}
bool Line::is(std::string_view other) const { return without_plus(sender) == without_plus(other); }

std::optional<Line> parse_line(std::string_view text) {
    const auto equals = text.find('=');
    if (equals == std::string_view::npos || !is_sms_sender(text.substr(0, equals))) return std::nullopt;
    Line out{std::string(text.substr(0, equals)), {}};
    text.remove_prefix(equals + 1);
    while (true) {
        const auto end = std::min(text.find(','), text.size());
        if (end == 0) return std::nullopt;
        out.classes.emplace_back(text.substr(0, end));
        if (end == text.size()) return out;
        text.remove_prefix(end + 1);
    }
}

std::vector<Line> parse_lines(const std::vector<std::string>& lines) {
    std::vector<Line> out;
    for (const auto& text : lines) {
        if (auto line = parse_line(text)) out.push_back(std::move(*line));
    }
    return out;
}

bool carries(const std::vector<std::string>& lines, std::string_view class_name, std::string_view sender) {
    const auto may = [&](std::string_view line) {
        const auto equals = std::min(line.find('='), line.size());
        if (!sender.empty() && without_plus(line.substr(0, equals)) != without_plus(sender)) return false;
        return lists(line.substr(equals), class_name);
    };
    return lines.empty() || std::ranges::any_of(lines, may);
}

}  // namespace chapar::config
