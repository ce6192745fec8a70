#include "engage/tracking.hpp"

#include <fmt/format.h>

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
        case Reason::refused:
            return "tracking is none: the person does not want to be tracked";
        case Reason::not_asked:
            return "tracking is none: the person has not agreed to it, and this site tracks only who did";
    }
    return "";
}

TrackingDecision decide_tracking(const TrackingQuestion& question) {
    using Reason = TrackingDecision::Reason;
    TrackingDecision out{.tracking = question.of_class, .reason = Reason::by_class, .class_name = question.class_name};
    if (question.of_application && *question.of_application < out.tracking) {
        out.tracking = *question.of_application;
        out.reason = Reason::by_application;
    }
    if (out.tracking == Tracking::none) return out;
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
