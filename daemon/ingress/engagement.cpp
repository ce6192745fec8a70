// Who looked at messages: as a message shows it, judged again by the table as it is now, and what belongs to no
// message.

#include <algorithm>
#include <array>

#include "base/json.hpp"
#include "engage/feed_entry_json.hpp"
#include "engage/judged.hpp"
#include "ingress/endpoints.hpp"
#include "ingress/person_json.hpp"
#include "net/rfc3339.hpp"

namespace chapar::ingress {
namespace {

constexpr int messages_a_page = 500;
constexpr std::int64_t default_days = 30;
constexpr std::array engaged_kinds{model::Engaged::opened, model::Engaged::clicked};
constexpr std::array hit_makers{model::HitBy::human, model::HitBy::unknown, model::HitBy::machine};
constexpr std::array total_kinds{store::TotalOnly::old_link, store::TotalOnly::privacy, store::TotalOnly::no_message};

void write_counts(json::Writer& out, const store::Engagement& engagement, model::Engaged kind) {
    const auto counts = store::counts_of(engagement, kind);
    out.key(model::name(kind)).begin_object().member("raw", counts.raw);
    for (const auto by : hit_makers)
        out.member(model::name(by), counts.by.at(static_cast<std::size_t>(by)));
    out.end_object();
}

struct RescoreQuery {
    MessageKey after;
    Timestamp since{};
};

/// Empty: understood; otherwise what is wrong.
std::string read_rescore(const net::Request& request, RescoreQuery& out) {
    std::vector<std::pair<std::string, std::string>> members;
    if (!net::parse_query(request.query, members)) return "the query is malformed";
    for (const auto& [name, value] : members) {
        if (name == "cursor") {
            const auto after = read_number(value);
            if (!after) return "cursor is the next of the answer before";
            out.after = MessageKey{*after};
        } else if (name == "since") {
            const auto since = net::parse_time(value);
            if (!since) return "since is a time such as 2026-03-21T00:00:00Z";
            out.since = *since;
        } else {
            return "known are since and cursor";
        }
    }
    return "";
}

struct RescorePage {
    store::HitBatch batch;
    std::int64_t hits = 0;
    std::size_t unreadable = 0;
    std::optional<MessageKey> next;
};

void rescore_one(const store::Engagement& engagement, Timestamp since, RescorePage& page) {
    std::vector<engage::KeptHit> kept;
    for (const auto& hit : engagement.hits)
        if (hit.at >= since) kept.push_back({hit.number, hit.features, engage::verdict_of(hit.by)});
    page.hits += static_cast<std::int64_t>(kept.size());
    const auto judged = engage::rescore(kept);
    page.unreadable += judged.unreadable;
    for (const auto& change : judged.changes) {
        auto hit = *std::ranges::find(engagement.hits, change.id, &model::Hit::number);
        hit.by = engage::hit_by(change.to.by);
        hit.points = change.to.points;
        hit.reasons = change.to.reasons;
        page.batch.revisions.push_back({engagement.message, std::move(hit)});
    }
}

void rescore(const Deps& deps, const net::Call& call, const net::Reply& reply) {
    RescoreQuery query;
    if (auto wrong = read_rescore(call.request, query); !wrong.empty())
        return reply(net::to_response({400, "invalid-query", std::move(wrong), {}, {}}));
    const auto engagements = deps.store.engagements(query.after, messages_a_page);
    if (!engagements) return reply(storage_response(engagements.error()));
    RescorePage page;
    for (const auto& each : *engagements)
        rescore_one(each, query.since, page);
    if (engagements->size() == messages_a_page) page.next = engagements->back().message;
    const auto changed = page.batch.revisions.size();
    const auto text = [hits = page.hits, unreadable = page.unreadable, next = page.next, changed] {
        json::Writer out;
        out.begin_object().member("hits", hits).member("changed", changed).member("unreadable", unreadable);
        if (next) out.member("next", std::to_string(next->value));
        return out.end_object().take();
    };
    if (changed == 0) return reply(json_answer(200, text()));
    deps.store.note_hits(std::move(page.batch), [reply, text](Result<std::vector<std::int64_t>> noted) {
        reply(noted.has_value() ? json_answer(200, text()) : storage_response(noted.error()));
    });
}

void totals(const Deps& deps, const net::Reply& reply) {
    const auto today = std::chrono::floor<std::chrono::days>(deps.clock.now()).time_since_epoch().count();
    const auto days = deps.store.hit_totals(today - default_days);
    if (!days) return reply(storage_response(days.error()));
    json::Writer out;
    out.begin_object().key("days").begin_array();
    for (const auto& day : *days) {
        const Timestamp at{std::chrono::days(day.day)};
        out.begin_object().member("day", net::format_time(at).substr(0, 10));
        for (const auto kind : engaged_kinds) {
            out.key(model::name(kind)).begin_object();
            for (const auto why : total_kinds)
                out.member(store::name(why),
                           day.totals.at(static_cast<std::size_t>(kind)).at(static_cast<std::size_t>(why)));
            out.end_object();
        }
        out.end_object();
    }
    reply(json_answer(200, out.end_array().end_object().take()));
}

}  // namespace

std::string engagement_json(const store::Engagement& engagement) {
    json::Writer out;
    out.begin_object();
    for (const auto kind : engaged_kinds)
        write_counts(out, engagement, kind);
    out.key("hits").begin_array();
    for (const auto& hit : engagement.hits) {
        out.begin_object().member("kind", model::name(hit.kind)).member("at", net::format_time(hit.at));
        out.member("number", hit.number);
        engage::write_hit(out, hit);
        out.end_object();
    }
    return out.end_array().end_object().take();
}

std::vector<net::Endpoint> engagement_endpoints(const Deps& deps) {
    return {{net::Method::post, "/v1/engagement/rescore", net::Access::operator_only, net::Runs::on_reader,
             [&deps](const net::Call& call, const net::Reply& reply) { rescore(deps, call, reply); }},
            {net::Method::get, "/v1/engagement/totals", net::Access::operator_only, net::Runs::on_reader,
             [&deps](const net::Call&, const net::Reply& reply) { totals(deps, reply); }}};
}

}  // namespace chapar::ingress
