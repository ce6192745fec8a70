// /v1/health, /v1/ready, /metrics, /v1/queue.
#include <algorithm>

#include "admin/answers.hpp"
#include "base/json.hpp"
#include "net/rfc3339.hpp"

namespace chapar::admin {
namespace {

std::string health_json(const Health& health, std::string_view status, const std::string& version) {
    json::Writer out;
    out.begin_object().member("status", status).member("version", version).key("checks").begin_array();
    for (const auto& check : health.checks) {
        out.begin_object().member("name", check.name).member("ok", check.ok);
        if (!check.detail.empty()) out.member("detail", check.detail);
        out.end_object();
    }
    return out.end_array().end_object().take();
}

/// Alive: it answers. What is wrong is listed, but only readiness turns it into a status.
void health(const Deps& deps, const net::Reply& reply) {
    const auto state = deps.health();
    reply(json_response(health_json(state, "alive", deps.version)));
}

/// Work is taken and kept safe even while no route can send, so that alone is no 503; but it is not hushed up.
void ready(const Deps& deps, const net::Reply& reply) {
    const auto state = deps.health();
    const bool all_well = std::ranges::all_of(state.checks, &HealthCheck::ok);
    const auto* status = !state.ready ? "not ready" : all_well ? "ready" : "degraded";
    auto response = json_response(health_json(state, status, deps.version), state.ready ? 200 : 503);
    if (!state.ready) response.headers.emplace_back("Retry-After", "5");
    reply(std::move(response));
}

void metrics(const Deps& deps, const net::Reply& reply) {
    reply({200, "text/plain; version=0.0.4; charset=utf-8", deps.scrape.text(), {}, false});
}

void write_pool(json::Writer& out, const dispatch::PoolView& pool) {
    out.begin_object().member("class", pool.class_name).member("application", pool.application);
    out.member("campaign", pool.campaign).member("waiting", pool.waiting).member("in_memory", pool.in_memory);
    if (pool.next_due) out.member("next_due", net::format_time(*pool.next_due));
    out.member("looked_at", pool.looked_at).key("reasons").begin_array();
    for (const auto& reason : pool.reasons) {
        out.begin_object().member("reason", reason.reason).member("words", reason.words);
        out.member("messages", reason.messages);
        if (reason.until) out.member("until", net::format_time(*reason.until));
        out.end_object();
    }
    out.end_array().end_object();
}

void write_lane(json::Writer& out, const dispatch::LaneView& lane) {
    out.begin_object().member("route", lane.route).member("class", lane.class_name);
    out.member("destination", lane.destination).member("in_flight", lane.in_flight).member("limit", lane.limit);
    out.member("parked", lane.parked);
    if (!lane.why.empty()) out.member("why", lane.why);
    out.end_object();
}

void write_resting(json::Writer& out, const dispatch::RouteView& route) {
    out.begin_object().member("route", route.name).member("state", route.state).member("why", route.why);
    if (route.next_try) out.member("next_try", net::format_time(*route.next_try));
    out.end_object();
}

void write_stall(json::Writer& out, const dispatch::Stall& stall) {
    out.begin_object().member("route", stall.route).member("why", stall.why);
    out.member("since", net::format_time(stall.since)).end_object();
}

/// An application sees its own pools; lanes belong to everybody and are shown to the operator.
void queue(const Deps& deps, const net::Call& call, const net::Reply& reply) {
    deps.control.queue([reply, caller = call.caller](const dispatch::QueueView& view) {
        json::Writer out;
        std::int64_t waiting = 0;
        out.begin_object().key("pools").begin_array();
        for (const auto& pool : view.pools) {
            if (!caller.operator_role && pool.application != caller.application) continue;
            waiting += pool.waiting;
            write_pool(out, pool);
        }
        out.end_array().key("lanes").begin_array();
        if (caller.operator_role) {
            for (const auto& lane : view.lanes)
                write_lane(out, lane);
        }
        out.end_array().key("resting").begin_array();
        if (caller.operator_role) {
            for (const auto& route : view.resting)
                write_resting(out, route);
        }
        out.end_array().key("stalled").begin_array();
        if (caller.operator_role) {
            for (const auto& stall : view.stalls)
                write_stall(out, stall);
        }
        out.end_array().member("waiting", waiting).member("in_flight", view.in_flight);
        if (caller.operator_role) out.member("held", view.held);
        out.end_object();
        reply(json_response(out.take()));
    });
}

}  // namespace

std::vector<net::Endpoint> health_endpoints(const Deps& deps) {
    using net::Access, net::Method, net::Runs;
    return {
        {Method::get, "/v1/health", Access::anyone, Runs::on_loop,
         [deps](const net::Call&, const net::Reply& reply) { health(deps, reply); }},
        {Method::get, "/v1/ready", Access::anyone, Runs::on_loop,
         [deps](const net::Call&, const net::Reply& reply) { ready(deps, reply); }},
        {Method::get, "/metrics", Access::application, Runs::on_reader,
         [deps](const net::Call&, const net::Reply& reply) { metrics(deps, reply); }},
        {Method::get, "/v1/queue", Access::application, Runs::on_loop,
         [deps](const net::Call& call, const net::Reply& reply) { queue(deps, call, reply); }},
    };
}

}  // namespace chapar::admin
