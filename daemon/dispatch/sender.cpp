#include "dispatch/sender.hpp"

#include "base/json_parser.hpp"
#include "model/policy_fields.hpp"

namespace chapar::dispatch {

std::string own_sender(const model::Message& message, const model::PlanStep& step, render::Catalogue& catalogue) {
    if (!step.template_name.empty()) {
        const auto program = catalogue.pinned(step.template_name, step.revision);
        return program.has_value() ? (*program)->fixed_part(step.channel, step.locale, "from") : std::string();
    }
    if (message.body.find("\"from\"") == std::string::npos) return {};
    json::Parser parser;
    simdjson::dom::element body;
    std::string_view from;
    if (parser.parse(message.body, body) != simdjson::SUCCESS) return {};
    if (body["content"][step.channel]["from"].get(from) != simdjson::SUCCESS) return {};
    return std::string(from);
}

void note_senders(queue::Item& item, const std::set<std::string>& channels, render::Catalogue& catalogue) {
    if (channels.empty()) return;
    const auto& message = item.queued.message;
    const auto stored = model::decode_policy_fields(message.fields, message.plan).value_or(model::PolicyFields{});
    item.senders.assign(message.plan.size(), {});
    for (std::size_t i = 0; i < message.plan.size(); ++i) {
        if (!channels.contains(message.plan[i].channel)) continue;
        const auto* known = stored.sender_of(static_cast<int>(i));
        item.senders[i] = known != nullptr ? *known : own_sender(message, message.plan[i], catalogue);
    }
}

}  // namespace chapar::dispatch
