// What programmers expect of such an API: keys in the head, arrays, metadata, cancel twice, reschedule, changes of a
// recipient, request ids, limits in the head.

#include "fixture.hpp"
#include "ingress/audit.hpp"
#include "ingress/posts.hpp"
#include "net/rfc3339.hpp"

namespace chapar::ingress::test {
namespace {

class Manners : public FrontDoor {
  protected:
    void SetUp() override {
        FrontDoor::SetUp();
        open();
    }
    static std::string mail(std::string_view more = "") {
        return R"({"to":{"email":"sara@example.com"},"class":"transactional","content":{"email":{"subject":"s","text":"t"}})" +
               std::string(more) + "}";
    }
    static std::string in_days(int days) {
        return net::format_time(SystemClock().now() + std::chrono::hours(24 * days));
    }
};

TEST_F(Manners, a_key_in_the_head_is_as_good_as_one_in_the_body) {
    const auto first = post(mail(), {{"Idempotency-Key", "\"h-1\""}});
    ASSERT_EQ(first.status, 202) << first.body;
    for (const auto* same : {"\"h-1\"", "h-1", " \"h-1\" ", "\"h-1\";a=b"}) {
        const auto again = post(mail(), {{"Idempotency-Key", same}});
        EXPECT_TRUE(again.has(R"("duplicate":true)")) << same << again.body;
        EXPECT_EQ(again.text("id"), first.text("id"));
    }
    EXPECT_EQ(post(mail(R"(,"tags":["other"])"), {{"Idempotency-Key", "h-1"}}).status, 409);
    EXPECT_EQ(post(mail(R"(,"idempotency_key":"h-2")"), {{"Idempotency-Key", "h-2"}}).status, 202);
    const auto conflict = post(mail(R"(,"idempotency_key":"b")"), {{"Idempotency-Key", "h"}});
    EXPECT_EQ(conflict.status, 422);
    EXPECT_TRUE(conflict.has(R"("pointer":"/idempotency_key")")) << conflict.body;
    EXPECT_TRUE(ask("GET", "/v1/messages/" + first.text("id")).has(R"("idempotency_key":"h-1")"));
    for (const auto* wrong : {"\"open", "\"\"", "\"a\" \"b\"", "\"a\"x"})
        EXPECT_EQ(post(mail(), {{"Idempotency-Key", wrong}}).status, 400) << wrong;
    EXPECT_EQ(post(mail(), {{"Idempotency-Key", "a"}, {"Idempotency-Key", "b"}}).status, 400);
    EXPECT_EQ(post("[" + mail() + "]", {{"Idempotency-Key", "a"}}).status, 400) << "a key stands for one message";
    EXPECT_EQ(post(mail(), {{"Idempotency-Key", "a"}, {"Content-Type", "application/x-ndjson"}}).status, 400);
}

TEST(IdempotencyKey, is_a_string_of_structured_fields_or_bare) {
    EXPECT_EQ(read_idempotency_key(R"("a\"b\\c")"), "a\"b\\c");
    EXPECT_EQ(read_idempotency_key("8e03978e-40d5-43dd-bc93-6894a57f9324"), "8e03978e-40d5-43dd-bc93-6894a57f9324");
    EXPECT_FALSE(read_idempotency_key(R"("a\)"));
    EXPECT_FALSE(read_idempotency_key(std::string(300, 'a')));
}

TEST_F(Manners, an_array_in_is_an_array_out) {
    const auto answer = post("[" + mail() + ",\n {\"to\":\"x\"} , " + mail(R"(,"metadata":{"n":[1,"]"]})") + "]");
    ASSERT_EQ(answer.status, 200) << answer.body;
    EXPECT_TRUE(answer.body.starts_with(R"([{"status":202,"id":")")) << answer.body;
    EXPECT_TRUE(answer.has(R"(},{"status":422,"problem":{"type":"urn:chapar:problem:invalid-message")")) << answer.body;
    EXPECT_EQ(control.taken().size(), 2U);
    EXPECT_EQ(post("[]").status, 422);
    EXPECT_EQ(post("[1]").status, 200) << "each fails for itself";
    const auto broken = post("[" + mail() + ",]");
    EXPECT_EQ(broken.status, 400);
    EXPECT_TRUE(broken.has("a comma before a closing bracket")) << broken.body;
    std::string many = "[" + mail();
    for (std::size_t i = 0; i < max_batch_messages; ++i)
        many += ",1";
    EXPECT_EQ(post(many + "]").status, 422);
    EXPECT_EQ(control.taken().size(), 2U);
}

TEST_F(Manners, metadata_is_kept_and_shown_as_it_came) {
    const auto id = post(mail(R"(,"metadata":{"order":1.50,"deep":{"a":[1,2]}})")).text("id");
    EXPECT_TRUE(ask("GET", "/v1/messages/" + id).has(R"("metadata":{"order":1.50,"deep":{"a":[1,2]}})"));
    EXPECT_TRUE(ask("GET", "/v1/messages").has(R"("metadata":{"order":1.50)"));
    EXPECT_EQ(post(mail(R"(,"metadata":"text")")).status, 422);
    const std::string large(4097 - std::string_view(R"({"a":""})").size(), 'x');
    const auto refused = post(mail(R"(,"metadata":{"a":")" + large + "\"}"));
    EXPECT_EQ(refused.status, 422);
    EXPECT_TRUE(refused.has(R"("pointer":"/metadata")")) << refused.body;
    EXPECT_EQ(post(mail(R"(,"metadata":{"a":")" + large.substr(1) + "\"}")).status, 202);
}

TEST_F(Manners, cancel_can_be_asked_for_twice) {
    const auto id = post(mail()).text("id");
    for (int i = 0; i < 3; ++i) {
        const auto answer = ask("POST", "/v1/messages/" + id + "/cancel");
        EXPECT_EQ(answer.status, 200) << answer.body;
        EXPECT_TRUE(answer.has(R"("state":"cancelled")"));
    }
}

TEST_F(Manners, what_waits_is_cancelled_by_its_campaign_or_tag) {
    const auto one = post(mail(R"(,"campaign":"c")")).text("id");
    const auto two = post(mail(R"(,"tags":["t"])")).text("id");
    const auto three = post(mail()).text("id");
    EXPECT_TRUE(ask("POST", "/v1/bulk", R"({"action":"cancel","campaign":"c"})").has(R"("moved":1)"));
    EXPECT_TRUE(ask("POST", "/v1/bulk", R"({"action":"cancel","tag":"t"})").has(R"("moved":1)"));
    EXPECT_EQ(ask("POST", "/v1/bulk", R"({"action":"cancel"})").status, 422) << "not all by a slip";
    EXPECT_TRUE(ask("GET", "/v1/messages/" + one).has(R"("state":"cancelled")"));
    EXPECT_TRUE(ask("GET", "/v1/messages/" + two).has(R"("state":"cancelled")"));
    EXPECT_TRUE(ask("GET", "/v1/messages/" + three).has(R"("state":"waiting")"));
}

TEST_F(Manners, what_waits_goes_at_another_time) {
    const auto id = post(mail(R"(,"send_at":")" + in_days(1) + "\"")).text("id");
    const auto target = "/v1/messages/" + id;
    const auto later = in_days(30);
    const auto moved = ask("POST", target + "/reschedule", R"({"send_at":")" + later + "\"}");
    ASSERT_EQ(moved.status, 200) << moved.body;
    const auto shown = ask("GET", target);
    EXPECT_EQ(shown.text("send_at"), later) << shown.body;
    EXPECT_EQ(shown.text("next_try_at"), later);
    EXPECT_GT(shown.text("expires_at"), later) << "its life goes with it";
    const auto sooner = in_days(2);
    EXPECT_EQ(ask("PATCH", target, R"({"send_at":")" + sooner + "\"}").status, 200);
    EXPECT_EQ(ask("GET", target).text("send_at"), sooner);
    for (const auto* wrong : {R"({})", R"({"send_at":"soon"})", R"({"send_at":"2001-01-01T00:00:00Z"})",
                              R"({"send_at":"2099-01-01T00:00:00Z"})", R"({"sent_at":"2030-01-01T00:00:00Z"})"})
        EXPECT_EQ(ask("POST", target + "/reschedule", wrong).status, 422) << wrong;
    ask("POST", target + "/cancel");
    EXPECT_EQ(ask("POST", target + "/reschedule", R"({"send_at":")" + later + "\"}").status, 409);
    EXPECT_EQ(ask("POST", "/v1/messages/AAAAAAAAAAAAAAAA/reschedule", R"({"send_at":")" + later + "\"}").status, 404);
}

