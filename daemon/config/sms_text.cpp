#include "config/sms_text.hpp"

#include <simdjson.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace chapar::config {
namespace {

constexpr std::pair<std::string_view, sms::Concatenation> ways[] = {{"udh8", sms::Concatenation::udh8},
                                                                    {"udh16", sms::Concatenation::udh16},
                                                                    {"sar", sms::Concatenation::sar},
                                                                    {"payload", sms::Concatenation::payload}};

bool is_on(const simdjson::dom::object& settings, std::string_view name) {
    bool value = false;
    return settings[name].get(value) == simdjson::SUCCESS && value;
}

}  // namespace

sms::TextOptions text_options(const RouteSettings& route) {
    sms::TextOptions out;
    if (route.channel != "sms" || route.config_json.empty()) return out;
    simdjson::dom::parser parser;
    simdjson::dom::object settings;
    if (parser.parse(route.config_json).get(settings) != simdjson::SUCCESS) return out;
    out.latin1 = is_on(settings, "latin1");
    out.smart = is_on(settings, "smart");
    std::string_view way;
    if (settings["long_messages"].get(way) == simdjson::SUCCESS) {
        const auto* found = std::ranges::find(ways, way, &std::pair<std::string_view, sms::Concatenation>::first);
        if (found != std::end(ways)) out.concatenation = found->second;
    }
    simdjson::dom::array national;
    if (settings["national"].get(national) != simdjson::SUCCESS) return out;
    for (const auto entry : national) {
        std::string_view name;
        if (entry.get(name) != simdjson::SUCCESS) continue;
        if (const auto tables = sms::parse_tables(name)) out.national.push_back(*tables);
    }
    return out;
}

}  // namespace chapar::config
