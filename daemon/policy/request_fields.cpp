#include "policy/request_fields.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "base/json_parser.hpp"
#include "numbers/phone.hpp"

namespace chapar::policy {
namespace {

using simdjson::dom::element;

std::string_view text(const element& value) {
    std::string_view out;
    if (value.get(out) != simdjson::SUCCESS) return {};
    return out;
}

std::optional<Milliseconds> time(const element& value) {
    std::int64_t count = 0;
    if (value.get(count) != simdjson::SUCCESS) return std::nullopt;
    return Milliseconds(count);
}

/// What is said of a person, in a request or in a profile.
struct Person {
    std::string_view device_zone, zone, phone, country, household;
    std::string quiet;
};

Person read_person(const element& value) {
    Person out;
    simdjson::dom::object members;
    if (value.get(members) != simdjson::SUCCESS) return out;
    for (const auto [key, member] : members) {
        if (key == "device_timezone") out.device_zone = text(member);
        if (key == "timezone") out.zone = text(member);
        if (key == "phone") out.phone = text(member);
        if (key == "country") out.country = text(member);
        if (key == "household") out.household = text(member);
        if (key == "quiet") out.quiet = simdjson::minify(member);
    }
    return out;
}

/// Of the request first, then of the profile that it is accepted with.
void put_person(model::PolicyFields& out, Person to, Person profile, std::string_view country) {
    const auto either = [](std::string_view first, std::string_view second) { return first.empty() ? second : first; };
    out.device_zone = either(to.device_zone, profile.device_zone);
    out.person_zone = either(to.zone, profile.zone);
    if (const auto phone = either(to.phone, profile.phone); !phone.empty()) {
        const auto own = either(to.country, profile.country);
        out.phone = numbers::to_e164(phone, own.empty() ? country : own).value_or(std::string());
    }
    if (out.household.empty()) out.household = either(to.household, profile.household);
    out.own_quiet = std::move(to.quiet.empty() ? profile.quiet : to.quiet);
}

void put_member(model::PolicyFields& out, std::string_view key, const element& value) {
    if (key == "category") out.category = text(value);
    if (key == "from") out.sender = text(value);
    if (key == "household") out.household = text(value);
    if (key == "dedupe_key") out.dedupe_key = text(value);
    if (key == "dedupe_window_ms") out.dedupe_window = time(value).value_or(Milliseconds{});
    if (key == "fallback_after_ms") out.fallback_after = time(value);
    double number = 0;
    if (key == "value" && value.get(number) == simdjson::SUCCESS) out.value = number;
    bool flag = false;
    if (key == "test") out.is_test = value.get(flag) == simdjson::SUCCESS && flag;
}

std::string value_in(const element& data, std::string_view path) {
    element at = data;
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

}  // namespace

std::vector<std::string> data_paths(const config::Settings& settings) {
    std::vector<std::string> out;
    for (const auto& cap : settings.caps) {
        if (!cap.data_path.empty() && std::ranges::find(out, cap.data_path) == out.end()) out.push_back(cap.data_path);
    }
    return out;
}

model::PolicyFields read_fields(const element& request, const element* profile, std::string_view country,
                                const std::vector<std::string>& paths) {
    model::PolicyFields out;
    Person to, stored;
    simdjson::dom::object members;
    if (profile != nullptr) stored = read_person(*profile);
    const bool is_object = request.get(members) == simdjson::SUCCESS;
    std::optional<element> data;
    if (is_object) {
        for (const auto [key, value] : members) {
            if (key == "to") to = read_person(value);
            if (key == "profile" && profile == nullptr) stored = read_person(value);
            if (key == "data") data = value;
            put_member(out, key, value);
        }
    }
    put_person(out, std::move(to), std::move(stored), country);
    for (const auto& path : paths)
        out.data.emplace_back(path, data ? value_in(*data, path) : std::string());
    return out;
}

model::PolicyFields read_fields(std::string_view body, std::string_view country,
                                const std::vector<std::string>& paths) {
    json::Parser parser;
    element request;
    if (parser.parse(body, request) != simdjson::SUCCESS) return {};
    return read_fields(request, nullptr, country, paths);
}

std::string value_at(std::string_view body, std::string_view path) {
    json::Parser parser;
    element request, data;
    if (parser.parse(body, request) != simdjson::SUCCESS) return {};
    return request["data"].get(data) == simdjson::SUCCESS ? value_in(data, path) : std::string();
}

}  // namespace chapar::policy
