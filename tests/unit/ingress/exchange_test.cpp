// What a streamed answer promises to whoever writes it: every wait for the kernel ends, also where the answer does
// first.

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <future>

#include "base/clock.hpp"
#include "client.hpp"
#include "net/http_server.hpp"
#include "net/unix_socket.hpp"

namespace chapar::ingress::test {
namespace {

using ExchangePtr = std::shared_ptr<net::Exchange>;

constexpr std::size_t more_than_a_socket_takes = 8 << 20;

class Streams : public ::testing::Test, protected net::Handler {
  protected:
    void SetUp() override {
        std::string name = std::filesystem::temp_directory_path() / "chapar-streams-XXXXXX";
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        folder = name;
        const auto fd = net::listen_unix(folder / "s", "0600", "");
        ASSERT_TRUE(fd.has_value()) << fd.error().message();
        server.start({*fd}, true);
    }
    void TearDown() override {
        server.stop();
        std::filesystem::remove_all(folder);
    }
    std::shared_ptr<net::BodySink> stream(const ExchangePtr&) override { return nullptr; }
    void handle(const ExchangePtr& exchange) override { asked(exchange); }
    void turn_ended() override {}
    Client client() const { return Client(folder / "s"); }
    /// Streams more than there is room for, and waits until it has left.
    void write_and_wait(net::Exchange& exchange) {
        exchange.begin(200, "text/plain");
        exchange.write(std::string(more_than_a_socket_takes, 'x'));
        exchange.when_sent([this](bool is_open) { told.set_value(is_open); });
    }
    /// False also where nobody is told.
    bool is_told() { return told.get_future().wait_for(std::chrono::seconds(5)) == std::future_status::ready; }

    std::filesystem::path folder;
    std::function<void(const ExchangePtr&)> asked;  // on the server's thread
    std::promise<bool> told;
    SystemClock clock;
    metrics::Registry metrics;
    net::HttpServer server{clock, metrics, *this};
};

TEST_F(Streams, who_waits_is_told_when_the_answer_ends) {
    asked = [this](const ExchangePtr& exchange) {
        write_and_wait(*exchange);
        exchange->finish();
    };
    auto slow = client();
    slow.request("GET", "/");
    EXPECT_TRUE(is_told());
}

TEST_F(Streams, who_waits_is_told_when_an_earlier_answer_closes_the_connection) {
    asked = [this, first = ExchangePtr()](const ExchangePtr& exchange) mutable {
        if (!first) return void(first = exchange);
        write_and_wait(*exchange);
        std::exchange(first, nullptr)->answer({200, "text/plain", "the last one", {}, true});
    };
    auto piped = client();
    piped.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(piped.read().body, "the last one");
    EXPECT_TRUE(is_told());
}

TEST_F(Streams, an_answer_that_is_cut_off_has_no_end) {
    asked = [this](const ExchangePtr& exchange) {
        exchange->begin(200, "text/plain");
        exchange->write("half");
        exchange->when_sent([this, exchange](bool) {
            exchange->cut_off();
            exchange->when_sent([this](bool is_open) { told.set_value(is_open); });
        });
    };
    auto reader = client();
    reader.request("GET", "/");
    const auto came = reader.peek(5'000);
    EXPECT_TRUE(came.ends_with("4\r\nhalf\r\n")) << came;
    EXPECT_TRUE(reader.closes_within(0));
    EXPECT_TRUE(is_told());
}

/// It may own the server: the two would keep each other.
TEST_F(Streams, work_that_comes_when_the_server_has_stopped_is_dropped) {
    const auto owned = std::make_shared<int>();
    server.post([owned] {});
    server.stop();
    server.post([owned] {});
    EXPECT_EQ(owned.use_count(), 1);
}

}  // namespace
}  // namespace chapar::ingress::test
