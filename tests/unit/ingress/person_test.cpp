// Consents, events, export and erasure.
#include "fixture.hpp"

namespace chapar::ingress::test {
namespace {

class Person : public FrontDoor {
  protected:
    Answer put(std::string_view body) { return ask("PUT", "/v1/recipients/u1/consents", body); }
};

TEST_F(Person, consents_are_told_with_their_history) {
    open();
    const auto first =
        put(R"({"channel":"email","topic":"marketing","state":"subscribed","source":"form","proof":"10.0.0.1",)"
            R"("at":"2024-01-01T00:00:00Z"})");
    ASSERT_EQ(first.status, 200) << first.body;
    EXPECT_TRUE(first.has(R"("changed":1)"));
    EXPECT_EQ(control.fences, 0);
    const auto second =
        put(R"({"consents":[{"channel":"email","topic":"marketing","state":"unsubscribed"},{"state":"pending"}]})");
    ASSERT_EQ(second.status, 200) << second.body;
    EXPECT_EQ(control.fences, 1) << "who says no hears it after all that left has left";
    const auto all = ask("GET", "/v1/recipients/u1/consents");
    ASSERT_EQ(all.status, 200);
    const auto history = all.body.find("\"history\"");
    ASSERT_NE(history, std::string::npos) << all.body;
    const auto now = all.body.substr(0, history);
    EXPECT_EQ(now.find("\"subscribed\""), std::string::npos) << now;
    EXPECT_NE(now.find(R"("channel":"email","topic":"marketing","state":"unsubscribed")"), std::string::npos) << now;
    EXPECT_NE(now.find(R"("channel":"*","topic":"*","state":"pending")"), std::string::npos) << now;
    EXPECT_NE(all.body.find(R"("proof":"10.0.0.1")", history), std::string::npos) << all.body;
    EXPECT_FALSE(ask("GET", "/v1/recipients/u2/consents").has("state"));
}

TEST_F(Person, a_wrong_consent_has_its_place_and_nothing_is_written) {
    open();
    for (const auto& [body, part] : {
             std::pair(R"({"state":"yes"})", "/state"),
             std::pair(R"({})", "/state"),
             std::pair(R"({"state":"subscribed","chanel":"email"})", "did you mean \\\"channel\\\""),
             std::pair(R"({"state":"subscribed","at":"2999-01-01T00:00:00Z"})", "not in the future"),
             std::pair(R"({"consents":[{"state":"subscribed"},{"state":"x"}]})", "/consents/1/state"),
             std::pair(R"({"consents":[]})", "/consents"),
             std::pair(R"({"state":"subscribed","source":"a\nb"})", "/source"),
         }) {
        const auto answer = put(body);
        EXPECT_EQ(answer.status, 422) << body;
        EXPECT_TRUE(answer.has(part)) << answer.body;
    }
    EXPECT_EQ(put("[]").status, 400);
    EXPECT_FALSE(ask("GET", "/v1/recipients/u1/consents").has("state"));
}

TEST_F(Person, an_event_is_kept_with_its_last_time) {
    open();
    const auto answer = ask("POST", "/v1/recipients/u1/events", R"({"event":"order","at":"2024-05-01T10:00:00Z"})");
    ASSERT_EQ(answer.status, 200) << answer.body;
    EXPECT_TRUE(answer.has("2024-05-01T10:00:00.000Z"));
    EXPECT_EQ(ask("POST", "/v1/recipients/u1/events", R"({"at":"2024-05-01T10:00:00Z"})").status, 422);
    EXPECT_EQ(ask("POST", "/v1/recipients/u1/events", R"({"event":"order","when":1})").status, 422);
    EXPECT_TRUE(
        ask("GET", "/v1/recipients/u1/export").has(R"("events":[{"event":"order","at":"2024-05-01T10:00:00.000Z"}])"));
}

TEST_F(Person, an_export_holds_everything_and_an_erasure_leaves_none_of_it) {
    open();
    ASSERT_EQ(
        ask("PUT", "/v1/recipients/u1",
            R"({"email":"sara@example.com","device_timezone":"Europe/Berlin","household":"h1","quiet":{"weekly":{"every":["22:00-09:00"]}}})")
            .status,
        201);
    ASSERT_EQ(put(R"({"topic":"marketing","state":"subscribed"})").status, 200);
    ASSERT_EQ(post(R"({"to":{"recipient":"u1"},"template":"welcome","data":{"name":"Sara"}})").status, 202);
    ASSERT_EQ(ask("PUT", "/v1/suppressions", R"({"channel":"email","address":"sara@EXAMPLE.com","reach":"marketing"})")
                  .status,
              200);
    const auto all = ask("GET", "/v1/recipients/u1/export");
    ASSERT_EQ(all.status, 200) << all.body;
    for (const auto* part : {R"("email":"sara@example.com")", R"("household":"h1")", R"("quiet":{"weekly")",
                             R"("state":"subscribed")", R"("data":{"name":"Sara"})", R"("reach":"marketing")"})
        EXPECT_TRUE(all.has(part)) << part << all.body;
    const auto gone = ask("DELETE", "/v1/recipients/u1?erase=true");
    ASSERT_EQ(gone.status, 200) << gone.body;
    for (const auto* part : {R"("profile":1)", R"("consents":1)", R"("cancelled":1)"})
        EXPECT_TRUE(gone.has(part)) << part << gone.body;
    const auto left = ask("GET", "/v1/recipients/u1/export");
    EXPECT_FALSE(left.has("sara@example.com")) << left.body;
    EXPECT_TRUE(left.has(R"("profile":null)")) << left.body;
    // Who was erased and comes back is still not written to.
    const auto row = ask("GET", "/v1/suppressions?channel=email&address=sara@example.com");
    EXPECT_TRUE(row.has(R"("reason":"erased")")) << row.body;
}

TEST_F(Person, plain_removal_takes_the_profile_alone) {
    open();
    ASSERT_EQ(ask("PUT", "/v1/recipients/u1", R"({"email":"sara@example.com"})").status, 201);
    ASSERT_EQ(put(R"({"state":"unsubscribed"})").status, 200);
    EXPECT_EQ(ask("DELETE", "/v1/recipients/u1").status, 204);
    EXPECT_EQ(ask("DELETE", "/v1/recipients/u1").status, 404);
    EXPECT_EQ(ask("DELETE", "/v1/recipients/u1?erase=yes").status, 400);
    EXPECT_TRUE(ask("GET", "/v1/recipients/u1/consents").has("unsubscribed"));
}

TEST_F(Person, own_quiet_times_are_checked) {
    open();
    const auto answer =
        ask("PUT", "/v1/recipients/u1", R"({"quiet":{"weekly":{"every":["22:00-25:00"],"freitag":[]}}})");
    EXPECT_EQ(answer.status, 422);
    EXPECT_TRUE(answer.has("25:00 is no time of day")) << answer.body;
    EXPECT_TRUE(answer.has("/quiet/weekly/freitag")) << answer.body;
}

}  // namespace
}  // namespace chapar::ingress::test
