#include "failing_store.hpp"
#include "fixture.hpp"

namespace chapar::ingress::test {
namespace {

TEST_F(FrontDoor, a_message_is_answered_after_it_is_on_disk) {
    open();
    const auto answer = post(simple);
    ASSERT_EQ(answer.status, 202) << answer.body;
    const auto id = MessageId::parse(answer.text("id"));
    ASSERT_TRUE(id);
    EXPECT_TRUE(answer.has(R"("state":"waiting","duplicate":false)"));
    const auto record = store->find(*id);
    ASSERT_TRUE(record.has_value());
    EXPECT_EQ(record->message.application, "shop");
    EXPECT_EQ(record->message.class_name, "transactional");  // the template's
    ASSERT_EQ(record->message.plan.size(), 1u);
    EXPECT_EQ(record->message.plan[0].address, "sara@example.com");
    EXPECT_EQ(record->message.plan[0].revision, "abc123");
    EXPECT_EQ(record->message.plan[0].locale, "fa-IR");  // the site's
    EXPECT_EQ(record->message.body, simple);
    ASSERT_EQ(control.taken().size(), 1u);
    EXPECT_EQ(*store->revision("abc123"), "the sources");
}

TEST_F(FrontDoor, the_same_key_is_one_message_and_another_body_is_a_conflict) {
    open();
    const std::string body =
        R"({"to":{"email":"a@b.example"},"template":"welcome","data":{"name":"x"},"idempotency_key":"k1"})";
    const auto first = post(body);
    ASSERT_EQ(first.status, 202) << first.body;
    const auto second = post(body);
    EXPECT_EQ(second.status, 202);
    EXPECT_EQ(second.text("id"), first.text("id"));
    EXPECT_TRUE(second.has(R"("duplicate":true)"));
    std::string other = body;
    other.replace(other.find("\"x\""), 3, "\"y\"");
    const auto third = post(other);
    EXPECT_EQ(third.status, 409);
    EXPECT_TRUE(third.has("urn:chapar:problem:idempotency-conflict"));
}

TEST_F(FrontDoor, storage_trouble_is_503_and_never_202) {
    open();
    failing->broken = true;
    const auto answer = post(simple);
    EXPECT_EQ(answer.status, 503);
    EXPECT_FALSE(answer.header("Retry-After").empty());
    EXPECT_TRUE(answer.has("storage-unavailable"));
    failing->broken = false;
    EXPECT_EQ(post(simple).status, 202);
}

TEST_F(FrontDoor, what_could_never_be_sent_is_refused_with_the_place) {
    open();
    const std::vector<std::pair<std::string, std::string>> cases = {
        {R"({"to":{"email":"a@b.example"},"template":"welcome","data":{}})", "requires the variable name"},
        {R"({"to":{"email":"a@b.example"},"template":"nope"})", "there is no template nope"},
        {R"({"to":{"email":"not an address"},"template":"welcome","data":{"name":1}})", R"("pointer":"/to/email")"},
        {R"({"to":{"email":"a@b.example"},"template":"welcome","data":{"name":1},"class":"spam"})",
         "there is no class spam"},
        {R"({"to":{"email":"a@b.example"},"template":"welcome","data":{"name":1},"expires_at":"2001-01-01T00:00:00Z"})",
         "past"},
        {R"({"to":{"email":"a@b.example"},"template":"welcome","data":{"name":1},"channels":["fax"]})",
         "no route carries channel fax for class transactional"},
        {R"({"to":{"email":"a@b.example"},"class":"otp"})", "template or content is needed"},
        {R"({"to":{},"template":"welcome","data":{"name":1}})", R"("pointer":"/to")"},
        {R"({"template":"welcome","data":{"name":1}})", R"("pointer":"/to")"},
        {R"({"to":{"email":"a@b.example"},"template":"welcome","data":{"name":1},"tempalte":"x"})", "template"},
        {R"({"to":{"email":"a@b.example"},"class":"otp","content":{"email":{"text":"x"}}})", "needs a subject"},
        {R"({"to":{"email":"a@b.example"},"class":"otp","content":{"email":{"subject":"x\ny","text":"x"}}})",
         "one line"},
        {R"({"to":{"email":"a@b.example"},"template":"welcome","data":{"name":1},"from":"ceo@bank.example"})",
         "may not send as"},
        {R"({"to":{"email":"a@b.example"},"template":"welcome","data":{"name":1},"headers":{"Bcc":"x@y.example"}})",
         "may not set this header"},
        {R"({"to":{"email":"a@b.example"},"template":"welcome","data":{"name":1},"attachments":[{"name":"a","content_type":"a/b","content":"AA=="}]})",
         "may not attach"},
        {R"({"to":{"email":"a@b.example"},"template":"welcome","data":[]})", "expected an object"},
        {R"({"to":{"recipient":"u1"},"template":"welcome","data":{"name":1}})", "there is no recipient u1"},
    };
    for (const auto& [body, expected] : cases) {
        const auto answer = post(body);
        EXPECT_EQ(answer.status, 422) << body << answer.body;
        EXPECT_TRUE(answer.has(expected)) << body << "\n" << answer.body;
        EXPECT_EQ(answer.header("Content-Type"), "application/problem+json");
    }
    EXPECT_TRUE(control.taken().empty());
}

TEST_F(FrontDoor, json_bombs_are_refused) {
    change().socket.max_keys = 1000;
    open();
    std::string many = R"({"to":{"email":"a@b.example"},"template":"welcome","data":{"name":1)";
    for (int i = 0; i < 1000; ++i)
        many += ",\"k" + std::to_string(i) + "\":1";
    const std::vector<std::string> bodies = {
        std::string(100'000, '['),
        R"({"to":{"email":"a@b.example"},"data":)" + std::string(40, '[') + std::string(40, ']') + "}",
        many + "}}",
        R"({"to":{"email":"a@b.example","email":"b@b.example"},"template":"welcome","data":{"name":1}})",
        R"({"to":{"email":"a@b.example"},"template":"welcome","data":{"name":"\ud800"}})",
        R"({"to":{"email":"a@b.example"},"template":"welcome","data":{"name":"\udc00"}})",
        "{\"to\":{\"email\":\"a@b.example\"},\"template\":\"welcome\",\"data\":{\"name\":\"\xff\"}}",
        R"({"to":{"email":"a@b.example"},"template":"welcome","data":{"name":1e999}})",
        R"({"to":{"email":"a@b.example"},"template":"welcome","data":{"name":1}} trailing)",
        "nonsense",
        " ",
    };
    for (const auto& body : bodies) {
        const auto answer = post(body);
        EXPECT_EQ(answer.status, 400) << body.substr(0, 100) << answer.body;
        EXPECT_TRUE(answer.has("malformed-json"));
    }
    EXPECT_EQ(post(simple).status, 202);
}

TEST_F(FrontDoor, rate_and_queue_depth_are_429_with_a_time) {
    app("shop").rate = 2;
    open();
    EXPECT_EQ(post(simple).status, 202);
    EXPECT_EQ(post(simple).status, 202);
    const auto limited = post(simple);
    EXPECT_EQ(limited.status, 429);
    EXPECT_EQ(limited.header("Retry-After"), "1");
    EXPECT_TRUE(limited.has("rate-limited"));
    app("shop").rate = 0;
    app("shop").queue_depth = 10;
    server->reconfigured();
    control.waiting_now = 10;
    const auto full = post(simple);
    EXPECT_EQ(full.status, 429) << full.body;
    EXPECT_TRUE(full.has("queue-full"));
    control.waiting_now = 9;
    EXPECT_EQ(post(simple).status, 202);
}

TEST_F(FrontDoor, a_replay_that_could_not_be_accepted_any_more_is_still_known) {
    open();
    const std::string body =
        R"({"to":{"email":"a@b.example"},"template":"welcome","data":{"name":"x"},"idempotency_key":"k1"})";
    const auto first = post(body);
    ASSERT_EQ(first.status, 202) << first.body;
    app("shop").queue_depth = 10;
    server->reconfigured();
    control.waiting_now = 10;
    const auto replay = post(body);
    EXPECT_EQ(replay.status, 202) << replay.body;
    EXPECT_EQ(replay.text("id"), first.text("id"));
    EXPECT_TRUE(replay.has(R"("duplicate":true)"));
    std::string other = body;
    other.replace(other.find("\"x\""), 3, "\"y\"");
    EXPECT_EQ(post(other).status, 429);
}

TEST_F(FrontDoor, permissions_are_those_of_the_application) {
    auto& shop = app("shop");
    shop.classes = {"otp"};
    shop.templates = {"welcome"};
    open();
    const auto answer = post(simple);
    EXPECT_EQ(answer.status, 403);
    EXPECT_TRUE(answer.has("may not send class transactional"));
    app("shop").classes = {"transactional"};
    server->reconfigured();
    EXPECT_EQ(post(simple).status, 202) << "the template that is listed";
    app("shop").templates = {"goodbye", "wel"};
    server->reconfigured();
    const auto other = post(simple);
    EXPECT_EQ(other.status, 403);
    EXPECT_TRUE(other.has("may not use template welcome"));
    app("shop").templates = {"wel*"};
    server->reconfigured();
    EXPECT_EQ(post(simple).status, 202) << "a beginning stands for all names that have it";
    app("shop").channels = {"sms"};
    server->reconfigured();
    EXPECT_EQ(
        post(R"({"to":{"email":"a@b.example"},"template":"welcome","data":{"name":1},"channels":["email"]})").status,
        403);
}

TEST_F(FrontDoor, a_profile_gives_the_address_and_stands_in_the_body) {
    open();
    ASSERT_EQ(
        ask("PUT", "/v1/recipients/u%201", R"({"email":"Sara@Example.COM","locale":"en","attributes":{"vip":true}})")
            .status,
        201);
    const auto answer = post(R"( {"to":{"recipient":"u 1"},"template":"welcome","data":{"name":1}} )");
    ASSERT_EQ(answer.status, 202) << answer.body;
    const auto record = store->find(*MessageId::parse(answer.text("id")));
    EXPECT_EQ(record->message.plan[0].address, "Sara@example.com");
    EXPECT_EQ(record->message.plan[0].locale, "en");
    EXPECT_EQ(
        record->message.body,
        R"({"to":{"recipient":"u 1"},"template":"welcome","data":{"name":1},"profile":{"email":"Sara@example.com","locale":"en","attributes":{"vip":true}}})");
    EXPECT_EQ(ask("GET", "/v1/recipients/u%201").status, 200);
    EXPECT_EQ(ask("DELETE", "/v1/recipients/u%201").status, 204);
    EXPECT_EQ(ask("DELETE", "/v1/recipients/u%201").status, 404);
    EXPECT_EQ(ask("GET", "/v1/recipients/u%201").status, 404);
}

TEST_F(FrontDoor, times_bound_the_life_of_a_message) {
    change().classes["transactional"].max_age = std::chrono::hours(2);
    open();
    const auto answer = post(
        R"({"to":{"email":"a@b.example"},"template":"welcome","data":{"name":1},"expires_at":"2999-01-01T00:00:00Z"})");
    ASSERT_EQ(answer.status, 202) << answer.body;
    const auto record = store->find(*MessageId::parse(answer.text("id")));
    EXPECT_EQ(record->message.expires_at, record->message.accepted_at + std::chrono::hours(2));
}

TEST_F(FrontDoor, other_content_types_are_415) {
    open();
    EXPECT_EQ(post(simple, {{"Content-Type", "application/x-www-form-urlencoded"}}).status, 415);
    EXPECT_EQ(post(simple, {{"Content-Type", "Application/JSON; charset=utf-8"}}).status, 202);
}

}  // namespace
}  // namespace chapar::ingress::test
