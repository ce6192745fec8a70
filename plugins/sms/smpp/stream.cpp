#include "sms/smpp/stream.hpp"

#include <netinet/tcp.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <utility>

namespace chapar::sms {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using Error = boost::system::error_code;

/// Data that nobody acknowledges for so long ends the connection, whatever the timers above it say.
constexpr int user_timeout_ms = 20'000;

std::string words(const Error& error) { return error ? error.message() : std::string(); }

void tune(tcp::socket& socket) {
    Error ignored;
    ignored = socket.set_option(tcp::no_delay(true), ignored);
    ignored = socket.set_option(asio::socket_base::keep_alive(true), ignored);
    ::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT, &user_timeout_ms, sizeof user_timeout_ms);
}

/// Resolving and connecting, which both kinds share. Callbacks hold the object; `closed_` silences them.
class Base : public Stream, public std::enable_shared_from_this<Base> {
  public:
    Base(asio::io_context& io, Endpoint endpoint) : endpoint_(std::move(endpoint)), resolver_(io) {}
    void connect(Done done) override {
        resolver_.async_resolve(endpoint_.host, std::to_string(endpoint_.port),
                                [self = shared_from_this(), done = std::move(done)](
                                    const Error& error, const tcp::resolver::results_type& found) {
                                    if (self->closed_) return;
                                    if (error) return done(self->endpoint_.host + ": " + error.message());
                                    self->connect_to(found, done);
                                });
    }

  protected:
    virtual tcp::socket& socket() = 0;
    virtual void connected(const Done& done) { done(""); }
    Endpoint endpoint_;
    bool closed_ = false;
    void close_socket() {
        closed_ = true;
        resolver_.cancel();
        Error ignored;
        ignored = socket().close(ignored);
    }

  private:
    void connect_to(const tcp::resolver::results_type& found, const Done& done) {
        asio::async_connect(socket(), found,
                            [self = shared_from_this(), done](const Error& error, const tcp::endpoint&) {
                                if (self->closed_) return;
                                if (error) return done(error.message());
                                tune(self->socket());
                                self->connected(done);
                            });
    }
    tcp::resolver resolver_;
};

class Plain final : public Base {
  public:
    Plain(asio::io_context& io, Endpoint endpoint) : Base(io, std::move(endpoint)), socket_(io) {}
    void read_some(char* into, std::size_t size, Read done) override {
        socket_.async_read_some(asio::buffer(into, size), [self = shared_from_this(), this, done = std::move(done)](
                                                              const Error& error, std::size_t count) {
            if (!closed_) done(words(error), count);
        });
    }
    void write(std::string_view bytes, Done done) override {
        asio::async_write(socket_, asio::buffer(bytes.data(), bytes.size()),
                          [self = shared_from_this(), this, done = std::move(done)](const Error& error, std::size_t) {
                              if (!closed_) done(words(error));
                          });
    }
    void close() override { close_socket(); }

  private:
    tcp::socket& socket() override { return socket_; }
    tcp::socket socket_;
};

class Tls final : public Base {
  public:
    Tls(asio::io_context& io, Endpoint endpoint)
        : Base(io, std::move(endpoint)), context_(asio::ssl::context::tls_client), stream_(prepared(io)) {}
    void read_some(char* into, std::size_t size, Read done) override {
        stream_.async_read_some(asio::buffer(into, size), [self = shared_from_this(), this, done = std::move(done)](
                                                              const Error& error, std::size_t count) {
            if (!closed_) done(words(error), count);
        });
    }
    void write(std::string_view bytes, Done done) override {
        asio::async_write(stream_, asio::buffer(bytes.data(), bytes.size()),
                          [self = shared_from_this(), this, done = std::move(done)](const Error& error, std::size_t) {
                              if (!closed_) done(words(error));
                          });
    }
    void close() override { close_socket(); }

  private:
    using Socket = asio::ssl::stream<tcp::socket>;
    Socket prepared(asio::io_context& io) {
        context_.set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_tlsv1 |
                             asio::ssl::context::no_tlsv1_1);
        if (endpoint_.ca_file.empty()) {
            trust_error_ = context_.set_default_verify_paths(trust_error_);
        } else {
            trust_error_ = context_.load_verify_file(endpoint_.ca_file, trust_error_);
        }
        return {io, context_};
    }
    tcp::socket& socket() override { return stream_.next_layer(); }
    void connected(const Done& done) override {
        if (trust_error_) return done("the trusted certificates can't be read: " + trust_error_.message());
        ::SSL_set_tlsext_host_name(stream_.native_handle(), endpoint_.host.c_str());
        stream_.set_verify_mode(asio::ssl::verify_peer);
        stream_.set_verify_callback(asio::ssl::host_name_verification(endpoint_.host));
        stream_.async_handshake(asio::ssl::stream_base::client,
                                [self = shared_from_this(), this, done](const Error& error) {
                                    if (!closed_) done(error ? "TLS: " + error.message() : std::string());
                                });
    }
    Error trust_error_;
    asio::ssl::context context_;
    Socket stream_;
};

}  // namespace

std::shared_ptr<Stream> make_stream(asio::io_context& io, Endpoint endpoint) {
    if (endpoint.tls) return std::make_shared<Tls>(io, std::move(endpoint));
    return std::make_shared<Plain>(io, std::move(endpoint));
}

}  // namespace chapar::sms
