#include <gmock/gmock.h>
#include <openssl/evp.h>

#include "engage/base64.hpp"
#include "engage/webhook_schedule.hpp"
#include "engage/webhook_signature.hpp"

namespace chapar::engage {
namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using testing::HasSubstr;

const Timestamp start = from_ms(1'614'265'330'000);

Secret secret(std::string_view text) {
    auto read = read_webhook_secret(text);
    EXPECT_TRUE(read) << text;
    return read ? std::move(*read) : Secret();
}

TEST(WebhookSignature, is_the_one_of_the_specification_s_example) {
    // From the specification's own test vector.
    std::vector<Secret> secrets;
    secrets.push_back(secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
    const auto made =
        sign_webhook({.id = "msg_p5jXN8AQM9LWM0D4loKWxJek", .at = start, .body = R"({"test": 2432232314})"}, secrets);
    ASSERT_TRUE(made);
    EXPECT_EQ(*made, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST(WebhookSignature, two_secrets_sign_one_after_another) {
    std::vector<Secret> secrets;
    secrets.push_back(secret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"));
    secrets.push_back(secret("whsec_" + to_base64(std::string(24, 'k'))));
    const WebhookTry tried{.id = "evt_1", .at = start, .body = "{}"};
    const auto both = sign_webhook(tried, secrets);
    const auto first = sign_webhook(tried, std::span(secrets).first(1));
    const auto second = sign_webhook(tried, std::span(secrets).last(1));
    ASSERT_TRUE(both && first && second);
    EXPECT_EQ(*both, *first + " " + *second);
}

TEST(WebhookSignature, an_ed25519_key_signs_what_its_public_key_verifies) {
    const auto seed = read_webhook_key("whsk_" + to_base64(std::string(32, 's')));
    ASSERT_TRUE(seed);
    const auto shown = webhook_public_key(*seed);
    ASSERT_TRUE(shown);
    ASSERT_THAT(*shown, testing::StartsWith("whpk_"));
    const auto key_bytes = *from_base64(std::string_view(*shown).substr(5));
    const auto made = sign_webhook({.id = "evt_1", .at = start + Milliseconds(999), .body = "{\"a\":1}"}, {}, &*seed);
    ASSERT_TRUE(made);
    ASSERT_THAT(*made, testing::StartsWith("v1a,"));
    const auto signature = *from_base64(std::string_view(*made).substr(4));
    const std::string text = "evt_1.1614265330.{\"a\":1}";
    const auto bytes = [](const std::string& s) { return reinterpret_cast<const unsigned char*>(s.data()); };
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
        EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes(key_bytes), key_bytes.size()), &EVP_PKEY_free);
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> digest(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    ASSERT_EQ(EVP_DigestVerifyInit(digest.get(), nullptr, nullptr, nullptr, key.get()), 1);
    EXPECT_EQ(EVP_DigestVerify(digest.get(), bytes(signature), signature.size(), bytes(text), text.size()), 1);
    // The key with its public half behind it is the same key; with another's it is none.
    const auto public_half = key_bytes;
    EXPECT_TRUE(read_webhook_key("whsk_" + to_base64(std::string(32, 's') + public_half)));
    EXPECT_FALSE(read_webhook_key("whsk_" + to_base64(std::string(32, 't') + public_half)));
}

TEST(WebhookSignature, what_is_no_secret_and_no_key_is_refused) {
    for (const std::string& text :
         {std::string(), std::string("whsec_"), std::string("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"),
          "whsec_" + to_base64(std::string(23, 'x')), "whsec_" + to_base64(std::string(65, 'x')),
          std::string("whsec_not base64 at all!!"), "whsk_" + to_base64(std::string(32, 'x')),
          "whsec_" + to_base64(std::string(25, 'x')).substr(0, 35)})
        EXPECT_FALSE(read_webhook_secret(text)) << text;
    EXPECT_TRUE(read_webhook_secret("whsec_" + to_base64(std::string(64, 'x'))));
    for (const std::string& text :
         {std::string(), "whsk_" + to_base64(std::string(31, 'x')), "whsec_" + to_base64(std::string(32, 'x')),
          "whsk_" + to_base64(std::string(33, 'x'))})
        EXPECT_FALSE(read_webhook_key(text)) << text;
}

TEST(WebhookBody, has_type_time_and_data_and_is_bounded) {
    const auto body = webhook_body("message.delivered", start, R"({"message":"x"})");
    ASSERT_TRUE(body);
    EXPECT_EQ(*body, R"({"type":"message.delivered","timestamp":"2021-02-25T15:02:10.000Z","data":{"message":"x"}})");
    const auto sized = [](std::size_t data) { return webhook_body("a", start, '"' + std::string(data, 'x') + '"'); };
    const std::size_t around = webhook_body("a", start, "\"\"")->size();
    EXPECT_TRUE(sized(webhook_body_limit - 1 - around));
    const auto large = sized(webhook_body_limit - around);
    ASSERT_FALSE(large);
    EXPECT_TRUE(large.error().is(WebhookError::too_large));
}

TEST(WebhookHeaders, keep_the_id_and_tell_the_try_s_own_time) {
    const auto headers = webhook_headers({.id = "evt_9", .at = start + Milliseconds(1), .body = "{}"}, "v1,x");
    EXPECT_THAT(headers, testing::ElementsAre(testing::Pair("Content-Type", "application/json"),
                                              testing::Pair("webhook-id", "evt_9"),
                                              testing::Pair("webhook-timestamp", "1614265330"),
                                              testing::Pair("webhook-signature", "v1,x")));
}

TEST(Base64, any_bytes_come_back_and_other_texts_are_none) {
    std::string bytes;
    for (int i = 0; i < 300; ++i) {
        EXPECT_EQ(from_base64(to_base64(bytes)), bytes);
        bytes += static_cast<char>(i * 7);
    }
    for (const std::string_view text :
         {"A", "AB", "ABC", "A===", "AB=C", "AAA ", "AA\n=", "====", "AB==", "AAB=", "A-_=",
          "AA=="
          "AA=="})
        EXPECT_EQ(from_base64(text), std::nullopt) << text;
    EXPECT_EQ(from_base64("AA=="), std::string(1, '\0'));
}

TEST(WebhookRetries, come_at_the_published_times_give_or_take_a_fifth) {
    const std::vector<Milliseconds> waits = {seconds(5), minutes(5), minutes(30), hours(2), hours(5),
                                             hours(10),  hours(14),  hours(20),   hours(24)};
    for (int tries = 1; tries <= 9; ++tries) {
        const auto wait = waits[static_cast<std::size_t>(tries - 1)];
        EXPECT_EQ(next_webhook_try(tries, start, 0.5, {}), start + wait);
        EXPECT_EQ(next_webhook_try(tries, start, 0, {}), start + wait * 4 / 5);
        EXPECT_LE(*next_webhook_try(tries, start, 0.999999, {}), start + wait * 6 / 5);
        EXPECT_GT(*next_webhook_try(tries, start, 0.999999, {}), start + wait * 119 / 100);
    }
    EXPECT_EQ(next_webhook_try(10, start, 0.5, {}), std::nullopt) << "the tenth try is the last";
    EXPECT_EQ(webhook_tries, 10);
}

TEST(WebhookRetries, retry_after_is_obeyed_and_never_shortens_a_wait) {
    EXPECT_EQ(next_webhook_try(1, start, 0.5, seconds(90)), start + seconds(90));
    EXPECT_EQ(next_webhook_try(2, start, 0.5, seconds(90)), start + minutes(5));
    EXPECT_EQ(read_retry_after("120", start), seconds(120));
    EXPECT_EQ(read_retry_after(" 0 ", start), seconds(0));
    EXPECT_EQ(read_retry_after("999999999999999999999", start), hours(24));
    EXPECT_EQ(read_retry_after("Thu, 25 Feb 2021 15:03:10 GMT", start), seconds(60));
    EXPECT_EQ(read_retry_after("Thu, 25 Feb 2022 15:03:10 GMT", start), hours(24));
    for (const std::string_view text :
         {"", "-5", "1.5", "soon", "Thu, 25 Feb 2021 15:02:10 GMT", "Wed, 24 Feb 2021 15:03:10 GMT",
          "Thu, 30 Feb 2021 15:03:10 GMT", "Thu, 25 Abc 2021 15:03:10 GMT", "Thu, 25 Feb 2021 25:03:10 GMT",
          "Thu, 25 Feb 2021 15:03:10", "25 Feb 2021 15:03:10 GMT", "Thu, 25 anF 2021 15:03:10 GMT"})
        EXPECT_EQ(read_retry_after(text, start), std::nullopt) << text;
}

TEST(WebhookAnswers, only_2xx_is_success_and_redirects_are_not_followed) {
    for (const int status : {200, 201, 202, 204, 299})
        EXPECT_EQ(answer_of(status), WebhookAnswer::accepted) << status;
    for (const int status : {0, 100, 199, 300, 301, 302, 307, 308, 400, 401, 404, 500, 503, 600})
        EXPECT_EQ(answer_of(status), WebhookAnswer::failed) << status;
    for (const int status : {429, 502, 504})
        EXPECT_EQ(answer_of(status), WebhookAnswer::slow_down) << status;
    EXPECT_EQ(answer_of(410), WebhookAnswer::gone);
}

TEST(WebhookPace, is_halved_on_request_and_comes_back_with_each_event) {
    WebhookPace pace;
    pace.saw(WebhookAnswer::slow_down);
    EXPECT_EQ(pace.now(), 8);
    for (int i = 0; i < 10; ++i)
        pace.saw(WebhookAnswer::slow_down);
    EXPECT_EQ(pace.now(), 1) << "one is always tried";
    pace.saw(WebhookAnswer::failed);
    EXPECT_EQ(pace.now(), 1);
    for (int i = 0; i < 100; ++i)
        pace.saw(WebhookAnswer::accepted);
    EXPECT_EQ(pace.now(), 16);
}

TEST(EndpointHealth, five_days_of_failures_disable_it) {
    EndpointHealth health{.last_success = start};
    EXPECT_FALSE(health.failed(start + hours(1)));
    EXPECT_FALSE(health.failed(start + days(5) - Milliseconds(1)));
    EXPECT_TRUE(health.failed(start + days(5)));
}

TEST(EndpointHealth, one_success_begins_the_count_anew) {
    EndpointHealth health{.last_success = start};
    health.failed(start + hours(1));
    health.succeeded(start + days(4));
    EXPECT_FALSE(health.failed(start + days(5)));
    EXPECT_FALSE(health.failed(start + days(8)));
    EXPECT_TRUE(health.failed(start + days(9)));
}

TEST(EndpointHealth, a_quiet_shop_s_first_failure_in_a_week_ends_nothing) {
    EndpointHealth health{.last_success = start};
    EXPECT_FALSE(health.failed(start + days(7)));
    EXPECT_FALSE(health.failed(start + days(7) + hours(12) - Milliseconds(1)));
    EXPECT_TRUE(health.failed(start + days(7) + hours(12)));
}

}  // namespace
}  // namespace chapar::engage
