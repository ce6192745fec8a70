#pragma once
// One SMTP connection: greeting, EHLO, STARTTLS, AUTH, then one message after the other, pipelined where offered
// (RFC 2920). Knows at every step how far the current message certainly came. Used on the SMTP thread only.

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "net/transfer_check.hpp"
#include "net/transfer_smtp_wire.hpp"
#include "net/transfers.hpp"

namespace chapar::net {

/// Whom to talk to and as whom; transfers with the same peer share connections.
struct SmtpPeer {
    Url url;
    TlsMode tls = TlsMode::required;
    std::string user, password, ca_file, helo;
    std::size_t reply_limit = 0;
};

struct SmtpJob {
    TransferId id = 0;
    Transfer transfer;  // `body` is as smtp_body made it
    Transfers::Done done;
    Monotonic deadline;
    bool is_cancelled = false;
    bool was_stale = false;  // given back once by a connection that turned out dead
};

/// What all sessions with one peer have learnt about its size limit.
struct SmtpSizes {
    /// RFC 5321, section 4.5.3.1.7: every server takes messages of this size.
    static constexpr std::size_t everybody_takes = 65'536;
    std::size_t largest_accepted = 0;
    bool is_doubt_logged = false;

    /// The limit that is believed of a server that says `said`; 0: none.
    std::size_t believed(std::size_t said) const {
        return said == 0 ? 0 : std::max({said, largest_accepted, everybody_takes});
    }
};

class SmtpSession {
  public:
    /// `peer` and `sizes` outlive the session.
    SmtpSession(asio::io_context& loop, const SmtpPeer& peer, SmtpSizes& sizes)
        : peer_(peer), sizes_(sizes), wire_(loop, peer.reply_limit) {}

    /// Everything up to "ready for MAIL". true: ready; false: failure() says why and how far it came.
    asio::awaitable<bool> establish(Endpoints endpoints, asio::ssl::context* tls, Monotonic until);
    /// One message. false: nothing of it was answered because the connection was stale; try it on another.
    asio::awaitable<bool> exchange(SmtpJob& job, TransferResult& result);
    asio::awaitable<void> quit();

    /// Can carry another message.
    bool is_usable() const { return usable_; }
    TransferResult take_failure() { return std::move(failure_); }
    SmtpWire& wire() { return wire_; }

  private:
    struct Step {
        Phase phase;
        std::string line;
        const std::string* spare = nullptr;  // a recipient without whom the message goes
    };
    asio::awaitable<bool> ask(Phase phase, std::string line, SmtpReply& reply);
    asio::awaitable<bool> hello();
    asio::awaitable<bool> secure(asio::ssl::context* tls);
    asio::awaitable<bool> authenticate();
    bool stop_at(Phase phase, const SmtpReply& reply);
    bool stop_at(Phase phase, const std::string& error);
    bool refuse_locally(const SmtpJob& job, TransferResult& result) const;
    std::vector<Step> envelope(const SmtpJob& job, TransferResult& result) const;
    bool needs_utf8(const Transfer& transfer) const;
    bool is_spare(const Transfer& transfer, const std::string& recipient) const;
    asio::awaitable<bool> run_steps(const std::vector<Step>& steps, TransferResult& result);
    asio::awaitable<bool> run_piped(const std::vector<Step>& steps, TransferResult& result);
    asio::awaitable<void> send_body(SmtpJob& job, TransferResult& result);
    bool judge(const Step& step, SmtpReply reply, TransferResult& result);
    void lost(Phase phase, TransferResult& result);

    void doubt_size();

    const SmtpPeer& peer_;
    SmtpSizes& sizes_;
    SmtpWire wire_;
    SmtpExtensions offered_;
    TransferResult failure_;
    bool usable_ = true;
    bool needs_reset_ = false;  // a transaction was begun and not ended
    std::uint64_t answers_ = 0;
    bool has_served_ = false;
};

}  // namespace chapar::net
