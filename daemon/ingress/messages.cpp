#include <algorithm>
#include <iterator>
#include <set>

#include "base/json.hpp"
#include "ingress/endpoints.hpp"
#include "ingress/message_tracking.hpp"
#include "ingress/named.hpp"
#include "ingress/suppression_row.hpp"
#include "ingress/times.hpp"
#include "net/http_problem.hpp"
#include "net/rfc3339.hpp"

namespace chapar::ingress {
namespace {

constexpr int default_page = 50, largest_page = 500;

struct Shown {
    model::Language language = model::Language::en;
    bool has_content = false, has_links = false;
};

/// ?lang=en or fa, ?content and ?links true or false; nothing: something else.
std::optional<Shown> read_shown(const net::Call& call) {
    std::vector<std::pair<std::string, std::string>> members;
    if (!net::parse_query(call.request.query, members)) return std::nullopt;
    Shown out;
    for (const auto& [name, value] : members) {
        if (name == "lang" && (value == "en" || value == "fa"))
            out.language = value == "fa" ? model::Language::fa : model::Language::en;
        else if (name == "content" && (value == "true" || value == "false"))
            out.has_content = value == "true";
        else if (name == "links" && (value == "true" || value == "false"))
            out.has_links = value == "true";
        else
            return std::nullopt;
    }
    return out;
}

/// Whether it is tracked and what came of that, in `out`.
Result<void> add_engagement(const Deps& deps, const store::Record& record, const Shown& shown, MessageMembers& out) {
    const auto tracking = tracking_of(deps, record, shown.language, shown.has_links);
    if (!tracking) return std::unexpected(tracking.error());
    if (*tracking) {
        out.tracking = tracking_json(**tracking);
        out.story = tracking_lines(**tracking, shown.language);
    }
    const auto looks = deps.store.engagement(record.message.id.key());
    if (!looks) return std::unexpected(looks.error());
    if (!*looks) return {};
    out.engagement = engagement_json(**looks);
    std::ranges::move(engagement_lines(**looks, shown.language), std::back_inserter(out.story));
    return {};
}

void show(const Deps& deps, const net::Call& call, const net::Reply& reply) {
    const auto shown = read_shown(call);
    if (!shown)
        return reply(net::to_response({400,
                                       "invalid-query",
                                       "known are lang, which is en or fa, content and links, which are true or false",
                                       {},
                                       {}}));
    const auto record = visible(deps, call);
    if (!record) return reply(missing(record.error()));
    const auto& progress = record->progress;
    std::optional<model::TraceEntry> still;
    if (progress.state == model::State::waiting && progress.due <= deps.clock.now()) {
        const auto& step = record->message.plan[static_cast<std::size_t>(progress.step)];
        still = deps.control.standstill(model::queued_for(step), record->message.class_name);
    }
    const auto* zone = policy::zone(deps.settings()->daemon.timezone);
    const Telling telling{zone != nullptr ? *zone : *policy::zone("UTC"), shown->language};
    MessageMembers members;
    if (shown->has_content) members.content = content_json(deps, *record);
    if (auto added = add_engagement(deps, *record, *shown, members); !added)
        return reply(storage_response(added.error()));
    reply(json_answer(200, message_json(*record, true, still, &telling, members)));
}

struct Query {
    store::ListFilter filter;
    std::optional<MessageKey> below;
    int limit = default_page;
};

std::string read_time(const std::string& name, const std::string& value, std::optional<Timestamp>& out) {
    out = net::parse_time(value);
    return out ? "" : name + ": expected " + expected_time(value);
}

/// Empty: understood; otherwise what is wrong.
std::string read_member(const std::string& name, const std::string& value, const net::Caller& caller,
                        std::string_view country, Query& out) {
    auto& filter = out.filter;
    if (value.empty()) return name + " is empty: leave it out to list all";
    if (name == "state") {
        filter.state = model::state_from(value);
        return filter.state ? ""
                            : "state is one of waiting, sending, sent, delivered, failed, expired, cancelled, held, "
                              "suppressed, collected, blocked_by_operator";
    }
    if (name == "limit") {
        const auto limit = read_number(value);
        if (!limit || *limit < 1 || *limit > largest_page) return "limit is a number from 1 to 500";
        out.limit = static_cast<int>(*limit);
        return "";
    }
    if (name == "cursor") {
        const auto key = read_number(value);
        if (!key) return "cursor is what `next` of the page before said";
        out.below = MessageKey{*key};
        return "";
    }
    if (name == "class") return filter.class_name = value, "";
    if (name == "recipient") return filter.recipient = value, "";
    if (name == "campaign") return filter.campaign = value, "";
    if (name == "tag") return filter.tag = value, "";
    if (name == "template") return filter.template_name = value, "";
    if (name == "route") return filter.route = value, "";
    if (name == "test") {
        if (value != "true" && value != "false") return "test is true or false";
        return filter.is_test = value == "true", "";
    }
    if (name == "since") return read_time(name, value, filter.since);
    if (name == "until") return read_time(name, value, filter.until);
    if (name == "address") {
        auto address = canonical_address("*", value, country);
        if (!address) return "address: " + address.error();
        filter.with_copies = true;  // who gets a copy is written to as well
        return filter.address = std::move(*address), "";
    }
    if (name == "application" && caller.operator_role) return filter.application = value, "";
    return "there is no `" + printable(name) +
           "`; known are state, class, address, recipient, campaign, tag, template, route, test, since, until, limit, "
           "cursor and, for the operator, application";
}

void list(const Deps& deps, const net::Call& call, const net::Reply& reply) {
    Query query;
    if (!call.caller.operator_role) query.filter.application = call.caller.application;
    std::vector<std::pair<std::string, std::string>> members;
    if (!net::parse_query(call.request.query, members))
        return reply(net::to_response({400, "invalid-query", "the query is not well-formed", {}, {}}));
    const auto settings = deps.settings();
    std::set<std::string_view> seen;
    for (const auto& [name, value] : members) {
        if (!seen.insert(name).second)
            return reply(net::to_response({400, "invalid-query", printable(name) + " stands twice", {}, {}}));
        if (auto wrong = read_member(name, value, call.caller, settings->daemon.country, query); !wrong.empty())
            return reply(net::to_response({400, "invalid-query", std::move(wrong), {}, {}}));
    }
    if (auto done = name_people(deps, call.caller, query.filter); !done) return reply(storage_response(done.error()));
    const auto page = deps.store.list(query.filter, query.below, query.limit);
    if (!page) return reply(storage_response(page.error()));
    json::Writer out;
    out.begin_object().key("messages").begin_array();
    for (const auto& record : page->records)
        out.raw(message_json(record, false));
    out.end_array();
    if (page->next) out.member("next", std::to_string(page->next->value));
    reply({200, "application/json", out.end_object().take(), {}, false});
}

net::Response moved_answer(MessageId id, model::State state) {
    json::Writer out;
    out.begin_object().member("id", id.text()).member("state", model::name(state)).end_object();
    return json_answer(200, out.take());
}

/// Cancel and retry: one event from outside.
void move(const Deps& deps, const net::Call& call, const net::Reply& reply, model::Event event, model::Reason reason) {
    const auto record = visible(deps, call);
    if (!record) return reply(missing(record.error()));
    const auto id = record->message.id;
    const bool is_done = event == model::Event::cancel && record->progress.state == model::State::cancelled;
    if (is_done) return reply(moved_answer(id, record->progress.state));  // a client that asks again hears the same
    const auto now = deps.clock.now();
    store::Transition transition;
    transition.key = id.key();
    transition.event = event;
    if (event == model::Event::retry) transition.due = now;
    const auto who = call.caller.application.empty() ? std::string("the operator") : call.caller.application;
    transition.trace.push_back({now, reason, "by " + who});
    deps.store.move(std::move(transition), [&control = deps.control, id, reply, event](Result<model::Progress> done) {
        if (done) {
            control.moved(id.key());
            return reply(moved_answer(id, done->state));
        }
        if (!done.error().is(store::Code::wrong_state)) return reply(missing(done.error()));
        // Two who cancel at once both have their will.
        const bool is_cancelled = done.error().message().ends_with(model::name(model::State::cancelled));
        if (is_cancelled && event == model::Event::cancel) return reply(moved_answer(id, model::State::cancelled));
        reply(net::to_response({409, "wrong-state", done.error().message() + ": that can't be done any more", {}, {}}));
    });
}

}  // namespace

Result<store::Record> visible(const Deps& deps, const net::Call& call) {
    const auto id = MessageId::parse(call.parameters[0]);
    if (!id) return fail(store::Code::not_found, "");
    auto record = deps.store.find(*id);
    if (!record) return record;
    if (!call.caller.operator_role && record->message.application != call.caller.application)
        return fail(store::Code::not_found, "");
    return record;
}

net::Response missing(const Error& error) {
    if (error.is(store::Code::not_found)) return not_found("message");
    if (error.is(store::Code::corrupt))
        return net::to_response({500, "internal", "the stored message is damaged; it is held and not sent", {}, {}});
    return storage_response(error);
}

std::vector<net::Endpoint> message_endpoints(const Deps& deps) {
    using net::Access, net::Method, net::Runs;
    std::vector<net::Endpoint> out;
    out.push_back({Method::get, "/v1/messages", Access::application, Runs::on_reader,
                   [&deps](const net::Call& call, const net::Reply& reply) { list(deps, call, reply); }});
    out.push_back({Method::get, "/v1/messages/{id}", Access::application, Runs::on_reader,
                   [&deps](const net::Call& call, const net::Reply& reply) { show(deps, call, reply); }});
    out.push_back({Method::post, "/v1/messages/{id}/cancel", Access::application, Runs::on_reader,
                   [&deps](const net::Call& call, const net::Reply& reply) {
                       move(deps, call, reply, model::Event::cancel, model::Reason::cancelled);
                   }});
    out.push_back({Method::post, "/v1/messages/{id}/retry", Access::application, Runs::on_reader,
                   [&deps](const net::Call& call, const net::Reply& reply) {
                       move(deps, call, reply, model::Event::retry, model::Reason::operator_retry);
                   }});
    return out;
}

}  // namespace chapar::ingress
