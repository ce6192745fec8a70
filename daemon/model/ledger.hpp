#pragma once
// What the policy reads and reserves inside the lease's transaction. The store keeps it exact and knows no rule.
//
// A *scope* is a 64-bit hash of what is counted for (a person, an address, a household, an application, a key); the
// caller makes it. A *use* is one message that took a slot under a scope. A *kind* is what all rules match on (channel,
// class, tags, ...), written once and named by a small number.

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "model/short_link.hpp"
#include "model/state.hpp"
#include "model/trace.hpp"

namespace chapar::model {

using Scope = std::int64_t;
using KindId = std::int32_t;

/// What a message was when it took its slot; never changes afterwards.
struct Kind {
    std::string application, class_name, category, channel, campaign, sender;
    std::vector<std::string> tags;  // sorted
    bool operator==(const Kind&) const = default;
};

enum class UseState : std::uint8_t {
    reserved = 0,    // leased, or waiting for another try of the same channel
    handed_off = 1,  // the provider took it, or may have (in doubt)
    delivered = 2,
    rejected = 3,     // the provider refused it for good
    undelivered = 4,  // taken first, then bounced
};

struct Use {
    Timestamp at{};    // when the attempt was leased
    MessageKey key{};  // whose slot it is
    KindId kind = 0;
    std::int32_t segments = 1;
    std::int64_t cost = 0;  // millionths of the site's currency unit
    UseState state = UseState::reserved;
};

/// Neighbouring uses of one kind and state, summed; none of them is only reserved.
struct Total {
    KindId kind = 0;
    UseState state = UseState::handed_off;
    std::int64_t uses = 0, segments = 0, cost = 0;
    Timestamp first{}, last{};  // of these uses
};

// ---- consent and suppression --------------------------------------------------------------------------------------

enum class ConsentState : std::uint8_t { subscribed = 1, unsubscribed = 2, pending = 3 };
std::string_view name(ConsentState state);

/// Topics that are no class's and no category's: a no to `tracking_topic` asks not to be tracked, one to `pause_topic`
/// stops all that asks for consent for `pause_length`.
inline constexpr std::string_view tracking_topic = "tracking", pause_topic = "pause";
inline constexpr Milliseconds pause_length{std::chrono::hours(24 * 30)};

/// One thing a person said. The newest of (person, channel, topic) counts; the older ones stay as the proof.
struct Consent {
    std::string application;
    std::string recipient;      // an id, or an address: the person is who has it
    std::string channel = "*";  // or one channel
    std::string topic = "*";    // a class or category, or all
    ConsentState state = ConsentState::subscribed;
    std::string source;  // "signup form", "STOP by SMS", ...
    std::string proof;   // what shows it: an IP, a message id, a text
    Timestamp at{};
};

enum class SuppressionReach : std::uint8_t {
    marketing = 1,  // classes that ask for consent
    all = 2,        // every class
};

/// An address that is not written to, in any spelling. `address`: as admission makes it, or "h:HEX" for an erased one.
struct Suppression {
    std::string channel;  // "email", "sms", ...; "*" for all
    std::string address;
    SuppressionReach reach = SuppressionReach::all;
    std::string reason;  // unsubscribed, complaint, hard_bounce, manual, erased, blocked_by_operator
    std::string source;
    Timestamp at{};
    std::optional<Timestamp> until;  // absent: for good
};

struct Message;

/// A waiting message that joined a group: to be sent as one with others (digest), or to compete for the last slot.
struct Member {
    Scope scope = 0;
    MessageKey key{};
    std::int64_t rank = 0;
};

// ---- the gate -----------------------------------------------------------------------------------------------------

/// What the store remembers of a person, an address, a scope. Inside a lease: reads see this transaction. Also given
/// out over a read connection for dry runs (Store::peek); then `kind` of an unknown kind answers 0.
class Ledger {
  public:
    virtual ~Ledger() = default;
    /// Uses of `scope` with at >= from, oldest first; stops when `visit` answers false.
    virtual void uses(Scope scope, Timestamp from, const std::function<bool(const Use&)>& visit) = 0;
    /// The same from the earliest of `edges` on, in any order; of a scope with many uses some come as totals, of which
    /// none has uses before an edge and others at or after it.
    virtual void summed(Scope scope, std::span<const Timestamp> edges, const std::function<bool(const Use&)>& visit,
                        const std::function<void(const Total&)>& add) {
        (void)add;
        if (!edges.empty()) uses(scope, *std::min_element(edges.begin(), edges.end()), visit);
    }
    /// Views stay valid while the ledger lives.
    virtual const Kind& kind(KindId id) = 0;
    /// The number of a kind; made on first use.
    virtual KindId kind_id(const Kind& kind) = 0;
    /// The newest word per (channel, topic) of a person; a pending one does not hide the no before it.
    virtual std::vector<Consent> consents(std::string_view application, std::string_view recipient) = 0;
    /// Rows for (channel or "*", address), clear or erased.
    virtual std::vector<Suppression> suppressions(std::string_view channel, std::string_view address) = 0;
    virtual std::optional<Timestamp> last_event(std::string_view application, std::string_view recipient,
                                                std::string_view event) = 0;
    /// The recipient's stored profile (JSON), empty when there is none.
    virtual std::string profile(std::string_view application, std::string_view recipient) = 0;
    /// The ids of those whose profile holds this address.
    virtual std::vector<std::string> owners(std::string_view application, std::string_view address) {
        (void)application, (void)address;
        return {};
    }
    /// Every name under which a word of this person may stand: the id, the addresses, those of the profile; without an
    /// id also the owners of the addresses.
    virtual std::vector<std::string> names(std::string_view application, std::string_view recipient,
                                           const std::vector<std::string>& addresses) {
        (void)application;
        std::vector<std::string> out(addresses);
        if (!recipient.empty()) out.emplace_back(recipient);
        return out;
    }
    /// State of another message, for the slots it holds.
    virtual std::optional<State> state_of(MessageKey key) = 0;
    /// Who joined this group and still waits, by (rank descending, key).
    virtual std::vector<Member> group(Scope scope) = 0;
    /// A message that still waits or is carried, as it was accepted, and the step of its plan at which it stands.
    /// false: neither, or it can't be read.
    virtual bool kept(MessageKey key, const std::function<void(const Message&, int step)>& look) {
        (void)key, (void)look;
        return false;
    }
    /// Those that `leader` carries from an earlier try (Ruling::collect).
    virtual std::vector<MessageKey> carried(MessageKey leader) {
        (void)leader;
        return {};
    }
    /// What was damaged of all that was read since the last call; empty: nothing. Whoever decides by something damaged
    /// notes it again.
    virtual std::string take_damage() { return {}; }
    virtual void note_damage(std::string_view what) { (void)what; }
};

/// What the gate says of one lease.
struct Ruling {
    enum class Action : std::uint8_t {
        go,    // the lease is written, `reserve` with it
        wait,  // stays waiting until `due`
        step,  // stays waiting, due at `due`, on plan step `step`
        end,   // `event` ends it
    } action = Action::go;
    struct Slot {
        Scope scope = 0;
        Use use;
    };
    /// A message that waited to be carried, or was carried, and may not go any more, by its own gates.
    struct Left {
        MessageKey key{};
        Event event = Event::suppress;
        std::vector<TraceEntry> trace;
    };
    std::vector<Slot> reserve;         // go: all at Lease::at and for Lease::key
    std::shared_ptr<const Kind> kind;  // of these slots; null: each use names its own
    std::vector<MessageKey> displace;  // waiting messages that give their slots up and end as superseded
    std::vector<MessageKey> collect;   // go: waiting messages that this one carries; they end as collected
    std::vector<Left> leave_out;       // go: these end by themselves
    std::optional<Member> join;        // wait, step: the group that it waits in
    bool is_unwatched = false;         // go: the person refuses to be tracked; short links lead on uncounted
    Timestamp due{};
    int step = 0;
    Event event = Event::stop;
    std::vector<TraceEntry> trace;  // appended to the message's
};

struct ReadPlan;
class ReadSet;

/// Asked once for each lease of a batch, inside its transaction, on the writer's thread: nothing comes between what was
/// read and what is reserved. Must not block, throw or call back into the store; a transaction that fails is tried
/// again, and the gate is asked again.
class Gate {
  public:
    virtual ~Gate() = default;
    /// What the whole batch will look at, as far as that is known before; it is read set-wise. Null: nothing.
    virtual const ReadPlan* plan() const { return nullptr; }
    /// Over what was read, and what the batch itself has taken since. Nothing: `more` is needed, and it is asked again
    /// when that has been read; not more often than most_rounds.
    virtual std::optional<Ruling> rule(std::size_t index, const ReadSet& set, ReadPlan& more) = 0;
};

/// A decision that takes more rounds of reading is a fault; most take one.
inline constexpr int most_rounds = 8;

/// What became of a lease.
struct Leased {
    bool granted = false;
    /// Present when the gate kept it back: what it is now.
    std::optional<State> state;
    int step = 0;
    Timestamp due{};
    /// Granted: what became of Lease::links, in their order.
    std::vector<ShortLink> links{};
};

}  // namespace chapar::model
