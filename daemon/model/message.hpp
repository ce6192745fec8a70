#pragma once
// The accepted message as plain values: what is stored once and never changes, and what changes.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "model/outcome.hpp"
#include "model/report.hpp"
#include "model/state.hpp"
#include "model/trace.hpp"

namespace chapar::model {

/// Somebody beside the recipient whom a mail goes to as well.
struct Copy {
    std::string address;      // canonical
    bool is_hidden = false;   // bcc: nobody who gets the mail sees the address
    std::uint32_t place = 0;  // in the request's list
    bool operator==(const Copy&) const = default;
};
/// Where it stands in the request: "/cc/0". Names it where its address has no place.
std::string pointer_of(const Copy& copy);

/// One step of a channel plan, resolved and pinned when the message was accepted.
struct PlanStep {
    std::string channel;         // "email", "sms", ...
    std::string address;         // canonical; empty only when the recipient had none
    std::string template_name;   // empty: ready-made content in the request
    std::string revision;        // hex name of the pinned template revision
    std::string locale;          // BCP 47, may be empty
    bool is_test = false;        // it goes to the sandbox, and to nobody else
    std::vector<Copy> copies{};  // of a mail only; none has the address of the step or of another
};

/// The route that every test goes to, and in place of a channel what its messages queue for.
inline constexpr std::string_view sandbox_name = "sandbox";
/// What the step queues for: of a test never its channel, so that no other route finds it, and the sandbox nothing
/// else.
inline std::string_view queued_for(const PlanStep& step) {
    return step.is_test ? sandbox_name : std::string_view(step.channel);
}

/// Immutable from acceptance on. `body` is the request's JSON text as it was accepted, `fields` what was read from it
/// for the policy (policy_fields.hpp); empty: it was accepted by a version that did not store it.
struct Message {
    MessageId id;
    std::string application;
    std::string class_name;
    std::string recipient;  // the application's id of the person, or empty
    std::string campaign;
    std::vector<std::string> tags;
    std::vector<PlanStep> plan;  // at least one step
    Timestamp accepted_at{};
    Timestamp send_at{};     // first due time
    Timestamp expires_at{};  // never later than the class's max_age after send_at
    std::string body;
    std::string fields;
};

bool is_test(const Message& message);

/// What moves.
struct Progress {
    State state = State::waiting;
    int step = 0;      // index into the plan
    int attempts = 0;  // attempts begun, over all steps
    Timestamp due{};
    std::string trace;
};

struct Attempt {
    int number = 0;
    std::string channel;
    std::string route;
    Timestamp started_at{};
    std::optional<Timestamp> finished_at;  // absent: in doubt
    Outcome outcome;
    std::vector<PartReceipt> receipts{};  // by part, for what is tracked; only Store::find fills it
};

/// The step after this one that has an address; nothing: the plan is used up.
std::optional<int> next_step(const std::vector<PlanStep>& plan, int step);

/// The plan as one stored text (a step a line, tab between fields, a field more for each copy); fields never hold tabs
/// or newlines.
std::string encode_plan(const std::vector<PlanStep>& plan);
std::vector<PlanStep> decode_plan(std::string_view text);
/// Tags as one stored text: "\ntag\ntag\n", so that one LIKE-free instr() finds a tag; empty when there is none.
std::string encode_tags(const std::vector<std::string>& tags);
std::vector<std::string> decode_tags(std::string_view text);

}  // namespace chapar::model
