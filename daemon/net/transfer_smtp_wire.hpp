#pragma once
// The bytes below one SMTP session: a TCP connection that may become TLS, with one deadline at a time.
// Used on the SMTP thread only. Errors come as sentences.

#include "net/asio_quiet.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "net/transfer_smtp_reply.hpp"

namespace chapar::net {

namespace asio = boost::asio;
using Endpoints = std::vector<asio::ip::tcp::endpoint>;

class SmtpWire {
  public:
    SmtpWire(asio::io_context& loop, std::size_t reply_limit) : socket_(loop), replies_(reply_limit) {}

    /// Connects to the first of `endpoints` that answers; each gets an equal part of the time that is left.
    /// The value: what went wrong, or empty.
    asio::awaitable<std::string> connect(Endpoints endpoints, Monotonic until);
    /// Handshake as a client; `host` is checked against the certificate when `verify`.
    asio::awaitable<std::string> start_tls(asio::ssl::context& context, std::string host, bool verify);
    /// false: see error(). `out` is unchanged then.
    asio::awaitable<bool> read_reply(SmtpReply& out);
    /// Writes both pieces; the value is how many bytes have certainly left this process. Fewer than all: see error().
    asio::awaitable<std::size_t> write(std::string_view first, std::string_view second = {});

    /// Ends whatever is under way when `now` is past the deadline.
    void check_deadline(Monotonic now);
    void set_deadline(Monotonic at) { deadline_ = at; }
    bool timed_out() const { return timed_out_; }
    void close();
    const std::string& error() const { return error_; }
    bool is_secure() const { return tls_.has_value(); }
    /// Bytes that came before anybody asked.
    bool has_unread() const { return !replies_.empty(); }

  private:
    using Socket = asio::ip::tcp::socket;
    void tune();
    std::string describe(const boost::system::error_code& error) const;

    Socket socket_;
    std::optional<asio::ssl::stream<Socket&>> tls_;
    ReplyBuffer replies_;
    std::array<char, 4096> input_;
    Monotonic deadline_ = Monotonic::max();
    bool timed_out_ = false;
    std::string error_;
};

}  // namespace chapar::net
