// GET /v1/events: what became known, in order, for applications that follow it by a cursor.

#include "ingress/endpoints.hpp"
#include "ingress/feed_query.hpp"
#include "ingress/followers.hpp"

namespace chapar::ingress {
namespace {

void list(const Deps& deps, Followers& followers, const net::Call& call, const net::Reply& reply) {
    FeedQuery query;
    if (auto wrong = read_feed_query(call.request, call.caller, query); !wrong.empty())
        return reply(net::to_response({400, "invalid-query", std::move(wrong), {}, {}}));
    if (query.wait.count() > 0) return followers.wait(std::move(query), reply);
    const auto page = deps.store.feed(query.filter, query.after, query.limit);
    if (!page) return reply(storage_response(page.error()));
    reply(json_answer(200, page_json(*page)));
}

}  // namespace

std::vector<net::Endpoint> event_endpoints(const Deps& deps, Followers& followers) {
    return {
        {net::Method::get, "/v1/events", net::Access::application, net::Runs::on_reader,
         [&deps, &followers](const net::Call& call, const net::Reply& reply) { list(deps, followers, call, reply); }}};
}

}  // namespace chapar::ingress
