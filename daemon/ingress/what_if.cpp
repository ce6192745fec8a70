// POST /v1/what-if: what the policy would say of a message at a moment. The same code as at hand-over, without effect.
#include <fmt/format.h>

#include <algorithm>

#include "base/json.hpp"
#include "dispatch/facts.hpp"
#include "dispatch/prepare.hpp"
#include "ingress/endpoints.hpp"
#include "ingress/preparer.hpp"
#include "ingress/rules_cache.hpp"
#include "net/rfc3339.hpp"
#include "policy/decide.hpp"
#include "policy/explain.hpp"

namespace chapar::ingress {
namespace {

using model::Ruling;

std::string_view name(Ruling::Action action) {
    switch (action) {
        case Ruling::Action::go:
            return "go";
        case Ruling::Action::wait:
            return "wait";
        case Ruling::Action::step:
            return "step";
        case Ruling::Action::end:
            return "end";
    }
    return "";
}

void write_finding(json::Writer& out, const policy::Finding& finding) {
    out.begin_object().member("gate", policy::name(finding.gate)).member("passed", finding.passed);
    if (!finding.rule.empty()) out.member("rule", finding.rule);
    if (!finding.channel.empty()) out.member("channel", finding.channel);
    if (finding.gate == policy::GateName::cap) out.member("used", finding.counter).member("limit", finding.limit);
    if (finding.from) out.member("from", net::format_time(*finding.from));
    if (finding.to) out.member("to", net::format_time(*finding.to));
    if (finding.next) out.member("next", net::format_time(*finding.next));
    out.member("words", finding.words).end_object();
}

/// One look of the gates at one channel of the plan.
struct Look {
    const policy::Zone& zone;  // the site's: every time in words is on its wall
    int step = 0;
    Timestamp at{};
    policy::Decision decision;
    std::vector<std::string> left_out;  // copies that would not go, each with the reason
    std::optional<engage::TrackingDecision> tracking;
};

void write_look(json::Writer& out, const Look& look, const model::Message& message) {
    const auto& ruling = look.decision.ruling;
    const auto& step = message.plan[static_cast<std::size_t>(look.step)];
    out.begin_object().member("step", look.step).member("channel", step.channel);
    out.key("address");
    if (step.address.empty())
        out.null();
    else
        out.value(step.address);
    out.member("at", net::format_time(look.at)).member("decision", name(ruling.action));
    out.member("at_words", policy::moment_words(look.at, look.zone));
    if (ruling.action == Ruling::Action::wait || ruling.action == Ruling::Action::step)
        out.member("due", net::format_time(ruling.due));
    if (!ruling.trace.empty()) {
        const auto& entry = ruling.trace.front();
        out.member("reason", model::name(entry.reason)).member("sentence", model::sentence(entry.reason));
        if (!entry.detail.empty()) out.member("detail", entry.detail);
    }
    if (!look.left_out.empty()) {
        out.key("copies_left_out").begin_array();
        for (const auto& words : look.left_out)
            out.value(words);
        out.end_array();
    }
    if (look.tracking)
        out.member("tracking", engage::name(look.tracking->tracking))
            .member("tracking_words", look.tracking->sentence());
    out.key("findings").begin_array();
    for (const auto& finding : look.decision.findings)
        write_finding(out, finding);
    out.end_array().end_object();
}

/// What would be noticed of the step; nothing: it has no links of the site.
std::optional<engage::TrackingDecision> tracking_of(const Deps& deps, const config::Settings& settings,
                                                    const dispatch::Facts& facts, model::Ledger& ledger) {
    const auto& step = facts.message->plan[static_cast<std::size_t>(facts.step)];
    const bool has_links = deps.links && deps.links() != nullptr;
    if (!has_links || (step.channel != "email" && step.channel != "sms")) return std::nullopt;
    auto question = dispatch::tracking_question(settings, *facts.message, facts.step);
    const auto who = facts.who();
    std::vector<model::Consent> words;
    for (const auto& name : ledger.names(who.application, who.recipient, who.addresses))
        std::ranges::move(ledger.consents(who.application, name), std::back_inserter(words));
    question.person = engage::tracking_consent(words, step.channel);
    return engage::decide_tracking(question);
}

/// From channel to channel, as far as the ruling leads without a wait in between.
Result<std::vector<Look>> look_at(const Deps& deps, const policy::Rules& rules, const config::Settings& settings,
                                  const model::Message& message) {
    std::vector<Look> out;
    const auto* known = policy::zone(settings.daemon.timezone);
    const policy::Zone& zone = known != nullptr ? *known : *policy::zone("UTC");
    const bool counts_segments = std::ranges::any_of(
        settings.caps, [](const auto& cap) { return cap.count_by != config::CapSettings::CountBy::messages; });
    std::vector<std::int32_t> segments;
    if (counts_segments) {
        dispatch::SiteDefaults site{settings.daemon.timezone, settings.daemon.locale};
        if (deps.links) site.links = dispatch::linking_for(settings, deps.links(), message, 0, engage::Tracking::none);
        segments = dispatch::count_segments(message, deps.catalogue, site, message.send_at);
    }
    const auto look = [&](model::Ledger& ledger) {
        int step = 0;
        auto at = message.send_at;
        for (std::size_t i = 0; i <= message.plan.size(); ++i) {
            auto facts = dispatch::read_facts(message, step, settings.daemon.country);
            facts.segments = segments;
            facts.price(settings, nullptr);
            const auto subject = facts.subject();
            out.push_back({zone, step, at, policy::decide(rules, subject, ledger, at, true), {}, {}});
            out.back().tracking = tracking_of(deps, settings, facts, ledger);
            const auto& ruling = out.back().decision.ruling;
            const auto& copies = message.plan[static_cast<std::size_t>(step)].copies;
            for (const auto& [index, why] : out.back().decision.left_out)
                out.back().left_out.push_back(model::pointer_of(copies[index]) + ": " + why);
            if (ruling.action != Ruling::Action::step || ruling.due > at) return;
            step = ruling.step;
        }
    };
    if (auto done = deps.store.peek(look); !done) return std::unexpected(done.error());
    return out;
}

/// The whole in one sentence.
std::string words_of(const Look& last, const model::Message& message) {
    const auto& ruling = last.decision.ruling;
    const auto& channel = message.plan[static_cast<std::size_t>(last.step)].channel;
    const auto why = ruling.trace.empty() ? std::string_view() : model::sentence(ruling.trace.front().reason);
    switch (ruling.action) {
        case Ruling::Action::go:
            return fmt::format("It would go by {} at {}.", channel, policy::moment_words(last.at, last.zone));
        case Ruling::Action::wait:
            return fmt::format("It would wait until {}. {}", policy::moment_words(ruling.due, last.zone), why);
        case Ruling::Action::step:
            return fmt::format("It would be tried by {} at {}. {}",
                               message.plan[static_cast<std::size_t>(ruling.step)].channel,
                               policy::moment_words(ruling.due, last.zone), why);
        case Ruling::Action::end:
            return fmt::format("It would end without being sent. {}", why);
    }
    return {};
}

std::string answer_of(const std::vector<Look>& looks, const model::Message& message) {
    json::Writer out;
    const auto& ruling = looks.back().decision.ruling;
    out.begin_object().member("decision", name(ruling.action));
    if (ruling.action == Ruling::Action::go)
        out.member("channel", message.plan[static_cast<std::size_t>(looks.back().step)].channel);
    if (ruling.action == Ruling::Action::wait || ruling.action == Ruling::Action::step)
        out.member("due", net::format_time(ruling.due));
    if (!ruling.trace.empty()) out.member("reason", model::name(ruling.trace.front().reason));
    out.member("words", words_of(looks.back(), message)).member("class", message.class_name);
    out.member("send_at", net::format_time(message.send_at)).member("expires_at", net::format_time(message.expires_at));
    out.key("steps").begin_array();
    for (const auto& look : looks)
        write_look(out, look, message);
    return out.end_array().end_object().take();
}

void what_if(const Deps& deps, RulesCache& cache, net::Call call, const net::Reply& reply) {
    if (!has_application(call, reply)) return;
    const auto& type = call.request.content_type;
    if (!type.empty() && type != "application/json")
        return reply(net::to_response({415, "media-type", "a what-if is application/json", {}, {}}));
    const auto settings = deps.settings();
    const auto app =
        std::ranges::find(settings->applications, call.caller.application, &config::ApplicationSettings::name);
    if (app == settings->applications.end())
        return reply(net::to_response({403, "not-allowed", "there is no such application any more", {}, {}}));
    const auto rules = cache.of(settings);
    if (!rules) return reply(net::to_response({500, "internal", rules.error().message(), {}, {}}));
    Preparer preparer(deps);
    preparer.set_settings(settings);
    const Preparer::Asked asked{deps.clock.now(), 0, {}, true};
    const auto prepared = preparer.prepare(*app, call.request.body, asked);
    if (!prepared) return reply(net::to_response(prepared.error().problem));
    const auto& message = prepared->message.message;
    const auto looks = look_at(deps, **rules, *settings, message);
    if (!looks) return reply(storage_response(looks.error()));
    reply(json_answer(200, answer_of(*looks, message)));
}

}  // namespace

std::vector<net::Endpoint> what_if_endpoints(const Deps& deps) {
    using net::Access, net::Method, net::Runs;
    auto cache = std::make_shared<RulesCache>();
    return {
        {Method::post, "/v1/what-if", Access::application, Runs::on_reader,
         [&deps, cache](net::Call call, const net::Reply& reply) { what_if(deps, *cache, std::move(call), reply); }}};
}

}  // namespace chapar::ingress
