#pragma once
// Outgoing HTTP and SMTP exchanges: one shared pool of connections for all plugins. HTTP runs on a libcurl multi handle
// with a thread of its own; SMTP (RFC 5321, 2920, 3207, 4954, 6531) is ours, on an Asio thread of its own, because
// libcurl's multi interface blocks on the answer to every final dot (docs/decisions).
// Owns its threads. Errors come as the result of the transfer, with how far it certainly came.

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"

namespace chapar::net {

/// How far a transfer certainly came. The numbers are those of plugins/sdk/include/chapar/plugin.h.
enum class Phase : std::int8_t {
    refused = -1,  // never started: the request itself is not allowed
    resolve = 0,
    connect = 1,  // also greeting and EHLO
    tls = 2,
    auth = 3,
    sender = 4,
    recipient = 5,
    data = 6,      // DATA asked for or the body begun, not ended: certainly not accepted
    sent = 7,      // the last byte may have left: without an answer nobody knows
    answered = 8,  // the final answer is in `code`
};

enum class TlsMode : std::uint8_t { required, opportunistic, none };

using Pairs = std::vector<std::pair<std::string, std::string>>;

struct Transfer {
    std::string url;             // http, https, smtp or smtps
    std::string method = "GET";  // http
    Pairs headers;               // http
    std::string body;            // smtp: the RFC 5322 message, any line ends
    std::string mail_from;       // smtp; empty: the null sender
    std::vector<std::string> rcpt_to;
    std::string user, password;
    std::string ca_file;              // PEM; empty: the system's
    std::string helo;                 // smtp; empty: Options::helo
    TlsMode tls = TlsMode::required;  // smtp
    bool smtp_utf8 = false;
    Milliseconds connect_timeout{30'000}, timeout{300'000};
    std::size_t max_response_bytes = 0;  // 0: Options::max_response_bytes
    bool urgent = false;                 // smtp: before those that wait for a connection
    bool first_decides = false;          // smtp: the first recipient; it goes without others that are refused
    std::string envelope_id{};           // smtp: said to a server that offers DSN; empty: none
    /// http: asked about the very address that is connected to (also that of a connection which is used again), before
    /// a byte leaves. What it answers is why not; empty: it may. Not null: no proxy is asked, which would connect for
    /// us. Called on the HTTP thread: must not block.
    std::function<std::string(std::string_view address)> refuse_address{};
};

struct TransferResult {
    Phase phase = Phase::resolve;
    int code = 0;       // http status or last SMTP reply; 0: none
    std::string reply;  // smtp: text of the last reply without its codes, lines joined by '\n'
    Pairs headers;      // http
    std::string body;   // http
    bool timed_out = false;
    std::string error;  // empty: a reply ended it, whatever its code; else what went wrong
    Pairs refused{};    // smtp, first_decides: recipients beside the first, each with its reply, code first
};

using TransferId = std::uint64_t;  // 0 is none

/// All functions are callable from any thread.
class Transfers {
  public:
    struct Options {
        std::string helo = "localhost";
        std::string user_agent = "chapar";
        std::uint32_t max_host_connections = 64;  // towards one server; HTTP: 0 is no limit
        std::uint32_t max_connections = 512;      // HTTP: in all; 0 is no limit
        std::size_t max_response_bytes = 1 << 20;
        Milliseconds idle_timeout{20'000};  // an unused connection is closed after that
    };
    /// Called exactly once, on a thread of Transfers or (refused) inside start; must not block.
    using Done = std::move_only_function<void(TransferResult)>;

    explicit Transfers(Options options);
    /// Ends every transfer with what is certain about it, then joins the threads.
    ~Transfers();
    Transfers(const Transfers&) = delete;
    Transfers& operator=(const Transfers&) = delete;

    TransferId start(Transfer transfer, Done done);
    /// Ends it now, with what is certain about it. No effect when it has ended.
    void cancel(TransferId id);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace chapar::net
