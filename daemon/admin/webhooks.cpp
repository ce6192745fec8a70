// /v1/webhooks: endpoints of webhooks, for the operator.

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>

#include "admin/answers.hpp"
#include "base/json.hpp"
#include "engage/feed_entry_json.hpp"
#include "net/json_reader.hpp"
#include "net/rfc3339.hpp"

namespace chapar::admin {
namespace {

using webhook::Deliveries;

void write_view(json::Writer& out, const webhook::View& view) {
    const auto time = [&](std::string_view name, const std::optional<Timestamp>& at) {
        if (at) out.member(name, net::format_time(*at));
    };
    out.begin_object().member("name", view.name).member("url", view.url).member("state", view.state);
    if (!view.why.empty()) out.member("why", view.why);
    out.member("order", view.order);
    if (!view.application.empty()) out.member("application", view.application);
    out.key("events").begin_array();
    for (const auto& pattern : view.events)
        out.value(pattern);
    out.end_array().member("cursor", view.cursor).member("behind", view.behind);
    out.member("lag_seconds", std::chrono::duration<double>(view.lag).count());
    out.member("waiting", view.waiting).member("in_flight", view.in_flight).member("accepted", view.accepted);
    out.member("failed", view.failed).member("given_up", view.given_up).member("missed", view.missed);
    time("last_success", view.last_success);
    time("first_failure", view.first_failure);
    time("next_try", view.next_try);
    time("disabled_at", view.disabled_at);
    out.end_object();
}

net::Response response_of(const Error& error) {
    if (error.is(webhook::Code::unknown) || error.is(webhook::Code::not_there))
        return problem(404, "not-found", error.message());
    if (error.is(webhook::Code::not_enabled)) return problem(409, "not-disabled", error.message());
    if (error.is(webhook::Code::not_wanted)) return problem(409, "not-wanted", error.message());
    return net::to_response({503, "storage-unavailable", error.message(), {}, 5});
}

void answer(const net::Reply& reply, const Result<webhook::View>& done) {
    if (!done) return reply(response_of(done.error()));
    json::Writer out;
    write_view(out, *done);
    reply(json_response(out.take()));
}

void list(Deliveries& deliveries, const net::Reply& reply) {
    deliveries.list([&](const Result<std::vector<webhook::View>>& all) {
        if (!all) return reply(response_of(all.error()));
        json::Writer out;
        out.begin_object().key("webhooks").begin_array();
        for (const auto& view : *all)
            write_view(out, view);
        reply(json_response(out.end_array().end_object().take()));
    });
}

void show(Deliveries& deliveries, const std::string& name, const net::Reply& reply) {
    deliveries.list([&](const Result<std::vector<webhook::View>>& all) {
        if (!all) return reply(response_of(all.error()));
        const auto found = std::ranges::find(*all, name, &webhook::View::name);
        if (found == all->end()) return reply(problem(404, "not-found", "there is no such webhook"));
        answer(reply, *found);
    });
}

void test(Deliveries& deliveries, const std::string& name, const net::Reply& reply) {
    deliveries.test(name, [reply](const Result<webhook::Tested>& done) {
        if (!done) return reply(response_of(done.error()));
        const auto& got = done->answer;
        json::Writer out;
        out.begin_object().member("accepted", got.is == engage::WebhookAnswer::accepted);
        if (got.status != 0) out.member("status", got.status);
        out.member("words", got.words).member("milliseconds", done->took.count()).end_object();
        reply(json_response(out.take()));
    });
}

/// What is to be sent again.
struct Wanted {
    std::optional<Timestamp> since;
    std::optional<std::int64_t> number;
};

/// {"since": TIME} or {"event": ID}. An error is the sentence for who asked.
std::expected<Wanted, std::string> read_wanted(simdjson::dom::object object) {
    Wanted out;
    for (const auto member : object) {
        std::string_view text;
        if (member.value.get(text) != simdjson::SUCCESS) return std::unexpected("since and event are texts");
        if (member.key == "since") {
            out.since = net::parse_time(text);
            if (!out.since) return std::unexpected("since is a time such as 2030-01-31T06:00:00Z");
        } else if (member.key == "event") {
            const auto id = engage::read_event_id(text);
            if (!id) return std::unexpected("event is the id of an event, evt_ and 22 digits");
            out.number = id->number;
        } else {
            return std::unexpected("the only members are since and event");
        }
    }
    if (out.since.has_value() == out.number.has_value()) return std::unexpected("say since or event");
    return out;
}

void replay(const Deps& deps, const net::Call& call, const net::Reply& reply) {
    net::JsonReader reader;
    const auto root = reader.read(call.request.body);
    if (!root) return reply(net::to_response(net::refusal(reader, root.error())));
    simdjson::dom::object object;
    if (root->get(object) != simdjson::SUCCESS) return reply(problem(400, "malformed-json", "expected an object"));
    const auto wanted = read_wanted(object);
    if (!wanted) return reply(problem(400, "invalid-query", wanted.error()));
    deps.webhooks([name = call.parameters[0], wanted = *wanted, reply](Deliveries& deliveries) {
        const auto done = [&](const Result<webhook::View>& view) { answer(reply, view); };
        if (wanted.since)
            deliveries.replay_since(name, *wanted.since, done);
        else
            deliveries.replay_one(name, *wanted.number, done);
    });
}

}  // namespace

std::vector<net::Endpoint> webhook_endpoints(const Deps& deps) {
    using net::Access, net::Method, net::Runs;
    if (!deps.webhooks) return {};
    const auto asks = [&](Method method, std::string pattern, auto ask) {
        return net::Endpoint{
            method, std::move(pattern), Access::operator_only, Runs::on_loop,
            [deps, ask](const net::Call& call, const net::Reply& reply) {
                const auto name = call.parameters.empty() ? std::string() : call.parameters[0];
                deps.webhooks([ask, name, reply](Deliveries& deliveries) { ask(deliveries, name, reply); });
            }};
    };
    const auto answered = [](const net::Reply& reply) {
        return [reply](const Result<webhook::View>& done) { answer(reply, done); };
    };
    return {
        asks(Method::get, "/v1/webhooks",
             [](Deliveries& all, const std::string&, const net::Reply& reply) { list(all, reply); }),
        asks(Method::get, "/v1/webhooks/{name}", &show),
        asks(Method::post, "/v1/webhooks/{name}/test", &test),
        asks(Method::post, "/v1/webhooks/{name}/enable",
             [answered](Deliveries& all, const std::string& name, const net::Reply& reply) {
                 all.enable(name, answered(reply));
             }),
        asks(Method::post, "/v1/webhooks/{name}/disable",
             [answered](Deliveries& all, const std::string& name, const net::Reply& reply) {
                 all.disable(name, answered(reply));
             }),
        {Method::post, "/v1/webhooks/{name}/replay", Access::operator_only, Runs::on_reader,
         [deps](const net::Call& call, const net::Reply& reply) { replay(deps, call, reply); }},
    };
}

}  // namespace chapar::admin
