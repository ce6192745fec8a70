#include "web/listener.hpp"

#include <gmock/gmock.h>

#include <mutex>
#include <optional>

#include "engage/click_seal.hpp"
#include "engage/test_seal.hpp"
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
        config::WebSettings settings;
        settings.listen = "127.0.0.1:0";
        settings.base_url = "https://m.shop.ir";
        change(settings);
        listener_ = std::make_unique<Listener>(
            ListenerParts{.clock = clock_,
                          .metrics = metrics_,
                          .queue = queue_,
                          .keys = {engage::sealer(seal::Kind::open), engage::sealer(seal::Kind::click)},
                          .find_short = [this](std::string_view code) { return find_short(code); }},
            settings);
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

    Result<std::optional<ShortTarget>> find_short(std::string_view code) {
        if (code == "brokenD") return fail(store::Code::unavailable, "the disk");
        if (code == "Ab3dE7x") return ShortTarget{letter, 5, "https://shop.ir/short"};
        if (code == "Nt3dE7x") return ShortTarget{letter, 5, "https://shop.ir/short", false};
        if (code == "evi1E7x") return ShortTarget{letter, 5, "https://shop.ir/\r\nSet-Cookie: a=b"};
        return std::nullopt;
    }
    std::string click(std::string destination, engage::SealDay issued) {
        const engage::ClickSeal seal{letter, 3, issued, std::move(destination)};
        return "/c/" + engage::sealed_text(*engage::sealer(seal::Kind::click), engage::fields_of(seal));
    }
    std::string click(std::string destination) { return click(std::move(destination), engage::seal_day(clock_.now())); }
    std::string pixel(engage::SealDay issued) {
        return "/o/" +
               engage::sealed_text(*engage::sealer(seal::Kind::open),
                                   engage::fields_of(engage::OpenSeal{letter, issued})) +
               ".gif";
    }
    std::string pixel() { return pixel(engage::seal_day(clock_.now())); }

    const MessageKey letter{to_ms(SystemClock().now()) << MessageId::order_bits};
    HitQueue queue_;
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

TEST_F(WebListener, a_click_leads_on_and_is_kept_without_an_address) {
    begin([](auto& s) { s.trusted_proxies = {"127.0.0.1"}; });
    const auto answer = get(click("https://shop.ir/a?b=1&c=%D8%B3"),
                            {{"User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"},
                             {"X-Forwarded-For", "203.0.113.77"}});
    EXPECT_EQ(answer.status, 302);
    EXPECT_EQ(answer.header("Location"), "https://shop.ir/a?b=1&c=%D8%B3");
    EXPECT_EQ(answer.header("Cache-Control"), "no-store");
    EXPECT_EQ(answer.header("Referrer-Policy"), "no-referrer");
    EXPECT_EQ(answer.body, "");
    const auto taken = queue_.take();
    ASSERT_EQ(taken.hits.size(), 1u);
    EXPECT_EQ(taken.hits[0].message, letter);
    EXPECT_EQ(taken.hits[0].features.link, 3);
    EXPECT_EQ(taken.hits[0].features.agent, engage::AgentFamily::firefox);
    EXPECT_EQ(taken.hits[0].network, engage::neighbourhood(*engage::parse_address("203.0.113.1")));
}

TEST_F(WebListener, head_leads_on_and_is_never_counted) {
    begin();
    EXPECT_EQ(get(click("https://shop.ir/a"), {}, "HEAD").status, 302);
    Client client(listener_->address());
    client.request("HEAD", pixel());
    std::string head;
    for (int i = 0; i < 500 && head.find("\r\n\r\n") == std::string::npos; ++i)
        head = client.peek(10);
    EXPECT_THAT(head, testing::StartsWith("HTTP/1.1 200 "));
    EXPECT_TRUE(queue_.take().is_empty());
}

