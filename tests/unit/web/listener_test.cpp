#include "web/listener.hpp"

#include <gmock/gmock.h>

#include <mutex>
#include <thread>

#include "ingress/client.hpp"

namespace chapar::web {
namespace {

using ingress::test::Answer;
using ingress::test::Client;
using ingress::test::Headers;
using testing::HasSubstr;
using testing::Not;

/// Remembers what it was asked and answers as it is told.
class Pages final : public PageHandler {
  public:
    void handle(WebRequest request, std::function<void(WebAnswer)> answer) override {
        const std::lock_guard lock(mutex);
        asked.push_back(std::move(request));
        if (answers) answer(*answers);
    }
    std::mutex mutex;
    std::vector<WebRequest> asked;
    std::optional<WebAnswer> answers = WebAnswer{.body = "<p>page</p>"};
};

class WebListener : public testing::Test {
  protected:
    void begin(std::function<void(config::WebSettings&)> change = [](auto&) {}) {
        config::WebSettings settings{.listen = "127.0.0.1:0", .base_url = "https://m.shop.ir"};
        change(settings);
        listener_ = std::make_unique<Listener>(clock_, metrics_, settings);
        listener_->serve("/u/", pages_);
        ASSERT_TRUE(listener_->start().has_value());
    }
    Answer get(const std::string& target, const Headers& headers = {}, std::string_view method = "GET",
               std::string_view body = {}) {
        Client client(listener_->address());
        client.request(method, target, body, headers);
        return client.read();
    }
    WebRequest last() {
        const std::lock_guard lock(pages_->mutex);
        return pages_->asked.back();
    }

