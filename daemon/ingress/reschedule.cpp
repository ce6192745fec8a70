// POST /v1/messages/{id}/reschedule: another send_at for what still waits.

#include "admission/admission.hpp"
#include "base/json.hpp"
#include "ingress/bodies.hpp"
#include "ingress/endpoints.hpp"
#include "ingress/members.hpp"
#include "net/json_reader.hpp"

namespace chapar::ingress {
namespace {

struct Times {
    std::optional<Timestamp> send_at, expires_at;
};

Times read_times(const simdjson::dom::object& body, Errors& errors) {
    constexpr auto names = std::to_array<std::string_view>({"send_at", "expires_at"});
    Times out;
    Members members("", errors);
    for (const auto member : body) {
        if (member.key == "send_at")
            members.time(member.value, "send_at", out.send_at);
        else if (member.key == "expires_at")
            members.time(member.value, "expires_at", out.expires_at);
        else
            members.unknown(member.key, names);
    }
    if (!out.send_at && errors.empty()) errors.push_back({"/send_at", "send_at says when it is to go"});
    return out;
}

/// When the message named its end by itself, that stays.
std::optional<Timestamp> own_end(const store::Record& record) {
    const auto raw = net::raw_member(record.message.body, "expires_at");
    return raw.size() > 2 ? net::parse_time(raw.substr(1, raw.size() - 2)) : std::nullopt;
}

void check_times(Times& times, const store::Record& record, const config::Settings& settings, Timestamp now,
                 Errors& errors) {
    const auto found = settings.classes.find(record.message.class_name);
    const auto max_age = found == settings.classes.end() ? config::ClassSettings{}.max_age : found->second.max_age;
    if (*times.send_at > now + admission::max_ahead)
        errors.push_back({"/send_at", "send_at lies more than a year ahead"});
    if (*times.send_at < now - admission::max_late) errors.push_back({"/send_at", "send_at is past"});
    if (*times.send_at < now) times.send_at = now;
    const auto wanted = times.expires_at ? times.expires_at : own_end(record);
    const auto last = *times.send_at + max_age;
    const auto end = std::min(wanted.value_or(last), last);
    if (end <= *times.send_at)
        errors.push_back({times.expires_at ? "/expires_at" : "/send_at",
                          "the message expires at " + net::format_time(end) +
                              (times.expires_at ? ", which is not after send_at" : ": say a later expires_at, too")});
    times.expires_at = end;
}

void reschedule(const Deps& deps, const net::Call& call, const net::Reply& reply) {
    JsonBody body;
    const auto object = body.read(deps, call, reply, "a new time");
    if (!object) return;
    const auto record = visible(deps, call);
    if (!record) return reply(missing(record.error()));
    Errors errors;
    auto times = read_times(*object, errors);
    const auto now = deps.clock.now();
    if (errors.empty()) check_times(times, *record, *deps.settings(), now, errors);
    if (!errors.empty()) return reply(invalid("invalid-message", std::move(errors)));
    const auto id = record->message.id;
    store::Transition transition;
    transition.key = id.key();
    transition.due = times.send_at;
    transition.send_at = times.send_at;
    transition.expires_at = times.expires_at;
    const auto who = call.caller.application.empty() ? std::string("the operator") : call.caller.application;
    transition.trace.push_back(
        {now, model::Reason::scheduled, "until " + net::format_time(*times.send_at) + " by " + who});
    deps.store.move(std::move(transition), [&control = deps.control, id, reply, times](Result<model::Progress> done) {
        if (!done && done.error().is(store::Code::wrong_state))
            return reply(net::to_response(
                {409, "wrong-state", done.error().message() + ": only what waits has a time to come", {}, {}}));
        if (!done) return reply(missing(done.error()));
        control.moved(id.key());
        json::Writer out;
        out.begin_object().member("id", id.text()).member("state", model::name(done->state));
        out.member("send_at", net::format_time(*times.send_at));
        out.member("expires_at", net::format_time(*times.expires_at));
        reply(json_answer(200, out.end_object().take()));
    });
}

}  // namespace

std::vector<net::Endpoint> reschedule_endpoints(const Deps& deps) {
    const auto run = [&deps](const net::Call& call, const net::Reply& reply) { reschedule(deps, call, reply); };
    return {{net::Method::post, "/v1/messages/{id}/reschedule", net::Access::application, net::Runs::on_reader, run},
            {net::Method::patch, "/v1/messages/{id}", net::Access::application, net::Runs::on_reader, run}};
}

}  // namespace chapar::ingress
