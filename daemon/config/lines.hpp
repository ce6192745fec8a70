#pragma once
// The numbers and names that a route sends as, each with the classes that it may carry. Pure; any thread.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chapar::config {

struct Line {
    std::string sender;
    std::vector<std::string> classes;

    bool carries(std::string_view class_name) const;
    /// Written with or without the plus.
    bool is(std::string_view other) const;
};

/// "SENDER=CLASS,CLASS". nullopt: not of that form.
std::optional<Line> parse_line(std::string_view text);
/// Those of `lines` that are well-formed.
std::vector<Line> parse_lines(const std::vector<std::string>& lines);
/// Whether one of `lines` may carry the class as this sender; any sender where it is empty. Without lines, all.
bool carries(const std::vector<std::string>& lines, std::string_view class_name, std::string_view sender);

}  // namespace chapar::config
