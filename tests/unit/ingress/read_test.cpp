#include "fixture.hpp"

namespace chapar::ingress::test {
namespace {

class Reading : public FrontDoor {
  protected:
    std::string sent(std::string_view body = simple) {
        const auto answer = post(body);
        EXPECT_EQ(answer.status, 202) << answer.body;
        return answer.text("id");
    }
};

TEST_F(Reading, a_message_shows_its_plan_and_its_trace) {
    open();
    const auto id = sent();
    const auto answer = ask("GET", "/v1/messages/" + id);
    ASSERT_EQ(answer.status, 200);
    for (const auto* part : {R"("state":"waiting")", R"("address":"sara@example.com")", R"("attempts":[])",
                             R"("reason":"accepted")", R"("class":"transactional")", R"("template":"welcome")"})
        EXPECT_TRUE(answer.has(part)) << part << answer.body;
    EXPECT_EQ(ask("GET", "/v1/messages/0190163d-8694-739b-aea5-966c26f8ad90").status, 404);
    EXPECT_EQ(ask("GET", "/v1/messages/nonsense").status, 404);
}

TEST_F(Reading, what_keeps_a_due_message_from_going_is_shown_with_it) {
    open();
    const auto id = sent();
    EXPECT_FALSE(ask("GET", "/v1/messages/" + id).has("standstill"));
    control.still = model::TraceEntry{clock.now(), model::Reason::route_paused, "route a: maintenance"};
    const auto answer = ask("GET", "/v1/messages/" + id);
    EXPECT_TRUE(answer.has(R"("standstill":{"time":)")) << answer.body;
    EXPECT_TRUE(answer.has(R"("reason":"route_paused")") && answer.has("maintenance")) << answer.body;
}

TEST_F(Reading, cancel_and_retry_follow_the_state_machine) {
    open();
    const auto id = sent();
    const auto cancelled = ask("POST", "/v1/messages/" + id + "/cancel");
    EXPECT_EQ(cancelled.status, 200);
    EXPECT_TRUE(cancelled.has(R"("state":"cancelled")"));
    const auto again = ask("POST", "/v1/messages/" + id + "/cancel");
    EXPECT_EQ(again.status, 200) << "a client that asks again hears the same";
    EXPECT_EQ(ask("POST", "/v1/messages/" + id + "/retry").status, 409);
    const auto shown = ask("GET", "/v1/messages/" + id);
    EXPECT_TRUE(shown.has(R"("reason":"cancelled")"));
    EXPECT_TRUE(shown.has("by shop"));
    ASSERT_EQ(control.moves.size(), 1u);
    EXPECT_EQ(control.moves[0], MessageId::parse(id)->key());
}

TEST_F(Reading, the_list_filters_and_turns_pages) {
    open();
    std::vector<std::string> all;
    for (int i = 0; i < 5; ++i) {
        all.push_back(sent(R"({"to":{"recipient":"u)" + std::to_string(i) +
                           R"(","email":"a@b.example"},"template":"welcome","data":{"name":1},"campaign":")" +
                           (i < 3 ? "spring" : "autumn") + R"(","tags":["t)" + std::to_string(i % 2) + R"("]})"));
    }
    const auto first = ask("GET", "/v1/messages?limit=2");
    EXPECT_EQ(first.status, 200);
    EXPECT_TRUE(first.has(all[4]) && first.has(all[3]) && !first.has(all[2])) << first.body;
    const auto next = first.text("next");
    ASSERT_FALSE(next.empty());
    const auto second = ask("GET", "/v1/messages?limit=2&cursor=" + next);
    EXPECT_TRUE(second.has(all[2]) && second.has(all[1]) && !second.has(all[3])) << second.body;
    const auto autumn = ask("GET", "/v1/messages?campaign=autumn");
    EXPECT_TRUE(autumn.has(all[4]) && autumn.has(all[3]) && !autumn.has(all[2]));
    const auto tagged = ask("GET", "/v1/messages?tag=t1&state=waiting&class=transactional");
    EXPECT_TRUE(tagged.has(all[1]) && tagged.has(all[3]) && !tagged.has(all[0]));
    EXPECT_TRUE(ask("GET", "/v1/messages?recipient=u2").has(all[2]));
    for (const auto* bad : {"?state=gone", "?limit=0", "?limit=x", "?cursor=-1", "?order=id", "?state=%zz"})
        EXPECT_EQ(ask("GET", std::string("/v1/messages") + bad).status, 400) << bad;
}