TEST_F(Manners, a_message_that_named_its_own_end_keeps_it) {
    const auto id = post(mail(R"(,"expires_at":")" + in_days(2) + "\"")).text("id");
    const auto target = "/v1/messages/" + id + "/reschedule";
    EXPECT_EQ(ask("POST", target, R"({"send_at":")" + in_days(3) + "\"}").status, 422);
    EXPECT_EQ(ask("POST", target, R"({"send_at":")" + in_days(3) + R"(","expires_at":")" + in_days(4) + "\"}").status,
              200);
}

TEST_F(Manners, the_text_is_read_back_as_long_as_its_class_keeps_it) {
    const auto id = post(mail()).text("id");
    const auto shown = ask("GET", "/v1/messages/" + id + "?content=true");
    EXPECT_TRUE(shown.has(R"("content":{"steps":[{"channel":"email","parts":{"subject":"s","text":"t"}}]})"))
        << shown.body;
    EXPECT_FALSE(ask("GET", "/v1/messages/" + id).has(R"("content":)"));
    EXPECT_EQ(ask("GET", "/v1/messages/" + id + "?content=yes").status, 400);
    change().classes["transactional"].keep_content = Milliseconds{0};
    server->reconfigured();
    const auto kept = ask("GET", "/v1/messages/" + id + "?content=true");
    EXPECT_TRUE(kept.has(R"("content":{"unavailable":"class transactional keeps no text)")) << kept.body;
}

TEST_F(Manners, a_recipient_is_changed_in_part) {
    const std::string target = "/v1/recipients/u-1";
    ASSERT_EQ(ask("PATCH", target, R"({"locale":"fa"})").status, 404);
    ASSERT_EQ(
        ask("PUT", target,
            R"({"email":"a@example.com","phone":"+989121234567","locale":"fa-IR","attributes":{"city":"Shiraz","age":30}})")
            .status,
        201);
    const auto changed = ask("PATCH", target, R"({"email":"B@Example.com","attributes":{"age":null,"vip":true}})",
                             {{"Content-Type", "application/merge-patch+json"}});
    ASSERT_EQ(changed.status, 200) << changed.body;
    auto shown = ask("GET", target);
    for (const auto* member :
         {R"("phone":"+989121234567")", R"("locale":"fa-IR")", R"("city":"Shiraz")", R"("vip":true)"})
        EXPECT_TRUE(shown.has(member)) << member << shown.body;
    EXPECT_TRUE(shown.has("example.com"));
    EXPECT_FALSE(shown.has("a@example.com"));
    EXPECT_FALSE(shown.has("age"));
    EXPECT_EQ(ask("PATCH", target, R"({"phone":null})").status, 200);
    EXPECT_FALSE(ask("GET", target).has("phone"));
    EXPECT_EQ(ask("PATCH", target, R"({"email":"nobody"})").status, 422);
    EXPECT_EQ(ask("PATCH", target, R"({"emial":"a@example.com"})").status, 422);
    EXPECT_EQ(ask("PATCH", target, R"([])").status, 422);
    EXPECT_EQ(ask("PATCH", target, R"({)").status, 400);
}

TEST_F(Manners, every_answer_has_a_date_and_the_name_of_its_request) {
    const auto named = ask("GET", "/v1/messages", "", {{"X-Request-Id", "web-42.7"}});
    EXPECT_EQ(named.header("X-Request-Id"), "web-42.7");
    EXPECT_NE(named.header("Date").find(" GMT"), std::string::npos);
    for (const auto& answer : {post(mail()), ask("GET", "/nothing"), ask("GET", "/v1/messages?x=1"),
                               ask("GET", "/v1/messages", "", {{"X-Request-Id", "a b"}})}) {
        EXPECT_FALSE(answer.header("X-Request-Id").empty()) << answer.head;
        EXPECT_EQ(answer.header("X-Request-Id").find(' '), std::string::npos);
        EXPECT_FALSE(answer.header("Date").empty()) << answer.head;
    }
    EXPECT_NE(ask("GET", "/v1/messages").header("X-Request-Id"), ask("GET", "/v1/messages").header("X-Request-Id"));
}

TEST_F(Manners, the_head_says_how_much_may_still_be_sent) {
    EXPECT_TRUE(post(mail()).header("RateLimit").empty()) << "it has no limit";
    app("shop").rate = 5;
    server->reconfigured();
    const auto first = post(mail());
    EXPECT_EQ(first.header("RateLimit-Policy"), "\"messages\";q=5;w=1");
    EXPECT_EQ(first.header("RateLimit"), "\"messages\";r=4;t=1") << first.head;
    Answer last;
    for (int i = 0; i < 20 && last.status != 429; ++i)
        last = post(mail());
    EXPECT_EQ(last.status, 429);
    EXPECT_EQ(last.header("RateLimit"), "\"messages\";r=0;t=1");
}

TEST_F(Manners, a_stream_over_the_rate_is_slowed_and_loses_nothing) {
    app("shop").rate = 20;
    server->reconfigured();
    std::string lines;
    for (int i = 0; i < 30; ++i)
        lines += mail() + "\n";
    const auto answer = post(lines, {{"Content-Type", "application/x-ndjson"}});
    EXPECT_EQ(answer.status, 200);
    EXPECT_FALSE(answer.has("429")) << answer.body;
    EXPECT_TRUE(answer.has(R"("line":30,"status":202)")) << answer.body;
    EXPECT_EQ(control.taken().size(), 30U);
}

TEST_F(Manners, queries_read_a_plus_as_a_blank_and_refuse_what_says_nothing) {
    const auto id = post(mail(R"(,"campaign":"Black Friday")")).text("id");
    EXPECT_TRUE(ask("GET", "/v1/messages?campaign=Black+Friday").has(id));
    EXPECT_TRUE(ask("GET", "/v1/messages?campaign=Black%20Friday").has(id));
    EXPECT_FALSE(ask("GET", "/v1/messages?campaign=Black%2BFriday").has(id)) << "that is a plus";
    for (const auto* wrong : {"?campaign=", "?tag=", "?limit=1&limit=3", "?tag=a&tag=b", "?address="})
        EXPECT_EQ(ask("GET", std::string("/v1/messages") + wrong).status, 400) << wrong;
    EXPECT_TRUE(ask("GET", "/v1/messages?tags=a").has("there is no `tags`"));
}

TEST_F(Manners, targets_and_hosts_are_those_of_rfc_9112) {
    EXPECT_EQ(ask("GET", "http://chapar/v1/messages").status, 200);
    EXPECT_EQ(ask("GET", "HTTP://chapar:80/v1/messages?limit=1").status, 200);
    EXPECT_EQ(ask("GET", "https://chapar").status, 404) << "its root";
    for (const auto* wrong : {"ftp://chapar/v1/messages", "http:///v1/messages", "chapar:80", "*", "v1/messages"})
        EXPECT_EQ(ask("GET", wrong).status, 400) << wrong;
    const auto with_host = [&](const std::string& host) {
        auto one = client();
        one.send("GET /v1/messages HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
        return one.read().status;
    };
    for (const auto* good : {"chapar", "", "chapar:80", "127.0.0.1", "[::1]:80", "a_b.example"})
        EXPECT_EQ(with_host(good), 200) << good;
    for (const auto* bad : {"a b", "a/b", "a@b", "a:b", "[::1", "a:80:80"})
        EXPECT_EQ(with_host(bad), 400) << bad;
    auto empty_line = client();
    empty_line.send("\r\nGET /v1/messages HTTP/1.1\r\nHost: chapar\r\n\r\n");
    EXPECT_EQ(empty_line.read().status, 200);
}

TEST(AuditedDeeds, name_the_method_as_it_was_said) {
    net::Request request;
    request.path = "/v1/suppressions";
    const auto deed = [&](net::Method method, std::string said) {
        request.method = method;
        request.method_text = std::move(said);
        return OperatorAudit::deed({7, 7}, "sara", request);
    };
    EXPECT_EQ(deed(net::Method::put, ""), "uid 7 (sara): PUT /v1/suppressions");
    EXPECT_EQ(deed(net::Method::del, ""), "uid 7 (sara): DELETE /v1/suppressions");
    EXPECT_EQ(deed(net::Method::other, "BREW"), "uid 7 (sara): BREW /v1/suppressions");
}

}  // namespace
}  // namespace chapar::ingress::test
