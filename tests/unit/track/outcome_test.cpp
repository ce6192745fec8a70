#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <simdjson.h>

#include <filesystem>
#include <fstream>
#include <future>
#include <sstream>

#include "base/log.hpp"
#include "track/outcome_log.hpp"

namespace chapar::track {
namespace {

using model::Reason;
using model::State;

model::Message message() {
    model::Message out;
    out.id = MessageId(MessageKey{7}, 9);
    out.application = "shop";
    out.class_name = "otp";
    out.plan.push_back({"email", "Sara@example.com", "welcome", "", "fa"});
    out.accepted_at = from_ms(1'000);
    return out;
}

store::Settlement ended(model::Event event, std::string detail) {
    store::Settlement out;
    out.key = MessageKey{7};
    out.number = 2;
    out.event = event;
    out.at = from_ms(3'500);
    out.outcome.code = "550 5.1.1";
    out.outcome.detail = std::move(detail);
    out.outcome.provider_id = "queue-id-1";
    return out;
}

class OutcomeLogTest : public testing::Test {
  protected:
    void SetUp() override {
        std::string name = testing::TempDir() + "chapar-outcome-XXXXXX";
        ASSERT_NE(::mkdtemp(name.data()), nullptr);
        folder = name;
        log::configure(log::Level::info, log::Format::json, folder + "/log");
    }
    void TearDown() override {
        log::configure(log::Level::info, log::Format::human, "");
        std::filesystem::remove_all(folder);
    }
    std::string text() const {
        std::ifstream in(folder + "/log", std::ios::binary);
        std::ostringstream out;
        out << in.rdbuf();
        return out.str();
    }
    std::string folder;
    OutcomeLog::Find none = [](MessageId) -> Result<store::Record> { return fail(store::Code::not_found, "none"); };
};

TEST(Outcome, an_address_is_shown_by_its_ends) {
    EXPECT_EQ(mask("sara@example.com"), "s***@example.com");
    EXPECT_EQ(mask("+989121234567"), "+98912***4567");
    EXPECT_EQ(mask("12345"), "***");
    EXPECT_EQ(mask(""), "");
}

TEST(Outcome, an_answer_that_quotes_the_address_is_masked_too) {
    EXPECT_EQ(mask_in("<sara@Example.com>: no such user", "Sara@example.com", Addresses::masked),
              "<S***@example.com>: no such user");
    EXPECT_EQ(mask_in("989121234567 is off", "+989121234567", Addresses::masked), "+98912***4567 is off");
    EXPECT_EQ(mask_in("no sara@example.com here", "sara@example.com", Addresses::none), "no (address) here");
    EXPECT_EQ(mask_in("no sara@example.com here", "sara@example.com", Addresses::full), "no sara@example.com here");
}

TEST(Outcome, every_end_of_an_attempt_has_its_word) {
    const auto status = [](model::Event event, std::optional<Reason> reason) {
        auto settlement = ended(event, "");
        if (reason) settlement.trace.push_back({settlement.at, *reason, ""});
        // What it cost is not why it moved.
        settlement.trace.push_back({settlement.at, Reason::billed, "1 1 IRR"});
        return name(line_of(message(), 0, "smtp", settlement).status);
    };
    using model::Event;
    EXPECT_EQ(status(Event::attempt_accepted, std::nullopt), "sent");
    EXPECT_EQ(status(Event::attempt_delivered, std::nullopt), "delivered");
    EXPECT_EQ(status(Event::attempt_retry, Reason::retry_later), "deferred");
    EXPECT_EQ(status(Event::attempt_retry, Reason::next_channel), "fallback");
    EXPECT_EQ(status(Event::attempt_rejected, Reason::rejected), "failed");
    EXPECT_EQ(status(Event::attempt_blocked, Reason::blocked_by_operator), "blocked");
    EXPECT_EQ(status(Event::attempt_unknown_hold, Reason::in_doubt_held), "in_doubt");
    EXPECT_EQ(status(Event::attempt_unknown_retry, Reason::in_doubt_retried), "in_doubt");
    EXPECT_EQ(status(Event::expire, Reason::expired), "expired");
    EXPECT_EQ(status(Event::stop, Reason::render_failed), "failed");
    EXPECT_EQ(status(Event::give_back, Reason::given_back), "deferred");
}

TEST(Outcome, every_move_outside_of_an_attempt_has_its_word) {
    const auto status = [](State before, State now, Reason reason) {
        store::Record record;
        record.message = message();
        return name(
            line_of(moved_message(record), {record.message.id, before, now, {{from_ms(5), reason, ""}}, from_ms(5)})
                .status);
    };
    EXPECT_EQ(status(State::waiting, State::suppressed, Reason::no_consent), "suppressed");
    EXPECT_EQ(status(State::waiting, State::cancelled, Reason::cancelled), "cancelled");
    EXPECT_EQ(status(State::waiting, State::expired, Reason::expired), "expired");
    EXPECT_EQ(status(State::waiting, State::collected, Reason::collected), "collected");
    EXPECT_EQ(status(State::waiting, State::held, Reason::quarantined), "held");
    EXPECT_EQ(status(State::held, State::waiting, Reason::operator_retry), "retried");
    EXPECT_EQ(status(State::sent, State::delivered, Reason::receipt), "delivered");
    EXPECT_EQ(status(State::sent, State::failed, Reason::receipt), "failed");
    EXPECT_EQ(status(State::sent, State::waiting, Reason::fallback_due), "fallback");
}

TEST_F(OutcomeLogTest, a_line_carries_what_a_mail_log_has_and_no_address) {
    OutcomeLog outcomes(none);
    outcomes.configure(true, Addresses::masked);
    auto settlement = ended(model::Event::attempt_rejected, "<sara@example.com> no such user");
    settlement.trace.push_back({settlement.at, Reason::rejected, ""});
    outcomes.put({line_of(message(), 0, "smtp", settlement)});
    outcomes.drain();
    simdjson::dom::parser parser;
    const auto line = text();
    const simdjson::dom::element parsed = parser.parse(line);
    EXPECT_EQ(std::string_view(parsed["id"]), "message.outcome");
    EXPECT_EQ(std::string_view(parsed["message"]), message().id.text());
    for (const auto& [member, value] :
         std::initializer_list<std::pair<const char*, std::string_view>>{{"application", "shop"},
                                                                         {"class", "otp"},
                                                                         {"channel", "email"},
                                                                         {"address", "S***@example.com"},
                                                                         {"route", "smtp"},
                                                                         {"template", "welcome"},
                                                                         {"status", "failed"},
                                                                         {"state", "failed"},
                                                                         {"reason", "rejected"},
                                                                         {"code", "550 5.1.1"},
                                                                         {"words", "<S***@example.com> no such user"},
                                                                         {"provider_id", "queue-id-1"}}) {
        EXPECT_EQ(std::string_view(parsed[member]), value) << member;
    }
    EXPECT_EQ(std::int64_t(parsed["attempts"]), 2);
    EXPECT_EQ(double(parsed["delay"]), 2.5);
}

TEST_F(OutcomeLogTest, an_address_can_be_shown_whole_or_left_out) {
    OutcomeLog outcomes(none);
    outcomes.configure(true, Addresses::full);
    outcomes.put({line_of(message(), 0, "smtp", ended(model::Event::attempt_accepted, ""))});
    outcomes.drain();
    EXPECT_THAT(text(), testing::HasSubstr(R"("address":"Sara@example.com")"));
    outcomes.configure(true, Addresses::none);
    outcomes.put({line_of(message(), 0, "smtp", ended(model::Event::attempt_accepted, ""))});
    outcomes.drain();
    const auto both = text();
    EXPECT_THAT(both.substr(both.find('\n')), testing::Not(testing::HasSubstr("ara@example.com")));
}

TEST_F(OutcomeLogTest, a_move_that_the_store_made_is_told_with_its_message) {
    OutcomeLog outcomes([](MessageId) -> Result<store::Record> {
        store::Record record;
        record.message = message();
        record.progress.attempts = 1;
        record.attempts.push_back(
            {.number = 1, .channel = "email", .route = "smtp", .started_at = {}, .finished_at = {}, .outcome = {}});
        return record;
    });
    outcomes.configure(true, Addresses::masked);
    outcomes.put(std::vector{store::Moved{message().id,
                                          State::waiting,
                                          State::cancelled,
                                          {{from_ms(2'000), Reason::cancelled, "by shop"}},
                                          from_ms(2'000)}});
    outcomes.drain();
    EXPECT_THAT(text(),
                testing::AllOf(testing::HasSubstr(R"("status":"cancelled")"), testing::HasSubstr(R"("route":"smtp")"),
                               testing::HasSubstr(R"("words":"by shop")"), testing::HasSubstr(R"("delay":1)")));
}

TEST_F(OutcomeLogTest, nothing_is_written_while_it_is_off) {
    OutcomeLog outcomes(none);
    outcomes.put({line_of(message(), 0, "smtp", ended(model::Event::attempt_accepted, ""))});
    outcomes.drain();
    EXPECT_EQ(text(), "");
}

TEST_F(OutcomeLogTest, what_comes_faster_than_the_log_is_dropped_and_counted_and_nobody_waits) {
    std::promise<void> stuck, go_on;
    OutcomeLog outcomes([&, first = true](MessageId) mutable -> Result<store::Record> {
        if (std::exchange(first, false)) {
            stuck.set_value();
            go_on.get_future().wait();
        }
        return fail(store::Code::not_found, "none");
    });
    outcomes.configure(true, Addresses::masked);
    outcomes.put(std::vector{store::Moved{message().id, State::waiting, State::expired, {}, {}}});
    stuck.get_future().wait();
    outcomes.put(std::vector<store::Moved>(OutcomeLog::most_waiting + 3,
                                           {message().id, State::waiting, State::expired, {}, {}}));
    EXPECT_EQ(outcomes.dropped(), 3U);
    go_on.set_value();
    outcomes.drain();
    outcomes.put(std::vector{store::Moved{message().id, State::waiting, State::expired, {}, {}}});
    outcomes.drain();
    EXPECT_THAT(text(), testing::HasSubstr(R"("id":"log.outcomes_lost")"));
}

}  // namespace
}  // namespace chapar::track