TEST_F(Reading, the_list_finds_by_address_template_route_and_time) {
    open();
    const auto id = sent();
    const auto finds = [&](const std::string& query) { return ask("GET", "/v1/messages?" + query).has(id); };
    EXPECT_TRUE(finds("address=SARA@Example.COM"));
    EXPECT_FALSE(finds("address=sara2@example.com"));
    EXPECT_TRUE(finds("since=2000-01-01T00:00:00Z&until=2999-01-01T00:00:00Z"));
    EXPECT_FALSE(finds("until=2000-01-01T00:00:00Z"));
    EXPECT_FALSE(finds("since=2999-01-01T00:00:00Z"));
    EXPECT_FALSE(finds("route=smtp-a")) << "nothing was tried yet";
    EXPECT_FALSE(finds("template=no-such"));
    EXPECT_EQ(ask("GET", "/v1/messages?since=yesterday").status, 400);
    EXPECT_TRUE(ask("GET", "/v1/messages?address=a%40").has("address: "));
    EXPECT_TRUE(ask("GET", "/v1/messages?adress=a").has("known are state"));
}

TEST_F(Reading, unknown_paths_and_methods_say_so) {
    open();
    EXPECT_EQ(ask("GET", "/v2/messages").status, 404);
    const auto put = ask("PUT", "/v1/messages", "{}");
    EXPECT_EQ(put.status, 405);
    EXPECT_EQ(put.header("Allow"), "GET, HEAD, POST");
    EXPECT_EQ(ask("DELETE", "/v1/health").header("Allow"), "GET, HEAD");
    EXPECT_EQ(ask("OPTIONS", "/v1/messages").status, 405);
    auto connection = client();
    connection.send("HEAD /v1/health HTTP/1.1\r\nHost: x\r\n\r\nGET /v1/ready HTTP/1.1\r\nHost: x\r\n\r\n");
    const auto both = connection.peek(300);
    EXPECT_EQ(both.find("alive"), std::string::npos);  // a HEAD has no body
    EXPECT_NE(both.find("\"status\":\"ready\""), std::string::npos);
}

TEST_F(Reading, the_operator_pauses_and_resumes_routes) {
    open();
    if (::getuid() != 0) app("shop").operator_role = true;
    server->reconfigured();
    const auto paused = ask("POST", "/v1/routes/smtp-a/pause", R"({"reason":"maintenance"})");
    EXPECT_EQ(paused.status, 200);
    EXPECT_TRUE(paused.has(R"("state":"paused","why":"maintenance")")) << paused.body;
    EXPECT_EQ(ask("POST", "/v1/routes/smtp-a/resume").status, 200);
    EXPECT_EQ(ask("POST", "/v1/routes/smtp-a/resume").status, 409);
    EXPECT_EQ(ask("POST", "/v1/routes/other/pause").status, 404);
    EXPECT_EQ(ask("POST", "/v1/routes/smtp-a/pause", R"({"why":1})").status, 400);
    EXPECT_TRUE(ask("GET", "/v1/routes").has(R"("name":"smtp-a")"));
    EXPECT_TRUE(ask("GET", "/v1/queue").has(R"("destination":"example.com")"));
}

