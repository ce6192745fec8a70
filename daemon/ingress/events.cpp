// GET /v1/events: what became known, in order, for applications that follow it by a cursor.

#include "base/json.hpp"
#include "ingress/endpoints.hpp"
#include "ingress/person_json.hpp"

namespace chapar::ingress {
namespace {

constexpr int default_page = 100, largest_page = 1000;

struct Query {
    std::string application;  // empty: everybody's
    std::int64_t after = 0;
    int limit = default_page;
};

/// Empty: understood; otherwise what is wrong.
std::string read_query(const net::Call& call, Query& out) {
    if (!call.caller.operator_role) out.application = call.caller.application;
    std::vector<std::pair<std::string, std::string>> members;
    if (!net::parse_query(call.request.query, members)) return "the query is not well-formed";
    for (const auto& [name, value] : members) {
        if (name == "after") {
            const auto after = read_number(value);
            if (!after) return "after is the `next` of the page before";
            out.after = *after;
        } else if (name == "limit") {
            const auto limit = read_number(value);
            if (!limit || *limit < 1 || *limit > largest_page) return "limit is a number from 1 to 1000";
            out.limit = static_cast<int>(*limit);
        } else if (name == "application" && call.caller.operator_role) {
            out.application = value;
        } else {
            return "known are after, limit and, for the operator, application";
        }
    }
    return "";
}

void list(const Deps& deps, const net::Call& call, const net::Reply& reply) {
    Query query;
    if (auto wrong = read_query(call, query); !wrong.empty())
        return reply(net::to_response({400, "invalid-query", std::move(wrong), {}, {}}));
    const auto page = deps.store.feed(query.application, query.after, query.limit);
    if (!page) return reply(storage_response(page.error()));
    json::Writer out;
    out.begin_object().key("events").begin_array();
    for (const auto& entry : page->entries)
        write_feed_entry(out, entry);
    out.end_array().member("next", std::to_string(page->next));
    const bool has_gap = query.after != 0 && query.after + 1 < page->oldest;
    out.member("missed", has_gap).end_object();
    reply(json_answer(200, out.take()));
}

}  // namespace

std::vector<net::Endpoint> event_endpoints(const Deps& deps) {
    return {{net::Method::get, "/v1/events", net::Access::application, net::Runs::on_reader,
             [&deps](const net::Call& call, const net::Reply& reply) { list(deps, call, reply); }}};
}

}  // namespace chapar::ingress
