#include "ingress/merge_patch.hpp"

#include "base/json.hpp"
#include "net/json_reader.hpp"

namespace chapar::ingress {
namespace {

using simdjson::dom::element;
using simdjson::dom::object;

void write_merged(json::Writer& out, const element* target, const element& patch);

void write_object(json::Writer& out, const object* target, const object& patch) {
    out.begin_object();
    if (target != nullptr) {
        for (const auto member : *target) {
            element change;
            if (patch[member.key].get(change) != simdjson::SUCCESS) {
                out.key(member.key).raw(simdjson::minify(member.value));
            } else if (!change.is_null()) {
                out.key(member.key);
                write_merged(out, &member.value, change);
            }
        }
    }
    for (const auto member : patch) {
        element known;
        const bool is_known = target != nullptr && (*target)[member.key].get(known) == simdjson::SUCCESS;
        if (is_known || member.value.is_null()) continue;
        out.key(member.key);
        write_merged(out, nullptr, member.value);
    }
    out.end_object();
}

void write_merged(json::Writer& out, const element* target, const element& patch) {
    object inner, into;
    if (patch.get(inner) != simdjson::SUCCESS) {
        out.raw(simdjson::minify(patch));
        return;
    }
    const bool has_target = target != nullptr && target->get(into) == simdjson::SUCCESS;
    write_object(out, has_target ? &into : nullptr, inner);
}

std::string padded(std::string text) {
    text.reserve(text.size() + net::JsonReader::padding);
    return text;
}

}  // namespace

std::expected<std::string, net::Problem> merge_patch(const std::string& target, const std::string& patch,
                                                     const config::SocketSettings& limits) {
    net::JsonReader known, changes;
    changes.set_limits(limits.max_depth, limits.max_keys);
    const auto text = padded(target);
    const auto old = known.read(text);
    const auto change = changes.read(patch);
    if (!change) return std::unexpected(net::refusal(changes, change.error()));
    object into, members;
    if (change->get(members) != simdjson::SUCCESS)
        return std::unexpected(
            net::Problem{422, "invalid-recipient", "a change is an object", {{"", "a change is an object"}}, {}});
    const bool has_old = old && old->get(into) == simdjson::SUCCESS;
    json::Writer out;
    write_object(out, has_old ? &into : nullptr, members);
    return padded(out.take());
}

}  // namespace chapar::ingress
