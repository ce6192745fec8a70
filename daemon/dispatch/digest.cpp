#include "dispatch/digest.hpp"

#include <algorithm>

#include "base/json.hpp"
#include "base/json_parser.hpp"
#include "model/trace.hpp"

namespace chapar::dispatch {
namespace {

void write_item(json::Writer& out, const model::Message& message) {
    out.begin_object().member("id", message.id.text());
    if (!message.plan.empty()) out.member("template", message.plan.front().template_name);
    out.member("accepted_at", to_ms(message.accepted_at) / 1'000);
    json::Parser parser;
    simdjson::dom::element body, data;
    if (parser.parse(message.body, body) == simdjson::SUCCESS && body["data"].get(data) == simdjson::SUCCESS) {
        out.key("data").raw(simdjson::minify(data));
    } else {
        out.key("data").begin_object().end_object();
    }
    out.end_object();
}

}  // namespace

std::string digest_template(std::string_view trace) {
    const auto code = ' ' + std::to_string(static_cast<int>(model::Reason::digest)) + ' ';
    if (trace.find(code) == std::string_view::npos) return {};
    for (const auto& entry : model::decode_trace(trace)) {
        if (entry.reason == model::Reason::digest) return entry.detail;
    }
    return {};
}

Digest make_digest(std::string template_name, const model::Message& leader,
                   const std::vector<model::Message>& carried) {
    std::vector<const model::Message*> all = {&leader};
    for (const auto& each : carried)
        all.push_back(&each);
    std::sort(all.begin(), all.end(), [](const auto* a, const auto* b) { return a->id.key() < b->id.key(); });
    json::Writer out;
    out.begin_object().member("count", all.size()).key("items").begin_array();
    for (const auto* each : all)
        write_item(out, *each);
    out.end_array().end_object();
    return {std::move(template_name), out.take()};
}

}  // namespace chapar::dispatch
