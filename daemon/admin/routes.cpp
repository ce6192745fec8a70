// /v1/routes: the list for everybody who may call, pause and resume for the operator.
#include <simdjson.h>

#include "admin/answers.hpp"
#include "base/json.hpp"
#include "net/json_reader.hpp"
#include "net/rfc3339.hpp"

namespace chapar::admin {
namespace {

void write_route(json::Writer& out, const dispatch::RouteView& route) {
    out.begin_object().member("name", route.name).member("channel", route.channel).member("plugin", route.plugin);
    out.member("state", route.state);
    if (!route.why.empty()) out.member("why", route.why);
    if (route.next_try) out.member("next_try", net::format_time(*route.next_try));
    out.member("in_flight", route.in_flight).member("max_in_flight", route.max_in_flight).member("rate", route.rate);
    out.member("sent", route.sent).member("retried", route.retried).member("rejected", route.rejected);
    out.member("unknown", route.unknown).end_object();
}

void list(const Deps& deps, const net::Reply& reply) {
    deps.control.routes([reply](const std::vector<dispatch::RouteView>& routes) {
        json::Writer out;
        out.begin_object().key("routes").begin_array();
        for (const auto& route : routes)
            write_route(out, route);
        reply(json_response(out.end_array().end_object().take()));
    });
}

void answer(const net::Reply& reply, const Result<dispatch::RouteView>& done) {
    if (done) {
        json::Writer out;
        write_route(out, *done);
        return reply(json_response(out.take()));
    }
    if (done.error().is(dispatch::Code::unknown_route))
        return reply(problem(404, "not-found", "there is no such route"));
    if (done.error().is(dispatch::Code::not_paused))
        return reply(problem(409, "not-paused", "the route is not paused"));
    auto response = net::to_response({503, "storage-unavailable", done.error().message(), {}, 5});
    reply(std::move(response));
}

/// {"reason": "..."} or no body at all.
void pause(const Deps& deps, const net::Call& call, const net::Reply& reply) {
    std::string reason;
    if (!call.request.body.empty()) {
        net::JsonReader reader;
        const auto root = reader.read(call.request.body);
        if (!root) return reply(net::to_response(net::refusal(reader, root.error())));
        simdjson::dom::object object;
        if (root->get(object) != simdjson::SUCCESS) return reply(problem(400, "malformed-json", "expected an object"));
        for (const auto member : object) {
            std::string_view text;
            if (member.key != "reason" || member.value.get(text) != simdjson::SUCCESS)
                return reply(problem(400, "malformed-json", "the only member is reason, a text"));
            reason = text.substr(0, 200);
        }
    }
    deps.control.pause(call.parameters[0], std::move(reason),
                       [reply](const Result<dispatch::RouteView>& done) { answer(reply, done); });
}

void resume(const Deps& deps, const net::Call& call, const net::Reply& reply) {
    deps.control.resume(call.parameters[0], [reply](const Result<dispatch::RouteView>& done) { answer(reply, done); });
}

}  // namespace

std::vector<net::Endpoint> route_endpoints(const Deps& deps) {
    using net::Access, net::Method, net::Runs;
    return {
        {Method::get, "/v1/routes", Access::application, Runs::on_loop,
         [deps](const net::Call&, const net::Reply& reply) { list(deps, reply); }},
        {Method::post, "/v1/routes/{name}/pause", Access::operator_only, Runs::on_reader,
         [deps](const net::Call& call, const net::Reply& reply) { pause(deps, call, reply); }},
        {Method::post, "/v1/routes/{name}/resume", Access::operator_only, Runs::on_reader,
         [deps](const net::Call& call, const net::Reply& reply) { resume(deps, call, reply); }},
    };
}

}  // namespace chapar::admin
