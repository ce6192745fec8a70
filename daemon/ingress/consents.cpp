// /v1/recipients/{id}/consents: what a person said.
#include <algorithm>
#include <array>
#include <memory>

#include "admission/address.hpp"
#include "admission/admission.hpp"
#include "base/json.hpp"
#include "dispatch/hear.hpp"
#include "ingress/bodies.hpp"
#include "ingress/members.hpp"
#include "ingress/named.hpp"
#include "ingress/person_json.hpp"
#include "ingress/said.hpp"
#include "store/person.hpp"

namespace chapar::ingress {
namespace {

constexpr std::size_t max_consents = 100, max_proof = 1024;
/// Clocks differ a little; more than this ahead is a slip.
constexpr Milliseconds max_skew{60'000};

constexpr auto consent_members =
    std::to_array<std::string_view>({"channel", "topic", "state", "source", "proof", "at"});

void check_line(std::string_view text, std::string_view name, std::size_t most, Members& members) {
    if (text.size() > most || !admission::is_one_line(text))
        members.wrong(name, fmt::format("one line of at most {} bytes", most));
}

Timestamp moment(std::optional<Timestamp> given, Timestamp now, Members& members) {
    if (given && *given > now + max_skew) members.wrong("at", "a time that is not in the future");
    return given.value_or(now);
}

std::optional<model::ConsentState> state_from(std::string_view text) {
    for (const auto state :
         {model::ConsentState::subscribed, model::ConsentState::unsubscribed, model::ConsentState::pending}) {
        if (name(state) == text) return state;
    }
    return std::nullopt;
}

/// What words of a consent are held against.
struct Known {
    const config::Settings& settings;
    const std::vector<std::string>& topics;
    Timestamp now{};
};

model::Consent read_consent(const simdjson::dom::object& object, std::string_view where, const Known& known_words,
                            Errors& errors) {
    const auto now = known_words.now;
    Members members(where, errors);
    std::string_view channel = "*", topic = "*", state, source, proof;
    std::optional<Timestamp> at;
    for (const auto member : object) {
        if (member.key == "channel")
            members.text(member.value, "channel", channel);
        else if (member.key == "topic")
            members.text(member.value, "topic", topic);
        else if (member.key == "state")
            members.text(member.value, "state", state);
        else if (member.key == "source")
            members.text(member.value, "source", source);
        else if (member.key == "proof")
            members.text(member.value, "proof", proof);
        else if (member.key == "at")
            members.time(member.value, "at", at);
        else
            members.unknown(member.key, consent_members);
    }
    check_line(channel, "channel", admission::max_tag, members);
    check_line(topic, "topic", admission::max_tag, members);
    // A word about what does not exist would stand for nothing.
    if (auto wrong = wrong_channel(known_words.settings, channel); !wrong.empty())
        members.problem("channel", std::move(wrong));
    if (auto wrong = wrong_topic(known_words.topics, topic); !wrong.empty()) members.problem("topic", std::move(wrong));
    check_line(source, "source", admission::max_id, members);
    check_line(proof, "proof", max_proof, members);
    model::Consent out;
    const auto known = state_from(state);
    if (!known) members.wrong("state", "subscribed, unsubscribed or pending");
    out.state = known.value_or(model::ConsentState::pending);
    out.channel = channel;
    out.topic = topic;
    out.source = source;
    out.proof = proof;
    out.at = moment(at, now, members);
    return out;
}

void put_consents(const Deps& deps, const net::Call& call, const net::Reply& reply) {
    if (!has_application(call, reply)) return;
    JsonBody json;
    const auto body = json.read(deps, call, reply, "a consent");
    if (!body) return;
    Errors errors;
    if (auto wrong = checked_id(call.parameters[0]); !wrong.empty()) errors.push_back({"", std::move(wrong)});
    const auto objects = JsonBody::several(*body, "consents", max_consents);
    if (!objects) errors.push_back({"/consents", fmt::format("expected a list of 1 to {} objects", max_consents)});
    std::vector<model::Consent> consents;
    const auto settings = deps.settings();
    const auto topics = known_topics(deps);
    if (!topics) return reply(storage_response(topics.error()));
    const Known known{*settings, *topics, deps.clock.now()};
    const bool is_list = objects && (*body)["consents"].error() == simdjson::SUCCESS;
    for (std::size_t i = 0; objects && i < objects->size(); ++i) {
        consents.push_back(
            read_consent((*objects)[i], is_list ? fmt::format("/consents/{}", i) : std::string(), known, errors));
    }
    if (!errors.empty()) return reply(invalid("invalid-consent", std::move(errors)));
    const auto recipient = named(deps, call);
    for (auto& consent : consents) {
        consent.application = call.caller.application;
        consent.recipient = recipient;
    }
    dispatch::hear(deps.store, deps.control, {std::move(consents), false, {}},
                   [reply, recipient](const Result<std::int64_t>& changed) {
                       if (!changed.has_value()) return reply(storage_response(changed.error()));
                       json::Writer out;
                       out.begin_object().member("recipient", recipient).member("changed", *changed);
                       reply(json_answer(200, out.end_object().take()));
                   });
}

void get_consents(const Deps& deps, const net::Call& call, const net::Reply& reply) {
    if (!has_application(call, reply)) return;
    const auto& application = call.caller.application;
    const auto recipient = named(deps, call);
    const auto who = store::person_of(deps.store, application, recipient);
    if (!who) return reply(storage_response(who.error()));
    const auto said = said_by(deps.store, deps.store, application, *who);
    if (!said) return reply(storage_response(said.error()));
    json::Writer out;
    out.begin_object().member("recipient", recipient);
    write_consents(out, "consents", said->in_force);
    write_consents(out, "history", said->history);
    reply(json_answer(200, out.end_object().take()));
}

}  // namespace

std::vector<net::Endpoint> consent_endpoints(const Deps& deps) {
    using net::Access, net::Method, net::Runs;
    constexpr const char* consents = "/v1/recipients/{id}/consents";
    std::vector<net::Endpoint> out;
    out.push_back({Method::get, consents, Access::application, Runs::on_reader,
                   [&deps](const net::Call& call, const net::Reply& reply) { get_consents(deps, call, reply); }});
    out.push_back({Method::put, consents, Access::application, Runs::on_reader,
                   [&deps](const net::Call& call, const net::Reply& reply) { put_consents(deps, call, reply); }});
    return out;
}

}  // namespace chapar::ingress
