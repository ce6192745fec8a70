#include "engage/attribution.hpp"

#include <gmock/gmock.h>

#include <numeric>
#include <random>

namespace chapar::engage {
namespace {

using std::chrono::days;
using std::chrono::hours;
using testing::ElementsAre;
using testing::IsEmpty;
using Outcome = Attributed::Outcome;

const Timestamp noon = from_ms(1'900'000'000'000);

Touch touch(std::int64_t message, Touch::Kind kind, Verdict by, Milliseconds before) {
    return {MessageKey{message}, kind, by, noon - before};
}
Touch click(std::int64_t message, Verdict by, Milliseconds before) {
    return touch(message, Touch::Kind::click, by, before);
}
Touch opened(std::int64_t message, Verdict by, Milliseconds before) {
    return touch(message, Touch::Kind::open, by, before);
}
std::vector<std::int64_t> credited(const Goal& goal, const std::vector<Touch>& touches) {
    std::vector<std::int64_t> out;
    for (const auto& share : credit(goal, noon, Money{1'000'000}, touches))
        out.push_back(share.message.value);
    return out;
}
Conversion order(std::int64_t id, std::string key, std::int64_t value, Timestamp at = noon) {
    return {.id = id,
            .person = "p",
            .event = "order",
            .key = std::move(key),
            .currency = "IRR",
            .value = Money{value},
            .at = at};
}
std::vector<Outcome> outcomes(const std::vector<Attributed>& all) {
    std::vector<Outcome> out;
    for (const auto& each : all)
        out.push_back(each.outcome);
    return out;
}

TEST(Credit, the_last_click_of_a_person_comes_before_one_of_nobody_knows) {
    const Goal goal{.event = "order", .credit = Credit::last_click};
    EXPECT_THAT(credited(goal, {click(1, Verdict::human, hours(5)), click(2, Verdict::unknown, hours(2)),
                                opened(3, Verdict::human, hours(1))}),
                ElementsAre(1));
    EXPECT_THAT(credited(goal, {click(1, Verdict::unknown, hours(5)), click(2, Verdict::unknown, hours(2))}),
                ElementsAre(2));
    EXPECT_THAT(credited(goal, {click(2, Verdict::human, hours(2)), click(1, Verdict::human, hours(5))}),
                ElementsAre(2))
        << "by time";
    EXPECT_THAT(credited(goal, {click(1, Verdict::machine, hours(1))}), IsEmpty());
    EXPECT_THAT(credited(goal, {opened(1, Verdict::human, hours(1))}), IsEmpty());
}

TEST(Credit, the_last_touch_may_be_an_open_and_never_a_machine_s_or_a_delivery) {
    const Goal goal{.event = "order", .credit = Credit::last_touch};
    EXPECT_THAT(credited(goal, {click(1, Verdict::human, hours(5)), opened(2, Verdict::unknown, hours(2)),
                                click(3, Verdict::machine, hours(1)),
                                touch(4, Touch::Kind::delivery, Verdict::unknown, hours(1))}),
                ElementsAre(2));
}

TEST(Credit, the_window_has_both_its_ends) {
    const Goal goal{.event = "order", .window = days(7), .credit = Credit::linear};
    EXPECT_THAT(credited(goal, {click(1, Verdict::human, days(7)), click(2, Verdict::human, days(7) + Milliseconds(1)),
                                click(3, Verdict::human, Milliseconds(0)), click(4, Verdict::human, Milliseconds(-1))}),
                ElementsAre(1, 3));
}

TEST(Credit, linear_parts_add_up_exactly) {
    const Goal goal{.event = "order", .credit = Credit::linear};
    const std::vector<Touch> three = {click(1, Verdict::human, hours(3)), opened(2, Verdict::human, hours(2)),
                                      click(1, Verdict::human, hours(1)), click(3, Verdict::human, hours(1))};
    const auto shares = credit(goal, noon, Money{1'000'003}, three);
    EXPECT_THAT(shares, ElementsAre(CreditShare{MessageKey{1}, 2, 4, Money{500'001}},
                                    CreditShare{MessageKey{2}, 1, 4, Money{250'001}},
                                    CreditShare{MessageKey{3}, 1, 4, Money{250'001}}));
    std::mt19937_64 random(20300104);  // NOLINT(cert-msc51-cpp)
    for (int i = 0; i < 2000; ++i) {
        std::vector<Touch> touches;
        for (auto n = 1 + random() % 30; n > 0; --n)
            touches.push_back(click(static_cast<std::int64_t>(random() % 9), Verdict::human, hours(random() % 100)));
        const Money value{static_cast<std::int64_t>(random() % 2'000'000'000'000'000) - 1'000'000'000'000'000};
        Money sum{};
        std::int64_t parts = 0;
        for (const auto& share : credit(goal, noon, value, touches)) {
            sum += share.value;
            parts += share.parts;
            ASSERT_EQ(share.whole, static_cast<std::int64_t>(touches.size()));
        }
        ASSERT_EQ(sum, value);
        ASSERT_EQ(parts, static_cast<std::int64_t>(touches.size()));
    }
}

TEST(Attribution, a_refund_takes_back_from_whom_the_order_was_credited) {
    const Goal goal{.event = "order", .credit = Credit::linear};
    const std::vector<Touch> touches = {click(1, Verdict::human, hours(3)),
                                        click(2, Verdict::human, hours(1)),
                                        {MessageKey{9}, Touch::Kind::click, Verdict::human, noon + days(29)}};
    const std::vector<Conversion> all = {order(1, "order-88", 300), order(2, "order-88/1", -100, noon + days(30)),
                                         order(3, "order-88/2", -200, noon + days(31)),
                                         order(4, "order-88/3", -1, noon + days(32))};
    const auto done = attribute(goal, all, touches);
    EXPECT_THAT(outcomes(done), ElementsAre(Outcome::credited, Outcome::refund, Outcome::refund, Outcome::orphan));
    EXPECT_THAT(done[1].shares, ElementsAre(CreditShare{MessageKey{1}, 1, 2, Money{-50}},
                                            CreditShare{MessageKey{2}, 1, 2, Money{-50}}));
    std::int64_t left = 0;
    for (const auto& each : done)
        for (const auto& share : each.shares)
            left += share.value.micros;
    EXPECT_EQ(left, 0);
}

TEST(Attribution, refunds_of_nothing_of_another_currency_and_twice_count_once_at_most) {
    const Goal goal{.event = "order"};
    const std::vector<Touch> touches = {click(1, Verdict::human, hours(1))};
    auto euros = order(3, "order-1/e", -10, noon + hours(1));
    euros.currency = "EUR";
    const std::vector<Conversion> all = {order(1, "order-1", 100),
                                         order(2, "order-2", -10, noon + hours(1)),
                                         euros,
                                         order(4, "order-1", -40, noon + hours(2)),
                                         order(5, "order-1", -40, noon + hours(3)),
                                         order(6, "", -5, noon + hours(4))};
    EXPECT_THAT(outcomes(attribute(goal, all, touches)),
                ElementsAre(Outcome::credited, Outcome::orphan, Outcome::orphan, Outcome::refund, Outcome::repeated,
                            Outcome::orphan));
}

TEST(Attribution, what_counts_once_counts_once) {
    const std::vector<Touch> touches = {click(1, Verdict::human, hours(1)),
                                        {MessageKey{2}, Touch::Kind::click, Verdict::human, noon + hours(20)}};
    const std::vector<Conversion> all = {order(1, "a", 10), order(2, "a", 10, noon + hours(1)),
                                         order(3, "b", 10, noon + hours(2)), order(4, "", 10, noon + hours(3)),
                                         order(5, "", 10, noon + days(1))};
    const auto with = [&](OncePer once) {
        return outcomes(attribute({.event = "order", .once_per = once}, all, touches));
    };
    EXPECT_THAT(with(OncePer::event), ElementsAre(Outcome::credited, Outcome::repeated, Outcome::credited,
                                                  Outcome::credited, Outcome::credited));
    EXPECT_THAT(with(OncePer::person), ElementsAre(Outcome::credited, Outcome::repeated, Outcome::repeated,
                                                   Outcome::repeated, Outcome::repeated));
    // 2030-03-17 17:46 UTC; the fourth is on the same day, the fifth on the next.
    EXPECT_THAT(with(OncePer::day), ElementsAre(Outcome::credited, Outcome::repeated, Outcome::repeated,
                                                Outcome::repeated, Outcome::credited));
}

TEST(Attribution, other_events_and_orders_without_a_touch_are_told) {
    auto visit = order(1, "v", 0);
    visit.event = "visit";
    EXPECT_THAT(outcomes(attribute({.event = "order"}, std::vector{visit, order(2, "o", 5)}, {})),
                ElementsAre(Outcome::other_event, Outcome::unattributed));
}

TEST(Attribution, the_order_in_which_rows_come_does_not_matter) {
    const Goal goal{.event = "order", .credit = Credit::linear};
    std::vector<Touch> touches = {click(1, Verdict::human, hours(3)), opened(2, Verdict::human, hours(2)),
                                  click(3, Verdict::human, hours(1))};
    std::vector<Conversion> all = {order(1, "a", 100), order(2, "b", 200, noon + hours(1)),
                                   order(3, "a/1", -50, noon + hours(2))};
    const auto expected = attribute(goal, all, touches);
    std::mt19937 random(20300105);  // NOLINT(cert-msc51-cpp)
    for (int i = 0; i < 50; ++i) {
        std::ranges::shuffle(all, random);
        std::ranges::shuffle(touches, random);
        EXPECT_EQ(attribute(goal, all, touches), expected);
    }
}

TEST(Attribution, words_of_the_configuration_are_read) {
    EXPECT_EQ(parse_credit("last_click"), Credit::last_click);
    EXPECT_EQ(parse_credit("last_touch"), Credit::last_touch);
    EXPECT_EQ(parse_credit("linear"), Credit::linear);
    EXPECT_EQ(parse_credit("first"), std::nullopt);
    EXPECT_EQ(parse_once_per("event"), OncePer::event);
    EXPECT_EQ(parse_once_per("person"), OncePer::person);
    EXPECT_EQ(parse_once_per("day"), OncePer::day);
    EXPECT_EQ(parse_once_per(""), std::nullopt);
    EXPECT_EQ(key_family("order-88/2/x"), "order-88");
    EXPECT_EQ(key_family("order-88"), "order-88");
}

}  // namespace
}  // namespace chapar::engage