    SystemClock clock_;
    metrics::Registry metrics_;
    std::shared_ptr<Pages> pages_ = std::make_shared<Pages>();
    std::unique_ptr<Listener> listener_;
};

TEST_F(WebListener, what_is_not_here_has_one_answer_in_two_languages) {
    begin();
    const auto first = get("/");
    EXPECT_EQ(first.status, 404);
    EXPECT_THAT(first.body, HasSubstr("این صفحه پیدا نشد"));
    EXPECT_THAT(first.body, HasSubstr("This page was not found"));
    EXPECT_THAT(first.body, Not(HasSubstr("href")));
    EXPECT_EQ(first.header("Referrer-Policy"), "no-referrer");
    EXPECT_EQ(first.header("Cache-Control"), "no-store");
    EXPECT_THAT(first.header("Content-Security-Policy"), HasSubstr("default-src 'none'; style-src 'sha256-"));
    const auto without_date = [](std::string head) { return head.erase(head.find("Date: "), 37); };
    for (const auto* target :
         {"/x", "/u", "/metrics", "/v1/messages", "/favicon.ico", "/%00", "/../etc/passwd", "//", "/U/x"}) {
        const auto other = get(target);
        EXPECT_EQ(other.body, first.body) << target;
        EXPECT_EQ(without_date(other.head), without_date(first.head)) << target;
    }
}

TEST_F(WebListener, a_page_hears_what_matters_and_never_the_address) {
    begin([](auto& s) { s.trusted_proxies = {"127.0.0.1"}; });
    const auto answer = get("/u/SEAL?x=1", {{"Host", "M.shop.ir:443"},
                                            {"Accept-Language", "fa-IR,fa;q=0.9"},
                                            {"X-Forwarded-For", "6.6.6.6, 203.0.113.77"},
                                            {"DNT", "1"},
                                            {"User-Agent", "UA"},
                                            {"Origin", "null"}});
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, "<p>page</p>");
    EXPECT_EQ(answer.header("Content-Type"), "text/html; charset=utf-8");
    EXPECT_THAT(answer.header("Content-Security-Policy"), HasSubstr("default-src 'none'"));
    const auto asked = last();
    EXPECT_EQ(asked.path, "/u/SEAL");
    EXPECT_EQ(asked.rest, "SEAL");
    EXPECT_EQ(asked.query, "x=1");
    EXPECT_EQ(asked.host, "m.shop.ir");
    EXPECT_EQ(asked.language, "fa");
    EXPECT_EQ(asked.user_agent, "UA");
    EXPECT_EQ(asked.origin, "null");
    EXPECT_TRUE(asked.wants_privacy);
    EXPECT_EQ(asked.network, engage::neighbourhood(*engage::parse_address("203.0.113.1")));
}

TEST_F(WebListener, a_form_is_posted_with_its_type_and_bounded) {
    begin();
    EXPECT_EQ(get("/u/x", {{"Content-Type", "multipart/form-data; boundary=A"}}, "POST", "body").status, 200);
    EXPECT_EQ(last().content_type, "multipart/form-data; boundary=A");
    EXPECT_EQ(last().body, "body");
    EXPECT_EQ(get("/u/x", {}, "POST", std::string(longest_body + 1, 'x')).status, 413);
    const auto refused = get("/u/x", {}, "DELETE");
    EXPECT_EQ(refused.status, 405);
    EXPECT_EQ(refused.header("Allow"), "GET, HEAD, POST");
}

TEST_F(WebListener, no_page_adds_lines_of_its_own) {
    begin();
    pages_->answers = WebAnswer{
        .status = 303,
        .content_type = "x\r\nSet-Cookie: a=b",
        .body = "b",
        .headers = {
            {"Location", "/p/1"}, {"X", "a\r\nSet-Cookie: c=d"}, {"content-security-policy", "default-src 'self'"}}};
    const auto answer = get("/u/x");
    EXPECT_EQ(answer.status, 303);
    EXPECT_EQ(answer.header("Location"), "/p/1");
    EXPECT_THAT(answer.head, Not(HasSubstr("Set-Cookie")));
    EXPECT_THAT(answer.head, Not(HasSubstr("default-src 'none'")));
    pages_->answers = not_found();
    EXPECT_EQ(get("/u/x").body, get("/nothing").body);
}

TEST_F(WebListener, a_page_that_is_never_answered_is_told_to_come_again) {
    begin();
    pages_->answers.reset();
    const auto answer = get("/u/x");
    EXPECT_EQ(answer.status, 503);
    EXPECT_EQ(answer.header("Retry-After"), "5");
}

std::string proxied_by(std::string_view address) {
    std::string out("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0C", 16);
    const auto bytes = *engage::parse_address(address);
    for (int shift = 24; shift >= 0; shift -= 8)
        out += static_cast<char>(bytes.low >> shift);
    return out + std::string("\x7F\0\0\x01\x30\x39\0\x50", 8);
}

TEST_F(WebListener, a_proxy_header_says_who_asks_and_comes_first) {
    begin([](auto& s) {
        s.trusted_proxies = {"127.0.0.1"};
        s.proxy_protocol = true;
    });
    Client good(listener_->address());
    const auto header = proxied_by("203.0.113.77");
    good.send(header.substr(0, 7));  // in pieces, as networks are
    good.send(header.substr(7));
    // Whoever is behind the proxy is no proxy: what it says of others counts for nothing.
    good.request("GET", "/u/1", {}, {{"X-Forwarded-For", "6.6.6.6"}});
    EXPECT_EQ(good.read().status, 200);
    EXPECT_EQ(last().network, engage::neighbourhood(*engage::parse_address("203.0.113.1")));
    good.request("GET", "/u/2");
    EXPECT_EQ(good.read().status, 200);
    EXPECT_EQ(last().network, engage::neighbourhood(*engage::parse_address("203.0.113.1")));
    Client plain(listener_->address());
    plain.request("GET", "/u/3");
    EXPECT_EQ(plain.read().status, 0);
    Client old(listener_->address());
    old.send("PROXY TCP4 203.0.113.77 127.0.0.1 1 2\r\nGET / HTTP/1.1\r\n\r\n");
    EXPECT_EQ(old.read().status, 0);
}

TEST_F(WebListener, who_is_no_trusted_proxy_needs_no_proxy_header_and_has_none_believed) {
    begin([](auto& s) {
        s.trusted_proxies = {"10.0.0.1"};
        s.proxy_protocol = true;
    });
    EXPECT_EQ(get("/u/1", {{"X-Forwarded-For", "6.6.6.6"}}).status, 200);
    EXPECT_EQ(last().network, engage::neighbourhood(*engage::parse_address("127.0.0.1")));
    Client liar(listener_->address());
    liar.send(proxied_by("6.6.6.6"));
    liar.request("GET", "/u/2");
    EXPECT_EQ(liar.read().status, 400);
}

}  // namespace
}  // namespace chapar::web
