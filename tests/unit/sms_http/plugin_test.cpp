// The plugin as a host runs it, against a scripted provider.

#include "../email/fake_host.hpp"

#include <gtest/gtest.h>

extern "C" const chapar_plugin* chapar_builtin_sms_http(std::uint16_t, std::uint16_t);

namespace chapar::test {
namespace {

const chapar_plugin* sms_http() { return chapar_builtin_sms_http(CHAPAR_ABI_MAJOR, CHAPAR_ABI_MINOR); }

std::string settings_of(const std::string& provider) {
    return R"({"provider": ")" CHAPAR_SOURCE_DIR "/config/providers/sms/" + provider +
           R"(.toml", "key": "k", "sender": "10004346", "source_allowed": ["3000*"])" +
           (provider == "twilio" ? R"(, "account": "AC1"})" : "}");
}

TestMessage sms(std::string to, std::string from = {}) {
    TestMessage out;
    out.channel = "sms";
    out.address = std::move(to);
    out.content = {{"text", "سلام"}};
    if (!from.empty()) out.content.emplace_back("from", std::move(from));
    return out;
}

class SmsHttpPlugin : public testing::Test {
  protected:
    chapar_host host;
    void start(const std::string& provider) {
        host.secrets["k"] = "geheim";
        instance = std::make_unique<Instance>(host, sms_http(), settings_of(provider));
        ASSERT_EQ(instance->status, CHAPAR_OK) << host.failure;
    }
    std::unique_ptr<Instance> instance;
};

TEST_F(SmsHttpPlugin, a_host_that_takes_no_transfer_gets_the_messages_back_unsent) {
    start("kavenegar");
    host.accepts_transfers = false;
    auto one = sms("+989121111111"), two = sms("+989122222222");
    instance->send({&one, &two});
    ASSERT_EQ(host.results.size(), 2U);
    for (const auto& result : host.results) {
        EXPECT_EQ(result.verdict, Verdict::retry);
        EXPECT_EQ(result.blame, Blame::nobody);
    }
}

TEST_F(SmsHttpPlugin, one_wrong_number_does_not_fail_the_others_of_its_call) {
    start("smsir");
    auto one = sms("+989121111111"), two = sms("+989122222222");
    instance->send({&one, &two});
    ASSERT_EQ(host.transfers.size(), 1U);
    host.answer_http(400, R"({"status":104,"message":"mobile","data":null})");
    EXPECT_TRUE(host.results.empty());
    ASSERT_EQ(host.transfers.size(), 2U);
    host.answer_http(400, R"({"status":104,"message":"mobile","data":null})");
    host.answer_http(200, R"({"status":1,"data":{"messageIds":[77]}})");
    ASSERT_EQ(host.results.size(), 2U);
    EXPECT_EQ(host.results[0].verdict, Verdict::rejected);
    EXPECT_EQ(host.results[1].verdict, Verdict::accepted);
    EXPECT_EQ(host.results[1].provider_id, "77");
}

TEST_F(SmsHttpPlugin, a_refused_sender_of_one_message_fails_it_and_of_the_route_moves_it_on) {
    start("twilio");
    auto own = sms("+989121111111", "30001"), routes = sms("+989122222222");
    instance->send({&own, &routes});
    ASSERT_EQ(host.transfers.size(), 2U);
    for (int i = 0; i < 2; ++i)
        host.answer_http(400, R"({"code":21606,"message":"From is none of yours","status":400})");
    ASSERT_EQ(host.results.size(), 2U);
    EXPECT_EQ(host.results[0].verdict, Verdict::rejected);
    EXPECT_EQ(host.results[0].blame, Blame::message);
    EXPECT_EQ(host.results[1].verdict, Verdict::retry);
    EXPECT_EQ(host.results[1].blame, Blame::provider);
}

}  // namespace
}  // namespace chapar::test
