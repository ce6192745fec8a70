// What the policy would say, asked over the socket.
#include "fixture.hpp"

namespace chapar::ingress::test {
namespace {

class WhatIf : public FrontDoor {
  protected:
    void SetUp() override {
        FrontDoor::SetUp();
        config::QuietSettings nights;
        nights.name = "nights";
        nights.match.classes = {"marketing"};
        for (auto& day : nights.weekly)
            day = {{21 * 60, 8 * 60}};
        nights.zone = {"person"};
        change().quiet.push_back(nights);
    }
    Answer what_if(std::string_view body) { return ask("POST", "/v1/what-if", body); }
};

constexpr std::string_view to =
    R"("to":{"recipient":"u1","email":"a@b.example","timezone":"Asia/Tehran"},"template":"welcome")";

TEST_F(WhatIf, the_moment_decides) {
    open();
    const auto night = what_if("{" + std::string(to) + R"(,"class":"marketing","at":"2030-01-31T23:00:00+03:30"})");
    ASSERT_EQ(night.status, 200) << night.body;
    EXPECT_TRUE(night.has(R"("decision":"wait")")) << night.body;
    EXPECT_TRUE(night.has(R"("due":"2030-02-01T04:30:00.000Z")")) << night.body;
    EXPECT_TRUE(night.has(R"("reason":"quiet_hours")")) << night.body;
    EXPECT_TRUE(night.has(R"("rule":"nights")")) << night.body;
    const auto noon = what_if("{" + std::string(to) + R"(,"class":"marketing","at":"2030-01-31T12:00:00+03:30"})");
    EXPECT_TRUE(noon.has(R"("decision":"go","channel":"email")")) << noon.body;
    EXPECT_TRUE(noon.has("It would go by email at Thu 2030-01-31 12:00 (Asia/Tehran).")) << noon.body;
}

TEST_F(WhatIf, what_the_person_said_counts_and_nothing_is_stored) {
    open();
    ASSERT_EQ(ask("PUT", "/v1/recipients/u1/consents", R"({"topic":"marketing","state":"unsubscribed"})").status, 200);
    const auto answer = what_if("{" + std::string(to) + R"(,"class":"marketing","at":"2030-01-31T12:00:00+03:30"})");
    EXPECT_TRUE(answer.has(R"("decision":"end")")) << answer.body;
    EXPECT_TRUE(answer.has(R"("reason":"no_consent")")) << answer.body;
    const auto other = what_if("{" + std::string(to) + R"(,"class":"transactional"})");
    EXPECT_TRUE(other.has(R"("decision":"go")")) << other.body;
    EXPECT_TRUE(ask("GET", "/v1/messages").has(R"("messages":[])"));
    EXPECT_TRUE(control.taken().empty());
}

TEST_F(WhatIf, a_request_that_would_be_refused_is_refused_alike) {
    open();
    EXPECT_EQ(what_if(R"({"to":{"email":"a@b.example"},"template":"nothing","class":"marketing"})").status, 422);
    EXPECT_EQ(what_if(R"({"to":{"email":"a@b.example"},"tempalte":"welcome"})").status, 422);
    EXPECT_EQ(what_if("nonsense").status, 400);
}

}  // namespace
}  // namespace chapar::ingress::test
