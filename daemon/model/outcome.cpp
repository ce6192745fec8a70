#include "model/outcome.hpp"

#include <array>

namespace chapar::model {

std::string_view without_code(std::string_view code, std::string_view detail) {
    const auto trim = [](std::string_view text) {
        const auto first = text.find_first_not_of(' ');
        return first == std::string_view::npos ? std::string_view() : text.substr(first);
    };
    detail = trim(detail);
    // "550 5.1.1": the detail may begin with all of it, or with what stands behind a blank.
    for (auto end = code; !end.empty();) {
        const bool is_whole = detail.starts_with(end) && (detail.size() == end.size() || detail[end.size()] == ' ');
        if (is_whole) return trim(detail.substr(end.size()));
        const auto blank = end.find(' ');
        end = blank == std::string_view::npos ? std::string_view() : end.substr(blank + 1);
    }
    return detail;
}

std::string words(const Outcome& outcome) {
    std::string text = outcome.code;
    const auto detail = without_code(outcome.code, outcome.detail);
    if (!text.empty() && !detail.empty()) text += ' ';
    return text.append(detail);
}
namespace {
constexpr std::array<std::string_view, 6> verdict_names = {"none",  "accepted", "delivered",
                                                           "retry", "rejected", "unknown"};
constexpr std::array<std::string_view, 7> blame_names = {"none",        "message",  "recipient", "lane",
                                                         "credentials", "provider", "gone"};
}  // namespace

std::string_view name(Verdict verdict) { return verdict_names[static_cast<std::size_t>(verdict)]; }
std::string_view name(Blame blame) { return blame_names[static_cast<std::size_t>(blame)]; }

std::optional<Verdict> verdict_from(int number) {
    if (number < 1 || number > 5) return std::nullopt;
    return static_cast<Verdict>(number);
}

std::optional<Blame> blame_from(int number) {
    if (number < 0 || number > 6) return std::nullopt;
    return static_cast<Blame>(number);
}

}  // namespace chapar::model
