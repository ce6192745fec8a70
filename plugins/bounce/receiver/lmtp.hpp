/// The server's side of one LMTP connection (RFC 2033), without a socket: bytes in, bytes out, and mails that came
/// whole. PIPELINING, SIZE, 8BITMIME, SMTPUTF8, ENHANCEDSTATUSCODES. Lines end with CRLF and nothing else: a mail with
/// a bare CR or LF is refused, so that no two readers can see two different ends of it. Memory is bounded by `Limits`.
/// One thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chapar::bounce {

struct LmtpLimits {
    std::size_t message = 32 * 1024 * 1024;  ///< bytes of a mail that are taken from the wire
    std::size_t kept = 1024 * 1024 + 1;      ///< of these, what is kept: more is never looked at
    std::size_t line = 2048;                 ///< of a command
    std::size_t recipients = 100;
    std::size_t mistakes = 20;  ///< commands that were refused; then it is over
};

/// A mail that came whole, and whom it was sent to.
struct ReceivedMail {
    std::string text;
    std::string sender;
    std::vector<std::string> recipients;
};

class LmtpSession {
  public:
    /// `domains`: which addresses are taken; empty: all.
    LmtpSession(std::string host, const std::vector<std::string>& domains, LmtpLimits limits = {});

    std::string greeting() const;

    /// Takes bytes in, up to a mail's end. What is to be sent is appended to `out`. Returns how many were used: fewer
    /// than all when a mail is whole (`mail`) or the connection is over (`is_over`).
    std::size_t take(std::string_view bytes, std::string& out);

    /// A mail that waits for its replies; `take` goes on after `answer`.
    const std::optional<ReceivedMail>& mail() const { return mail_; }
    /// One answer for each of its recipients.
    void answer(const std::vector<bool>& taken, std::string& out);
    /// The connection is to be closed when `out` is sent.
    bool is_over() const { return is_over_; }
    /// Between mails: nothing is lost when it is closed.
    bool is_idle() const { return !is_in_data_ && !mail_; }

  private:
    enum class At : std::uint8_t { start, dot, dot_cr, text, cr };

    std::size_t take_line(std::string_view bytes, std::string& out);
    std::size_t take_data(std::string_view bytes, std::string& out);
    void put(std::string_view bytes);
    void end_data(std::string& out);
    void command(std::string_view line, std::string& out);
    void lhlo(std::string_view words, std::string& out);
    void mail_from(std::string_view words, std::string& out);
    void rcpt_to(std::string_view words, std::string& out);
    void data(std::string& out);
    void refuse(std::string_view reply, std::string& out);
    void reset();
    bool is_of_ours(std::string_view address) const;

    const std::string host_;
    const std::vector<std::string>& domains_;
    const LmtpLimits limits_;
    std::string line_;  // of a command, not whole yet
    bool is_greeted_ = false, has_sender_ = false, is_in_data_ = false, is_over_ = false, is_utf8_ = false;
    std::string sender_;
    std::vector<std::string> recipients_;
    std::optional<ReceivedMail> mail_;
    // Inside of DATA.
    At at_ = At::start;
    std::string text_;
    std::size_t size_ = 0;
    bool has_bare_end_ = false;
    std::size_t mistakes_ = 0;
};

}  // namespace chapar::bounce
