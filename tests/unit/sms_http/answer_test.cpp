#include "sms/http/answer.hpp"

#include <gtest/gtest.h>

#include "support.hpp"

namespace chapar::sms::http {
namespace {

std::vector<Result> judged(const std::string& provider, int code, std::string_view body,
                           const std::vector<std::string>& to = {"989121234567"}, std::string_view retry_after = {}) {
    return judge({code, body, retry_after}, shipped(provider).provider.answer, to);
}

std::string spelled(const Outcome& outcome) {
    static constexpr const char* verdicts[] = {"", "accepted", "delivered", "retry", "rejected", "unknown"};
    static constexpr const char* blames[] = {"nobody",      "message",  "recipient", "lane",
                                             "credentials", "provider", "gone"};
    return std::string(verdicts[static_cast<int>(outcome.verdict)]) + '/' + blames[static_cast<int>(outcome.blame)];
}

TEST(answer, twilio_names_the_message_or_the_error) {
    const auto well = judged("twilio", 201, R"({"sid":"SM1","status":"queued","price":null,"error_code":null})")[0];
    EXPECT_EQ(spelled(well.outcome), "accepted/nobody");
    EXPECT_EQ(well.outcome.provider_id, "SM1");
    const auto bad =
        judged("twilio", 400, R"({"code":21211,"message":"The 'To' number is not valid","status":400})")[0];
    EXPECT_EQ(spelled(bad.outcome), "rejected/recipient");
    EXPECT_EQ(bad.outcome.code, "21211");
    EXPECT_EQ(bad.outcome.detail, "The 'To' number is not valid");
    EXPECT_EQ(spelled(judged("twilio", 400, R"({"code":99999,"message":"?"})")[0].outcome), "rejected/message");
    EXPECT_EQ(judged("twilio", 400, R"({"code":21610,"message":"STOP"})")[0].outcome.code, "blocked_by_operator");
}

TEST(answer, throttling_waits_as_long_as_told_and_an_hour_at_most) {
    const auto slow = judged("twilio", 429, R"({"code":20429,"message":"Too Many Requests"})", {"1"}, "7")[0].outcome;
    EXPECT_EQ(spelled(slow), "retry/lane");
    EXPECT_EQ(slow.retry_after, std::chrono::seconds(7));
    EXPECT_EQ(judged("twilio", 429, "", {"1"}, "999999")[0].outcome.retry_after, std::chrono::hours(1));
    EXPECT_EQ(judged("twilio", 429, "", {"1"}, "Wed, 21 Oct")[0].outcome.retry_after.count(), 0);
    EXPECT_EQ(judged("twilio", 429, "", {"1"}, "99999999999999999999")[0].outcome.retry_after, std::chrono::hours(1));
}

TEST(answer, http_alone_decides_when_the_body_says_nothing) {
    const auto verdict = [](int code) { return spelled(judged("vonage", code, "<html>no</html>")[0].outcome); };
    EXPECT_EQ(verdict(200), "unknown/provider") << "it may have been taken";
    EXPECT_EQ(verdict(302), "retry/provider");
    EXPECT_EQ(verdict(401), "retry/credentials");
    EXPECT_EQ(verdict(422), "rejected/message");
    EXPECT_EQ(verdict(429), "retry/lane");
    EXPECT_EQ(verdict(500), "unknown/provider");
    EXPECT_EQ(verdict(502), "unknown/provider");
    EXPECT_EQ(verdict(503), "retry/provider");
}

TEST(answer, kavenegar_answers_for_each_recipient) {
    const auto results = judged("kavenegar", 200, R"({"return":{"status":200,"message":"تایید شد"},"entries":[
        {"messageid":8792343,"status":1,"statustext":"در صف ارسال","receptor":"09121111111","cost":120},
        {"messageid":8792344,"status":14,"statustext":"بلاک شده","receptor":"09122222222","cost":0},
        {"messageid":8792345,"status":6,"statustext":"خطا","receptor":"09123333333","cost":0}]})",
                                {"989121111111", "989123333333", "989122222222", "989124444444"});
    EXPECT_EQ(results[0].outcome.provider_id, "8792343");
    EXPECT_EQ(results[0].price, 120);
    EXPECT_EQ(results[0].outcome.detail, "price 120 IRR");
    EXPECT_EQ(spelled(results[1].outcome), "rejected/recipient");
    EXPECT_EQ(results[2].outcome.code, "blocked_by_operator") << "matched by number, not by place";
    EXPECT_EQ(spelled(results[3].outcome), "unknown/provider") << "the answer leaves it out";
}

