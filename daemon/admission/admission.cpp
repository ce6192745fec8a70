#include "admission/admission.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "admission/address.hpp"
#include "admission/checks.hpp"
#include "config/prices.hpp"
#include "config/suggest.hpp"
#include "numbers/phone.hpp"

namespace chapar::admission {
namespace {

net::Problem forbidden(const config::ApplicationSettings& app, std::string detail, std::string pointer,
                       std::string_view key) {
    // Administrators look after the applications; whoever of them sends does it in the name of one.
    std::string where =
        app.operator_role
            ? fmt::format("{}; send as an application: chapar --application NAME, or X-Chapar-Application: NAME",
                          detail)
            : fmt::format("{}; add it to `{}` of its [[application]]", detail, key);
    return {403, "not-allowed", std::move(detail), {{std::move(pointer), std::move(where)}}, {}};
}

/// What the configuration does not let this application do.
std::optional<net::Problem> permission(const Submission& s, const Facts& f) {
    const auto& app = f.application;
    if (f.class_settings && !is_allowed(app.classes, f.class_name))
        return forbidden(app, fmt::format("{} may not send class {}", app.name, f.class_name), "/class", "classes");
    if (!s.template_name.empty() && !is_template_allowed(app.templates, s.template_name))
        return forbidden(app, fmt::format("{} may not use template {}", app.name, s.template_name), "/template",
                         "templates");
    for (std::size_t i = 0; i < f.steps.size(); ++i) {
        if (is_allowed(app.channels, f.steps[i].channel)) continue;
        return forbidden(app, fmt::format("{} may not use channel {}", app.name, f.steps[i].channel),
                         s.channels.empty() ? "/channels" : fmt::format("/channels/{}", i), "channels");
    }
    return std::nullopt;
}

std::optional<net::Problem> capacity(const Facts& f) {
    const auto& app = f.application;
    if (app.queue_depth > 0 && f.waiting >= static_cast<std::int64_t>(app.queue_depth))
        return net::Problem{
            429, "queue-full", fmt::format("{} messages of {} wait already", f.waiting, app.name), {}, 5};
    if (f.next_token) {
        const auto seconds = std::chrono::ceil<std::chrono::seconds>(*f.next_token).count();
        return net::Problem{429,
                            "rate-limited",
                            fmt::format("{} may send {} messages a second", app.name, app.rate),
                            {},
                            static_cast<int>(std::max<std::int64_t>(1, seconds))};
    }
    return std::nullopt;
}

/// The canonical address of one step, or nothing where the recipient has none.
std::string address_of(const Submission& s, const Facts& f, std::string_view channel, Errors& errors) {
    switch (address_kind(channel)) {
        case AddressKind::email: {
            if (s.email.empty()) return {};
            auto address = canonical_email(s.email);
            if (address) return std::move(*address);
            errors.push_back({"/to/email", std::move(address.error())});
            return {};
        }
        case AddressKind::phone: {
            if (s.phone.empty()) return {};
            auto address = canonical_phone(s.phone, s.country.empty() ? f.country : s.country);
            if (address) return std::move(*address);
            errors.push_back({"/to/phone", std::move(address.error())});
            return {};
        }
        case AddressKind::recipient:
            return std::string(s.recipient);
    }
    return {};
}

/// What toll fraud lives from: numbers that nobody meant to write to. 403 when a list leaves this one out.
std::optional<net::Problem> destination(const Accept& accept, const Facts& f) {
    if (f.site == nullptr) return std::nullopt;
    const auto refuse = [](const std::string& number, const std::string& owner) {
        auto why = fmt::format("{} ({}) is no destination that {} allows", number, numbers::country_of(number), owner);
        auto what = fmt::format("{}: add its country or prefix to phone_allow there, or don't send it", why);
        return net::Problem{403, "destination-not-allowed", std::move(why), {{"/to/phone", std::move(what)}}, {}};
    };
    for (const auto& [channel, number] : accept.plan) {
        if (address_kind(channel) != AddressKind::phone || number.empty()) continue;
        if (!config::allows_number(f.site->policy.phone_allow, number)) return refuse(number, "[policy]");
        if (f.class_settings && !config::allows_number(f.class_settings->phone_allow, number))
            return refuse(number, fmt::format("[class.{}]", f.class_name));
        if (!config::allows_number(f.application.phone_allow, number))
            return refuse(number, fmt::format("the [[application]] {}", f.application.name));
    }
    return std::nullopt;
}

/// Some route must take the number itself, and carry the class under the sender that the message brings.
void check_route(const Submission& s, const Facts& f, const AcceptedStep& step, std::string_view template_sender,
                 Errors& errors) {
    if (f.site == nullptr || (s.is_test && !config::has_route_of(*f.site, step.channel))) return;
    const auto own = std::ranges::find(s.content, step.channel, &Content::channel);
    const auto sender = own == s.content.end() ? template_sender : own->from;
    const auto carried = [&](std::string_view address, std::string_view as) {
        return std::ranges::any_of(f.site->routes, [&](const config::RouteSettings& route) {
            return route.channel == step.channel && config::serves(route, f.class_name, address, as);
        });
    };
    const bool is_number = step.address.starts_with('+');
    if (carried(is_number ? step.address : std::string_view(), sender)) return;
    if (is_number && !carried(step.address, {})) {
        errors.push_back(
            {s.phone.empty() ? "/to" : "/to/phone",
             fmt::format("no route of {} takes {}: add its prefix to a [[route]]", step.channel, step.address)});
        return;
    }
    const bool elsewhere = is_number && carried({}, sender);
    const auto what = elsewhere ? fmt::format("no route that takes {} may", step.address) : "no route may";
    errors.push_back({own == s.content.end() ? "/template" : fmt::format("/content/{}/from", step.channel),
                      fmt::format("{} send class {} as {}: see `lines` of [[route]]", what, f.class_name, sender)});
}

/// A mail needs a From: of the request, else of the template, else of the route.
void check_from_is_there(const Submission& s, const StepFacts& step, Errors& errors) {
    const auto own = std::ranges::find(s.content, step.channel, &Content::channel);
    const bool is_named = !s.from.empty() || (own != s.content.end() && !own->from.empty());
    if (is_named || step.from_missing_at.empty()) return;
    errors.push_back({"/from", fmt::format("no From: set `from` in the request, the template or [route.settings] of {}",
                                           step.from_missing_at)});
}

/// A variable that several steps miss is said once.
void add_missing(const Submission& s, const StepFacts& step, Errors& errors) {
    for (const auto& path : step.missing_variables) {
        net::ProblemDetail missing{"/data", fmt::format("template {} requires the variable {}: it is missing or blank",
                                                        s.template_name, path)};
        for (std::string_view rest = path; !rest.empty();) {
            const auto end = std::min(rest.find('.'), rest.size());
            missing.pointer += '/' + std::string(rest.substr(0, end));
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
        if (std::ranges::find(errors, missing.pointer, &net::ProblemDetail::pointer) == errors.end())
            errors.push_back(std::move(missing));
    }
}

void check_steps(const Submission& s, const Facts& f, Accept& accept, Errors& errors) {
    const auto before = errors.size();
    bool reachable = false;
    accept.plan.reserve(f.steps.size());
    for (std::size_t i = 0; i < f.steps.size(); ++i) {
        const auto& step = f.steps[i];
        const auto pointer = [&] {
            return s.channels.empty() ? std::string("/channels") : fmt::format("/channels/{}", i);
        };
        if (!step.has_route)
            errors.push_back(
                {pointer(), fmt::format("no route carries channel {} for class {}", step.channel, f.class_name)});
        if (!s.template_name.empty() && f.template_known && !step.has_template)
            errors.push_back(
                {"/template", fmt::format("template {} has no file for channel {}", s.template_name, step.channel)});
        add_missing(s, step, errors);
        for (const auto& wrong : step.wrong_data) {
            if (std::ranges::find(errors, wrong.pointer, &net::ProblemDetail::pointer) == errors.end())
                errors.push_back(wrong);
        }
        check_from_is_there(s, step, errors);
        accept.plan.push_back({step.channel, address_of(s, f, step.channel, errors)});
        if (step.has_route) check_route(s, f, accept.plan.back(), step.sender, errors);
        reachable = reachable || !accept.plan.back().address.empty();
    }
    const bool has_nobody = (f.steps.empty() || !reachable) && f.recipient_unknown && errors.size() == before;
    if (has_nobody)
        errors.push_back({"/to/recipient", fmt::format("there is no recipient {}: PUT /v1/recipients/ID makes one, or "
                                                       "name an email or a phone here",
                                                       s.recipient)});
    else if (f.steps.empty() && (s.template_name.empty() || f.template_known) && f.plan_known)
        errors.push_back({"/channels", "no channel fits: name one for which there is content, an address and a route"});
    else if (!f.steps.empty() && !reachable && errors.size() == before)
        errors.push_back({"/to", "the recipient has no address for any channel of the plan"});
}

void check_times(const Submission& s, const Facts& f, Accept& accept, Errors& errors) {
    if (s.send_at && *s.send_at < f.now - max_late)
        errors.push_back(
            {"/send_at",
             fmt::format("send_at lies {} days in the past: is the year right, or the unit? Leave it out to "
                         "send at once",
                         std::chrono::floor<std::chrono::days>(f.now - *s.send_at).count())});
    accept.send_at = std::max(s.send_at.value_or(f.now), f.now);
    if (accept.send_at > f.now + max_ahead) errors.push_back({"/send_at", "send_at lies more than a year ahead"});
    const auto last = accept.send_at + (f.class_settings ? f.class_settings->max_age : Milliseconds{0});
    accept.expires_at = std::min(s.expires_at.value_or(last), last);
    if (s.expires_at && *s.expires_at <= f.now)
        errors.push_back({"/expires_at", "expires_at is past"});
    else if (s.expires_at && *s.expires_at <= accept.send_at)
        errors.push_back({"/expires_at", "expires_at is not after send_at"});
}

std::string no_class(const Facts& f) {
    std::vector<std::string_view> names;
    if (f.site != nullptr)
        for (const auto& [name, settings] : f.site->classes)
            names.push_back(name);
    return fmt::format("there is no class {}{}", f.class_name, config::suggestion(f.class_name, names));
}

}  // namespace

std::expected<Accept, net::Problem> decide(const Submission& s, const Facts& f) {
    Accept accept;
    Errors errors;
    // What comes first is the cause; what only follows from it is not said.
    const bool lacks_template = !s.template_name.empty() && !f.template_known;
    if (lacks_template)
        errors.push_back({"/template", fmt::format("there is no template {}{}", s.template_name,
                                                   f.nearest_template.empty()
                                                       ? std::string()
                                                       : fmt::format("; did you mean {}?", f.nearest_template))});
    if (f.class_name.empty() && !lacks_template)
        errors.push_back({"/class", s.template_name.empty() ? "a class is needed: content brings none"
                                                            : "a class is needed: the template names none"});
    else if (!f.class_name.empty() && !f.class_settings)
        errors.push_back({"/class", no_class(f)});
    if (s.is_test && f.site != nullptr && !f.site->sandbox.enabled)
        return std::unexpected(net::Problem{403,
                                            "not-allowed",
                                            "this site takes no tests: its [sandbox] says enabled = false",
                                            {{"/test", "leave it out to send a real message"}},
                                            {}});
    if (auto problem = permission(s, f)) return std::unexpected(std::move(*problem));
    check_person(s, errors);
    check_content(s, f.steps, errors);
    if (!s.plan.empty() && !f.plan_known)
        errors.push_back({"/channels", fmt::format("there is no plan {}; the channels themselves are a list", s.plan)});
    check_plan(s, f, errors);
    check_labels(s, errors);
    check_policy_fields(s, errors);
    check_sender(s, f.application, errors);
    check_attachments(s, f, errors);
    check_opt_out(s, f, errors);
    check_steps(s, f, accept, errors);
    check_copies(s, f, accept, errors);
    check_times(s, f, accept, errors);
    if (!errors.empty()) {
        auto detail = errors.front().detail;
        return std::unexpected(net::Problem{422, "invalid-message", std::move(detail), std::move(errors), {}});
    }
    if (auto problem = destination(accept, f)) return std::unexpected(std::move(*problem));
    if (auto problem = capacity(f)) return std::unexpected(std::move(*problem));
    return accept;
}

bool is_allowed(const std::vector<std::string>& list, std::string_view name) {
    return std::any_of(list.begin(), list.end(),
                       [&](const std::string& entry) { return entry == "*" || entry == name; });
}

bool is_template_allowed(const std::vector<std::string>& list, std::string_view name) {
    return std::any_of(list.begin(), list.end(), [&](std::string_view entry) {
        if (!entry.ends_with('*')) return entry == name;
        entry.remove_suffix(1);
        return name.starts_with(entry);
    });
}

AddressKind address_kind(std::string_view channel) {
    if (channel == "email") return AddressKind::email;
    if (channel == "sms" || channel == "voice" || channel == "whatsapp") return AddressKind::phone;
    return AddressKind::recipient;
}

}  // namespace chapar::admission
