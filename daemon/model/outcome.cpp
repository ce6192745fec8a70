#include "model/outcome.hpp"

#include <array>

namespace chapar::model {
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
