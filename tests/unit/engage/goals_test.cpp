// The site's goals over what the store keeps.
#include <gmock/gmock.h>

#include "engage/goals.hpp"

namespace chapar::engage {
namespace {

using model::Engaged;
using model::HitBy;
using store::Credited;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using GoalOutcome = Credited::Outcome;

constexpr auto hour = std::chrono::hours(1);
const Timestamp start = from_ms(1'790'000'000'000);

config::ConversionSettings goal(const std::string& name, const std::string& credit = "last_click") {
    config::ConversionSettings out;
    out.name = name;
    out.event = "order";
    out.credit = credit;
    return out;
}

store::TouchedMessage touched(std::int64_t key, Timestamp at, Engaged kind = Engaged::clicked,
                              HitBy by = HitBy::human) {
    return {MessageKey{key}, {{kind, by, at, 0}}};
}

store::KeptConversion order(const std::string& key, std::int64_t value, Timestamp at) {
    return {.event = "order", .key = key, .currency = "IRR", .value = Money{value}, .at = at};
}

TEST(Goals, each_goal_says_its_own_of_the_same_event) {
    const auto goals = goals_of({goal("clicks"), goal("touches", "last_touch"), goal("all", "linear")}, "shop");
    const std::vector touches = {touched(1, start), touched(2, start + hour, Engaged::opened),
                                 touched(3, start + hour, Engaged::clicked, HitBy::machine)};
    const auto said = goals->attribute(std::vector{order("a", 100, start + 2 * hour)}, touches);
    ASSERT_THAT(said, SizeIs(1));
    ASSERT_THAT(said[0], SizeIs(3));
    EXPECT_EQ(said[0][0].shares[0].message, MessageKey{1});
    EXPECT_EQ(said[0][1].shares[0].message, MessageKey{2});
    ASSERT_THAT(said[0][2].shares, SizeIs(2));
    EXPECT_EQ(said[0][2].shares[0].value.micros + said[0][2].shares[1].value.micros, 100);
}

TEST(Goals, are_those_of_the_application) {
    auto bank = goal("bank");
    bank.applications = {"bank"};
    const std::vector conversions = {order("a", 1, start)};
    EXPECT_THAT(goals_of({bank}, "shop")->attribute(conversions, {})[0], IsEmpty());
    EXPECT_THAT(goals_of({bank}, "bank")->attribute(conversions, {})[0], SizeIs(1));
    bank.applications = {"*"};
    EXPECT_THAT(goals_of({bank}, "shop")->attribute(conversions, {})[0], SizeIs(1));
}

TEST(Goals, leave_events_alone_that_are_not_theirs) {
    auto other = order("a", 1, start);
    other.event = "visit";
    EXPECT_THAT(goals_of({goal("sale")}, "shop")->attribute(std::vector{other}, {})[0], IsEmpty());
}

TEST(Goals, credit_that_was_given_stays_when_more_becomes_known) {
    const auto goals = goals_of({goal("sale")}, "shop");
    std::vector conversions = {order("a", 100, start + 3 * hour)};
    std::vector touches = {touched(1, start)};
    conversions[0].credits = goals->attribute(conversions, touches)[0];
    ASSERT_EQ(conversions[0].credits[0].shares[0].message, MessageKey{1});
    touches.push_back(touched(2, start + hour));
    conversions.push_back(order("b", 50, start + 4 * hour));
    const auto said = goals->attribute(conversions, touches);
    EXPECT_EQ(said[0], conversions[0].credits);
    EXPECT_EQ(said[1][0].shares[0].message, MessageKey{2});
}

TEST(Goals, a_refund_of_credit_that_was_given_takes_back_from_whom_it_was_given) {
    const auto goals = goals_of({goal("sale")}, "shop");
    std::vector conversions = {order("a", 100, start + 3 * hour)};
    conversions[0].credits = goals->attribute(conversions, std::vector{touched(1, start)})[0];
    conversions.push_back(order("a", -40, start + 4 * hour));
    // The click is not kept any more.
    const auto said = goals->attribute(conversions, std::vector<store::TouchedMessage>{});
    EXPECT_EQ(said[0], conversions[0].credits);
    EXPECT_EQ(said[1][0].outcome, GoalOutcome::refund);
    EXPECT_THAT(said[1][0].shares, ElementsAre(testing::Field(&store::KeptShare::value, Money{-40})));
}

TEST(Goals, an_earlier_one_that_becomes_known_later_is_a_persons_first) {
    auto once = goal("sale");
    once.once_per = "person";
    const auto goals = goals_of({once}, "shop");
    const std::vector touches = {touched(1, start)};
    std::vector conversions = {order("late", 100, start + 3 * hour)};
    conversions[0].credits = goals->attribute(conversions, touches)[0];
    EXPECT_EQ(conversions[0].credits[0].outcome, GoalOutcome::credited);
    conversions.push_back(order("early", 70, start + 2 * hour));
    const auto said = goals->attribute(conversions, touches);
    EXPECT_EQ(said[0][0].outcome, GoalOutcome::repeated);
    EXPECT_EQ(said[1][0].outcome, GoalOutcome::credited);
}

}  // namespace
}  // namespace chapar::engage
