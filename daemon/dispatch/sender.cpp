#include "dispatch/sender.hpp"

#include <simdjson.h>

namespace chapar::dispatch {

std::string own_sender(const model::Message& message, const model::PlanStep& step, render::Catalogue& catalogue) {
    if (!step.template_name.empty()) {
        const auto program = catalogue.pinned(step.template_name, step.revision);
        return program.has_value() ? (*program)->fixed_part(step.channel, step.locale, "from") : std::string();
    }
    if (message.body.find("\"from\"") == std::string::npos) return {};
    static thread_local simdjson::dom::parser parser;
    simdjson::dom::element body;
    std::string_view from;
    if (parser.parse(message.body).get(body) != simdjson::SUCCESS) return {};
    if (body["content"][step.channel]["from"].get(from) != simdjson::SUCCESS) return {};
    return std::string(from);
}

}  // namespace chapar::dispatch
