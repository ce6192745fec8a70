#pragma once
// One configured instance of a plugin as the daemon sees it. Everything that is dangerous about the border (lifetimes,
// double completions, exceptions, deadlines) is dealt with behind this interface.

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "model/outcome.hpp"

namespace chapar::plugin {

enum class Code { refused, wrong_abi, no_entry, unsafe_path, bad_config, failed_to_start, not_found };
constexpr std::string_view error_domain(Code) { return "plugin"; }

struct OutgoingAttachment {
    std::string name, content_type, content_id, bytes;
};

/// Somebody whom a mail goes to as well. See chapar_copy.
struct OutgoingCopy {
    std::string address, name;
    bool is_hidden = false;
};

/// One message ready to leave: chapar_message with owned strings.
struct Outgoing {
    AttemptId attempt;
    std::string channel, address, application, class_name, campaign, locale;
    Timestamp expires_at{};
    std::vector<std::pair<std::string, std::string>> content, headers;
    std::vector<OutgoingAttachment> attachments;
    bool urgent = false;  // its class is critical
    std::vector<OutgoingCopy> copies{};
};

struct Traits {
    std::vector<std::string> channels;
    std::uint32_t flags = 0, max_batch = 1, max_linger_ms = 0, max_in_flight = 1;
    std::string config_schema;
    /// CHAPAR_RECEIPTS: outcomes are followed by events.
    bool reports_later() const { return (flags & 1U) != 0; }
    /// CHAPAR_CARRIES_COPIES: it sends to Outgoing::copies.
    bool carries_copies() const { return (flags & 8U) != 0; }
};

/// One request of a provider at the instance's address, and the answer to it.
struct HttpRequest {
    std::string method, path, query;  // path below the instance's prefix
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
};
struct HttpReply {
    int status = 500;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
};

/// All functions are callable from any thread.
class Instance {
  public:
    /// Called exactly once per index of a batch, on any thread; must not block.
    using Completed = std::function<void(std::size_t index, model::Outcome outcome)>;

    virtual ~Instance() = default;
    virtual const std::string& name() const = 0;
    virtual const Traits& traits() const = 0;
    /// Hands a batch over (at most traits().max_batch). What has no word after `deadline` is completed as UNKNOWN; an
    /// error return of the plugin completes all as RETRY ("nothing was sent").
    virtual void send(std::vector<Outgoing> batch, Milliseconds deadline, Completed done) = 0;
    /// Hands over a provider's request. `reply` is called once, when what the plugin emitted for it is durable; 501
    /// when the plugin takes no requests, 503 when an event could not be stored.
    virtual void inbound(HttpRequest, std::function<void(HttpReply)> reply) { reply({501, {}, {}}); }
    /// Stops new work; `drained` runs when batches, timers, transfers and inquiries are all zero, or with what still
    /// holds it after `limit` (then everything was cancelled). A second call may shorten the limit. A call into the
    /// plugin that does not return can't prevent the answer: see stuck_in.
    virtual void drain(Milliseconds limit, std::function<void(std::string still_held)> drained) = 0;
    /// After `drained`: what the plugin has not returned from, in words; empty: it has ended. Then nothing of it runs
    /// any more, otherwise what it was given must stay valid.
    virtual std::string stuck_in() const { return {}; }
};

}  // namespace chapar::plugin
