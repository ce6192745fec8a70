#pragma once
// Whether a message is watched at all. Pure; any thread.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "config/settings.hpp"
#include "model/ledger.hpp"

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
    bool has_copies = false;                 // others get the mail too (cc, bcc): whose hit it is, nobody knows
    TrackingConsent person = TrackingConsent::unasked;
};

struct TrackingDecision {
    Tracking tracking = Tracking::none;
    /// Who decided: nobody widens what another narrowed.
    enum class Reason : std::uint8_t { by_class, by_application, copied, refused, not_asked } reason = Reason::by_class;
    std::string sentence() const;  // "clicks: the application shop asks for no more"

    std::string_view class_name;  // of the question
};

/// What the settings ask of a class's messages; of an application's, where it has one of that name.
TrackingQuestion tracking_question(const config::Settings& settings, std::string_view class_name,
                                   std::string_view application = {});

/// The person's words about it that are in force, of all their words. A no stands until a later yes that is about as
/// much (one channel, or all).
TrackingConsent tracking_consent(std::span<const model::Consent> words, std::string_view channel);

TrackingDecision decide_tracking(const TrackingQuestion& question);

/// What a class without a setting of its own does: nothing for one-time passwords, all for what needs consent to be
/// sent, links alone for the rest.
Tracking default_tracking(bool is_otp, bool is_marketing);

}  // namespace chapar::engage