TEST_F(WebListener, a_forged_seal_is_answered_as_everything_that_is_not_here) {
    begin();
    const auto good = click("https://shop.ir/a");
    const auto without_date = [](std::string head) { return head.erase(head.find("Date: "), 37); };
    const auto unknown = get("/nothing");
    std::vector<std::string> forged{
        "/c/",
        "/c/x",
        "/c",
        good + "A",
        good.substr(0, good.size() - 1),
        "/c/" + std::string(3'000, 'A'),
        "/c/" + good.substr(3) + "/",
        good + "%41",
        "/c/" + pixel().substr(3),
        "/C/" + good.substr(3),
        "/c/https://evil.example/",
        "/c/" + engage::sealed_text(*engage::sealer(seal::Kind::click, {std::string(32, 'x')}),
                                    engage::fields_of(engage::ClickSeal{letter, 0, 1, "https://evil.example/"}))};
    for (std::size_t at = 3; at < good.size(); at += 7) {
        auto changed = good;
        changed[at] = changed[at] == 'A' ? 'B' : 'A';
        forged.push_back(changed);
    }
    for (const auto& target : forged) {
        const auto answer = get(target);
        EXPECT_EQ(answer.status, 404) << target;
        EXPECT_EQ(answer.body, unknown.body) << target;
        EXPECT_EQ(without_date(answer.head), without_date(unknown.head)) << target;
        EXPECT_EQ(answer.header("Location"), "");
    }
    EXPECT_TRUE(queue_.take().is_empty());
    EXPECT_EQ(get(good, {}, "POST", "x").status, 405);
    EXPECT_EQ(get("/c/x", {}, "POST", "x").status, 405);
}

TEST_F(WebListener, the_picture_is_there_for_every_seal_and_counted_for_a_good_one) {
    begin();
    for (const auto& target : {pixel(), std::string("/o/x.gif"), std::string("/o/"), pixel().substr(0, 9) + ".gif"}) {
        const auto answer = get(target);
        EXPECT_EQ(answer.status, 200);
        EXPECT_EQ(answer.body.size(), 43u);
        EXPECT_EQ(answer.body.substr(0, 6), "GIF89a");
        EXPECT_EQ(answer.body.back(), ';');
        EXPECT_EQ(answer.header("Content-Type"), "image/gif");
        EXPECT_EQ(answer.header("Cache-Control"), "no-store");
    }
    const auto taken = queue_.take();
    ASSERT_EQ(taken.hits.size(), 1u);
    EXPECT_EQ(taken.hits[0].features.kind, engage::HitKind::open);
}

TEST_F(WebListener, old_links_lead_on_and_count_in_totals_alone) {
    begin([](auto& s) { s.keep_links = std::chrono::days(400); });
    const auto today = engage::seal_day(clock_.now());
    const auto day = [today](int ago) { return static_cast<engage::SealDay>(today - ago); };
    EXPECT_EQ(get(click("https://shop.ir/a", day(401))).status, 302);
    EXPECT_EQ(get(pixel(day(401))).status, 200);
    auto taken = queue_.take();
    EXPECT_TRUE(taken.hits.empty());
    EXPECT_EQ(taken.totals[1][static_cast<std::size_t>(store::TotalOnly::old_link)], 1);
    EXPECT_EQ(taken.totals[0][static_cast<std::size_t>(store::TotalOnly::old_link)], 1);
    EXPECT_EQ(get(click("https://shop.ir/a", day(399))).status, 302);
    EXPECT_EQ(queue_.take().hits.size(), 1u);
}

TEST_F(WebListener, who_asks_for_privacy_is_led_on_and_counted_as_nobody) {
    begin();
    for (const auto* name : {"DNT", "Sec-GPC"}) {
        const Headers header{{name, "1"}};
        EXPECT_EQ(get(click("https://shop.ir/a"), header).header("Location"), "https://shop.ir/a");
        EXPECT_EQ(get(pixel(), header).status, 200);
        const auto taken = queue_.take();
        EXPECT_TRUE(taken.hits.empty());
        EXPECT_EQ(taken.totals[1][static_cast<std::size_t>(store::TotalOnly::privacy)], 1);
        EXPECT_EQ(taken.totals[0][static_cast<std::size_t>(store::TotalOnly::privacy)], 1);
    }
}

TEST_F(WebListener, a_short_link_leads_on_by_its_own_name) {
    begin([](auto& s) { s.short_url = "https://zb.ir"; });
    const auto answer = get("/Ab3dE7x", {{"Host", "ZB.ir:443"}});
    EXPECT_EQ(answer.status, 302);
    EXPECT_EQ(answer.header("Location"), "https://shop.ir/short");
    EXPECT_EQ(answer.header("Referrer-Policy"), "no-referrer");
    EXPECT_EQ(queue_.take().hits.at(0).features.link, 5);
    EXPECT_EQ(get("/Ab3dE7x", {{"Host", "zb.ir"}}, "HEAD").status, 302);
    EXPECT_EQ(get("/Nt3dE7x", {{"Host", "zb.ir"}}).status, 302);
    EXPECT_TRUE(queue_.take().is_empty());
    for (const auto* target : {"/Ab3dE7x", "/Zz3dE7x"})
        EXPECT_EQ(get(target, {{"Host", "m.shop.ir"}}).status, 404);
    for (const auto* target : {"/evi1E7x", "/Ab3dE7", "/Ab3dE7xx", "/Ab3dE70", "/"})
        EXPECT_EQ(get(target, {{"Host", "zb.ir"}}).status, 404) << target;
    EXPECT_EQ(get("/brokenD", {{"Host", "zb.ir"}}).status, 503);
}

TEST_F(WebListener, guessing_codes_ends_after_twenty_from_one_network) {
    begin([](auto& s) {
        s.short_url = "https://zb.ir";
        s.trusted_proxies = {"127.0.0.1"};
    });
    const auto ask = [&](std::string target, std::string address) {
        return get(target, {{"Host", "zb.ir"}, {"X-Forwarded-For", std::move(address)}}).status;
    };
    int refused = 0, missed = 0;
    for (int i = 0; i < 50; ++i) {
        const auto status = ask("/Zz3dE7x", "203.0.113." + std::to_string(i));
        refused += status == 429 ? 1 : 0;
        missed += status == 404 ? 1 : 0;
    }
    EXPECT_EQ(missed + refused, 50);
    EXPECT_GE(missed, 20);
    EXPECT_LE(missed, 40);  // where the minute turns they begin anew
    EXPECT_EQ(ask("/Zz3dE7x", "198.51.100.1"), 404);
    // A sealed link can't be guessed: it works for everybody of that network.
    EXPECT_EQ(get(click("https://shop.ir/a"), {{"X-Forwarded-For", "203.0.113.1"}}).status, 302);
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
