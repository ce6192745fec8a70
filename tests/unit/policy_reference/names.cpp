#include <algorithm>

#include "play.hpp"

namespace chapar::reference {

std::optional<model::Scope> Names::number(const std::string& name) const {
    const auto found = may_be_.find(name);
    if (found == may_be_.end() || found->second.size() != 1) return std::nullopt;
    return *found->second.begin();
}

std::map<std::string, model::Scope> Names::known() const {
    std::map<std::string, model::Scope> out;
    for (const auto& [name, numbers] : may_be_)
        if (numbers.size() == 1) out[name] = *numbers.begin();
    return out;
}

std::optional<std::string> Names::learn(const std::set<std::string>& names, const std::set<model::Scope>& numbers) {
    std::string list;
    for (const auto& name : names)
        list += " [" + name + "]";
    if (names.size() != numbers.size())
        return "reserves " + std::to_string(numbers.size()) + " scopes, expected" + list;
    for (const auto& name : names) {
        auto& may_be = may_be_.try_emplace(name, numbers).first->second;
        std::erase_if(may_be, [&](auto number) { return !numbers.contains(number); });
    }
    // What is known to be one thing is no other.
    for (bool more = true; more;) {
        more = false;
        for (const auto& [known_name, number] : known()) {
            for (auto& [name, may_be] : may_be_)
                if (name != known_name && may_be.erase(number) > 0) more = true;
        }
    }
    for (const auto& [name, may_be] : may_be_)
        if (may_be.empty()) return std::string("no scope is left for [").append(name).append("] after").append(list);
    return std::nullopt;
}

}  // namespace chapar::reference