TEST_F(Reading, a_preview_renders_without_storing) {
    open();
    const auto answer = ask("POST", "/v1/render", R"({"template":"welcome","data":{"name":"Ali"},"locale":"fa"})");
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_TRUE(answer.has(R"("subject":"Hello")"));
    EXPECT_EQ(ask("POST", "/v1/render", R"({"template":"welcome"})").status, 200);  // the sample
    EXPECT_EQ(ask("POST", "/v1/render", R"({"template":"welcome","data":{}})").status, 422);
    EXPECT_EQ(ask("POST", "/v1/render", R"({"template":"nope"})").status, 404);
    EXPECT_EQ(ask("POST", "/v1/render", R"({"template":"welcome","channel":"sms","data":{"name":1}})").status, 404);
    EXPECT_EQ(ask("POST", "/v1/render", R"({"tempalte":"welcome"})").status, 422);
    EXPECT_TRUE(ask("GET", "/v1/templates").has(R"("name":"welcome")"));
    EXPECT_TRUE(control.taken().empty());
}

TEST_F(Reading, metrics_are_text_and_count) {
    open();
    sent();
    const auto answer = ask("GET", "/metrics");
    EXPECT_EQ(answer.status, 200);
    EXPECT_TRUE(answer.has(R"(chapar_messages_accepted_total{application="shop"} 1)")) << answer.body;
    EXPECT_TRUE(answer.has(R"(chapar_messages{state="waiting"} 1)")) << answer.body;
    EXPECT_TRUE(answer.has(R"(chapar_loop_lag_seconds{loop="dispatch"} 0.25)")) << answer.body;
    EXPECT_TRUE(answer.has("chapar_store_bytes{file=\"wal\"} ")) << answer.body;
    EXPECT_TRUE(answer.has("\nchapar_store_cache_bytes ")) << answer.body;
    EXPECT_TRUE(answer.has("\nprocess_resident_memory_bytes ")) << answer.body;
}

TEST_F(Reading, bad_recipients_are_refused_with_the_place) {
    open();
    EXPECT_EQ(ask("PUT", "/v1/recipients/u1", R"({"email":"no"})").status, 422);
    EXPECT_EQ(ask("PUT", "/v1/recipients/u1", R"({"phone":"۰۹۱۲ ۳۴۵ ۶۷۸۹"})").status, 201);
    EXPECT_TRUE(ask("GET", "/v1/recipients/u1").has(R"("phone":"+989123456789")"));
    EXPECT_EQ(ask("PUT", "/v1/recipients/u1", R"({"mail":"a@b.example"})").status, 422);
    EXPECT_EQ(ask("PUT", "/v1/recipients/u1", "[]").status, 422);
    EXPECT_EQ(ask("PUT", "/v1/recipients/u1", "{").status, 400);
    EXPECT_EQ(ask("PUT", "/v1/recipients/a%0ab", "{}").status, 422);
    EXPECT_EQ(ask("PUT", "/v1/recipients/" + std::string(300, 'a'), "{}").status, 422);
    EXPECT_EQ(ask("PUT", "/v1/recipients/%00", "{}").status, 404);
}

TEST_F(Reading, stopping_answers_what_is_under_way_and_takes_nothing_new) {
    open();
    auto idle = client();
    auto busy = client();
    busy.request("GET", "/v1/health");
    ASSERT_EQ(busy.read().status, 200);
    server->stop_accepting();
    EXPECT_TRUE(server->drain(Milliseconds{2000}));
    EXPECT_TRUE(idle.closes_within(2000));
    EXPECT_TRUE(busy.closes_within(2000));
    EXPECT_FALSE(std::filesystem::exists(path));
    EXPECT_FALSE(client().connected());
}

TEST_F(Reading, a_living_socket_is_not_taken_over_and_a_stale_one_is) {
    open();
    Deps deps{clock,
              *store,
              control,
              catalogue,
              *ids,
              metrics,
              [this] { return std::shared_ptr<const config::Settings>(settings); },
              {},
              1};
    {
        Server second(deps);
        const auto started = second.start({});
        ASSERT_FALSE(started.has_value());
        EXPECT_NE(started.error().message().find("served by another process"), std::string::npos);
    }
    EXPECT_EQ(post(simple).status, 202);  // the first one's socket is untouched
    server.reset();
    std::ofstream(path).close();
    Server third(deps);
    EXPECT_FALSE(third.start({}).has_value());  // a plain file is never removed
}

}  // namespace
}  // namespace chapar::ingress::test
