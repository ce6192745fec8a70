#pragma once
// Whether a message is watched at all. Pure; any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace chapar::engage {

/// Ascending: each sees what the ones before it see, and more.
enum class Tracking : std::uint8_t {
    none,    // no pixel, no link is rewritten
    clicks,  // links are rewritten
    full,    // and a pixel is placed
};
std::string_view name(Tracking tracking);  // "none"
std::optional<Tracking> parse_tracking(std::string_view text);

/// What a person said under the consent topic "tracking".
enum class TrackingConsent : std::uint8_t { unasked, granted, refused };

struct TrackingQuestion {
    std::string_view class_name;
    Tracking of_class = Tracking::none;
    std::optional<Tracking> of_application;  // absent: it says nothing
    bool needs_consent = false;              // the site tracks only who agreed
    TrackingConsent person = TrackingConsent::unasked;
};

struct TrackingDecision {
    Tracking tracking = Tracking::none;
    /// Who decided: nobody widens what another narrowed.
    enum class Reason : std::uint8_t { by_class, by_application, refused, not_asked } reason = Reason::by_class;
    std::string sentence() const;  // "clicks: the application shop asks for no more"

    std::string_view class_name;  // of the question
};

TrackingDecision decide_tracking(const TrackingQuestion& question);

/// What a class without a setting of its own does: nothing for one-time passwords, all for what needs consent to be
/// sent, links alone for the rest.
Tracking default_tracking(bool is_otp, bool is_marketing);

}  // namespace chapar::engage
