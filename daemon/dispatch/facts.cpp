#include "dispatch/facts.hpp"

#include <algorithm>
#include <tuple>

#include "address/key.hpp"
#include "base/json.hpp"
#include "config/prices.hpp"
#include "dispatch/body_parser.hpp"
#include "numbers/phone.hpp"

namespace chapar::dispatch {
namespace {

using simdjson::dom::element;

std::string_view text(const element& parent, std::string_view name) {
    std::string_view out;
    if (parent[name].get(out) != simdjson::SUCCESS) return {};
    return out;
}

/// Of the request first, then of the profile that it was accepted with.
std::string_view either(const element* to, const element* profile, std::string_view name) {
    std::string_view out;
    if (to != nullptr) out = text(*to, name);
    if (out.empty() && profile != nullptr) out = text(*profile, name);
    return out;
}

void read_person(Facts& out, const element& body, std::string_view country) {
    element to, profile;
    const element* has_to = body["to"].get(to) == simdjson::SUCCESS ? &to : nullptr;
    const element* has_profile = body["profile"].get(profile) == simdjson::SUCCESS ? &profile : nullptr;
    out.device_zone = either(has_to, has_profile, "device_timezone");
    out.person_zone = either(has_to, has_profile, "timezone");
    if (const auto phone = either(has_to, has_profile, "phone"); !phone.empty()) {
        const auto own = either(has_to, has_profile, "country");
        out.phone = numbers::to_e164(phone, own.empty() ? country : own).value_or(std::string());
    }
    out.household = either(has_to, has_profile, "household");
    for (const element* source : {has_to, has_profile}) {
        element quiet;
        if (source == nullptr || !out.own_quiet.empty()) continue;
        if ((*source)["quiet"].get(quiet) == simdjson::SUCCESS) out.own_quiet = simdjson::minify(quiet);
    }
}

std::string value_at(const element& body, std::string_view path) {
    element at;
    if (body["data"].get(at) != simdjson::SUCCESS) return {};
    while (!path.empty()) {
        const auto dot = std::min(path.find('.'), path.size());
        element next;
        if (at[path.substr(0, dot)].get(next) != simdjson::SUCCESS) return {};
        at = next;
        path.remove_prefix(std::min(dot + 1, path.size()));
    }
    std::string_view plain;
    if (at.get(plain) == simdjson::SUCCESS) return std::string(plain);
    return at.is_null() ? std::string() : simdjson::minify(at);
}

/// For a path that nobody said would be asked for.
std::string value_at(const model::Message& message, std::string_view path) {
    BodyParser parser;
    element body;
    return parser.parse(message.body, body) == simdjson::SUCCESS ? value_at(body, path) : std::string();
}

}  // namespace

int recipients_of(const model::PlanStep& step) { return 1 + static_cast<int>(step.copies.size()); }

std::vector<std::string> data_paths(const config::Settings& settings) {
    std::vector<std::string> out;
    for (const auto& cap : settings.caps) {
        if (!cap.data_path.empty() && std::ranges::find(out, cap.data_path) == out.end()) out.push_back(cap.data_path);
    }
    return out;
}

Facts read_facts(const model::Message& message, int step, std::string_view country,
                 const std::vector<std::string>& paths) {
    Facts out;
    out.message = &message;
    out.step = step;
    out.country = country;
    out.person = address::name_of(message.recipient, country);
    BodyParser parser;
    element body;
    if (parser.parse(message.body, body) != simdjson::SUCCESS) return out;
    for (const auto& path : paths)
        out.data.emplace_back(path, value_at(body, path));
    std::int64_t fall_back = 0;
    if (body["fallback_after_ms"].get(fall_back) == simdjson::SUCCESS) out.fallback_after = Milliseconds(fall_back);
    read_person(out, body, country);
    out.category = text(body, "category");
    out.sender = text(body, "from");
    if (const auto own = text(body, "household"); !own.empty()) out.household = own;
    out.dedupe_key = text(body, "dedupe_key");
    std::int64_t window = 0;
    if (body["dedupe_window_ms"].get(window) == simdjson::SUCCESS) out.dedupe_window = Milliseconds(window);
    double value = 0;
    if (body["value"].get(value) == simdjson::SUCCESS) out.value = value;
    bool test = false;
    out.is_test = body["test"].get(test) == simdjson::SUCCESS && test;
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
    out.category = category;
    out.campaign = message->campaign;
    out.sender = sender;
    out.recipient = person;
    out.household = household;
    out.tags = message->tags;
    out.plan = message->plan;
    const bool has_copies = std::ranges::any_of(message->plan, [](const auto& each) { return !each.copies.empty(); });
    out.step = step;
    out.value = value;
    out.body_bytes = message->body.size();
    out.is_test = is_test;
    out.carries = carries;
    out.accepted_at = message->accepted_at;
    out.send_at = message->send_at;
    out.expires_at = message->expires_at;
    out.device_zone = device_zone;
    out.person_zone = person_zone;
    out.phone = phone;
    out.dedupe_key = dedupe_key;
    out.dedupe_window = dedupe_window;
    out.own_quiet = own_quiet;
    out.amount = [this](int at) {
        policy::Amount amount;
        amount.segments = segments_of(at);
        const auto index = static_cast<std::size_t>(at);
        if (index < unit_costs.size()) amount.cost = (unit_costs[index] * amount.segments).micros;
        return amount;
    };
    out.data = [this](std::string_view path) {
        const auto known = std::ranges::find(data, path, &std::pair<std::string, std::string>::first);
        return known != data.end() ? known->second : value_at(*message, path);
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

}  // namespace chapar::dispatch