TEST(answer, kavenegar_refuses_a_call_as_a_whole) {
    const auto results = judged("kavenegar", 418,
                                R"({"return":{"status":418,"message":"اعتبار کافی نیست"},"entries":null})", {"1", "2"});
    ASSERT_EQ(results.size(), 2u);
    EXPECT_EQ(spelled(results[1].outcome), "retry/provider");
    EXPECT_EQ(results[1].outcome.retry_after, std::chrono::hours(1)) << "somebody pays, and then it goes on by itself";
    EXPECT_EQ(results[1].outcome.detail, "اعتبار کافی نیست");
}

TEST(answer, vonage_names_every_part) {
    const auto whole = judged("vonage", 200, R"({"message-count":"2","messages":[
        {"to":"98912","message-id":"A1","status":"0","message-price":"0.03"},
        {"to":"98912","message-id":"A2","status":"0","message-price":"0.03"}]})")[0];
    EXPECT_EQ(whole.outcome.provider_id, "A1 A2");
    EXPECT_DOUBLE_EQ(whole.price, 0.06);
    const auto half = judged("vonage", 200, R"({"messages":[{"message-id":"A1","status":"0"},
        {"status":"1","error-text":"Throughput Rate Exceeded"}]})")[0];
    EXPECT_EQ(spelled(half.outcome), "rejected/message") << "a part is under way: never again as a whole";
    EXPECT_EQ(
        spelled(judged("vonage", 200, R"({"messages":[{"status":"4","error-text":"Bad Credentials"}]})")[0].outcome),
        "retry/credentials");
    EXPECT_EQ(spelled(judged("vonage", 200, R"({"messages":[]})")[0].outcome), "unknown/provider");
}

TEST(answer, smsir_lists_ids_in_order_and_null_was_not_taken) {
    const auto results =
        judged("smsir", 200, R"({"status":1,"message":"موفق","data":{"packId":"p","messageIds":[86, null],"cost":2}})",
               {"1", "2"});
    EXPECT_EQ(results[0].outcome.provider_id, "86");
    EXPECT_EQ(spelled(results[1].outcome), "rejected/recipient");
    EXPECT_EQ(spelled(judged("smsir", 400, R"({"status":102,"message":"اعتبار","data":null})")[0].outcome),
              "retry/provider");
    EXPECT_EQ(spelled(judged("smsir", 429, R"({"status":20,"message":"","data":null})")[0].outcome), "retry/lane");
    EXPECT_EQ(spelled(judged("smsir", 401, "")[0].outcome), "retry/credentials");
}

TEST(answer, melipayamak_says_it_in_numbers) {
    EXPECT_EQ(judged("melipayamak", 200, R"({"Value":"4957336184516","RetStatus":1,"StrRetStatus":"Ok"})")[0]
                  .outcome.provider_id,
              "4957336184516");
    EXPECT_EQ(
        spelled(
            judged("melipayamak", 200, R"({"Value":"0","RetStatus":0,"StrRetStatus":"InvalidUserPass"})")[0].outcome),
        "retry/credentials");
}

struct Meaning {
    std::string_view provider, code, ruling;
};

/// By what each provider documents about its codes.
constexpr Meaning meanings[] = {
    {"twilio", "20003", "retry/credentials"},
    {"twilio", "20005", "retry/credentials"},
    {"twilio", "20404", "retry/provider"},
    {"twilio", "21211", "rejected/recipient"},
    {"twilio", "21219", "rejected/recipient"},
    {"twilio", "21408", "rejected/recipient"},
    {"twilio", "21601", "sender"},
    {"twilio", "21606", "sender"},
    {"twilio", "21608", "rejected/recipient"},
    {"twilio", "21610", "blocked"},
    {"twilio", "21611", "retry/lane"},
    {"twilio", "21614", "rejected/recipient"},
    {"twilio", "21659", "sender"},
    {"twilio", "21703", "sender"},
    {"twilio", "30001", "retry/lane"},
    {"twilio", "30002", "retry/credentials"},
    {"twilio", "30007", "rejected/message"},
    {"twilio", "30023", "retry/provider 1h"},
    {"twilio", "30034", "sender"},
    {"twilio", "63038", "retry/provider 1h"},
    {"kavenegar", "401", "retry/credentials"},
    {"kavenegar", "403", "retry/credentials"},
    {"kavenegar", "411", "rejected/recipient"},
    {"kavenegar", "412", "sender"},
    {"kavenegar", "418", "retry/provider 1h"},
    {"kavenegar", "451", "retry/lane"},
    {"kavenegar", "501", "rejected/recipient"},
    {"melipayamak", "0", "retry/credentials"},
    {"melipayamak", "2", "retry/provider 1h"},
    {"melipayamak", "3", "retry/provider 1h"},
    {"melipayamak", "5", "sender"},
    {"melipayamak", "7", "rejected/message"},
    {"melipayamak", "10", "retry/credentials"},
    {"melipayamak", "35", "blocked"},
    {"smsir", "10", "retry/credentials"},
    {"smsir", "14", "retry/credentials"},
    {"smsir", "20", "retry/lane"},
    {"smsir", "101", "sender"},
    {"smsir", "102", "retry/provider 1h"},
    {"smsir", "104", "rejected/recipient"},
    {"smsir", "123", "sender"},
    {"vonage", "1", "retry/lane"},
    {"vonage", "4", "retry/credentials"},
    {"vonage", "7", "blocked"},
    {"vonage", "8", "retry/credentials"},
    {"vonage", "9", "retry/provider 1h"},
    {"vonage", "15", "sender"},
    {"vonage", "29", "rejected/recipient"},
    {"vonage", "33", "rejected/gone"},
};

