#include "policy/match.hpp"

namespace chapar::policy {
namespace {

bool allows(const std::vector<std::string>& list, std::string_view word) {
    return list.empty() || contains(list, word);
}

bool allows_any(const std::vector<std::string>& list, std::span<const std::string> words) {
    if (list.empty()) return true;
    for (const auto& word : words)
        if (contains(list, word)) return true;
    return false;
}

}  // namespace

Traits traits_of(const model::Kind& kind) {
    return Traits{kind.application, kind.class_name, kind.category, kind.channel,
                  kind.campaign,    kind.sender,     kind.tags};
}

bool contains(const std::vector<std::string>& list, std::string_view word) {
    for (const auto& each : list)
        if (each == word) return true;
    return false;
}

bool matches(const config::Match& match, const Traits& traits) {
    return allows(match.channels, traits.channel) && allows(match.classes, traits.class_name) &&
           allows(match.categories, traits.category) && allows(match.campaigns, traits.campaign) &&
           allows(match.senders, traits.sender) && allows(match.applications, traits.application) &&
           allows_any(match.tags, traits.tags);
}

}  // namespace chapar::policy
