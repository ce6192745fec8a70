#include "net/transfer_smtp_wire.hpp"

#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace chapar::net {
namespace {

constexpr auto as_values = asio::as_tuple(asio::use_awaitable);

/// An unanswered byte is given up after that, and silent connections are probed: a peer that vanished is noticed.
constexpr int user_timeout_ms = 60'000;
constexpr int keepalive_s = 60;

}  // namespace

asio::awaitable<std::string> SmtpWire::connect(Endpoints endpoints, Monotonic until) {
    std::string problem = "the name has no address";
    for (std::size_t i = 0; i < endpoints.size(); ++i) {
        Monotonic now = std::chrono::steady_clock::now();
        if (now >= until) break;
        deadline_ = now + (until - now) / (endpoints.size() - i);
        timed_out_ = false;
        boost::system::error_code ignored;
        socket_.close(ignored);
        auto [error] = co_await socket_.async_connect(endpoints[i], as_values);
        if (!error) {
            tune();
            deadline_ = until;
            co_return std::string();
        }
        problem = endpoints[i].address().to_string() + " port " + std::to_string(endpoints[i].port()) + ": " +
                  describe(error);
    }
    co_return "can't connect: " + problem;
}

void SmtpWire::tune() {
    boost::system::error_code ignored;
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
    socket_.set_option(asio::socket_base::keep_alive(true), ignored);
    int fd = socket_.native_handle();
    ::setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &keepalive_s, sizeof keepalive_s);
    ::setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &user_timeout_ms, sizeof user_timeout_ms);
}

asio::awaitable<std::string> SmtpWire::start_tls(asio::ssl::context& context, std::string host, bool verify) {
    tls_.emplace(socket_, context);
    SSL* ssl = tls_->native_handle();
    boost::system::error_code not_an_address;
    asio::ip::make_address(host, not_an_address);
    if (not_an_address) {
        SSL_set_tlsext_host_name(ssl, host.c_str());  // RFC 6066: names only
        if (verify) SSL_set1_host(ssl, host.c_str());
    } else if (verify) {
        X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str());
    }
    SSL_set_verify(ssl, verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
    auto [error] = co_await tls_->async_handshake(asio::ssl::stream_base::client, as_values);
    if (!error) co_return std::string();
    long verdict = SSL_get_verify_result(ssl);
    if (verify && verdict != X509_V_OK) {
        co_return "the certificate of " + host + " is not trusted: " + X509_verify_cert_error_string(verdict);
    }
    co_return "TLS handshake failed: " + describe(error);
}

asio::awaitable<bool> SmtpWire::read_reply(SmtpReply& out) {
    SmtpReply reply;
    while (true) {
        switch (replies_.next(reply)) {
            case ReplyBuffer::State::ready:
                out = std::move(reply);
                co_return true;
            case ReplyBuffer::State::malformed:
                error_ = "the server's answer is not SMTP";
                co_return false;
            case ReplyBuffer::State::too_long:
                error_ = "the server's answer is longer than the limit";
                co_return false;
            case ReplyBuffer::State::need_more:
                break;
        }
        boost::system::error_code error;
        std::size_t size = 0;
        if (tls_) {
            std::tie(error, size) = co_await tls_->async_read_some(asio::buffer(input_), as_values);
        } else {
            std::tie(error, size) = co_await socket_.async_read_some(asio::buffer(input_), as_values);
        }
        if (error) {
            error_ = describe(error);
            co_return false;
        }
        replies_.append({input_.data(), size});
    }
}

asio::awaitable<std::size_t> SmtpWire::write(std::string_view first, std::string_view second) {
    std::array<asio::const_buffer, 2> pieces{asio::buffer(first), asio::buffer(second)};
    boost::system::error_code error;
    std::size_t size = 0;
    if (tls_) {
        std::tie(error, size) = co_await asio::async_write(*tls_, pieces, as_values);
    } else {
        std::tie(error, size) = co_await asio::async_write(socket_, pieces, as_values);
    }
    if (error) error_ = describe(error);
    co_return size;
}

void SmtpWire::check_deadline(Monotonic now) {
    if (now < deadline_) return;
    timed_out_ = true;
    deadline_ = Monotonic::max();
    close();
}

void SmtpWire::close() {
    boost::system::error_code ignored;
    socket_.close(ignored);
}

std::string SmtpWire::describe(const boost::system::error_code& error) const {
    if (timed_out_) return "no answer in time";
    if (error == asio::error::eof || error == asio::ssl::error::stream_truncated)
        return "the server closed the connection";
    if (error == asio::error::operation_aborted || error == asio::error::bad_descriptor) return "stopped";
    return error.message();
}

}  // namespace chapar::net