TEST(answer, each_code_of_a_provider_means_what_it_documents) {
    for (const auto& [provider, code, ruling] : meanings) {
        const auto answer = shipped(std::string(provider)).provider.answer;
        const auto& codes = answer.status.is_given() ? answer.codes : answer.item_codes;
        ASSERT_TRUE(codes.rulings.contains(code)) << provider << ' ' << code;
        EXPECT_EQ(codes.rulings.find(code)->second, parse_ruling(ruling).value()) << provider << ' ' << code;
    }
}

TEST(answer, a_refused_sender_is_the_messages_fault_or_the_routes) {
    const auto said = judged("twilio", 400, R"({"code":21606,"message":"The 'From' number is not yours"})")[0];
    EXPECT_EQ(spelled(said.outcome), "rejected/message");
    EXPECT_TRUE(said.about_sender);
    const auto routes = blame_route(said.outcome);
    EXPECT_EQ(spelled(routes), "retry/provider");
    EXPECT_EQ(routes.code, "21606");
    EXPECT_GT(routes.retry_after.count(), 0);
    EXPECT_FALSE(judged("twilio", 400, R"({"code":21211,"message":"To"})")[0].about_sender);
}

TEST(answer, forbidden_with_a_code_of_its_own_says_nothing_of_the_account) {
    EXPECT_EQ(spelled(judged("twilio", 403, R"({"code":21999,"message":"this message"})")[0].outcome),
              "rejected/message");
    EXPECT_EQ(spelled(judged("twilio", 403, R"({"code":20003,"message":"key"})")[0].outcome), "retry/credentials");
    EXPECT_EQ(spelled(judged("twilio", 403, "")[0].outcome), "retry/credentials");
    EXPECT_EQ(spelled(judged("vonage", 402, "")[0].outcome), "retry/provider");
}

TEST(answer, a_description_can_not_let_one_message_of_several_pause_the_route) {
    const auto load = [](std::string_view item) {
        try {
            (void)parse_description(
                described("max_recipients = 5\n",
                          "[answer]\n[answer.item]\nlist = \"/l\"\nid = \"id\"\nstatus = \"s\"\nok = [\"0\"]\n" +
                              std::string(item)),
                "x.toml");
            return std::string("none");
        } catch (const BadConfig& error) {
            return std::string(error.what());
        }
    };
    EXPECT_EQ(load("codes = { 1 = \"retry/provider 15m\" }\n"), "none");
    EXPECT_TRUE(load("codes = { 1 = \"retry/credentials\" }\n").contains("can't blame the credentials"));
    EXPECT_TRUE(load("other = \"retry/credentials\"\n").contains("can't blame the credentials"));
    EXPECT_TRUE(load("missing = \"retry/credentials\"\n").contains("can't blame the credentials"));
    EXPECT_TRUE(load("codes = { 1 = \"rejected/message 1h\" }\n").contains("expected")) << "what is final has no wait";
}

