// The story of a message, as `chapar explain` and the API tell it.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ingress/story.hpp"
#include "model/cost.hpp"

namespace chapar::ingress {
namespace {

using model::Reason;
using testing::HasSubstr;
using testing::Not;

class Story : public testing::Test {
  protected:
    Story() {
        record.message.id = MessageId(MessageKey{7}, 9);
        record.message.application = "shop";
        record.message.class_name = "otp";
        record.message.plan.push_back({"sms", "+989121234567", "", "", "fa"});
        record.message.accepted_at = record.message.send_at = at(0);
        record.progress.state = model::State::sent;
    }
    /// 2026-11-30 05:30 in Tehran, and so many seconds.
    static Timestamp at(int seconds) { return from_ms(1'796'004'000'000) + std::chrono::seconds(seconds); }
    void attempt(int number, model::Verdict verdict, std::string code, std::string detail) {
        model::Attempt one;
        one.number = number;
        one.channel = "sms";
        one.route = "kavenegar";
        one.started_at = at(number * 10);
        one.finished_at = at(number * 10 + 1);
        one.outcome.verdict = verdict;
        one.outcome.code = std::move(code);
        one.outcome.detail = std::move(detail);
        record.attempts.push_back(one);
    }
    void note(int seconds, Reason reason, std::string detail) {
        model::append(record.progress.trace, {at(seconds), reason, std::move(detail)});
    }
    std::vector<std::string> lines(model::Language language = model::Language::en) const {
        return tell_story(record, standstill, {*policy::zone("Asia/Tehran"), language});
    }
    std::string told(model::Language language = model::Language::en) const {
        std::string out;
        for (const auto& line : lines(language))
            out += line + '\n';
        return out;
    }
    static int count(const std::string& text, std::string_view what) {
        int out = 0;
        for (auto from = text.find(what); from != std::string::npos; from = text.find(what, from + 1))
            ++out;
        return out;
    }

    store::Record record;
    std::optional<model::TraceEntry> standstill;
};

TEST_F(Story, an_attempt_and_the_decision_after_it_are_one_line) {
    attempt(1, model::Verdict::retry, "421 4.7.0", "4.7.0 try later");
    note(11, Reason::retry_later, "421 4.7.0 try later");
    attempt(2, model::Verdict::accepted, "", "");
    EXPECT_EQ(lines(),
              (std::vector<std::string>{
                  "Message " + record.message.id.text() + " of shop, class otp. Times are those of Asia/Tehran.",
                  "2026-11-30 05:30:00  It was accepted and is on disk.",
                  "2026-11-30 05:30:10  Attempt 1 by sms on route kavenegar: the provider could not take it then "
                  "(421 4.7.0 try later).",
                  "2026-11-30 05:30:20  Attempt 2 by sms on route kavenegar: the provider accepted it.",
                  "The provider has accepted it."}));
}

TEST_F(Story, what_an_attempt_costs_is_told_with_its_figures) {
    attempt(1, model::Verdict::accepted, "", "");
    note(10, Reason::estimated, model::estimated_detail({1, 2, *parse_money("2400"), "IRR"}));
    note(11, Reason::billed, model::billed_detail({1, 0, *parse_money("2200"), "IRR"}));
    EXPECT_THAT(told(), HasSubstr("By the prices of its route it costs 2400 IRR for 2 segments. The provider took 2200 "
                                  "IRR for it."));
    EXPECT_THAT(told(model::Language::fa),
                HasSubstr("از روی قیمت‌های مسیر 2400 IRR برای ۲ بخش هزینه دارد."));
}

TEST_F(Story, twenty_attempts_are_told_by_their_ends_and_a_sum) {
    for (int number = 1; number <= 20; ++number) {
        attempt(number, model::Verdict::retry, "421", number == 9 ? "disk full" : "try later");
        note(number * 10 + 1, Reason::retry_later, number == 9 ? "421 disk full" : "421 try later");
    }
    const auto text = told();
    EXPECT_EQ(count(text, "\n"), 10) << text;
    EXPECT_THAT(text, HasSubstr("2026-11-30 05:30:40 to 2026-11-30 05:32:50  14 more attempts: 13 times the provider "
                                "could not take it then (421 try later); once the provider could not take it then "
                                "(421 disk full)."));
    EXPECT_EQ(count(text, "Attempt "), 6);
}

TEST_F(Story, a_decision_taken_again_and_again_is_told_once_with_its_span) {
    for (int i = 1; i <= 5; ++i)
        note(i * 60, Reason::quiet_hours, "until 08:30");
    EXPECT_EQ(count(told(), "It is quiet time"), 1);
    EXPECT_THAT(told(), HasSubstr("2026-11-30 05:31:00 to 2026-11-30 05:35:00, 5 times  It is quiet time for this "
                                  "person. (until 08:30)"));
}

TEST_F(Story, persian_has_persian_digits_and_the_iranian_calendar) {
    attempt(1, model::Verdict::rejected, "", "");
    note(11, Reason::rejected, "");
    record.progress.state = model::State::failed;
    const auto text = told(model::Language::fa);
    EXPECT_THAT(text, HasSubstr("دوشنبه ۹ آذر ۱۴۰۵، ۰۵:۳۰:۱۰  تلاش ۱"));
    EXPECT_THAT(text, HasSubstr("افزونهٔ آن بدون پاسخی"));
    EXPECT_THAT(text, HasSubstr("زمان‌ها به وقت Asia/Tehran است."));
    EXPECT_THAT(text, Not(HasSubstr("It ")));
}

TEST_F(Story, what_keeps_it_from_going_now_and_the_next_try_come_last) {
    record.progress.state = model::State::waiting;
    record.progress.due = at(600);
    standstill = model::TraceEntry{at(5), Reason::route_paused, "route kavenegar: maintenance"};
    const auto text = lines();
    EXPECT_EQ(text[text.size() - 2],
              "Nothing of its kind goes now: The route is paused. (route kavenegar: maintenance)");
    EXPECT_EQ(text.back(), "The next try is due at 2026-11-30 05:40:00.");
}

}  // namespace
}  // namespace chapar::ingress
