// Refilling alone: what comes into memory from the store, and when; what the clock does to what is not in memory.

#include "dispatch/refill/refill.hpp"
#include "dispatch/refill/reconsideration.hpp"
#include "dispatch/refill/recovery.hpp"
#include "dispatch/refill/sweeps.hpp"
#include "model/policy_fields.hpp"
#include "rooms.hpp"

namespace chapar::dispatch {
namespace {

using model::Reason;
using model::State;

class RefillTest : public RoomTest {
  protected:
    void furnish_refill() {
        furnish();
        refill = std::make_unique<Refill>(
            Refill::Deps{clock, *seen, catalogue, world->contexts->strand, world->contexts->to_reads, config,
                         scheduler},
            [this] { ++changes; }, [this](const auto& pools) { looks.push_back(pools.size()); });
    }
    ~RefillTest() override { forget(); }
    std::vector<model::Message> messages(int count, const std::string& cls = "otp") {
        std::vector<model::Message> out;
        for (int i = 0; i < count; ++i)
            out.push_back(message(cls));
        return out;
    }
    /// As the dispatcher does in its turns, until nothing more comes.
    void fill() {
        for (std::size_t before = 1; before != 0;) {
            refill->fill();
            before = world->run();
        }
    }
    std::vector<MessageId> pick_all() {
        std::vector<MessageId> out;
        scheduler.promote(clock.now());
        const auto all = [](const auto&) { return true; };
        while (auto one = scheduler.pick("email", clock.now(), all, [](auto&) { return queue::Fit::take; })) {
            out.push_back(one->queued.message.id);
            scheduler.forget(*one);
        }
        return out;
    }

