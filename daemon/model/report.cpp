#include "model/report.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "model/outcome.hpp"

namespace chapar::model {
namespace {

constexpr std::array<std::string_view, 7> effect_names = {"",      "applied", "kept", "repeated", "contradicted",
                                                          "early", "unknown"};
constexpr std::size_t most_parts = 255;

std::optional<std::string> rebased(std::string_view id, int from, int to) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), value, from);
    if (error != std::errc() || end != id.data() + id.size()) return std::nullopt;
    std::array<char, 24> digits{};
    const auto written = std::to_chars(digits.data(), digits.data() + digits.size(), value, to);
    return std::string(digits.data(), written.ptr);
}

std::string_view significant(std::string_view number) {
    const auto first = number.find_first_not_of("+0");
    return first == std::string_view::npos ? std::string_view() : number.substr(first);
}

}  // namespace

Suppression blocked_by_operator(std::string_view channel, std::string_view address, std::string_view route,
                                Timestamp at) {
    Suppression out;
    out.channel = channel;
    out.address = address;
    out.reach = SuppressionReach::marketing;
    out.reason = blocked_code;
    out.source = "operator of route " + std::string(route);
    out.at = at;
    return out;
}

std::string_view name(Effect effect) { return effect_names.at(static_cast<std::size_t>(effect)); }

std::optional<Effect> effect_from(std::int64_t number) {
    if (number < 1 || number >= static_cast<std::int64_t>(effect_names.size())) return std::nullopt;
    return static_cast<Effect>(number);
}

std::string normal_provider_id(std::string_view id) {
    std::string out;
    for (const char c : id) {
        if (static_cast<unsigned char>(c) > ' ') out.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c);
    }
    const auto first = out.find_first_not_of('0');
    if (first == std::string::npos) return out.empty() ? "" : "0";
    return out.substr(first);
}

std::vector<std::string_view> split_provider_ids(std::string_view ids) {
    std::vector<std::string_view> out;
    while (!ids.empty() && out.size() < most_parts) {
        const auto end = std::min(ids.find(' '), ids.size());
        if (end != 0) out.push_back(ids.substr(0, end));
        ids.remove_prefix(std::min(end + 1, ids.size()));
    }
    return out;
}

std::vector<std::string> other_bases(std::string_view normal) {
    std::vector<std::string> out;
    const std::pair<int, int> ways[] = {{10, 16}, {16, 10}};
    for (const auto& [from, to] : ways) {
        auto other = rebased(normal, from, to);
        if (other && *other != normal) out.push_back(std::move(*other));
    }
    return out;
}

bool is_same_number(std::string_view a, std::string_view b) {
    a = significant(a);
    b = significant(b);
    return !a.empty() && !b.empty() && (a.ends_with(b) || b.ends_with(a));
}

}  // namespace chapar::model
