#include "sms/http/webhook.hpp"

#include <gtest/gtest.h>

#include "sms/http/signature.hpp"
#include "support.hpp"

namespace chapar::sms::http {
namespace {

constexpr std::string_view token = "0123456789abcdef";
constexpr const char* form = "application/x-www-form-urlencoded";

Heard heard(const Settings& settings, const Knock& knock) {
    return hear(knock.request(), settings, StopWords({"نمیخوام"}), 1'000);
}

Settings twilio() {
    auto out = shipped("twilio");
    out.public_url = "https://sms.example.com/in/twilio";
    return out;
}

Knock twilio_receipt(const std::string& key, const std::string& status, const std::string& url_query) {
    const auto sign =
        twilio_signature("https://sms.example.com/in/twilio/receipt?attempt=A.1",
                         {{"MessageSid", "SM1"}, {"MessageStatus", status}, {"To", "+989121234567"}}, key);
    return {"POST",
            "/receipt",
            url_query,
            "MessageStatus=" + status + "&To=%2B989121234567&MessageSid=SM1",
            {{"Content-Type", form}, {"x-twilio-signature", sign}}};
}

TEST(webhook, twilios_own_example_has_twilios_signature) {
    EXPECT_EQ(twilio_signature("https://mycompany.com/myapp.php?foo=1&bar=2",
                               {{"Digits", "1234"},
                                {"To", "+18005551212"},
                                {"From", "+14158675309"},
                                {"Caller", "+14158675309"},
                                {"CallSid", "CA1234567890ABCDE"}},
                               "12345"),
              "RSOYDt4T1cUTdK1PDd93/VVr8B8=");
}

TEST(webhook, a_signed_receipt_becomes_an_event_of_the_attempt) {
    const auto out = heard(twilio(), twilio_receipt("geheim", "delivered", "attempt=A.1"));
    EXPECT_EQ(out.status, 200);
    ASSERT_EQ(out.events.size(), 1u);
    EXPECT_EQ(out.events[0].attempt, "A.1");
    EXPECT_EQ(out.events[0].provider_id, "SM1");
    EXPECT_EQ(out.events[0].kind, "delivered");
    EXPECT_EQ(out.events[0].address, "+989121234567");
    EXPECT_EQ(out.events[0].dedupe_key, "SM1/delivered");
}

TEST(webhook, a_station_on_the_way_is_no_event) {
    const auto out = heard(twilio(), twilio_receipt("geheim", "sent", "attempt=A.1"));
    EXPECT_EQ(out.status, 200);
    EXPECT_TRUE(out.events.empty());
}

TEST(webhook, a_forged_one_is_refused_whatever_was_changed) {
    EXPECT_EQ(heard(twilio(), twilio_receipt("guessed", "delivered", "attempt=A.1")).status, 403);
    EXPECT_EQ(heard(twilio(), twilio_receipt("geheim", "delivered", "attempt=B.1")).status, 403);
    EXPECT_EQ(
        heard(twilio(), Knock("POST", "/receipt", "attempt=A.1", "MessageSid=SM1&MessageStatus=delivered")).status,
        403);
    auto unset = twilio();
    unset.values["key"].clear();
    EXPECT_EQ(heard(unset, twilio_receipt("", "delivered", "attempt=A.1")).status, 404)
        << "an empty key proves nothing";
}

TEST(webhook, other_paths_and_methods_are_told_nothing) {
    EXPECT_EQ(heard(twilio(), Knock("POST", "/", "", "")).status, 404);
    EXPECT_EQ(heard(twilio(), Knock("POST", "/receipt/x", "", "")).status, 404);
    EXPECT_EQ(heard(twilio(), Knock("POST", "/nonsense", "", "\xff\xfe{")).status, 404);
    const auto method = heard(twilio(), Knock("GET", "/receipt", "", ""));
    EXPECT_EQ(method.status, 405);
    EXPECT_EQ(method.allow, "POST");
}

Settings vonage() {
    auto out = shipped("vonage");
    out.webhook_secret = "sign";
    return out;
}

Knock vonage_receipt(const std::string& id, const std::string& ref, const std::string& status,
                     const std::string& secret = "sign") {
    const Members members{
        {"msisdn", "989121234567"}, {"messageId", id}, {"status", status}, {"err-code", "0"}, {"client-ref", ref}};
    std::string body;
    for (const auto& [name, value] : members)
        body += name + '=' + form_encoded(value) + '&';
    return {"POST", "/receipt", "", body + "sig=" + vonage_signature(Signature::vonage_sha256, members, secret)};
}

TEST(webhook, vonages_parts_report_one_by_one) {
    const auto part = heard(vonage(), vonage_receipt("P1", "A.1/2", "delivered"));
    ASSERT_EQ(part.events.size(), 1u);
    EXPECT_EQ(part.events[0].attempt, "A.1");
    EXPECT_EQ(part.events[0].kind, "segment_delivered");
    EXPECT_EQ(heard(vonage(), vonage_receipt("P1", "A.1/1", "expired")).events.at(0).kind, "failed");
    EXPECT_EQ(heard(vonage(), vonage_receipt("P1", "A.1/1", "delivered", "other")).status, 403);
}

TEST(webhook, vonages_signature_hides_separators_in_values) {
    // echo -n '&a=1_2&b=x_ysign' | md5sum
    EXPECT_EQ(vonage_signature(Signature::vonage_md5, {{"b", "x=y"}, {"a", "1&2"}, {"sig", "z"}}, "sign"),
              "7d6fa445bdaaec9216951d74a33fa254");
}

Settings kavenegar() {
    auto out = shipped("kavenegar");
    out.webhook_token = token;
    return out;
}

TEST(webhook, without_a_signature_the_token_in_the_path_counts) {
    const std::string good = "/" + std::string(token) + "/receipt";
    const auto out = heard(kavenegar(), Knock("POST", good, "", "messageid=85463&status=10"));
    EXPECT_EQ(out.status, 200);
    EXPECT_EQ(out.events.at(0).provider_id, "85463");
    EXPECT_EQ(heard(kavenegar(), Knock("GET", good, "messageid=85463&status=14", "")).events.at(0).code,
              "blocked_by_operator");
    EXPECT_EQ(heard(kavenegar(), Knock("POST", "/receipt", "", "messageid=85463&status=10")).status, 404);
    EXPECT_EQ(heard(kavenegar(), Knock("POST", "/0123456789abcdeF/receipt", "", "messageid=1&status=10")).status, 404);
    auto open = kavenegar();
    open.webhook_token.clear();
    EXPECT_FALSE(takes_webhooks(open));
    EXPECT_EQ(heard(open, Knock("POST", "/receipt", "", "messageid=85463&status=10")).status, 404);
}

TEST(webhook, people_who_write_stop_are_unsubscribed) {
    const std::string path = "/" + std::string(token) + "/message";
    const auto said = [&](const std::string& text) {
        return heard(kavenegar(),
                     Knock("POST", path, "", "messageid=9&from=09121234567&to=3000&message=" + form_encoded(text)))
            .events.at(0);
    };
    EXPECT_EQ(said("سلام").kind, "inbound");
    EXPECT_EQ(said("سلام").address, "+989121234567");
    EXPECT_EQ(said("سلام").detail, "سلام");
    EXPECT_EQ(said("سلام").code, "3000");
    EXPECT_EQ(said(" لغو ۱۱").kind, "unsubscribed");
    EXPECT_EQ(said("لغو").kind, "unsubscribed");
    EXPECT_EQ(said("۱۱").kind, "unsubscribed");
    EXPECT_EQ(said("نمی‌خوام!").kind, "unsubscribed");
    EXPECT_EQ(said("x").dedupe_key, "message/9");
}

TEST(webhook, a_body_that_can_not_be_read_is_a_bad_request) {
    auto settings = shipped("smsir");
    settings.webhook_token = token;
    EXPECT_EQ(heard(settings, Knock("POST", "/" + std::string(token) + "/message", "", "{")).status, 400);
}

}  // namespace
}  // namespace chapar::sms::http
