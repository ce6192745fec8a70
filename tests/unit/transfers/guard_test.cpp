#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <future>
#include <mutex>

#include "http_server.hpp"
#include "net/transfers.hpp"

namespace chapar::net {
namespace {

using test::HttpServer;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Not;

const std::string short_answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";

/// Asks whether an address may be connected to.
class GuardedTransfer : public ::testing::Test {
  protected:
    TransferResult post(const std::string& url, const std::string& why_not = "",
                        Milliseconds timeout = Milliseconds(5000)) {
        Transfer t;
        t.url = url;
        t.method = "POST";
        t.body = "{}";
        t.timeout = timeout;
        t.refuse_address = [this, why_not](std::string_view address) {
            const std::lock_guard lock(mutex_);
            asked_.emplace_back(address);
            return why_not;
        };
        auto promise = std::make_shared<std::promise<TransferResult>>();
        transfers_.start(std::move(t), [promise](TransferResult r) { promise->set_value(std::move(r)); });
        return promise->get_future().get();
    }
    std::vector<std::string> asked() {
        const std::lock_guard lock(mutex_);
        return std::exchange(asked_, {});
    }
    Transfers transfers_{Transfers::Options{}};

  private:
    std::mutex mutex_;  // guards asked_
    std::vector<std::string> asked_;
};

TEST_F(GuardedTransfer, what_is_refused_is_not_connected_to) {
    HttpServer server({short_answer});
    const auto refused = post(server.url(), "it is this machine");
    EXPECT_EQ(refused.phase, Phase::refused);
    EXPECT_EQ(refused.error, "it is this machine");
    EXPECT_EQ(refused.code, 0);
    EXPECT_TRUE(server.requests().empty());
    EXPECT_THAT(asked(), ElementsAre("127.0.0.1"));
    EXPECT_EQ(post(server.url()).code, 200);
}

/// A name may have another address a moment later: a connection that was made is asked about as a new one is.
TEST_F(GuardedTransfer, a_connection_that_is_used_again_is_asked_about_again) {
    HttpServer server({short_answer});
    EXPECT_EQ(post(server.url()).code, 200);
    (void)asked();
    const auto refused = post(server.url(), "not any more");
    EXPECT_EQ(refused.phase, Phase::refused);
    EXPECT_EQ(refused.error, "not any more");
    EXPECT_THAT(asked(), Contains("127.0.0.1"));
    EXPECT_EQ(server.requests().size(), 1U);
}

TEST_F(GuardedTransfer, nothing_that_a_transfer_without_a_guard_opened_gets_past_it) {
    HttpServer server({short_answer});
    Transfer open;
    open.url = server.url();
    auto promise = std::make_shared<std::promise<TransferResult>>();
    transfers_.start(std::move(open), [promise](TransferResult r) { promise->set_value(std::move(r)); });
    EXPECT_EQ(promise->get_future().get().code, 200);
    EXPECT_EQ(post(server.url(), "no").phase, Phase::refused);
    EXPECT_EQ(server.requests().size(), 1U);
}

/// However a host is written, what is asked about is the address.
TEST_F(GuardedTransfer, every_spelling_of_this_machine_is_seen_as_what_it_is) {
    HttpServer server({short_answer});
    const auto port = server.url().substr(std::string("http://127.0.0.1").size());
    for (const std::string host : {"2130706433", "0x7f000001", "0177.0.0.1", "127.1", "localhost", "[::ffff:127.0.0.1]",
                                   "[::1]", "0", "LOCALHOST", "127.0.0.1."}) {
        const auto result = post("http://" + host + port, "no");
        EXPECT_NE(result.phase, Phase::answered) << host;
        for (const auto& address : asked())
            EXPECT_THAT((std::vector<std::string>{"127.0.0.1", "::1", "::ffff:127.0.0.1", "0.0.0.0", "::"}),
                        Contains(address))
                << host;
    }
    EXPECT_TRUE(server.requests().empty());
}

TEST_F(GuardedTransfer, a_redirect_is_an_answer_and_leads_nowhere) {
    HttpServer inside({short_answer});
    HttpServer server(
        {"HTTP/1.1 307 Temporary Redirect\r\nLocation: " + inside.url() + "\r\nContent-Length: 0\r\n\r\n"});
    EXPECT_EQ(post(server.url()).code, 307);
    EXPECT_TRUE(inside.requests().empty());
}

/// It would connect for us, to an address that nobody looked at.
TEST_F(GuardedTransfer, no_proxy_of_the_surroundings_is_asked) {
    HttpServer server({short_answer}), proxy({short_answer});
    ::setenv("http_proxy", proxy.url().c_str(), 1);
    const auto result = post(server.url());
    ::unsetenv("http_proxy");
    EXPECT_EQ(result.code, 200);
    EXPECT_TRUE(proxy.requests().empty());
    EXPECT_EQ(server.requests().size(), 1U);
}

}  // namespace
}  // namespace chapar::net
