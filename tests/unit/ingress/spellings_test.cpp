// One person, named in many spellings: each place where a person is named meets the same one.
#include "fixture.hpp"

namespace chapar::ingress::test {
namespace {

struct Spelled {
    const char* stored;  // as it is named first
    const char* member;  // of `to`
    std::vector<const char*> others;
};

const Spelled table[] = {
    {"Sara.K@Example.com", "email", {"sara.k@example.com", "SARA.K@EXAMPLE.COM", "sara.K@example.COM"}},
    {"sara.k@example.com", "email", {"Sara.K@Example.com", "SARA.k@example.com"}},
    {"0912 123 4567", "phone", {"+989121234567", "09121234567", "00989121234567", "۰۹۱۲۱۲۳۴۵۶۷", "0912-123-4567"}},
    {"+989121234567", "phone", {"09121234567", "٠٩١٢١٢٣٤٥٦٧", "989121234567", "+98 912 123 4567"}},
};

std::string escaped(std::string_view text) {
    std::string out;
    for (const unsigned char c : text)
        out += fmt::format("%{:02X}", c);
    return out;
}

class Spellings : public FrontDoor {
  protected:
    void SetUp() override {
        FrontDoor::SetUp();
        config::RouteSettings sms;
        sms.name = "smsc";
        sms.channel = "sms";
        change().routes.push_back(sms);
    }
    void begin() { open(); }
    void again() {
        TearDown();
        SetUp();
        begin();
    }
    static std::string channel_of(const Spelled& row) { return std::string(row.member) == "email" ? "email" : "sms"; }
    static std::string content_of(const Spelled& row) {
        return channel_of(row) == "email"
                   ? R"("email":{"subject":"s","text":"t","list_unsubscribe":"mailto:a@shop.example"})"
                   : R"("sms":{"text":"t"})";
    }
    std::string body_to(const Spelled& row, std::string_view spelling, std::string_view extra = "",
                        std::string_view class_name = "marketing") {
        return fmt::format(R"({{"to":{{"{}":"{}"{}}},"class":"{}","content":{{{}}},"from":"a@shop.example"}})",
                           row.member, spelling, extra, class_name, content_of(row));
    }
    std::string decision(const Spelled& row, std::string_view spelling, std::string_view extra = "",
                         std::string_view class_name = "marketing") {
        auto body = body_to(row, spelling, extra, class_name);
        if (channel_of(row) == "sms") {
            const std::string from = R"(,"from":"a@shop.example")";
            body.erase(body.find(from), from.size());
        }
        const auto answer = ask("POST", "/v1/what-if", body);
        EXPECT_EQ(answer.status, 200) << answer.body;
        return answer.text("decision");
    }
    std::string send(const Spelled& row, std::string_view spelling, std::string_view extra = "") {
        auto body = body_to(row, spelling, extra, "transactional");
        if (channel_of(row) == "sms") {
            const std::string from = R"(,"from":"a@shop.example")";
            body.erase(body.find(from), from.size());
        }
        const auto answer = post(body);
        EXPECT_EQ(answer.status, 202) << answer.body;
        return answer.text("id");
    }
    std::string path(std::string_view id, std::string_view rest = "") {
        return "/v1/recipients/" + escaped(id) + std::string(rest);
    }
    void say_no(std::string_view id) {
        const auto answer = ask("PUT", path(id, "/consents"), R"({"topic":"marketing","state":"unsubscribed"})");
        ASSERT_EQ(answer.status, 200) << answer.body;
        EXPECT_TRUE(answer.has(R"("changed":1)")) << answer.body;
    }
    std::string state(const std::string& id) { return ask("GET", "/v1/messages/" + id).text("state"); }
};

TEST_F(Spellings, a_no_said_under_any_spelling_counts_under_every_other) {
    for (const auto& row : table) {
        again();
        ASSERT_EQ(decision(row, row.stored), "go");
        say_no(row.stored);
        for (const auto* other : row.others) {
            EXPECT_EQ(decision(row, other), "end") << row.stored << " " << other;
            EXPECT_EQ(decision(row, other, R"(,"recipient":"u9")"), "end") << "with an id: " << other;
            EXPECT_TRUE(ask("GET", path(other, "/consents")).has("unsubscribed")) << other;
        }
    }
}

TEST_F(Spellings, a_suppression_in_any_spelling_counts_under_every_other) {
    for (const auto& row : table) {
        again();
        const auto channel = channel_of(row);
        const auto added =
            ask("PUT", "/v1/suppressions", fmt::format(R"({{"channel":"{}","address":"{}"}})", channel, row.stored));
        ASSERT_TRUE(added.has(R"("added":1)")) << added.body;
        for (const auto* other : row.others) {
            EXPECT_EQ(decision(row, other), "end") << other;
            const auto twice =
                ask("PUT", "/v1/suppressions", fmt::format(R"({{"channel":"{}","address":"{}"}})", channel, other));
            EXPECT_TRUE(twice.has(R"("added":0,"known":1)")) << twice.body;
            EXPECT_TRUE(twice.has(R"("already":[{"channel":)")) << twice.body;
            EXPECT_TRUE(twice.has(R"("since":")")) << twice.body;
            const auto listed = ask("GET", "/v1/suppressions?channel=" + channel + "&address=" + escaped(other));
            EXPECT_TRUE(listed.has(R"("reach":"all")")) << listed.body;
            const auto csv = ask("PUT", "/v1/suppressions", "channel,address\n" + channel + "," + other + "\n",
                                 {{"Content-Type", "text/csv"}});
            EXPECT_TRUE(csv.has(R"("added":0,"known":1,"failed":0)")) << csv.body;
        }
        const auto gone = ask("DELETE", "/v1/suppressions?channel=" + channel + "&address=" + escaped(row.others[0]));
        EXPECT_EQ(gone.status, 204);
        EXPECT_EQ(decision(row, row.stored), "go");
    }
}

TEST_F(Spellings, messages_are_found_by_every_spelling_with_and_without_an_id) {
    for (const auto& row : table) {
        again();
        const auto bare = send(row, row.stored);
        const auto with_id = send(row, row.stored, R"(,"recipient":"u1")");
        for (const auto* other : row.others) {
            for (const auto* where : {"/v1/messages?address=", "/v1/messages?recipient="}) {
                const auto list = ask("GET", where + escaped(other));
                EXPECT_TRUE(list.has(bare)) << where << other << list.body;
                EXPECT_TRUE(list.has(with_id)) << where << other << list.body;
            }
            const auto all = ask("GET", path(other, "/export"));
            EXPECT_TRUE(all.has(bare) && all.has(with_id)) << other << all.body;
        }
        const auto by_id = ask("GET", "/v1/messages?recipient=u1");
        EXPECT_TRUE(by_id.has(with_id) && by_id.has(bare)) << "the other way round: " << by_id.body;
    }
}

TEST_F(Spellings, the_message_goes_to_the_address_as_it_was_given) {
    begin();
    const auto id = send(table[0], "Sara.K@Example.com");
    EXPECT_TRUE(ask("GET", "/v1/messages/" + id).has(R"("address":"Sara.K@example.com")"));
}

TEST_F(Spellings, profiles_and_events_have_one_place_for_all_spellings) {
    for (const auto& row : table) {
        again();
        ASSERT_EQ(ask("PUT", path(row.stored), R"({"locale":"fa-IR"})").status, 201);
        ASSERT_EQ(ask("POST", path(row.stored, "/events"), R"({"event":"order"})").status, 200);
        for (const auto* other : row.others) {
            EXPECT_TRUE(ask("GET", path(other)).has("fa-IR")) << other;
            EXPECT_EQ(ask("PUT", path(other), R"({"locale":"fa-IR"})").status, 200) << other;
            EXPECT_TRUE(ask("GET", path(other, "/export")).has(R"("event":"order")")) << other;
        }
        EXPECT_EQ(ask("DELETE", path(row.others[0])).status, 204);
        EXPECT_EQ(ask("GET", path(row.stored)).status, 404);
    }
}

TEST_F(Spellings, a_profile_and_its_addresses_are_one_person) {
    for (const auto& row : table) {
        again();
        ASSERT_EQ(
            ask("PUT", path("u1"), fmt::format(R"({{"{}":"{}","locale":"fa-IR"}})", row.member, row.stored)).status,
            201);
        const auto* other = row.others[0];
        EXPECT_TRUE(ask("GET", path(other)).has(R"("id":"u1")")) << other;
        say_no("u1");
        EXPECT_EQ(decision(row, other), "end") << "said by id, asked by address";
        EXPECT_EQ(decision(row, other, fmt::format(R"(,"recipient":"{}")", row.stored)), "end")
            << "said by id, asked by an id that is the address";
        EXPECT_TRUE(ask("GET", path(other, "/consents")).has("unsubscribed"));
        again();
        ASSERT_EQ(ask("PUT", path("u1"), fmt::format(R"({{"{}":"{}"}})", row.member, row.stored)).status, 201);
        say_no(other);
        EXPECT_EQ(decision(row, row.others[1], R"(,"recipient":"u1")"), "end") << "said by address, asked by id";
        EXPECT_TRUE(ask("GET", path("u1", "/consents")).has("unsubscribed"));
    }
}

TEST_F(Spellings, an_erasure_reaches_the_same_by_address_and_by_id) {
    for (const auto& row : table) {
        for (const bool has_profile : {true, false}) {
            for (const std::string by : {"u1", row.stored, row.others[0], row.others[1]}) {
                again();
                if (has_profile) {
                    ASSERT_EQ(ask("PUT", path("u1"), fmt::format(R"({{"{}":"{}"}})", row.member, row.stored)).status,
                              201);
                }
                const auto bare = send(row, row.stored);
                const auto with_id = send(row, row.others[0], R"(,"recipient":"u1")");
                const auto stranger = send(row, channel_of(row) == "email" ? "x@example.org" : "09127654321");
                say_no(row.others[0]);
                say_no("u1");
                const auto gone = ask("DELETE", path(by, "?erase=true"));
                ASSERT_EQ(gone.status, 200) << gone.body;
                const auto where = by + (has_profile ? " with a profile" : "") + ": " + gone.body;
                EXPECT_TRUE(gone.has(R"("found":true)")) << where;
                EXPECT_TRUE(gone.has(R"("messages":2,"cancelled":2)")) << where;
                EXPECT_TRUE(gone.has(R"("consents":2)")) << where;
                EXPECT_TRUE(gone.has(has_profile ? R"("profile":1)" : R"("profile":0)")) << where;
                for (const auto& id : {bare, with_id}) {
                    const auto left = ask("GET", "/v1/messages/" + id);
                    EXPECT_EQ(left.text("state"), "cancelled") << where;
                    EXPECT_FALSE(left.has("1234567") || left.has("xample.com")) << left.body;
                }
                EXPECT_EQ(state(stranger), "waiting") << where;
                for (const auto* other : row.others) {
                    EXPECT_EQ(decision(row, other), "end") << where << "; then to " << other;
                    const auto all = ask("GET", path(other, "/export"));
                    EXPECT_TRUE(all.has(R"("messages":[])") && all.has(R"("profile":null)")) << all.body;
                    EXPECT_TRUE(all.has(R"("reason":"erased")")) << all.body;
                }
            }
        }
    }
}

TEST_F(Spellings, an_erasure_that_finds_nothing_says_so_and_still_keeps_the_no) {
    for (const auto& row : table) {
        again();
        const auto nothing = ask("DELETE", path(row.stored, "?erase=true"));
        EXPECT_EQ(nothing.status, 200);
        EXPECT_TRUE(nothing.has(R"("found":false,"words":"nothing is kept of)")) << nothing.body;
        EXPECT_EQ(decision(row, row.others[0]), "end");
    }
    const auto id = ask("DELETE", path("nobody", "?erase=true"));
    EXPECT_TRUE(id.has(R"("found":false)")) << id.body;
}

TEST_F(Spellings, no_path_takes_a_no_about_what_does_not_exist) {
    begin();
    for (const auto& [body, near] : {
             std::pair(R"({"channel":"emial","state":"unsubscribed"})", R"(did you mean \"email\")"),
             std::pair(R"({"channel":"SMS","state":"unsubscribed"})", R"(did you mean \"sms\")"),
             std::pair(R"({"topic":"marketting","state":"unsubscribed"})", R"(did you mean \"marketing\")"),
             std::pair(R"({"consents":[{"state":"unsubscribed"},{"topic":"Marketing","state":"unsubscribed"}]})",
                       "/consents/1/topic"),
         }) {
        const auto answer = ask("PUT", path("u1", "/consents"), body);
        EXPECT_EQ(answer.status, 422) << body;
        EXPECT_TRUE(answer.has(near)) << answer.body;
    }
    EXPECT_FALSE(ask("GET", path("u1", "/consents")).has("unsubscribed")) << "nothing of a list is taken";
    for (const std::string channel : {"emial", "e-mail", "smss", "telegramm"}) {
        const auto one = ask("PUT", "/v1/suppressions", R"({"channel":")" + channel + R"(","address":"x@y.example"})");
        EXPECT_EQ(one.status, 422) << channel;
        EXPECT_TRUE(one.has("/channel") && one.has("no channel")) << one.body;
        const auto csv = ask("PUT", "/v1/suppressions", "channel,address\n" + channel + ",x@y.example\n",
                             {{"Content-Type", "text/csv"}});
        EXPECT_TRUE(csv.has(R"("added":0,"known":0,"failed":1)")) << csv.body;
        EXPECT_TRUE(csv.has("no channel")) << csv.body;
    }
}

TEST_F(Spellings, a_topic_is_a_class_a_category_of_a_rule_or_of_a_message_or_one_to_come) {
    config::CapSettings cap;
    cap.name = "few-offers";
    cap.match.categories = {"offers"};
    change().caps.push_back(cap);
    change().policy.topics = {"events"};
    begin();
    const auto about = [&](const std::string& topic) {
        return ask("PUT", path("u1", "/consents"), R"({"state":"unsubscribed","topic":")" + topic + "\"}").status;
    };
    for (const auto* topic : {"*", "marketing", "otp", "offers", "events"})
        EXPECT_EQ(about(topic), 200) << topic;
    EXPECT_EQ(about("digest"), 422);
    ASSERT_EQ(post(R"({"to":{"email":"a@b.example"},"class":"marketing","category":"digest","from":"a@shop.example",)"
                   R"("content":{"email":{"subject":"s","text":"t","list_unsubscribe":"mailto:a@shop.example"}}})")
                  .status,
              202);
    EXPECT_EQ(about("digest"), 200) << "a message had it, sent or not";
}

}  // namespace
}  // namespace chapar::ingress::test
