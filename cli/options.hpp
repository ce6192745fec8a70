#pragma once
// The words after a command: `--name VALUE`, `--name=VALUE`, flags, and the rest.

#include <initializer_list>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace chapar::cli {

struct Parsed {
    std::map<std::string, std::vector<std::string>, std::less<>> values;
    std::vector<std::string> rest;

    bool has(std::string_view name) const { return values.contains(name); }
    std::string get(std::string_view name, std::string_view otherwise = {}) const {
        const auto found = values.find(name);
        return found == values.end() || found->second.empty() ? std::string(otherwise) : found->second.back();
    }
};

/// `valued` take a value, `flags` don't. Nothing: a word is unknown or lacks its value (said on stderr).
std::optional<Parsed> parse_options(std::string_view command, std::span<const std::string_view> args,
                                    std::initializer_list<std::string_view> valued,
                                    std::initializer_list<std::string_view> flags = {});

}  // namespace chapar::cli
