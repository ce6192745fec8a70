#include "engage/webhook_order.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <random>

namespace chapar::engage {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

const Timestamp dawn = from_ms(1'900'000'000'000);
using Feed = std::vector<FeedEvent>;

WebhookLine line(WebhookOrder order, WebhookLine::Limits limits = {}) { return {order, limits, {}}; }

TEST(WebhookLine, without_order_all_places_are_used) {
    auto none = line(WebhookOrder::none);
    Feed feed;
    for (int i = 1; i <= 40; ++i)
        feed.push_back({i, "one", true});
    EXPECT_EQ(none.next(dawn, feed, 16).size(), 16U);
    EXPECT_EQ(none.cursor(), 16);
    none.done(3);
    EXPECT_THAT(none.next(dawn, feed, 16), ElementsAre(17));
    EXPECT_THAT(none.next(dawn, feed, 16), IsEmpty());
}

TEST(WebhookLine, a_person_s_events_go_one_after_another_and_others_pass_them) {
    auto person = line(WebhookOrder::person);
    const Feed feed = {{1, "a", true}, {2, "a", true}, {3, "b", true}, {4, "a", true}, {5, "", true}, {6, "", true}};
    EXPECT_THAT(person.next(dawn, feed, 16), ElementsAre(1, 3, 5, 6));
    EXPECT_EQ(person.waiting(), 2U);
    person.retry(1, dawn + seconds(5));
    EXPECT_THAT(person.next(dawn + seconds(4), feed, 16), IsEmpty());
    EXPECT_EQ(person.wakes_at(), dawn + seconds(5));
    EXPECT_THAT(person.next(dawn + seconds(5), feed, 16), ElementsAre(1));
    EXPECT_EQ(person.tries(1), 1);
    person.done(1);
    EXPECT_THAT(person.next(dawn + seconds(6), feed, 16), ElementsAre(2));
    person.give_up(2);
    EXPECT_THAT(person.next(dawn + seconds(6), feed, 16), ElementsAre(4));
}

TEST(WebhookLine, one_line_waits_for_its_first) {
    auto strict = line(WebhookOrder::strict);
    const Feed feed = {{1, "a", true}, {2, "b", true}, {3, "c", false}, {4, "d", true}};
    EXPECT_THAT(strict.next(dawn, feed, 16), ElementsAre(1));
    EXPECT_EQ(strict.cursor(), 1) << "nothing is copied: the feed keeps what waits";
    strict.retry(1, dawn + seconds(5));
    EXPECT_THAT(strict.next(dawn, feed, 16), IsEmpty());
    EXPECT_THAT(strict.next(dawn + seconds(5), feed, 16), ElementsAre(1));
    strict.done(1);
    EXPECT_THAT(strict.next(dawn + seconds(5), feed, 16), ElementsAre(2));
    strict.done(2);
    EXPECT_THAT(strict.next(dawn + seconds(5), feed, 16), ElementsAre(4));
    EXPECT_EQ(strict.cursor(), 4);
}

TEST(WebhookLine, what_is_not_wanted_is_passed) {
    auto none = line(WebhookOrder::none);
    EXPECT_THAT(none.next(dawn, Feed{{1, "a", false}, {5, "a", false}}, 16), IsEmpty());
    EXPECT_EQ(none.cursor(), 5);
    EXPECT_EQ(none.durable(), (WebhookLine::State{5, {}}));
}

TEST(WebhookLine, an_endpoint_that_is_down_stops_the_cursor_and_fills_no_disk) {
    auto none = line(WebhookOrder::none, {.in_flight = 4, .waiting = 10});
    Feed feed;
    for (int i = 1; i <= 1000; ++i)
        feed.push_back({i, "p" + std::to_string(i), true});
    for (int round = 0; round < 100; ++round)
        for (const auto number : none.next(dawn, feed, 16))
            none.retry(number, dawn + seconds(3600));
    EXPECT_EQ(none.waiting(), 10U);
    EXPECT_EQ(none.cursor(), 10);
    // It is up again, and nothing was lost.
    std::vector<std::int64_t> got;
    for (int round = 0; round < 1000; ++round)
        for (const auto number : none.next(dawn + seconds(3600), feed, 16)) {
            got.push_back(number);
            none.done(number);
        }
    std::ranges::sort(got);
    ASSERT_EQ(got.size(), 1000U);
    EXPECT_EQ(got.front(), 1);
    EXPECT_EQ(got.back(), 1000);
}

TEST(WebhookLine, after_a_crash_it_goes_on_before_what_was_under_way) {
    auto person = line(WebhookOrder::person);
    const Feed feed = {{1, "a", true}, {2, "b", true}, {3, "b", true}, {4, "c", true}};
    EXPECT_THAT(person.next(dawn, feed, 16), ElementsAre(1, 2, 4));
    person.done(1);
    person.retry(4, dawn + seconds(5));
    const auto state = person.durable();
    EXPECT_EQ(state.cursor, 1) << "2 is under way and written nowhere";
    EXPECT_THAT(state.rows, ElementsAre(Waiting{4, "c", 1, dawn + seconds(5)}));
    WebhookLine again(WebhookOrder::person, {}, state);
    EXPECT_THAT(again.next(dawn, feed, 16), ElementsAre(2));
    EXPECT_THAT(again.next(dawn + seconds(5), feed, 16), ElementsAre(4));
    EXPECT_EQ(again.tries(4), 1);
    again.done(2);
    EXPECT_THAT(again.next(dawn + seconds(5), feed, 16), ElementsAre(3));
}

TEST(WebhookLine, what_waits_goes_at_once_when_the_endpoint_is_there_again) {
    auto person = line(WebhookOrder::person);
    const Feed feed = {{1, "a", true}, {2, "a", true}, {3, "b", true}};
    EXPECT_THAT(person.next(dawn, feed, 16), ElementsAre(1, 3));
    person.retry(1, dawn + seconds(3600));
    person.retry(3, dawn + seconds(7200));
    EXPECT_THAT(person.next(dawn, feed, 16), IsEmpty());
    person.hasten(dawn + seconds(1));
    EXPECT_EQ(person.wakes_at(), dawn + seconds(1));
    EXPECT_THAT(person.next(dawn + seconds(1), feed, 16), ElementsAre(1, 3));
    person.done(1);
    EXPECT_THAT(person.next(dawn + seconds(1), feed, 16), ElementsAre(2));
}

TEST(WebhookLine, the_feed_is_gone_through_once_more_from_anywhere) {
    auto person = line(WebhookOrder::person);
    const Feed feed = {{1, "a", true}, {2, "a", true}, {3, "b", true}, {4, "c", true}};
    EXPECT_THAT(person.next(dawn, feed, 16), ElementsAre(1, 3, 4));
    person.done(1);
    EXPECT_THAT(person.next(dawn, feed, 16), ElementsAre(2));
    person.done(2);
    person.retry(4, dawn + seconds(5));
    person.rewind(1);
    EXPECT_EQ(person.cursor(), 1);
    EXPECT_THAT(person.next(dawn, feed, 16), ElementsAre(2)) << "3 is under way, 4 waits";
    person.rewind(99);
    EXPECT_EQ(person.cursor(), 4) << "never on";
}

TEST(WebhookLine, one_event_is_repeated_before_what_waits_of_its_person) {
    auto person = line(WebhookOrder::person);
    const Feed feed = {{1, "a", true}, {2, "a", true}};
    EXPECT_THAT(person.next(dawn, feed, 16), ElementsAre(1));
    person.done(1);
    EXPECT_THAT(person.next(dawn, feed, 16), ElementsAre(2));
    person.retry(2, dawn + seconds(5));
    person.repeat(1, "a", dawn);
    person.repeat(2, "a", dawn);
    person.repeat(3, "a", dawn);
    EXPECT_THAT(person.next(dawn + seconds(5), feed, 16), ElementsAre(1)) << "2 waits for it, 3 was not passed";
    person.done(1);
    EXPECT_THAT(person.next(dawn + seconds(5), feed, 16), ElementsAre(2));
    EXPECT_EQ(person.tries(2), 1);
    person.done(2);
    EXPECT_EQ(person.durable(), (WebhookLine::State{2, {}}));
}

TEST(WebhookLine, fewer_places_are_kept_to) {
    auto none = line(WebhookOrder::none);
    const Feed feed = {{1, "", true}, {2, "", true}, {3, "", true}};
    EXPECT_THAT(none.next(dawn, feed, 0), IsEmpty());
    EXPECT_THAT(none.next(dawn, feed, 1), ElementsAre(1));
    EXPECT_THAT(none.next(dawn, feed, 1), IsEmpty());
    EXPECT_THAT(none.next(dawn, feed, 2), ElementsAre(2));
}

// ---- any story
// --------------------------------------------------------------------------------------------------------

struct World {
    WebhookOrder order;
    std::mt19937 random;
    Feed feed;
    WebhookLine::Limits limits{.in_flight = 5, .waiting = 12};
    WebhookLine line;
    Timestamp now = dawn;
    WebhookLine::State written;  // what a crash leaves
    std::vector<std::int64_t> flying;
    std::vector<std::int64_t> first_received;  // by the receiver, each once

