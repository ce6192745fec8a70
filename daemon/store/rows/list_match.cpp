#include "store/rows/list_match.hpp"

#include <algorithm>

#include "address/key.hpp"
#include "store/person.hpp"

namespace chapar::store {

std::string folded(std::string_view address) {
    std::string out = address::key(address);
    for (char& letter : out) {
        if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
    }
    return out;
}

bool plan_matches(const std::vector<model::PlanStep>& plan, const ListFilter& filter) {
    const auto address = folded(filter.address);
    const auto is_to = [&](const model::PlanStep& step) {
        const auto gets = [&](const model::Copy& copy) { return folded(copy.address) == address; };
        return folded(step.address) == address || (filter.with_copies && std::ranges::any_of(step.copies, gets));
    };
    const auto is_of = [&](const model::PlanStep& step) { return step.template_name == filter.template_name; };
    const bool is_test = std::ranges::any_of(plan, &model::PlanStep::is_test);
    return is_test == filter.is_test.value_or(is_test) &&
           (filter.address.empty() || std::ranges::any_of(plan, is_to)) &&
           (filter.template_name.empty() || std::ranges::any_of(plan, is_of));
}

bool names_match(std::string_view recipient, const std::vector<model::PlanStep>& plan, const ListFilter& filter) {
    return is_for(recipient, plan, filter.names) || (filter.with_copies && copy_for(plan, filter.names) != nullptr);
}

bool matches(const model::Message& message, model::State state, const ListFilter& filter) {
    const auto agrees = [](const std::string& wanted, const std::string& is) { return wanted.empty() || wanted == is; };
    if (filter.state.value_or(state) != state || !agrees(filter.application, message.application)) return false;
    if (!agrees(filter.class_name, message.class_name) || !agrees(filter.campaign, message.campaign)) return false;
    if (!agrees(filter.recipient, message.recipient) || !plan_matches(message.plan, filter)) return false;
    if (!filter.names.empty() && !names_match(message.recipient, message.plan, filter)) return false;
    return filter.tag.empty() || std::ranges::find(message.tags, filter.tag) != message.tags.end();
}

}  // namespace chapar::store
