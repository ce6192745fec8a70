#include "engage/tracking.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace chapar::engage {
namespace {

using Reason = TrackingDecision::Reason;
constexpr auto every = {Tracking::none, Tracking::clicks, Tracking::full};

TEST(Tracking, nobody_widens_what_another_narrowed) {
    for (const auto of_class : every)
        for (const auto of_application : every)
            for (const auto person : {TrackingConsent::unasked, TrackingConsent::granted, TrackingConsent::refused})
                for (const bool needs : {false, true}) {
                    const auto decision = decide_tracking({.class_name = "marketing",
                                                           .of_class = of_class,
                                                           .of_application = of_application,
                                                           .needs_consent = needs,
                                                           .person = person});
                    EXPECT_LE(decision.tracking, std::min(of_class, of_application));
                    const bool is_free =
                        person == TrackingConsent::granted || (person == TrackingConsent::unasked && !needs);
                    EXPECT_EQ(decision.tracking, is_free ? std::min(of_class, of_application) : Tracking::none);
                }
}

TEST(Tracking, an_application_that_says_nothing_changes_nothing) {
    const auto decision =
        decide_tracking({.class_name = "marketing", .of_class = Tracking::full, .of_application = {}});
    EXPECT_EQ(decision.tracking, Tracking::full);
    EXPECT_EQ(decision.reason, Reason::by_class);
    EXPECT_EQ(decision.sentence(), "tracking is full: the class marketing says so");
}

TEST(Tracking, the_reason_names_who_decided) {
    const TrackingQuestion full{.class_name = "marketing", .of_class = Tracking::full, .of_application = {}};
    auto question = full;
    question.of_application = Tracking::clicks;
    EXPECT_EQ(decide_tracking(question).sentence(),
              "tracking is clicks: the application asks for less than the class marketing");
    question = full;
    question.person = TrackingConsent::refused;
    EXPECT_EQ(decide_tracking(question).sentence(), "tracking is none: the person does not want to be tracked");
    question = full;
    question.needs_consent = true;
    EXPECT_EQ(decide_tracking(question).reason, Reason::not_asked);
    // Where nothing is tracked anyway, the person did not decide it.
    question.of_class = Tracking::none;
    EXPECT_EQ(decide_tracking(question).reason, Reason::by_class);
}

TEST(Tracking, names_are_read_back_and_classes_begin_careful) {
    for (const auto each : every)
        EXPECT_EQ(parse_tracking(name(each)), each);
    EXPECT_EQ(parse_tracking("all"), std::nullopt);
    EXPECT_EQ(default_tracking(true, false), Tracking::none);
    EXPECT_EQ(default_tracking(false, false), Tracking::clicks);
    EXPECT_EQ(default_tracking(false, true), Tracking::full);
}

}  // namespace
}  // namespace chapar::engage
