#include "base/ids.hpp"

#include <gtest/gtest.h>

#include <set>
#include <thread>
#include <vector>

namespace chapar {
namespace {

TEST(MessageId, only_a_canonical_uuid_of_version_7_is_one) {
    const std::string good = "019a1b2c-3d4e-7f56-8abc-def012345678";
    ASSERT_TRUE(MessageId::parse(good));
    EXPECT_EQ(MessageId::parse(good)->text(), good);
    EXPECT_EQ(MessageId::parse("019A1B2C-3D4E-7F56-8ABC-DEF012345678")->text(), good);
    for (const char* bad : {
             "",
             "019a1b2c-3d4e-7f56-8abc-def01234567",    // short
             "019a1b2c-3d4e-7f56-8abc-def0123456789",  // long
             "019a1b2c-3d4e-4f56-8abc-def012345678",   // version 4
             "019a1b2c-3d4e-7f56-cabc-def012345678",   // another variant
             "019a1b2c-3d4e-7f56-0abc-def012345678",
             "019a1b2c+3d4e-7f56-8abc-def012345678",
             "019a1b2c-3d4e-7f56-8abc-def01234567g",
             "019a1b2c3d4e-7f56-8abc-def0-12345678",
         })
        EXPECT_FALSE(MessageId::parse(bad)) << bad;
}

TEST(MessageId, key_and_tail_hold_all_that_the_text_says) {
    const auto id = MessageId::parse("019a1b2c-3d4e-7f56-8abc-def012345678").value();
    EXPECT_EQ(id.key().value >> MessageId::order_bits, 0x019a1b2c3d4e);
    EXPECT_EQ(MessageId(id.key(), id.tail()), id);
    EXPECT_EQ(MessageId(id.key(), id.tail()).text(), id.text());
}

TEST(IdGenerator, ids_grow_when_the_clock_stands_still_and_when_it_goes_back) {
    ManualClock clock(from_ms(1'790'000'000'000));
    IdGenerator ids(clock, MessageKey{0}, 1);
    auto last = ids.next();
    for (int i = 0; i < 100'000; ++i) {
        if (i == 500) clock.set_wall(from_ms(1'700'000'000'000));
        const auto id = ids.next();
        ASSERT_GT(id.key(), last.key());
        ASSERT_GT(id.text(), last.text());
        last = id;
    }
}

TEST(IdGenerator, ids_go_on_above_what_the_store_holds) {
    ManualClock clock(from_ms(1'700'000'000'000));
    const MessageKey stored{1'790'000'000'000 << MessageId::order_bits};
    EXPECT_GT(IdGenerator(clock, stored, 1).next().key(), stored);
}

TEST(IdGenerator, two_nodes_at_one_time_never_make_the_same_key) {
    ManualClock clock(from_ms(1'790'000'000'000));
    std::set<MessageKey> keys;
    for (std::int64_t node = 0; node < most_nodes; ++node) {
        IdGenerator ids(clock, MessageKey{0}, 1, NodeId{node});
        for (int i = 0; i < 3'000; ++i)
            ASSERT_TRUE(keys.insert(ids.next().key()).second) << "node " << node;
    }
}

TEST(IdGenerator, a_key_says_its_millisecond_and_runs_ahead_of_the_clock_only_when_that_is_full) {
    ManualClock clock(from_ms(1'790'000'000'000));
    IdGenerator ids(clock, MessageKey{0}, 1, NodeId{31});
    const auto ms_of = [](MessageId id) { return id.key().value >> MessageId::order_bits; };
    for (int i = 0; i < 1'024; ++i)
        ASSERT_EQ(ms_of(ids.next()), 1'790'000'000'000);
    EXPECT_EQ(ms_of(ids.next()), 1'790'000'000'001);
    clock.advance(Milliseconds{5});
    EXPECT_EQ(ms_of(ids.next()), 1'790'000'000'005);
}

TEST(IdGenerator, a_key_of_an_earlier_version_is_behind_the_first_new_one_whatever_its_number_was) {
    const std::int64_t ms = 1'790'000'000'000;
    for (const std::int64_t number : {0, 1'023, 1'024, 32'767}) {
        for (const std::int64_t now : {ms - 3'600'000, ms, ms + 1}) {
            ManualClock clock(from_ms(now));
            for (const std::int64_t node : {0, 7, 31}) {
                const MessageKey old{ms << MessageId::order_bits | number};
                EXPECT_GT(IdGenerator(clock, old, 1, NodeId{node}).next().key(), old) << number << " " << node;
            }
        }
    }
}

TEST(IdGenerator, many_threads_never_get_the_same_id) {
    const SystemClock clock;
    IdGenerator ids(clock, MessageKey{0});
    std::vector<std::vector<MessageId>> made(4);
    std::vector<std::thread> crew;
    for (auto& mine : made) {
        crew.emplace_back([&] {
            for (int i = 0; i < 5000; ++i)
                mine.push_back(ids.next());
        });
    }
    for (auto& thread : crew)
        thread.join();
    std::set<MessageKey> keys;
    for (const auto& mine : made) {
        for (const auto& id : mine)
            EXPECT_TRUE(keys.insert(id.key()).second);
    }
}

TEST(AttemptId, text_and_number_round_trip_and_nothing_else_parses) {
    const auto message = MessageId::parse("019a1b2c-3d4e-7f56-8abc-def012345678").value();
    const AttemptId id{message, 12};
    EXPECT_EQ(id.text(), "019a1b2c-3d4e-7f56-8abc-def012345678.12");
    EXPECT_EQ(AttemptId::parse(id.text()), id);
    for (const char* tail : {"", ".", ".0", ".-1", ".1x", ". 1", ".99999999999"})
        EXPECT_FALSE(AttemptId::parse(message.text() + tail)) << tail;
}

}  // namespace
}  // namespace chapar