    World(WebhookOrder o, unsigned seed) : order(o), random(seed), line(o, limits, {}) {
        std::int64_t number = 0;
        for (int i = 0; i < 120; ++i) {
            number += 1 + random() % 3;
            const auto who = random() % 6;
            feed.push_back({number, who == 0 ? "" : std::string(1, static_cast<char>('a' + who)), random() % 8 != 0});
        }
    }
    const std::string& person_of(std::int64_t number) const {
        return std::ranges::find(feed, number, &FeedEvent::number)->person;
    }
    bool is_received(std::int64_t number) const {
        return std::ranges::find(first_received, number) != first_received.end();
    }

    void send() {
        // A reader sees only some of what is ahead.
        const auto behind = std::ranges::upper_bound(feed, line.cursor(), {}, &FeedEvent::number);
        const auto count =
            std::min<std::ptrdiff_t>(feed.end() - behind, 1 + static_cast<std::ptrdiff_t>(random() % 20));
        for (const auto number : line.next(now, std::span(behind, behind + count), 1 + random() % 8)) {
            for (const auto other : flying) {
                ASSERT_NE(order, WebhookOrder::strict) << "one at a time";
                const bool same = !person_of(number).empty() && person_of(number) == person_of(other);
                ASSERT_FALSE(order == WebhookOrder::person && same) << "one of a person at a time";
                ASSERT_NE(number, other);
            }
            flying.push_back(number);
        }
        ASSERT_LE(line.in_flight(), limits.in_flight);
        ASSERT_LE(line.waiting() + line.in_flight(), limits.waiting);
        ASSERT_EQ(line.in_flight(), flying.size());
    }
    void answer() {
        if (flying.empty()) return;
        const auto at = random() % flying.size();
        const auto number = flying[at];
        flying.erase(flying.begin() + static_cast<std::ptrdiff_t>(at));
        if (random() % 3 == 0) {
            line.retry(number, now + Milliseconds(random() % 2000));
        } else {
            if (!is_received(number)) first_received.push_back(number);
            line.done(number);
        }
    }
    void crash() {
        line = WebhookLine(order, limits, written);
        flying.clear();
    }
    bool is_over() const { return line.cursor() == feed.back().number && line.waiting() == 0 && flying.empty(); }
};

void check_order(const World& world) {
    for (std::size_t i = 0; i < world.first_received.size(); ++i)
        for (std::size_t j = i + 1; j < world.first_received.size(); ++j) {
            const auto a = world.first_received[i], b = world.first_received[j];
            const bool same = !world.person_of(a).empty() && world.person_of(a) == world.person_of(b);
            if (world.order == WebhookOrder::strict || (world.order == WebhookOrder::person && same)) {
                ASSERT_LT(a, b) << "received in another order";
            }
        }
}

TEST(WebhookLine, in_any_story_nothing_is_lost_and_the_order_holds) {
    for (const auto order : {WebhookOrder::none, WebhookOrder::person, WebhookOrder::strict})
        for (unsigned seed = 0; seed < 150; ++seed) {
            World world(order, seed);
            int steps = 0;
            for (; !world.is_over() && steps < 20'000; ++steps) {
                if (world.random() % 200 == 0) world.line.hasten(world.now);
                if (world.random() % 400 == 0) world.line.rewind(static_cast<std::int64_t>(world.random() % 300));
                switch (world.random() % 8) {
                    case 0:
                        world.now += Milliseconds(world.random() % 1000);
                        break;
                    case 1:  // as the store is written now and then
                        world.written = world.line.durable();
                        break;
                    case 2:
                        if (world.random() % 12 == 0) world.crash();
                        break;
                    case 3:
                    case 4:
                        world.send();
                        break;
                    default:
                        world.answer();
                }
                ASSERT_FALSE(testing::Test::HasFatalFailure()) << "seed " << seed;
            }
            ASSERT_TRUE(world.is_over()) << "seed " << seed;
            for (const auto& event : world.feed)
                ASSERT_EQ(world.is_received(event.number), event.is_wanted)
                    << "seed " << seed << ", event " << event.number;
            check_order(world);
            ASSERT_EQ(world.line.durable(), (WebhookLine::State{world.feed.back().number, {}}));
        }
}

}  // namespace
}  // namespace chapar::engage