    std::unique_ptr<Refill> refill;
    int changes = 0;
    std::vector<std::size_t> looks;
};

TEST_F(RefillTest, what_was_accepted_comes_without_being_read_again_and_duplicates_do_not) {
    furnish_refill();
    auto batch = put(messages(3));
    batch.results[1].kind = store::AcceptResult::Kind::duplicate;
    const std::vector expected{batch.messages[0].message.id, batch.messages[2].message.id};
    seen->hides_due = true;
    refill->take_accepted(std::move(batch));
    world->run();
    EXPECT_EQ(changes, 1);
    EXPECT_EQ(pick_all(), expected);
}

TEST_F(RefillTest, a_message_of_a_version_that_stored_no_policy_fields_gets_them_when_it_is_read) {
    settings.queue.window = 1;
    furnish_refill();
    auto all = messages(2);
    for (auto& each : all)
        each.body = R"({"category":"offers","to":{"email":"a@b.example"}})";
    ASSERT_TRUE(all[1].fields.empty());
    put(std::move(all));
    refill->look();
    world->run();
    fill();
    scheduler.promote(clock.now());
    const auto picked =
        scheduler.pick("email", clock.now(), [](const auto&) { return true; }, [](auto&) { return queue::Fit::take; });
    ASSERT_NE(picked, nullptr);
    const auto& message = picked->queued.message;
    const auto fields = model::decode_policy_fields(message.fields, message.plan);
    ASSERT_TRUE(fields.has_value());
    EXPECT_EQ(fields->category, "offers");
    scheduler.forget(*picked);
}

TEST_F(RefillTest, beyond_the_window_messages_stay_in_the_store_and_come_in_their_order) {
    settings.queue.window = 4;
    furnish_refill();
    auto batch = put(messages(10));
    std::vector<MessageId> all;
    for (const auto& each : batch.messages)
        all.push_back(each.message.id);
    refill->take_accepted(std::move(batch));
    EXPECT_LT(scheduler.in_memory(), 10U);
    std::vector<MessageId> picked;
    for (std::size_t before = 1; before != picked.size();) {
        before = picked.size();
        for (const auto id : pick_all()) {
            picked.push_back(id);
            store::Transition over;
            over.key = id.key();
            over.event = model::Event::cancel;
            seen->move(over, [](const auto&) {});
        }
        world->run();
        fill();
        if (scheduler.in_memory() != 0) before = picked.size() + 1;
    }
    EXPECT_EQ(picked, all);
}

TEST_F(RefillTest, what_is_accepted_while_older_ones_wait_in_the_store_goes_behind_them) {
    furnish_refill();
    const auto older = put(messages(2));
    refill->look();
    world->run();
    EXPECT_EQ(looks, std::vector<std::size_t>{1});
    auto newer = put(messages(1));
    const std::vector expected{older.messages[0].message.id, older.messages[1].message.id,
                               newer.messages[0].message.id};
    refill->take_accepted(std::move(newer));
    EXPECT_EQ(scheduler.in_memory(), 0U) << "the older ones are read first";
    fill();
    EXPECT_EQ(pick_all(), expected);
}

TEST_F(RefillTest, a_look_finds_what_was_put_there_by_others_and_one_is_under_way_at_a_time) {
    furnish_refill();
    put(messages(2));
    put(messages(2, "marketing"));
    refill->look();
    refill->look();
    world->run();
    EXPECT_EQ(looks, std::vector<std::size_t>{2});
    fill();
    EXPECT_EQ(pick_all().size(), 4U);
}

TEST_F(RefillTest, what_is_due_far_ahead_is_left_in_the_store) {
    furnish_refill();
    auto later = message("otp");
    later.send_at = clock.now() + std::chrono::hours(1);
    later.expires_at = later.send_at + std::chrono::hours(1);
    put({later});
    refill->look();
    world->run();
    fill();
    EXPECT_EQ(scheduler.in_memory(), 0U);
    clock.advance(std::chrono::minutes(59) + std::chrono::seconds(45));
    refill->look_if_due();
    world->run();
    fill();
    EXPECT_EQ(scheduler.in_memory(), 1U);
}

class SweepsTest : public RoomTest {
  protected:
    ~SweepsTest() override { forget(); }
    int moved = 0;
    Sweeps sweeps{{clock, *seen, *seen, world->contexts->strand, world->contexts->to_upkeep}, [this] { ++moved; }};
};

TEST_F(SweepsTest, what_is_over_ends_within_twenty_seconds_although_it_is_not_in_memory) {
    auto late = message("otp");
    late.expires_at = clock.now() + Milliseconds{5'000};
    put({late});
    for (int second = 0; second < 25; ++second) {
        sweeps.sweep();
        world->run();
        if (second < 5) {
            EXPECT_EQ(state(late.id), State::waiting);
        }
        clock.advance(Milliseconds{1'000});
    }
    EXPECT_EQ(state(late.id), State::expired);
}

TEST_F(SweepsTest, one_sweep_of_a_kind_is_under_way_at_a_time) {
    world->holds_upkeep = true;
    for (int i = 0; i < 100; ++i) {
        sweeps.sweep();
        world->run();
        clock.advance(Milliseconds{1'000});
    }
    world->holds_upkeep = false;
    EXPECT_LE(world->run(), 4U) << "two sweeps, and their ends";
}

TEST_F(SweepsTest, without_a_delivery_in_time_the_next_channel_is_waited_for) {
    auto both = message("otp");
    both.plan.push_back({"sms", "+989120000000", "", "", "fa"});
    put({both});
    seen->lease({{both.id.key(), 1, "email", "a", clock.now(), false}}, nullptr, [](const auto&) {});
    store::Settlement sent;
    sent.key = both.id.key();
    sent.at = clock.now();
    sent.follow_up = clock.now() + Milliseconds{3'000};
    seen->settle({sent}, [](const auto& applied) { ASSERT_TRUE(applied->at(0)); });
    sweeps.sweep();
    world->run();
    EXPECT_EQ(moved, 0);
    clock.advance(Milliseconds{3'000});
    sweeps.sweep();
    world->run();
    EXPECT_EQ(moved, 1);
    EXPECT_EQ(state(both.id), State::waiting);
    EXPECT_EQ(record(both.id).progress.step, 1);
}

class ReconsiderationTest : public RoomTest {
  protected:
    ~ReconsiderationTest() override { forget(); }
    MessageId kept_back(Reason why) {
        const auto one = message("marketing");
        put({one});
        store::Transition later;
        later.key = one.id.key();
        later.due = clock.now() + std::chrono::minutes(30);
        later.trace.push_back({clock.now(), why, ""});
        seen->move(later, [](const auto&) {});
        return one.id;
    }
    bool is_due(MessageId id) { return record(id).progress.due <= clock.now(); }

    int done = 0;
    Reconsideration room{{clock, *seen, world->contexts->strand, world->contexts->to_upkeep}, [this] { ++done; }};
};

TEST_F(ReconsiderationTest, what_the_rules_kept_back_is_asked_again_and_what_waits_for_another_reason_is_not) {
    std::vector<MessageId> again;
    for (const auto why : {Reason::quiet_hours, Reason::capped, Reason::too_soon, Reason::zone_unknown,
                           Reason::arbitrating, Reason::digest_waits})
        again.push_back(kept_back(why));
    std::vector<MessageId> not_again;
    for (const auto why : {Reason::retry_later, Reason::lane_throttled, Reason::no_route})
        not_again.push_back(kept_back(why));
    room.begin();
    world->run();
    EXPECT_EQ(done, 1);
    for (const auto id : again)
        EXPECT_TRUE(is_due(id));
    for (const auto id : not_again)
        EXPECT_FALSE(is_due(id));
}

TEST_F(ReconsiderationTest, rules_that_change_during_a_pass_begin_it_anew_once) {
    for (int i = 0; i < 5; ++i)
        kept_back(Reason::capped);
    room.begin();
    room.begin();
    room.begin();
    world->run();
    EXPECT_EQ(done, 1);
    room.begin();
    world->run();
    EXPECT_EQ(done, 2);
}

TEST_F(ReconsiderationTest, after_a_stop_no_page_is_read) {
    const auto id = kept_back(Reason::capped);
    room.begin();
    room.stop();
    world->run();
    EXPECT_EQ(done, 0);
    EXPECT_FALSE(is_due(id));
}

class RecoveryTest : public RoomTest {
  protected:
    MessageId left_open(const std::string& cls) {
        const auto one = message(cls);
        put({one});
        seen->lease({{one.id.key(), 1, "email", "a", clock.now(), false}}, nullptr, [](const auto&) {});
        return one.id;
    }
    /// The next life of the daemon.
    void recover() {
        forget();
        open_store();
        Recovery recovery({clock, *seen, *seen, registry, world->contexts->strand, world->contexts->to_upkeep, config,
                           suspects, random, nullptr},
                          [] {});
        ASSERT_TRUE(recovery.run().has_value());
    }
    queue::Random random{7};
};

TEST_F(RecoveryTest, each_class_decides_on_its_own_and_what_goes_again_is_suspected) {
    furnish();
    const auto code = left_open("otp"), offer = left_open("marketing");
    recover();
    EXPECT_EQ(state(code), State::waiting);
    EXPECT_EQ(suspects.deaths(code.key()), 1);
    EXPECT_EQ(state(offer), State::held);
    EXPECT_EQ(suspects.deaths(offer.key()), 0);
    EXPECT_EQ(registry.counter("attempts_in_doubt_total", "").value(), 2);
}

TEST_F(RecoveryTest, nothing_open_is_nothing_to_say) {
    furnish();
    put({message("otp")});
    recover();
    EXPECT_EQ(registry.counter("attempts_in_doubt_total", "").value(), 0);
}

}  // namespace
}  // namespace chapar::dispatch
