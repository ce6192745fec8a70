#include "dispatch/sender.hpp"

#include "dispatch/body_parser.hpp"

namespace chapar::dispatch {

std::string own_sender(const model::Message& message, const model::PlanStep& step, render::Catalogue& catalogue) {
    if (!step.template_name.empty()) {
        const auto program = catalogue.pinned(step.template_name, step.revision);
        return program.has_value() ? (*program)->fixed_part(step.channel, step.locale, "from") : std::string();
    }
    if (message.body.find("\"from\"") == std::string::npos) return {};
    BodyParser parser;
    simdjson::dom::element body;
    std::string_view from;
    if (parser.parse(message.body, body) != simdjson::SUCCESS) return {};
    if (body["content"][step.channel]["from"].get(from) != simdjson::SUCCESS) return {};
    return std::string(from);
}

void note_senders(queue::Item& item, const std::set<std::string>& channels, render::Catalogue& catalogue) {
    if (channels.empty()) return;
    item.senders.clear();
    for (const auto& step : item.queued.message.plan) {
        const bool is_asked = channels.contains(step.channel);
        item.senders.push_back(is_asked ? own_sender(item.queued.message, step, catalogue) : std::string());
    }
}

}  // namespace chapar::dispatch
