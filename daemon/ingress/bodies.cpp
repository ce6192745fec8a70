#include "ingress/bodies.hpp"

#include <fmt/format.h>

namespace chapar::ingress {

std::optional<simdjson::dom::object> JsonBody::read(const Deps& deps, const net::Call& call, const net::Reply& reply,
                                                    std::string_view what) {
    const auto& type = call.request.content_type;
    if (!type.empty() && type != "application/json") {
        reply(net::to_response({415, "media-type", fmt::format("{} is application/json", what), {}, {}}));
        return std::nullopt;
    }
    const auto settings = deps.settings();
    reader_.set_limits(settings->socket.max_depth, settings->socket.max_keys);
    const auto root = reader_.read(call.request.body);
    if (!root) {
        reply(net::to_response(net::refusal(reader_, root.error())));
        return std::nullopt;
    }
    simdjson::dom::object object;
    if (root->get(object) == simdjson::SUCCESS) return object;
    reply(net::to_response({400, "malformed-json", fmt::format("{} is an object", what), {}, {}}));
    return std::nullopt;
}

std::optional<std::vector<simdjson::dom::object>> JsonBody::several(const simdjson::dom::object& body,
                                                                    std::string_view name, std::size_t most) {
    simdjson::dom::element member;
    if (body[name].get(member) != simdjson::SUCCESS) return std::vector{body};
    simdjson::dom::array list;
    if (body.size() != 1 || member.get(list) != simdjson::SUCCESS || list.size() == 0 || list.size() > most)
        return std::nullopt;
    std::vector<simdjson::dom::object> out;
    for (const auto item : list) {
        simdjson::dom::object one;
        if (item.get(one) != simdjson::SUCCESS) return std::nullopt;
        out.push_back(one);
    }
    return out;
}

}  // namespace chapar::ingress
