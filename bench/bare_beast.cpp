// The peer of bench/enqueue for one message a request: what Beast alone does with the same POSTs over a Unix socket,
// with nothing stored. One thread; callbacks, no coroutines, one reused buffer a connection: as little as can be.

#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <cstdio>
#include <iostream>
#include <memory>

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::local::stream_protocol;

namespace {

class Session : public std::enable_shared_from_this<Session> {
  public:
    explicit Session(stream_protocol::socket socket) : socket_(std::move(socket)) {
        response_.result(http::status::accepted);
        response_.set(http::field::content_type, "application/json");
        response_.body() = R"({"id":"01939fd1-0000-7000-8000-000000000000"})";
    }
    void read() {
        request_ = {};
        http::async_read(socket_, buffer_, request_, [self = shared_from_this()](beast::error_code error, std::size_t) {
            if (!error) self->answer();
        });
    }

  private:
    void answer() {
        response_.keep_alive(request_.keep_alive());
        response_.prepare_payload();
        http::async_write(socket_, response_, [self = shared_from_this()](beast::error_code error, std::size_t) {
            if (!error) self->read();
        });
    }
    stream_protocol::socket socket_;
    beast::flat_buffer buffer_;
    http::request<http::string_body> request_;
    http::response<http::string_body> response_;
};

void accept(stream_protocol::acceptor& acceptor) {
    acceptor.async_accept([&acceptor](beast::error_code error, stream_protocol::socket socket) {
        if (error) return;
        std::make_shared<Session>(std::move(socket))->read();
        accept(acceptor);
    });
}

}  // namespace

int main(int count, char** words) {
    if (count != 2) {
        std::cerr << "bare_beast SOCKET\n";
        return 2;
    }
    asio::io_context context(1);
    stream_protocol::acceptor acceptor(context, stream_protocol::endpoint(words[1]));
    asio::signal_set stop(context, SIGTERM, SIGINT);
    stop.async_wait([&context](beast::error_code, int) { context.stop(); });
    accept(acceptor);
    std::cout << "ready" << std::endl;
    context.run();
    unlink(words[1]);
    return 0;
}
