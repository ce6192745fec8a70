// What the log says when something becomes of a message, from the lease to the store's own moves.

#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

#include "base/log.hpp"
#include "fixture.hpp"

namespace chapar::dispatch {
namespace {

using model::Blame;
using model::State;
using model::Verdict;
using testing::HasSubstr;

class OutcomesTest : public DispatchTest {
  protected:
    OutcomesTest() {
        outcomes.configure(true, track::Addresses::masked);
        log::configure(log::Level::info, log::Format::human, (folder / "log").string());
    }
    ~OutcomesTest() override { log::configure(log::Level::info, log::Format::human, ""); }

    /// The lines about a message, without time, level and identifier; oldest first.
    std::vector<std::string> lines(MessageId id) {
        outcomes.drain();
        std::vector<std::string> out;
        std::ifstream in(folder / "log");
        for (std::string line; std::getline(in, line);) {
            const auto at = line.find(" message.outcome: ");
            if (at != std::string::npos && line.contains("message=" + id.text())) out.push_back(line.substr(at + 18));
        }
        return out;
    }
    bool has_lines(MessageId id, std::size_t count) {
        return until([&] { return lines(id).size() >= count; });
    }
};

TEST_F(OutcomesTest, a_deferral_and_the_acceptance_after_it_are_a_line_each) {
    auto plugin = add_route("a");
    int calls = 0;
    plugin->answer = [&](const auto&) {
        return ++calls == 1 ? outcome(Verdict::retry, Blame::recipient) : outcome(Verdict::accepted);
    };
    start();
    const auto id = enqueue(1, "otp").front();
    ASSERT_TRUE(has_lines(id, 2));
    EXPECT_THAT(lines(id)[0],
                testing::StartsWith("deferred message=" + id.text() +
                                    " application=shop class=otp channel=email address=a***@example.com "
                                    "route=a status=deferred state=waiting reason=retry_later attempts=1"));
    EXPECT_THAT(lines(id)[0], HasSubstr("code=250 words=\"as the test says\""));
    EXPECT_THAT(lines(id)[1], HasSubstr("status=sent state=sent attempts=2"));
    EXPECT_EQ(lines(id).size(), 2U);
}

TEST_F(OutcomesTest, a_refusal_is_told_once) {
    auto plugin = add_route("a");
    plugin->answer = [&](const auto&) { return outcome(Verdict::rejected, Blame::recipient); };
    start();
    const auto id = enqueue(1, "otp").front();
    ASSERT_TRUE(has_lines(id, 1));
    EXPECT_THAT(lines(id)[0], HasSubstr("status=failed state=failed reason=rejected"));
    run_for(Milliseconds{20});
    EXPECT_EQ(lines(id).size(), 1U);
}

TEST_F(OutcomesTest, what_waits_until_its_time_is_over_is_told_as_expired) {
    add_route("a");
    start();
    auto late = message("otp");
    late.expires_at = clock.now() - Milliseconds{1};
    const auto id = enqueue({late}).front();
    ASSERT_TRUE(has_lines(id, 1));
    EXPECT_THAT(lines(id)[0], HasSubstr("status=expired state=expired reason=expired"));
}

TEST_F(OutcomesTest, what_the_policy_ends_is_told_with_its_reason) {
    settings.classes["marketing"].requires_ = config::Requires::consent;
    add_route("a");
    start();
    const auto id = enqueue(1, "marketing").front();
    ASSERT_TRUE(has_lines(id, 1));
    EXPECT_THAT(lines(id)[0], HasSubstr("status=suppressed state=suppressed reason=no_consent"));
}

TEST_F(OutcomesTest, a_cancelled_message_is_told_by_whoever_cancels_it) {
    auto plugin = add_route("a");
    start();
    auto later = message("otp");
    later.send_at = clock.now() + std::chrono::minutes(10);
    const auto id = enqueue({later}).front();
    store::Transition cancel;
    cancel.key = id.key();
    cancel.event = model::Event::cancel;
    cancel.trace.push_back({clock.now(), model::Reason::cancelled, "by shop"});
    seen->move(std::move(cancel), [](Result<model::Progress>) {});
    ASSERT_TRUE(has_lines(id, 1));
    EXPECT_THAT(lines(id)[0], HasSubstr("status=cancelled state=cancelled reason=cancelled"));
    EXPECT_THAT(lines(id)[0], HasSubstr("words=\"by shop\""));
}

TEST_F(OutcomesTest, an_attempt_that_a_crash_left_open_is_told_as_in_doubt_at_the_next_start) {
    auto plugin = add_route("a");
    start();
    const auto id = enqueue(1, "marketing").front();
    ASSERT_TRUE(until([&] { return plugin->count() == 1; }));
    crash();
    start();
    ASSERT_TRUE(has_lines(id, 1));
    EXPECT_THAT(lines(id)[0], HasSubstr("route=a status=in_doubt state=held reason=in_doubt_held attempts=1"));
}

TEST_F(OutcomesTest, a_receipt_is_told_as_a_delivery_by_the_route_that_sent_it) {
    auto plugin = add_route("a");
    plugin->answer = [](const auto&) { return outcome(Verdict::accepted); };
    start();
    const auto id = enqueue(1, "otp").front();
    ASSERT_TRUE(has_lines(id, 1));
    model::Report report;
    report.route = "a";
    report.channel = "email";
    report.attempt = AttemptId::parse(id.text() + ".1");
    report.word = model::Word::delivered;
    report.kind = "delivered";
    report.at = clock.now();
    seen->report(std::move(report), [](Result<store::Reported>) {});
    ASSERT_TRUE(has_lines(id, 2));
    EXPECT_THAT(lines(id)[1], HasSubstr("route=a status=delivered state=delivered"));
}

TEST_F(OutcomesTest, a_second_channel_is_told_as_the_fallback_of_the_first) {
    auto plugin = add_route("a");
    plugin->answer = [&](const auto&) { return outcome(Verdict::rejected, Blame::recipient); };
    start();
    auto two = message("otp");
    two.plan.push_back({"sms", "+989121234567", "", "", "en"});
    const auto id = enqueue({two}).front();
    ASSERT_TRUE(has_lines(id, 1));
    EXPECT_THAT(lines(id)[0],
                HasSubstr("channel=email address=a***@example.com route=a status=fallback state=waiting"));
}

}  // namespace
}  // namespace chapar::dispatch
