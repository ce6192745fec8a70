#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <memory>

#include "http_server.hpp"
#include "net/transfers.hpp"

namespace chapar::net {
namespace {

using test::HttpServer;
using ::testing::HasSubstr;
using ::testing::StartsWith;

const std::string ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Id: 7\r\n\r\nhi";

class HttpTransfer : public ::testing::Test {
  protected:
    std::future<TransferResult> start(Transfer t, TransferId* id = nullptr) {
        auto promise = std::make_shared<std::promise<TransferResult>>();
        TransferId given =
            transfers_.start(std::move(t), [promise](TransferResult r) { promise->set_value(std::move(r)); });
        if (id != nullptr) *id = given;
        return promise->get_future();
    }
    TransferResult send(const std::string& url, const std::string& method = "GET", const std::string& body = "") {
        Transfer t;
        t.url = url;
        t.method = method;
        t.body = body;
        t.timeout = Milliseconds(5000);
        return start(std::move(t)).get();
    }
    Transfers transfers_{Transfers::Options{}};
};

TEST_F(HttpTransfer, get_brings_status_headers_and_body) {
    HttpServer server({ok});
    TransferResult r = send(server.url("/a?b=c"));
    EXPECT_EQ(r.phase, Phase::answered) << r.error;
    EXPECT_EQ(r.code, 200);
    EXPECT_EQ(r.body, "hi");
    EXPECT_THAT(r.headers, ::testing::Contains(std::pair<std::string, std::string>("X-Id", "7")));
    EXPECT_THAT(server.requests()[0], StartsWith("GET /a?b=c HTTP/1.1\r\n"));
}

TEST_F(HttpTransfer, post_carries_headers_and_body_and_nothing_that_was_not_asked_for) {
    HttpServer server({ok});
    Transfer t;
    t.url = server.url();
    t.method = "POST";
    t.headers = {{"Content-Type", "application/json"}, {"X-Empty", ""}};
    t.body = std::string("{\"a\":\0}", 7);
    t.user = "me";
    t.password = "secret";
    EXPECT_EQ(start(t).get().code, 200);
    std::string request = server.requests()[0];
    EXPECT_THAT(request, HasSubstr("Content-Type: application/json\r\n"));
    EXPECT_THAT(request, HasSubstr("X-Empty:\r\n"));
    EXPECT_THAT(request, HasSubstr("Authorization: Basic bWU6c2VjcmV0\r\n"));
    EXPECT_THAT(request, ::testing::Not(HasSubstr("Expect")));
    EXPECT_EQ(request.substr(request.size() - 7), t.body);
    t.headers = {};
    EXPECT_EQ(start(t).get().code, 200);
    EXPECT_THAT(server.requests()[1], ::testing::Not(HasSubstr("Content-Type")));
}

TEST_F(HttpTransfer, redirects_are_answers) {
    HttpServer server({"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n"});
    EXPECT_EQ(send(server.url()).code, 302);
    EXPECT_EQ(server.requests().size(), 1u);
}

TEST_F(HttpTransfer, a_long_answer_is_cut_off) {
    HttpServer server({"HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n" + std::string(3000000, 'x')});
    TransferResult r = send(server.url());
    EXPECT_THAT(r.error, HasSubstr("longer than the limit"));
    HttpServer chunked({"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + std::string(3000000, 'x')});
    EXPECT_THAT(send(chunked.url()).error, HasSubstr("longer than the limit"));
}

TEST_F(HttpTransfer, a_post_that_may_have_arrived_is_not_repeated) {
    HttpServer server({ok, ""});
    EXPECT_EQ(send(server.url(), "POST", "one").code, 200);
    TransferResult r = send(server.url(), "POST", "two");  // on the same connection, which then closes
    EXPECT_EQ(r.phase, Phase::sent);
    EXPECT_NE(r.error, "");
    EXPECT_EQ(server.requests().size(), 2u);
}

TEST_F(HttpTransfer, silence_after_the_request_is_sent_and_timed_out) {
    HttpServer server({"hang"});
    Transfer t;
    t.url = server.url();
    t.method = "POST";
    t.timeout = Milliseconds(200);
    TransferResult r = start(t).get();
    EXPECT_EQ(r.phase, Phase::sent);
    EXPECT_TRUE(r.timed_out);
}

TEST_F(HttpTransfer, cancel_ends_it) {
    HttpServer server({"hang"});
    Transfer t;
    t.url = server.url();
    t.method = "POST";
    TransferId id = 0;
    auto result = start(t, &id);
    while (server.requests().empty())
        std::this_thread::yield();
    transfers_.cancel(id);
    TransferResult r = result.get();
    EXPECT_EQ(r.error, "cancelled");
    EXPECT_EQ(r.phase, Phase::sent);
}

TEST_F(HttpTransfer, early_failures_say_how_far_they_came) {
    EXPECT_EQ(send("http://no-such-host.invalid/").phase, Phase::resolve);
    EXPECT_EQ(send("http://127.0.0.1:1/").phase, Phase::connect);
    HttpServer plain({ok});
    std::string url = plain.url();
    Transfer over_tls;
    over_tls.url = "https" + url.substr(4);
    over_tls.timeout = Milliseconds(500);
    EXPECT_LE(start(over_tls).get().phase, Phase::tls);
    EXPECT_EQ(send("gopher://x").phase, Phase::refused);
}

}  // namespace
}  // namespace chapar::net
