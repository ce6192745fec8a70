#include <array>

#include "base/json_parser.hpp"
#include "config/values.hpp"
#include "policy/quiet.hpp"

namespace chapar::policy {
namespace {

using Spans = std::vector<config::Span>;

Spans read_spans(const simdjson::dom::array& list) {
    Spans out;
    for (const auto each : list) {
        std::string_view text;
        if (each.get(text) != simdjson::SUCCESS) continue;
        if (const auto span = config::parse_span(text)) out.push_back(*span);
    }
    return out;
}

}  // namespace

std::array<Spans, 7> read_own_quiet(std::string_view json) {
    static constexpr std::array<std::string_view, 7> days{"sunday",   "monday", "tuesday", "wednesday",
                                                          "thursday", "friday", "saturday"};
    std::array<Spans, 7> out;
    json::Parser parser;
    simdjson::dom::element root;
    simdjson::dom::object weekly;
    if (parser.parse(json, root) != simdjson::SUCCESS || root["weekly"].get(weekly) != simdjson::SUCCESS) return out;
    simdjson::dom::array list;
    Spans every;
    if (weekly["every"].get(list) == simdjson::SUCCESS) every = read_spans(list);
    for (std::size_t day = 0; day < days.size(); ++day)
        out[day] = weekly[days[day]].get(list) == simdjson::SUCCESS ? read_spans(list) : every;
    return out;
}

}  // namespace chapar::policy
