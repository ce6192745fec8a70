#include "store/profile.hpp"

#include "address/key.hpp"
#include "base/json.hpp"
#include "base/json_parser.hpp"

namespace chapar::store {

std::vector<std::string> addresses_of(std::string_view profile) {
    json::Parser parser;
    std::vector<std::string> out;
    simdjson::dom::element root;
    if (parser.parse(profile, root) != simdjson::SUCCESS) return out;
    for (const auto* member : {"email", "phone"}) {
        std::string_view address;
        if (root[member].get(address) == simdjson::SUCCESS && !address.empty()) out.push_back(address::key(address));
    }
    return out;
}

std::string locale_in(std::string_view profile) {
    json::Parser parser;
    simdjson::dom::element root;
    std::string_view locale;
    if (parser.parse(profile, root) != simdjson::SUCCESS || root["locale"].get(locale) != simdjson::SUCCESS) return {};
    return std::string(locale);
}

std::string with_locale(std::string_view profile, std::string_view locale) {
    json::Parser parser;
    simdjson::dom::element root;
    simdjson::dom::object members;
    if (parser.parse(profile, root) != simdjson::SUCCESS || root.get(members) != simdjson::SUCCESS)
        return std::string(profile);
    json::Writer out;
    out.begin_object();
    for (const auto& member : members)
        if (member.key != "locale") out.key(member.key).raw(simdjson::minify(member.value));
    return out.member("locale", locale).end_object().take();
}

}  // namespace chapar::store