TEST(answer, retry_after_is_seconds_or_a_date) {
    using namespace std::chrono_literals;
    const auto now = std::chrono::sys_days(std::chrono::year(2026) / 11 / 30) + 12h;
    const auto wait = [&](std::string_view value) {
        return judge({429, "", value, now}, shipped("twilio").provider.answer, {"1"})[0].outcome.retry_after;
    };
    EXPECT_EQ(wait("120"), 120s);
    EXPECT_EQ(wait(" 120 "), 120s);
    EXPECT_EQ(wait("Mon, 30 Nov 2026 12:10:00 GMT"), 10min);
    EXPECT_EQ(wait("Monday, 30-Nov-26 12:10:00 GMT"), 10min);
    EXPECT_EQ(wait("Mon Nov 30 12:10:00 2026"), 10min);
    EXPECT_EQ(wait("Mon, 30 Nov 2026 19:00:00 GMT"), 1h) << "clamped";
    EXPECT_EQ(wait("Sun, 06 Nov 1994 08:49:37 GMT"), 0s) << "over";
    for (const auto* value : {"", "-5", "soon", "Mon, 31 Feb 2026 12:10:00 GMT", "Mon, 30 Nov 2026 25:10:00 GMT",
                              "Mon, 30 Nov 2026 12:10:00 PST", "Mon, 30 Foo 2026 12:10:00 GMT", "1e3"})
        EXPECT_EQ(wait(value), 0s) << value;
}

Answer text_answer(const std::string& item, const std::string& more = {}) {
    return parse_description(described("", "[answer]\nformat = \"text\"\n" + more + "[answer.item]\n" + item), "x.toml")
        .answer;
}

TEST(answer, lines_are_read_by_column_or_expression) {
    const auto columns =
        text_answer("id = 2\nstatus = 1\nok = [\"OK\"]\ncodes = { ERR = \"retry/lane\" }\n", "separator = \"|\"\n");
    EXPECT_EQ(judge({200, "OK|77|x\r\n", {}}, columns, {"1"})[0].outcome.provider_id, "77");
    EXPECT_EQ(spelled(judge({200, "ERR|1", {}}, columns, {"1"})[0].outcome), "retry/lane");
    EXPECT_EQ(spelled(judge({200, "OK", {}}, columns, {"1"})[0].outcome), "unknown/provider");
    const auto expression = text_answer("id = 're:^ID: (\\w+)'\n");
    EXPECT_EQ(judge({200, "ID: ab12", {}}, expression, {"1"})[0].outcome.provider_id, "ab12");
    EXPECT_EQ(spelled(judge({200, "ID: " + std::string(100'000, 'a'), {}}, expression, {"1"})[0].outcome),
              "unknown/provider")
        << "a line this long is not looked at";
}

TEST(answer, xml_is_read_by_elements_and_attributes) {
    const auto answer =
        parse_description(described("",
                                    "[answer]\nformat = \"xml\"\n[answer.item]\nlist = \"/r/m\"\nid = \"id\"\nstatus = "
                                    "\"@s\"\nok = [\"0\"]\nother = \"retry/provider\"\n"),
                          "x.toml")
            .answer;
    EXPECT_EQ(judge({200, "<r><m s='0'><id> 5 </id></m><m s='0'><id>6</id></m></r>", {}}, answer, {"1"})[0]
                  .outcome.provider_id,
              "5 6");
    EXPECT_EQ(spelled(judge({200, "<r><m s='9'/></r>", {}}, answer, {"1"})[0].outcome), "retry/provider");
}

TEST(answer, what_is_hostile_is_not_read) {
    const auto xml = [](const std::string& text) { return read_document(Format::xml, text).has_value(); };
    EXPECT_FALSE(xml("<!DOCTYPE r [<!ENTITY a 'b'>]><r>&a;</r>"));
    std::string deep;
    for (int i = 0; i < 100; ++i)
        deep += "<a>";
    for (int i = 0; i < 100; ++i)
        deep += "</a>";
    EXPECT_FALSE(xml(deep));
    EXPECT_FALSE(read_document(Format::json, std::string(100, '[') + std::string(100, ']')));
    EXPECT_FALSE(read_document(Format::json, std::string((1 << 20) + 1, ' ')));
    std::string wide = "[";
    for (int i = 0; i < 30'000; ++i)
        wide += "1,";
    EXPECT_FALSE(read_document(Format::json, wide + "1]"));
}

TEST(answer, a_lost_transfer_is_in_doubt_only_when_it_left) {
    EXPECT_EQ(spelled(judge_failure(Phase::connect, "refused")), "retry/provider");
    EXPECT_EQ(spelled(judge_failure(Phase::sent, "no answer")), "unknown/provider");
    EXPECT_EQ(spelled(judge_failure(Phase::refused, "control byte")), "rejected/message");
}

}  // namespace
}  // namespace chapar::sms::http
