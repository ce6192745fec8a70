#pragma once
// Whether a message may go now: every gate in its fixed order. Without a clock and without state of its own; over what
// was read before (question.hpp), so without I/O, but for the one function that reads by itself.
// consent -> suppression -> expiry -> dedupe -> class exemption -> quiet hours -> caps (reserve). See docs/policy.md.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "policy/subject.hpp"

namespace chapar::policy {

enum class Code { unknown_zone, bad_calendar };
constexpr std::string_view error_domain(Code) { return "policy"; }

enum class GateName : std::uint8_t { address, consent, suppression, expiry, dedupe, exemption, quiet, cap };
std::string_view name(GateName gate);

/// One gate's or rule's word, for the trace, `explain` and the dry run.
struct Finding {
    GateName gate{};
    std::string rule;  // the rule's name; empty for gates without rules
    bool passed = true;
    std::string channel;                // of the plan step it was asked for
    double counter = 0, limit = 0;      // caps: what was used before this message, and the limit
    std::optional<Timestamp> from, to;  // caps: the window's edges; quiet: the quiet span
    std::optional<Timestamp> next;      // when it may be asked again
    std::string words;                  // one plain sentence
};

/// A cap with `alarm` that this message reached, or brought over its mark.
struct CapAlarm {
    std::string rule;
    bool is_reached = false;  // the cap keeps it back
    double counter = 0, limit = 0;
};

struct Decision {
    model::Ruling ruling;
    std::vector<Finding> findings;  // only filled when asked for
    /// Not empty: the message goes as a digest of itself and ruling.collect, rendered with this template.
    std::string digest_template;
    std::vector<CapAlarm> alarms;
    /// It goes: of the copies of its step those that are not written to, by index, and why.
    std::vector<std::pair<std::size_t, std::string>> left_out;
};

/// What is remembered at least, so that a rule added later finds a history: no dedupe window reaches farther back.
inline constexpr Milliseconds kept_history = std::chrono::hours(24 * 30);

/// The rules of one configuration, compiled. Immutable, shared between threads.
class Rules {
  public:
    virtual ~Rules() = default;
    /// The longest look back that any rule needs, and at least kept_history; uses older than this may be pruned.
    /// nullopt: for ever (lifetime, since_event, until).
    virtual std::optional<Milliseconds> history() const = 0;
    virtual bool is_empty() const = 0;  // neither caps nor quiet windows
};

/// Errors name the rule and what to do: a zone that does not exist, a calendar file that can't be read
/// (file:line:column).
Result<std::shared_ptr<const Rules>> compile(const config::Settings& settings);

/// The whole of it at once: plans, reads and decides (question.hpp). `explain`: fill the findings, also those that
/// pass.
Decision decide(const Rules& rules, const Subject& subject, model::Ledger& ledger, Timestamp now, bool explain = false);

/// The scopes that messages count under; stable for ever, since they are stored.
model::Scope person_scope(bool site_wide, std::string_view application, std::string_view recipient,
                          std::string_view channel, std::string_view address);
model::Scope endpoint_scope(std::string_view channel, std::string_view address);
model::Scope named_scope(std::string_view what, std::string_view application, std::string_view value);

}  // namespace chapar::policy
