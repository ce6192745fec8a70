// Intake's middle: from one message's text to what the store keeps.
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>

#include "ingress/intake.hpp"
#include "ingress/submission_reader.hpp"

namespace chapar::ingress {
namespace {

net::Problem malformed(std::string why) { return {400, "malformed-json", std::move(why), {}, {}}; }

net::Problem invalid(Errors errors) {
    auto detail = errors.front().pointer + ": " + errors.front().detail;
    return {422, "invalid-message", std::move(detail), std::move(errors), {}};
}

const config::ClassSettings* find_class(const config::Settings& settings, const std::string& name) {
    const auto found = settings.classes.find(name);
    return found == settings.classes.end() ? nullptr : &found->second;
}

}  // namespace

bool Intake::has_route(std::string_view channel, std::string_view class_name) const {
    return std::any_of(settings_->routes.begin(), settings_->routes.end(), [&](const config::RouteSettings& route) {
        return route.channel == channel && (route.classes.empty() || admission::is_allowed(route.classes, class_name));
    });
}

bool Intake::has_address(std::string_view channel) const {
    switch (admission::address_kind(channel)) {
        case admission::AddressKind::email:
            return !submission_.email.empty();
        case admission::AddressKind::phone:
            return !submission_.phone.empty();
        case admission::AddressKind::recipient:
            return !submission_.recipient.empty();
    }
    return false;
}

/// The plan: the channels asked for, else those of the content or the template that can be used for this person.
void Intake::collect_steps(const config::ApplicationSettings& app, const render::Template* program,
                           std::string_view class_name, std::string_view body) {
    steps_.clear();
    if (!submission_.channels.empty()) {
        for (const auto channel : submission_.channels)
            steps_.push_back({channel, true, true, {}});
    } else if (!submission_.content.empty()) {
        for (const auto& content : submission_.content)
            steps_.push_back({content.channel, true, true, {}});
    } else if (program) {
        for (const auto& info : program->info().channels) {
            const bool usable = admission::is_allowed(app.channels, info.channel) && has_address(info.channel) &&
                                has_route(info.channel, class_name);
            if (usable) steps_.push_back({info.channel, true, true, {}});
        }
    }
    if (steps_.size() > admission::max_channels) steps_.resize(admission::max_channels);
    const bool asks = program && !program->info().required.empty();
    const auto data = asks ? net::raw_member(body, "data") : std::string_view();
    for (auto& step : steps_) {
        step.has_route = has_route(step.channel, class_name);
        if (!program) continue;
        step.has_template = program->has_channel(step.channel);
        if (asks && step.has_template) step.missing_variable = program->missing_variable(step.channel, data);
    }
}

/// A recipient named by id alone is looked up; what the profile says stands where the request says nothing.
std::expected<Intake::Profile, net::Problem> Intake::add_profile(const config::ApplicationSettings& app) {
    if (submission_.recipient.empty() || !submission_.email.empty() || !submission_.phone.empty()) return Profile{};
    const auto found = deps_.store.recipient(app.name, submission_.recipient);
    if (!found) return std::unexpected(net::Problem{503, "storage-unavailable", found.error().message(), {}, 5});
    if (!*found) return Profile{};  // a channel may need no address; `decide` knows
    Profile profile{std::string(net::trimmed((*found)->profile))};
    profile.json.reserve(profile.json.size() + net::JsonReader::padding);
    const auto root = profile_json_.read(profile.json);
    simdjson::dom::object person;
    if (!root || root->get(person) != simdjson::SUCCESS)
        return std::unexpected(net::Problem{503, "storage-unavailable", "the stored profile is damaged", {}, 60});
    admission::Submission stored;
    Errors ignored;
    read_person(person, "", false, stored, ignored);
    submission_.email = stored.email;
    submission_.phone = stored.phone;
    if (submission_.locale.empty()) submission_.locale = stored.locale;
    if (submission_.timezone.empty()) submission_.timezone = stored.timezone;
    return profile;
}

Intake::Refused Intake::refused(const config::ApplicationSettings& app, std::string_view text, net::Problem problem) {
    Refused out(std::move(problem));
    if (submission_.idempotency_key.empty()) return out;
    const auto known = deps_.store.known_key(app.name, submission_.idempotency_key);
    if (!known || !*known) return out;
    if ((*known)->request_hash == XXH3_64bits(text.data(), text.size())) out.first = (*known)->id;
    return out;
}

std::expected<store::NewMessage, Intake::Refused> Intake::prepare(const config::ApplicationSettings& app,
                                                                  std::string body, Quota& quota) {
    const auto root = json_.read(body);
    if (!root) return std::unexpected(malformed(root.error()));
    submission_.clear();
    Errors errors;
    read_submission(*root, submission_, errors);
    if (!errors.empty()) return std::unexpected(invalid(std::move(errors)));
    auto profile = add_profile(app);
    if (!profile) return std::unexpected(std::move(profile.error()));

    std::shared_ptr<const render::Template> program;
    if (!submission_.template_name.empty()) program = deps_.catalogue.find(submission_.template_name);
    std::string class_name(submission_.class_name);
    if (class_name.empty() && program) class_name = program->info().class_name;
    collect_steps(app, program.get(), class_name, body);
    const Timestamp now = deps_.clock.now();
    admission::Facts facts{app,
                           find_class(*settings_, class_name),
                           class_name,
                           now,
                           "IR",
                           program != nullptr,
                           steps_,
                           app.queue_depth > 0 ? deps_.control.waiting(app.name) + quota.in_flight() : 0,
                           quota.wait(app.rate, deps_.clock.monotonic())};
    auto decision = admission::decide(submission_, facts);
    if (!decision) return std::unexpected(refused(app, net::trimmed(body), std::move(decision.error())));
    if (program) keep_revision(*program);

    store::NewMessage out;
    auto& message = out.message;
    message.id = deps_.ids.next();
    message.application = app.name;
    message.class_name = std::move(class_name);
    message.recipient = submission_.recipient;
    message.campaign = submission_.campaign;
    message.tags.assign(submission_.tags.begin(), submission_.tags.end());
    const std::string_view locale =
        submission_.locale.empty() ? std::string_view(settings_->daemon.locale) : submission_.locale;
    message.plan.reserve(decision->plan.size());
    for (auto& step : decision->plan) {
        message.plan.push_back({std::string(step.channel), std::move(step.address),
                                std::string(submission_.template_name), program ? program->revision() : std::string(),
                                std::string(locale)});
    }
    message.accepted_at = now;
    message.send_at = decision->send_at;
    message.expires_at = decision->expires_at;
    out.idempotency_key = submission_.idempotency_key;
    const auto text = net::trimmed(body);
    if (!out.idempotency_key.empty()) out.request_hash = XXH3_64bits(text.data(), text.size());
    if (text.size() != body.size()) body = std::string(text);
    if (!profile->json.empty()) {
        body.pop_back();
        body += ",\"profile\":" + profile->json + '}';
    }
    message.body = std::move(body);
    return out;
}

}  // namespace chapar::ingress
