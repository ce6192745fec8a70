// GET /v1/events: what became known, in order, for applications that follow it by a cursor.

#include "base/json.hpp"
#include "ingress/endpoints.hpp"
#include "net/rfc3339.hpp"

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

void write_entry(json::Writer& out, const model::FeedEntry& entry) {
    out.begin_object().member("number", entry.number).member("kind", entry.kind);
    out.member("effect", model::name(entry.effect));
    out.member("at", net::format_time(entry.at)).member("noted_at", net::format_time(entry.noted_at));
    if (entry.message) out.member("message", entry.message->text());
    if (entry.attempt != 0) out.member("attempt", entry.attempt);
    if (entry.parts != 0) out.member("segment", entry.part).member("segments", entry.parts);
    const std::pair<std::string_view, const std::string*> texts[] = {
        {"application", &entry.application}, {"recipient", &entry.recipient},
        {"channel", &entry.channel},         {"route", &entry.route},
        {"address", &entry.address},         {"code", &entry.code},
        {"detail", &entry.detail},           {"provider_id", &entry.provider_id}};
    for (const auto& [name, text] : texts) {
        if (!text->empty()) out.member(name, *text);
    }
    out.end_object();
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
        write_entry(out, entry);
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
