#include "store/rules/forgotten.hpp"

#include "address/key.hpp"
#include "store/person.hpp"

namespace chapar::store::rules {

const Forgotten* name_in(const ForgottenNames& names, std::string_view application, std::string_view recipient,
                         const std::vector<model::PlanStep>& plan, std::string_view country) {
    const auto find = [&](std::string name) -> const Forgotten* {
        const auto found = names.find({std::string(application), std::move(name)});
        return found == names.end() ? nullptr : &*found;
    };
    if (!recipient.empty()) {
        if (const auto* found = find(std::string(recipient))) return found;
        if (const auto* found = find(address::name_of(recipient, country))) return found;
    }
    for (const auto& step : plan) {
        if (step.address.empty()) continue;
        const auto key = address::key(step.address);
        if (const auto* found = find(key)) return found;
        // With somebody else's id it is somebody else's.
        const bool is_nobodys = recipient.empty() || recipient == key;
        if (const auto* found = is_nobodys ? find(joined_mark + key) : nullptr) return found;
    }
    return nullptr;
}

const Forgotten* owner_of(const ForgottenNames& names, std::string_view application, const model::Copy& copy) {
    const auto key = address::key(copy.address);
    for (auto name : {key, joined_mark + key}) {
        const auto found = names.find({std::string(application), std::move(name)});
        if (found != names.end()) return &*found;
    }
    return nullptr;
}

const Forgotten* copy_in(const ForgottenNames& names, std::string_view application,
                         const std::vector<model::PlanStep>& plan) {
    for (const auto& step : plan) {
        for (const auto& copy : step.copies) {
            if (const auto* name = owner_of(names, application, copy)) return name;
        }
    }
    return nullptr;
}

}  // namespace chapar::store::rules
