#include "dispatch/facts.hpp"

#include <algorithm>
#include <iterator>
#include <tuple>

#include "address/key.hpp"
#include "config/prices.hpp"
#include "policy/request_fields.hpp"

namespace chapar::dispatch {
namespace {

/// From the column that was stored with the message; what is not there, from its request.
model::PolicyFields fields_of(const model::Message& message, std::string_view country,
                              const std::vector<std::string>& paths) {
    auto stored = model::decode_policy_fields(message.fields, message.plan);
    if (!stored) return policy::read_fields(message.body, country, paths);
    std::vector<std::string> missing;
    for (const auto& path : paths)
        if (stored->value_at(path) == nullptr) missing.push_back(path);
    if (missing.empty()) return std::move(*stored);
    auto read = policy::read_fields(message.body, country, missing);
    std::ranges::move(read.data, std::back_inserter(stored->data));
    return std::move(*stored);
}

}  // namespace

int recipients_of(const model::PlanStep& step) { return 1 + static_cast<int>(step.copies.size()); }

Facts read_facts(const model::Message& message, int step, std::string_view country,
                 const std::vector<std::string>& paths) {
    Facts out;
    out.message = &message;
    out.step = step;
    out.country = country;
    out.person = address::name_of(message.recipient, country);
    out.fields = fields_of(message, country, paths);
    return out;
}

void Facts::price(const config::Settings& settings, const config::RouteSettings* route) {
    unit_costs.clear();
    for (std::size_t i = 0; i < message->plan.size(); ++i) {
        const auto& [channel, address] = std::tie(message->plan[i].channel, message->plan[i].address);
        const bool is_sent = route != nullptr && i == static_cast<std::size_t>(step);
        const auto one = is_sent ? config::unit_cost(settings, *route, address)
                                 : config::least_unit_cost(settings, channel, message->class_name, address);
        unit_costs.push_back(one * recipients_of(message->plan[i]));
    }
}

policy::Subject Facts::subject() const {
    policy::Subject out;
    out.key = message->id.key();
    out.application = message->application;
    out.class_name = message->class_name;
    out.category = fields.category;
    out.campaign = message->campaign;
    out.sender = fields.sender;
    out.recipient = person;
    out.household = fields.household;
    out.tags = message->tags;
    out.plan = message->plan;
    const bool has_copies = std::ranges::any_of(message->plan, [](const auto& each) { return !each.copies.empty(); });
    out.step = step;
    out.value = fields.value;
    out.body_bytes = message->body.size();
    out.is_test = fields.is_test;
    out.carries = carries;
    out.accepted_at = message->accepted_at;
    out.send_at = message->send_at;
    out.expires_at = message->expires_at;
    out.device_zone = fields.device_zone;
    out.person_zone = fields.person_zone;
    out.phone = fields.phone;
    out.dedupe_key = fields.dedupe_key;
    out.dedupe_window = fields.dedupe_window;
    out.own_quiet = fields.own_quiet;
    out.amount = [this](int at) {
        policy::Amount amount;
        amount.segments = segments_of(at);
        const auto index = static_cast<std::size_t>(at);
        if (index < unit_costs.size()) amount.cost = (unit_costs[index] * amount.segments).micros;
        return amount;
    };
    out.data = [this](std::string_view path) {
        const auto* known = fields.value_at(path);
        return known != nullptr ? *known : policy::value_at(message->body, path);
    };
    // A mail with copies goes by itself: a digest is its recipient's alone.
    if (has_copies) return out;
    out.other = [this](const model::Message& other, int at) -> std::shared_ptr<const policy::Subject> {
        struct Whole {
            Facts facts;
            policy::Subject subject;
        };
        auto whole = std::make_shared<Whole>();
        whole->facts = read_facts(other, at, country);
        whole->subject = whole->facts.subject();
        if (!whole->subject.other) return nullptr;
        return {whole, &whole->subject};
    };
    return out;
}

bool Facts::asks_person() const {
    if (!tracking) return false;
    // About what the settings leave at nothing nobody needs to be asked.
    auto question = *tracking;
    question.needs_consent = false;
    return engage::decide_tracking(question).tracking != engage::Tracking::none;
}

model::PersonRef Facts::who() const {
    model::PersonRef out{message->application, person, {}};
    for (const auto& each : message->plan)
        if (!each.address.empty()) out.addresses.push_back(each.address);
    return out;
}

}  // namespace chapar::dispatch
