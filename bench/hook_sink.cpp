// The receiver of bench/webhooks: takes events over HTTP on a loopback port, fails a part of them at random, and
// watches the order. One thread; callbacks. Prints its port, then at the end one line of JSON.

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;

namespace {

/// What was taken, and whether it came in order.
class Ledger {
  public:
    explicit Ledger(int fail_percent) : fail_percent_(fail_percent) {}

    /// The status to answer with.
    http::status take(std::string_view id, std::string_view body) {
        ++requests_;
        last_ = std::chrono::steady_clock::now();
        if (requests_ == 1) first_ = last_;
        if (std::uniform_int_distribution<>(0, 99)(random_) < fail_percent_) {
            ++failed_;
            return http::status::internal_server_error;
        }
        if (!seen_.emplace(id).second) {
            ++repeats_;
            return http::status::ok;
        }
        const auto number = number_in(body);
        auto& before = newest_[std::string(text_in(body, R"("address":")"))];
        if (number <= before) ++out_of_order_;
        before = number;
        return http::status::ok;
    }
    void print() const {
        const std::chrono::duration<double> took = last_ - first_;
        std::printf(
            R"({"requests":%lld,"failed":%lld,"events":%zu,"repeats":%lld,"persons":%zu,"out_of_order":%lld,"seconds":%.3f})"
            "\n",
            requests_, failed_, seen_.size(), repeats_, newest_.size(), out_of_order_, took.count());
        std::fflush(stdout);
    }

  private:
    static std::string_view text_in(std::string_view body, std::string_view behind) {
        const auto at = body.find(behind);
        if (at == std::string_view::npos) return {};
        const auto rest = body.substr(at + behind.size());
        return rest.substr(0, rest.find('"'));
    }
    static long long number_in(std::string_view body) {
        constexpr std::string_view name = R"("number":)";
        const auto at = body.find(name);
        long long out = 0;
        if (at != std::string_view::npos)
            std::from_chars(body.data() + at + name.size(), body.data() + body.size(), out);
        return out;
    }

    const int fail_percent_;
    std::mt19937 random_{11};
    long long requests_ = 0, failed_ = 0, repeats_ = 0, out_of_order_ = 0;
    std::unordered_set<std::string> seen_;
    std::unordered_map<std::string, long long> newest_;  // by person
    std::chrono::steady_clock::time_point first_, last_;
};

class Session : public std::enable_shared_from_this<Session> {
  public:
    Session(tcp::socket socket, Ledger& ledger) : socket_(std::move(socket)), ledger_(ledger) {
        socket_.set_option(tcp::no_delay(true));
    }
    void read() {
        request_ = {};
        http::async_read(socket_, buffer_, request_, [self = shared_from_this()](beast::error_code error, std::size_t) {
            if (!error) self->answer();
        });
    }

  private:
    void answer() {
        response_ = {};
        const auto id = request_["webhook-id"];
        response_.result(ledger_.take({id.data(), id.size()}, request_.body()));
        response_.keep_alive(request_.keep_alive());
        response_.prepare_payload();
        http::async_write(socket_, response_, [self = shared_from_this()](beast::error_code error, std::size_t) {
            if (!error) self->read();
        });
    }
    tcp::socket socket_;
    Ledger& ledger_;
    beast::flat_buffer buffer_;
    http::request<http::string_body> request_;
    http::response<http::empty_body> response_;
};

void accept(tcp::acceptor& acceptor, Ledger& ledger) {
    acceptor.async_accept([&](beast::error_code error, tcp::socket socket) {
        if (error) return;
        std::make_shared<Session>(std::move(socket), ledger)->read();
        accept(acceptor, ledger);
    });
}

}  // namespace

int main(int count, char** words) {
    if (count != 2) {
        std::cerr << "hook_sink PERCENT_THAT_FAIL\n";
        return 2;
    }
    asio::io_context context(1);
    Ledger ledger(std::atoi(words[1]));
    tcp::acceptor acceptor(context, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
    asio::signal_set stop(context, SIGTERM, SIGINT), tell(context, SIGUSR1);
    stop.async_wait([&context](beast::error_code, int) { context.stop(); });
    std::function<void()> told = [&] {
        tell.async_wait([&](beast::error_code error, int) {
            if (error) return;
            ledger.print();
            told();
        });
    };
    told();
    accept(acceptor, ledger);
    std::printf("%d\n", acceptor.local_endpoint().port());
    std::fflush(stdout);
    context.run();
    ledger.print();
    return 0;
}
