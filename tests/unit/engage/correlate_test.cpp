#include "engage/correlate.hpp"

#include <gmock/gmock.h>

namespace chapar::engage {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;
using Change = Correlator::Change;

const Timestamp at_start = from_ms(1'900'000'000'000);

struct Desk {
    ManualClock clock{at_start};
    Correlator correlator;
    std::int64_t next_id = 1;
    Correlator::Hit hit(std::uint16_t link, std::uint16_t links = 8) {
        return {.message = MessageKey{7},
                .id = next_id++,
                .link = link,
                .links = links,
                .network = 1,
                .kind = HitKind::click,
                .at = clock.now()};
    }
    Correlator::Found click(std::uint16_t link, std::uint16_t links = 8) { return correlator.add(hit(link, links)); }
};

TEST(Correlator, the_third_link_in_ten_seconds_makes_a_burst_of_all_three) {
    Desk desk;
    EXPECT_EQ(desk.click(0).marks, 0);
    desk.clock.advance(Milliseconds(5000));
    EXPECT_EQ(desk.click(1).marks, 0);
    desk.clock.advance(Milliseconds(5000));
    const auto third = desk.click(2);
    EXPECT_EQ(third.marks, mark_burst);
    EXPECT_THAT(third.earlier, ElementsAre(Change{1, mark_burst}, Change{2, mark_burst}));
    // What follows at once belongs to it; the earlier ones are told of once.
    const auto fourth = desk.click(3);
    EXPECT_EQ(fourth.marks, mark_burst);
    EXPECT_THAT(fourth.earlier, IsEmpty());
}

TEST(Correlator, one_millisecond_more_is_no_burst) {
    Desk desk;
    desk.click(0);
    desk.clock.advance(Milliseconds(5000));
    desk.click(1);
    desk.clock.advance(Milliseconds(5001));
    EXPECT_EQ(desk.click(2).marks, 0);
}

TEST(Correlator, one_link_again_and_again_is_no_burst) {
    Desk desk;
    for (int i = 0; i < 40; ++i) {
        const auto found = desk.click(0);
        EXPECT_EQ(found.marks, 0);
        EXPECT_THAT(found.earlier, IsEmpty());
    }
}

TEST(Correlator, all_links_are_a_burst_where_there_are_two_and_not_where_there_is_one) {
    Desk two;
    two.click(0, 2);
    EXPECT_EQ(two.click(1, 2).marks, mark_burst);
    Desk one;
    EXPECT_EQ(one.click(0, 1).marks, 0);
    Desk unknown;
    unknown.click(0, 0);
    EXPECT_EQ(unknown.click(1, 0).marks, 0);
}

TEST(Correlator, messages_do_not_know_of_each_other) {
    Desk desk;
    desk.click(0);
    desk.click(1);
    auto other = desk.hit(2);
    other.message = MessageKey{8};
    EXPECT_EQ(desk.correlator.add(other).marks, 0);
}

TEST(Correlator, opens_count_no_links_and_are_seen_in_the_burst_s_light) {
    Desk desk;
    desk.click(0);
    auto open = desk.hit(5);
    open.kind = HitKind::open;
    desk.correlator.add(open);
    EXPECT_EQ(desk.click(1).marks, 0) << "the pixel is not a third link";
    EXPECT_THAT(desk.click(2).earlier,
                UnorderedElementsAre(Change{1, mark_burst}, Change{2, mark_burst}, Change{3, mark_burst}));
}

TEST(Correlator, a_decoy_stains_a_minute_before_and_behind_it) {
    Desk desk;
    desk.click(0);  // 1: too early
    desk.clock.advance(Milliseconds(1000));
    desk.click(0);  // 2
    desk.clock.advance(Correlator::decoy_within);
    auto decoy = desk.hit(9);
    decoy.is_decoy = true;
    const auto found = desk.correlator.add(decoy);
    EXPECT_EQ(found.marks, mark_decoy);
    EXPECT_THAT(found.earlier, ElementsAre(Change{2, mark_decoy}));
    desk.clock.advance(Correlator::decoy_within);
    EXPECT_EQ(desk.click(0).marks, mark_decoy);
    desk.clock.advance(Milliseconds(1));
    EXPECT_EQ(desk.click(0).marks, 0);
}

TEST(Correlator, a_person_from_another_network_speaks_for_the_message) {
    Desk desk;
    desk.click(0);
    desk.correlator.judged(MessageKey{7}, 1, Verdict::human);
    desk.clock.advance(Milliseconds(60'000));
    EXPECT_EQ(desk.click(1).marks, 0) << "the same network says nothing new";
    auto elsewhere = desk.hit(1);
    elsewhere.network = 2;
    EXPECT_EQ(desk.correlator.add(elsewhere).marks, mark_after_human);
    // Seen in another light, the first was no person.
    desk.correlator.judged(MessageKey{7}, 1, Verdict::machine);
    elsewhere.id = 100;
    EXPECT_EQ(desk.correlator.add(elsewhere).marks, 0);
}

TEST(Correlator, after_ten_minutes_nothing_is_left) {
    Desk desk;
    desk.click(0);
    desk.clock.advance(Correlator::window);
    desk.correlator.forget_until(desk.clock.now());
    EXPECT_EQ(desk.correlator.messages(), 1U);
    desk.clock.advance(Milliseconds(1));
    desk.correlator.forget_until(desk.clock.now());
    EXPECT_EQ(desk.correlator.messages(), 0U);
}

TEST(Correlator, is_bounded_and_forgets_the_oldest_first) {
    ManualClock clock{at_start};
    Correlator small({.messages = 3, .hits = 4});
    const auto add = [&](std::int64_t message) {
        clock.advance(Milliseconds(1));
        small.add(
            {.message = MessageKey{message}, .id = message, .link = 0, .links = 8, .network = 1, .at = clock.now()});
    };
    for (const std::int64_t message : {1, 2, 3})
        add(message);
    add(1);  // 1 is younger than 2 now
    add(4);
    EXPECT_EQ(small.messages(), 3U);
    small.judged(MessageKey{1}, 1, Verdict::human);
    const auto after = small.add(
        {.message = MessageKey{1}, .id = 9, .links = 8, .network = 2, .kind = HitKind::click, .at = clock.now()});
    EXPECT_EQ(after.marks, 0) << "an open by a person is no click";
    for (int i = 0; i < 10'000; ++i)
        add(i % 2 == 0 ? 5 : 6 + i);
    EXPECT_LE(small.messages(), 3U);
}

}  // namespace
}  // namespace chapar::engage
