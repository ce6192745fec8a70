#pragma once
// Why a message waits, moves or ends: one enum case per reason, kept as a short text trace with the message's state.
// The trace holds what the attempts table does not: decisions. Pure values.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"

namespace chapar::model {

enum class Reason : std::uint16_t {
    accepted = 1,              // durable; the application heard 202
    scheduled = 2,             // send_at lies in the future
    handed_over = 3,           // given to a plugin
    sent = 4,                  // the provider accepted it
    delivered = 5,             // the provider says it arrived
    retry_later = 6,           // the provider asked to try again, or could not be reached
    rejected = 7,              // the provider refused it for good
    attempts_exhausted = 8,    // the class's max_attempts is used up
    max_age_reached = 9,       // the class's max_age is over
    expired = 10,              // expires_at is past
    cancelled = 11,            // by the application or an operator
    in_doubt_held = 12,        // may have been sent: on_doubt = hold
    in_doubt_retried = 13,     // may have been sent: on_doubt = retry; a duplicate is possible
    operator_retry = 14,       // somebody asked for another try
    render_failed = 15,        // the template could not be rendered for this message
    aborted_by_template = 16,  // {% abort_message %}
    quarantined = 17,          // the stored row is damaged; it is not sent
    no_route = 18,             // no route carries this channel now
    next_channel = 19,         // the plan's next channel is tried
    given_back = 20,           // leased, but nothing left the house
    address_missing = 21,      // the recipient has no address for this channel
    lane_throttled = 22,       // the destination asked to slow down
    circuit_open = 23,         // the provider is failing; the route rests
    route_paused = 24,         // an operator or wrong credentials paused the route
    receipt = 25,              // a later word from the provider
    no_consent = 26,           // the person did not agree, or took it back
    suppressed = 27,           // the address or person is on the suppression list
    duplicate_content = 28,    // the same dedupe_key went to this person within its window
    quiet_hours = 29,          // a quiet window is open for this person
    capped = 30,               // a cap is reached
    too_soon = 31,             // a min_interval is not over yet
    zone_unknown = 32,         // no time zone is known, and the class fails closed
    arbitrating = 33,          // it competes for the last slot with others
    displaced = 34,            // a more important message took its slot
    superseded = 35,           // a newer message with its collapse_key replaced it
    collected = 36,            // it goes as part of a digest
    digest_waits = 37,         // it waits for its digest to be sent
    fallback_due = 38,         // no delivery was known in time
    released = 39,             // what kept it is over; it goes
    erased = 40,               // the person's data was removed
    digest = 41,               // it carries others as a digest; the detail is the digest's template
    routed = 42,               // why this route and no other
    estimated = 43,            // what an attempt costs, as far as prices are known (model/cost.hpp)
    billed = 44,               // what the provider says that it took (model/cost.hpp)
    blocked_by_operator = 45,  // the person is on the operator's own list for such messages
    poison = 46,               // the daemon died again and again while it was in hand
    suspected = 47,            // it was in hand when the daemon died: it goes alone next
    restored = 48,             // the store is a backup put back: it may have been sent since
    journal = 49,              // what the journal knows that the restored store does not
    copy_left_out = 50,        // of a mail: somebody in cc or bcc who is not written to
};
inline constexpr int reason_count = 51;

struct TraceEntry {
    Timestamp at;
    Reason reason;
    std::string detail;  // one line; newlines and control bytes become spaces
};

/// The languages in which a person may ask.
enum class Language : std::uint8_t { en, fa };

std::string_view name(Reason reason);
/// One plain sentence for a person: what happened and what follows.
std::string_view sentence(Reason reason, Language language = Language::en);
std::optional<Reason> reason_from(int number);

/// "MS CODE DETAIL\n". The stored trace is the concatenation of such lines, in order.
std::string encode(const TraceEntry& entry);
std::vector<TraceEntry> decode_trace(std::string_view text);
/// The newest entry of a stored trace.
std::optional<TraceEntry> last_entry(std::string_view trace);
/// The newest that is not about the way or the price.
std::optional<TraceEntry> last_decision(std::string_view trace);
/// Appends, and keeps the trace bounded: past `trace_limit` entries the middle is dropped, first and last stay.
void append(std::string& trace, const TraceEntry& entry);
inline constexpr std::size_t trace_limit = 64;

}  // namespace chapar::model
