#include "engage/tracking.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace chapar::engage {

std::string_view name(Tracking tracking) {
    switch (tracking) {
        case Tracking::none:
            return "none";
        case Tracking::clicks:
            return "clicks";
        case Tracking::full:
            return "full";
    }
    return "";
}

std::optional<Tracking> parse_tracking(std::string_view text) {
    for (const auto each : {Tracking::none, Tracking::clicks, Tracking::full})
        if (text == name(each)) return each;
    return std::nullopt;
}

std::string TrackingDecision::sentence() const {
    switch (reason) {
        case Reason::by_class:
            return fmt::format("tracking is {}: the class {} says so", name(tracking), class_name);
        case Reason::by_application:
            return fmt::format("tracking is {}: the application asks for less than the class {}", name(tracking),
                               class_name);
        case Reason::copied:
            return "tracking is none: others get the mail too, and whose hit it is nobody knows";
        case Reason::refused:
            return "tracking is none: the person does not want to be tracked";
        case Reason::not_asked:
            return "tracking is none: the person has not agreed to it, and this site tracks only who did";
    }
    return "";
}

TrackingQuestion tracking_question(const config::Settings& settings, std::string_view class_name,
                                   std::string_view application) {
    TrackingQuestion out{.class_name = class_name, .of_application = std::nullopt};
    const auto cls = settings.classes.find(std::string(class_name));
    const bool is_known = cls != settings.classes.end();
    const bool asks = is_known && cls->second.requires_ == config::Requires::consent;
    out.of_class = default_tracking(class_name == "otp", class_name == "marketing" || asks);
    if (const auto word = is_known ? parse_tracking(cls->second.tracking) : std::nullopt) out.of_class = *word;
    const auto app = std::ranges::find(settings.applications, application, &config::ApplicationSettings::name);
    if (app != settings.applications.end()) out.of_application = parse_tracking(app->tracking);
    out.needs_consent = settings.policy.tracking_needs_consent;
    return out;
}

TrackingConsent tracking_consent(std::span<const model::Consent> words, std::string_view channel) {
    using model::ConsentState;
    const auto closeness = [&](const model::Consent& word) {
        if (word.topic != model::tracking_topic || (word.channel != "*" && word.channel != channel)) return -1;
        return word.channel == "*" ? 0 : 1;
    };
    bool has_yes = false;
    for (const auto& word : words) {
        const int close = closeness(word);
        if (close < 0) continue;
        has_yes = has_yes || word.state == ConsentState::subscribed;
        if (word.state != ConsentState::unsubscribed) continue;
        const bool is_taken_back = std::ranges::any_of(words, [&](const model::Consent& other) {
            return other.state == ConsentState::subscribed && closeness(other) >= close && other.at > word.at;
        });
        if (!is_taken_back) return TrackingConsent::refused;
    }
    return has_yes ? TrackingConsent::granted : TrackingConsent::unasked;
}

TrackingDecision decide_tracking(const TrackingQuestion& question) {
    using Reason = TrackingDecision::Reason;
    TrackingDecision out{.tracking = question.of_class, .reason = Reason::by_class, .class_name = question.class_name};
    if (question.of_application && *question.of_application < out.tracking) {
        out.tracking = *question.of_application;
        out.reason = Reason::by_application;
    }
    if (out.tracking == Tracking::none) return out;
    if (question.has_copies) {
        out.tracking = Tracking::none;
        out.reason = Reason::copied;
        return out;
    }
    const bool is_refused = question.person == TrackingConsent::refused;
    const bool is_missing = question.needs_consent && question.person == TrackingConsent::unasked;
    if (is_refused || is_missing) {
        out.tracking = Tracking::none;
        out.reason = is_refused ? Reason::refused : Reason::not_asked;
    }
    return out;
}

Tracking default_tracking(bool is_otp, bool is_marketing) {
    if (is_otp) return Tracking::none;
    return is_marketing ? Tracking::full : Tracking::clicks;
}

}  // namespace chapar::engage
