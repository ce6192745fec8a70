#pragma once
// May this submission enter, and as what? Pure: everything it needs to know comes in as Facts. Callable from any
// thread. A refusal says all that is wrong at once.

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "admission/submission.hpp"
#include "base/clock.hpp"
#include "config/settings.hpp"
#include "model/message.hpp"
#include "net/http_problem.hpp"

namespace chapar::admission {

/// What is known of one channel of the plan.
struct StepFacts {
    std::string_view channel;
    bool has_route = true;
    bool has_template = true;                    // the template has a file for it
    std::vector<std::string> missing_variables;  // required by the template, absent or blank
    std::string sender = {};                     // that the template names
    /// A mail that nobody gives a From, neither the template nor any route: the route that should. Empty: all is well.
    std::string_view from_missing_at = {};
    bool lacks_unsubscribe = false;                   // a template's mail that shows no way to end such mails
    std::vector<net::ProblemDetail> wrong_data = {};  // of another kind than the template's sample says
};

struct Facts {
    const config::ApplicationSettings& application;
    const config::ClassSettings* class_settings = nullptr;  // nullptr: no such class
    std::string_view class_name;                            // the request's, else the template's
    Timestamp now{};
    std::string_view country = "IR";  // of the site
    bool template_known = true;       // meaningless without a template name
    const std::vector<StepFacts>& steps;
    std::int64_t waiting = 0;                // of this application, with those on their way to the disk
    std::optional<Milliseconds> next_token;  // the rate limit is used up; when it is not any more
    bool plan_known = true;                  // meaningless without a plan's name
    const config::Settings* site = nullptr;  // routes and destinations; nullptr: none is refused for them
    std::string_view nearest_template = {};  // to one that is not known; empty: none is near
    bool recipient_unknown = false;          // named by id alone, and there is no such profile
};

struct AcceptedStep {
    std::string_view channel;
    std::string address;  // empty: the recipient has none for this channel
};

struct Accept {
    std::vector<AcceptedStep> plan;
    std::vector<model::Copy> copies;  // of its mail
    Timestamp send_at{};
    Timestamp expires_at{};
};

std::expected<Accept, net::Problem> decide(const Submission& submission, const Facts& facts);

/// Limits that hold for every site; docs/openapi.yaml says the same numbers.
inline constexpr std::size_t max_id = 255;  // recipient, campaign, idempotency_key
inline constexpr std::size_t max_tags = 32, max_tag = 64;
inline constexpr std::size_t max_channels = 3;  // one main channel and two behind it; a class may allow fewer
inline constexpr std::size_t max_copies = 50;   // cc and bcc together
inline constexpr std::size_t max_headers = 32, max_header_value = 998;
inline constexpr std::size_t max_metadata = 4096;  // bytes of JSON
inline constexpr std::size_t max_attachments = 32, max_attachment_name = 255;
inline constexpr Milliseconds max_ahead{std::chrono::hours(24 * 366)};  // send_at
inline constexpr Milliseconds max_late{std::chrono::hours(24)};         // send_at: a clock or a queue that is behind
inline constexpr Milliseconds max_dedupe{std::chrono::hours(24 * 30)};  // policy::kept_history
inline constexpr Milliseconds max_fallback{std::chrono::hours(24 * 30)};

/// "*" or an exact name in `list`.
bool is_allowed(const std::vector<std::string>& list, std::string_view name);
/// The same for `templates`, where "welcome-*" stands for all names that begin so.
bool is_template_allowed(const std::vector<std::string>& list, std::string_view name);
/// A BCP 47 tag by its shape, and a time zone of the system's tz database.
bool is_locale(std::string_view text);
bool is_timezone(std::string_view text);

/// Which member of `to` a channel's address is: email, phone or (any other channel) the recipient's id.
enum class AddressKind : std::uint8_t { email, phone, recipient };
AddressKind address_kind(std::string_view channel);

}  // namespace chapar::admission
