// GET /v1/events: every final state, filters, waiting and streams.

#include <fmt/format.h>

#include <future>
#include <set>

#include "fixture.hpp"
#include "ingress/feed_cursor.hpp"

namespace chapar::ingress::test {
namespace {

class Events : public FrontDoor {
  protected:
    void SetUp() override {
        FrontDoor::SetUp();
        open();
    }
    std::string accept(std::string_view more = "") {
        const auto answer = post(R"({"to":{"email":"sara@example.com"},"class":"transactional",)"
                                 R"("content":{"email":{"subject":"s","text":"t"}})" +
                                 std::string(more) + "}");
        EXPECT_EQ(answer.status, 202) << answer.body;
        return answer.text("id");
    }
    void cancel(const std::string& id) { EXPECT_EQ(ask("POST", "/v1/messages/" + id + "/cancel").status, 200); }
    /// An attempt that ends so.
    void settle(const std::string& id, model::Event event, model::Outcome outcome) {
        const auto key = MessageId::parse(id)->key();
        std::promise<void> leased, settled;
        store->lease({{.key = key, .number = 1, .channel = "email", .route = "smtp-a", .at = clock.now()}}, nullptr,
                     [&](const auto&) { leased.set_value(); });
        leased.get_future().wait();
        store::Settlement end;
        end.key = key;
        end.outcome = std::move(outcome);
        end.at = clock.now();
        end.event = event;
        if (event == model::Event::attempt_rejected)
            end.trace.push_back({clock.now(), model::Reason::rejected, end.outcome.detail});
        store->settle({end}, [&](const auto&) { settled.set_value(); });
        settled.get_future().wait();
    }
    Answer events(const std::string& query = "", Headers headers = {}) {
        return ask("GET", "/v1/events" + query, "", std::move(headers));
    }
};

TEST_F(Events, a_final_state_is_an_entry_that_says_whose_it_is_and_why) {
    const auto id = accept(R"(,"campaign":"nowruz","tags":["a","b"],"idempotency_key":"k-1",)"
                           R"("metadata":{"order":1042,"نام":"سارا"})");
    cancel(id);
    const auto page = events();
    for (const auto* member :
         {R"("kind":"cancelled")", R"("state":"cancelled")", R"("reason":"cancelled")", R"("class":"transactional")",
          R"("campaign":"nowruz")", R"("tags":["a","b"])", R"("idempotency_key":"k-1")",
          R"("metadata":{"order":1042,"نام":"سارا"})", R"("detail":"by shop")"})
        EXPECT_TRUE(page.has(member)) << member << " in " << page.body;
    EXPECT_TRUE(page.has(R"("message":")" + id));
}

TEST_F(Events, a_mail_that_is_refused_at_the_door_is_a_bounce) {
    const auto sent = accept(), refused = accept();
    model::Outcome taken, no_such_user;
    taken.verdict = model::Verdict::accepted;
    taken.provider_id = "p1";
    no_such_user.verdict = model::Verdict::rejected;
    no_such_user.blame = model::Blame::gone;
    no_such_user.code = "550 5.1.1";
    no_such_user.detail = "no such user";
    settle(sent, model::Event::attempt_accepted, taken);
    settle(refused, model::Event::attempt_rejected, no_such_user);
    const auto page = events("?kind=bounced");
    EXPECT_TRUE(page.has(refused)) << page.body;
    EXPECT_FALSE(page.has(sent));
    for (const auto* member : {R"("state":"failed")", R"("code":"550 5.1.1")", R"("detail":"no such user")",
                               R"("address":"sara@example.com")", R"("route":"smtp-a")", R"("attempt":1)"})
        EXPECT_TRUE(page.has(member)) << member << " in " << page.body;
    const auto good = events("?kind=sent,delivered");
    EXPECT_TRUE(good.has(sent)) << good.body;
    EXPECT_TRUE(good.has(R"("reason":"sent")")) << good.body;
    EXPECT_TRUE(good.has(R"("provider_id":"p1")")) << good.body;
}

TEST_F(Events, filters_leave_out_and_say_what_is_unknown) {
    const auto one = accept(R"(,"campaign":"one","tags":["x"])"), two = accept(R"(,"campaign":"two")");
    cancel(one);
    cancel(two);
    EXPECT_TRUE(events("?campaign=one").has(one));
    EXPECT_FALSE(events("?campaign=one").has(two));
    EXPECT_TRUE(events("?tag=x").has(one));
    EXPECT_FALSE(events("?tag=x").has(two));
    EXPECT_FALSE(events("?class=otp").has(one));
    EXPECT_TRUE(events("?message=" + two).has(two));
    EXPECT_FALSE(events("?message=" + two).has(one));
    EXPECT_TRUE(events("?kind=canceled").has("did you mean cancelled?"));
    for (const auto* wrong : {"?kind=", "?campaign=", "?limit=1&limit=2", "?wait=61", "?wait=-1", "?after=x",
                              "?after=1-zz", "?message=x", "?kinds=sent"})
        EXPECT_EQ(events(wrong).status, 400) << wrong;
    EXPECT_TRUE(events("?kinds=sent").has("there is no `kinds`"));
}

TEST_F(Events, a_cursor_of_another_store_says_that_something_was_missed) {
    cancel(accept());
    const auto next = events().text("next");
    EXPECT_TRUE(events("?after=" + next).has(R"("missed":false)"));
    EXPECT_TRUE(events("?after=" + next).has(R"("events":[])"));
    const auto newer = events("?after=99999999");
    EXPECT_TRUE(newer.has(R"("missed":true)")) << newer.body;
    EXPECT_TRUE(newer.has(R"("kind":"cancelled")")) << "it begins anew: " << newer.body;
    auto other = read_cursor(next).value();
    *other.mark ^= 1;
    EXPECT_TRUE(events("?after=" + cursor_text(other)).has(R"("missed":true)"));
}

TEST_F(Events, a_cursor_of_an_earlier_version_goes_on_where_it_stood) {
    const auto first = accept(), second = accept();
    cancel(first);
    const auto stood = read_cursor(events().text("next")).value();
    cancel(second);
    const auto number = std::to_string(stood.number);
    for (const auto& earlier : {number, fmt::format("{}-{:06x}", stood.number, *stood.mark)}) {
        const auto page = events("?after=" + earlier);
        EXPECT_TRUE(page.has(second)) << page.body;
        EXPECT_FALSE(page.has(first)) << page.body;
        EXPECT_TRUE(page.has(R"("missed":false)")) << page.body;
        EXPECT_EQ(page.text("next").front(), 'e') << "and is given one of this version";
    }
    EXPECT_TRUE(events("?after=0").has(first));
}

TEST_F(Events, a_cursor_that_was_changed_is_refused_and_told_what_to_do) {
    cancel(accept());
    const auto next = events().text("next");
    std::vector<std::string> wrong{next + "a",
                                   next + next,
                                   next.substr(0, next.size() - 1),
                                   next.substr(1),
                                   "e",
                                   "ea",
                                   "E" + next.substr(1),
                                   next + "=",
                                   "-1",
                                   "1-",
                                   "1-12345",
                                   "1-1234567",
                                   "1-12345g",
                                   "99999999999999999999",
                                   "x",
                                   "1.5",
                                   "0x10",
                                   "%2B1",
                                   "%20" + next,
                                   next + "%20"};
    for (std::size_t i = 1; i < next.size(); ++i) {
        wrong.push_back(next);
        wrong.back()[i] = next[i] == 'q' ? 'r' : 'q';
    }
    for (const auto& each : wrong) {
        const auto page = events("?after=" + each);
        EXPECT_EQ(page.status, 400) << each << ": " << page.body;
        EXPECT_TRUE(page.has("send the `next` of the page before")) << page.body;
    }
    EXPECT_TRUE(events("", {{"Accept", "text/event-stream"}, {"Last-Event-ID", next + "a"}}).has("Last-Event-ID"));
}

TEST(FeedCursor, each_is_read_back_as_it_was_written) {
    std::set<std::string> seen;
    for (int bits = 0; bits < 63; ++bits) {
        for (const std::int64_t near : {-1, 0, 1}) {
            const std::int64_t number = std::max<std::int64_t>(0, (std::int64_t{1} << bits) + near);
            for (const auto mark : {std::optional<std::uint32_t>(), std::optional(0U), std::optional(0xff'ffffU)}) {
                const auto text = cursor_text({number, mark});
                const auto back = read_cursor(text);
                ASSERT_TRUE(back.has_value()) << text;
                EXPECT_EQ(back->number, number) << text;
                EXPECT_EQ(back->mark, mark) << text;
                seen.insert(text);
            }
        }
    }
    EXPECT_GT(seen.size(), 500U);
}

TEST_F(Events, a_person_who_is_erased_is_gone_from_the_events_too) {
    const auto id = accept(R"(,"idempotency_key":"sara-7","metadata":{"name":"Sara Karimi"})");
    model::Outcome no_such_user;
    no_such_user.verdict = model::Verdict::rejected;
    no_such_user.blame = model::Blame::gone;
    no_such_user.code = "550";
    no_such_user.detail = "<sara@example.com> is unknown";
    settle(id, model::Event::attempt_rejected, no_such_user);
    for (const auto* personal : {"sara@example.com", "sara-7", "Sara Karimi"})
        EXPECT_TRUE(events().has(personal)) << personal;
    ASSERT_EQ(ask("DELETE", "/v1/recipients/Sara@Example.com?erase=true").status, 200);
    const auto page = events();
    EXPECT_TRUE(page.has(id)) << "what became of it is still told: " << page.body;
    EXPECT_TRUE(page.has(R"("kind":"bounced")")) << page.body;
    for (const auto* personal : {"sara", "Sara"})
        EXPECT_FALSE(page.has(personal)) << page.body;
}

TEST_F(Events, a_request_waits_for_the_first_entry) {
    const auto id = accept();
    auto waiting = client();
    waiting.request("GET", "/v1/events?wait=30");
    EXPECT_EQ(waiting.peek(50), "") << "there is nothing yet";
    cancel(id);
    const auto page = waiting.read();
    EXPECT_EQ(page.status, 200);
    EXPECT_TRUE(page.has(id)) << page.body;
}

TEST_F(Events, whoever_waits_is_answered_when_the_daemon_stops) {
    auto waiting = client();
    waiting.request("GET", "/v1/events?wait=60");
    EXPECT_EQ(waiting.peek(50), "");
    server->stop_accepting();
    const auto page = waiting.read();
    EXPECT_EQ(page.status, 200);
    EXPECT_TRUE(page.has(R"("events":[])"));
}

TEST_F(Events, a_stream_brings_each_entry_and_goes_on_behind_the_last_id) {
    const auto first = accept(), second = accept();
    cancel(first);
    auto stream = client();
    stream.request("GET", "/v1/events", "", {{"Accept", "text/event-stream"}});
    std::string got;
    while (got.find("data: {") == std::string::npos && stream.connected())
        got += stream.peek(2000);
    EXPECT_NE(got.find("Content-Type: text/event-stream"), std::string::npos) << got;
    EXPECT_NE(got.find("event: cancelled\ndata: {"), std::string::npos) << got;
    EXPECT_NE(got.find(first), std::string::npos) << got;
    const auto at = got.find("id: ") + 4;
    const auto last = got.substr(at, got.find('\n', at) - at);
    cancel(second);
    while (got.find(second) == std::string::npos && stream.connected())
        got = stream.peek(2000);
    EXPECT_NE(got.find(second), std::string::npos) << got;

    auto again = client();
    again.request("GET", "/v1/events", "", {{"Accept", "text/event-stream"}, {"Last-Event-ID", last}});
    std::string rest;
    while (rest.find("data: {") == std::string::npos && again.connected())
        rest += again.peek(2000);
    EXPECT_NE(rest.find(second), std::string::npos) << rest;
    EXPECT_EQ(rest.find(first), std::string::npos) << rest;
    EXPECT_EQ(events("", {{"Accept", "text/event-stream"}, {"Last-Event-ID", "x"}}).status, 400);
}

}  // namespace
}  // namespace chapar::ingress::test
