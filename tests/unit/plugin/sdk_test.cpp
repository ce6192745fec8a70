// What the C++ SDK promises its authors, seen from the daemon's side.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench.hpp"
#include "plugin/conformance.hpp"
#include "plugin/schema.hpp"

const chapar_plugin* sample_entry(std::uint16_t, std::uint16_t);
const chapar_plugin* blocking_entry(std::uint16_t, std::uint16_t);

namespace chapar::plugin {
namespace {

using model::Verdict;
using ::testing::HasSubstr;

class Sdk : public ::testing::Test {
  protected:
    Sdk() {
        if (!bench_.host().add_builtin(sample_entry) || !bench_.host().add_builtin(blocking_entry))
            throw std::runtime_error("built-ins");
    }
    std::shared_ptr<Instance> sample(const std::string& mode) {
        return bench_.create("sample", R"({"mode":")" + mode + R"("})");
    }
    test::Bench bench_;
};

TEST_F(Sdk, settings_arrive_typed_with_defaults_and_messages_whole) {
    test::Outcomes got = bench_.send(*sample("config"), 1);
    EXPECT_EQ(got.at(0).verdict, Verdict::delivered);
    EXPECT_EQ(got.at(0).detail, "Hello|bytes|10 3 quiet ب");
}

TEST_F(Sdk, what_a_plugin_abandons_is_unknown) {
    test::Outcomes got = bench_.send(*sample("abandons"), 3);
    EXPECT_EQ(got.at(2).verdict, Verdict::unknown);
    EXPECT_EQ(got.at(2).detail, "abandoned by plugin");
}

TEST_F(Sdk, an_exception_half_way_keeps_the_answers_and_never_looks_unsent) {
    test::Outcomes got = bench_.send(*sample("throws_half_way"), 2);
    EXPECT_EQ(got.at(0).verdict, Verdict::accepted);
    EXPECT_EQ(got.at(1).verdict, Verdict::unknown);
}

TEST_F(Sdk, an_exception_in_a_callback_answers_for_what_it_held) {
    test::Outcomes got = bench_.send(*sample("callback_throws"), 2);
    EXPECT_EQ(got.at(1).verdict, Verdict::unknown);
}

TEST_F(Sdk, answers_may_come_later_and_drain_waits_for_them) {
    auto it = sample("later");
    test::Outcomes got;
    it->send(test::Bench::messages(5), Milliseconds(5000), got.collect());
    EXPECT_EQ(bench_.drain(*it), "");
    EXPECT_TRUE(got.wait(5));
    EXPECT_EQ(got.at(4).provider_id, "p1");
}

TEST_F(Sdk, a_plugin_that_polls_ends_with_drain) {
    auto it = sample("polls");
    EXPECT_EQ(bench_.drain(*it), "");
}

TEST_F(Sdk, retry_after_is_carried) {
    test::Outcomes got = bench_.send(*sample("throttled"), 1);
    EXPECT_EQ(got.at(0).blame, model::Blame::lane);
    EXPECT_EQ(got.at(0).retry_after, Milliseconds(30'000));
}

TEST_F(Sdk, transfers_end_on_the_strand_also_when_refused) {
    test::Outcomes got = bench_.send(*sample("unreachable"), 2);
    EXPECT_EQ(got.at(0).code, "1");
    EXPECT_THAT(got.at(0).detail, HasSubstr("refused"));
    got = bench_.send(*sample("forbidden"), 1);
    EXPECT_EQ(got.at(0).code, "-1");
}

TEST_F(Sdk, counters_of_a_plugin_are_the_daemons) {
    auto it = sample("later");
    EXPECT_EQ(bench_.counter("chapar_plugin_sample_started_total{instance=\"it\",mode=\"later\"}"), 1);
}

TEST_F(Sdk, a_blocking_plugin_lives_on_one_thread_of_its_own) {
    auto it = bench_.create("blocking");
    auto other = sample("later");
    test::Outcomes slow;
    it->send(test::Bench::messages(1), Milliseconds(5000), slow.collect());
    bench_.send(*other, 1);
    EXPECT_TRUE(slow.wait(1));
    EXPECT_EQ(slow.at(0).verdict, Verdict::delivered) << slow.at(0).detail;
    EXPECT_EQ(bench_.drain(*it), "");
}

TEST_F(Sdk, a_secret_comes_from_its_file) {
    char path[] = "/tmp/chapar-secret-XXXXXX";
    int fd = ::mkstemp(path);
    ASSERT_GE(fd, 0);
    ASSERT_EQ(::write(fd, "geheim\n", 7), 7);
    ::close(fd);
    auto it = bench_.create("sample", std::string(R"({"mode":"x","key":")") + path + "\"}");
    EXPECT_THAT(bench_.send(*it, 1).at(0).detail, HasSubstr("|geheim"));
    ::unlink(path);
    EXPECT_THAT(bench_.create_error("sample", std::string(R"({"mode":"x","key":")") + path + "\"}"), HasSubstr(path));
}

TEST_F(Sdk, settings_that_can_not_work_are_refused_in_words) {
    auto error = [&](const std::string& settings) { return bench_.create_error("sample", settings); };
    EXPECT_THAT(error("{}"), HasSubstr("the setting 'mode' is missing"));
    EXPECT_THAT(error(R"({"mode":"x","trys":1})"),
                ::testing::AllOf(HasSubstr("unknown setting 'trys'"), HasSubstr("tries")));
    EXPECT_THAT(error(R"({"mode":"x","tries":"3"})"), HasSubstr("whole number"));
    EXPECT_THAT(error(R"({"mode":"x","wait":"soon"})"), HasSubstr("a duration such as \"30s\""));
    EXPECT_THAT(error(R"({"mode":"x","wait":30})"), HasSubstr("duration"));
    EXPECT_THAT(error(R"({"mode":"x","names":[1]})"), HasSubstr("list of strings"));
    EXPECT_THAT(error(R"({"mode":"x","loud":"yes"})"), HasSubstr("true or false"));
    EXPECT_THAT(error(R"({"mode":"bad_config"})"), HasSubstr("must not be bad_config"));
}

TEST_F(Sdk, a_request_is_answered_when_its_events_are_durable) {
    auto it = sample("x");
    HttpRequest request{"POST", "/cb", "", {{"X-Signature", "good"}}, "id-7"};
    HttpReply reply = bench_.inbound(*it, request);
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.body, "thanks");
    ASSERT_EQ(bench_.events().size(), 1u);
    EXPECT_EQ(bench_.events()[0].provider_id, "id-7");
    request.headers.clear();
    EXPECT_EQ(bench_.inbound(*it, request).status, 401);
}

TEST_F(Sdk, a_request_whose_events_can_not_be_kept_is_to_be_repeated) {
    auto it = sample("x");
    bench_.set_durable(false);
    EXPECT_EQ(bench_.inbound(*it, {"POST", "/cb", "", {{"X-Signature", "good"}}, "id-7"}).status, 503);
}

TEST_F(Sdk, an_exception_in_inbound_is_500_and_a_plugin_without_inbound_is_501) {
    EXPECT_EQ(bench_.inbound(*sample("inbound_throws"), {}).status, 500);
    EXPECT_EQ(bench_.inbound(*bench_.create("blocking"), {}).status, 501);
}

TEST_F(Sdk, a_plugin_made_with_it_keeps_every_rule) {
    for (const char* mode : {"x", "later", "polls"}) {
        std::string settings = std::string(R"({"mode":")") + mode + "\"}";
        for (const Finding& finding : conform(*sample_entry(1, 0), settings, std::chrono::milliseconds(500))) {
            EXPECT_TRUE(finding.is_kept) << mode << ": " << finding.what << ": " << finding.why;
        }
    }
}

TEST(Settings, strings_survive_with_every_escape) {
    auto flat = normalise(R"({"a":"\u06a9\ud83d\ude00\n\"\\"})", R"({"a":{"type":"string"}})");
    ASSERT_TRUE(flat);
    EXPECT_EQ(*flat, "{\"a\":\"ک😀\\n\\\"\\\\\"}");
}

}  // namespace
}  // namespace chapar::plugin
