#include "queue/scheduler.hpp"

#include <gtest/gtest.h>

#include <map>

namespace chapar::queue {
namespace {

class SchedulerTest : public testing::Test {
  protected:
    SchedulerTest() : clock(from_ms(1'790'000'000'000)), ids(clock, MessageKey{0}, 11) {
        for (const auto& [name, priority, share] : {std::tuple{"otp", config::Priority::critical, 0.0},
                                                    {"news", config::Priority::normal, 0.0},
                                                    {"marketing", config::Priority::bulk, 0.1}}) {
            auto& cls = settings.classes[name];
            cls.name = name;
            cls.priority = priority;
            cls.share = share;
        }
        settings.queue.window = 4096;
    }

    bool add(const std::string& cls, const std::string& application, const std::string& campaign = "",
             Milliseconds from_now = {}, const std::string& channel = "email", std::size_t body = 0) {
        store::Pool key{{}, cls, application, campaign};
        auto item = std::make_unique<Item>();
        item->pool = &scheduler.pool(key);
        item->queued.message.body.assign(body, 'x');
        item->body_bytes = body;
        item->queued.message.id = ids.next();
        item->queued.message.class_name = cls;
        item->queued.message.application = application;
        item->queued.message.campaign = campaign;
        item->queued.message.plan.push_back({channel, "a@example.com", "", "", ""});
        item->queued.message.expires_at = clock.now() + std::chrono::hours(1);
        item->queued.progress.due = clock.now() + from_now;
        return scheduler.add(std::move(item), clock.now());
    }
    ItemPtr pick(const std::string& channel = "email") {
        return scheduler.pick(
            channel, clock.now(), [](const std::string&) { return true; }, [](ItemPtr&) { return Fit::take; });
    }

    ManualClock clock;
    IdGenerator ids;
    config::Settings settings;
    Scheduler scheduler;
};

TEST_F(SchedulerTest, an_otp_goes_before_everything_that_waited_longer) {
    scheduler.configure(settings);
    for (int i = 0; i < 100; ++i)
        add("marketing", "shop");
    add("otp", "bank");
    EXPECT_EQ(pick()->queued.message.class_name, "otp");
    EXPECT_EQ(pick()->queued.message.class_name, "marketing");
}

TEST_F(SchedulerTest, a_guaranteed_share_is_kept_below_a_flood) {
    scheduler.configure(settings);
    for (int i = 0; i < 2000; ++i)
        add("otp", "bank");
    for (int i = 0; i < 2000; ++i)
        add("marketing", "shop");
    int bulk = 0;
    for (int i = 0; i < 1000; ++i)
        bulk += pick()->queued.message.class_name == "marketing";
    EXPECT_NEAR(bulk, 100, 5);  // 10 % within 5 %
}

TEST_F(SchedulerTest, a_class_without_a_share_waits_for_the_stricter_one) {
    scheduler.configure(settings);
    for (int i = 0; i < 50; ++i)
        add("news", "shop");
    for (int i = 0; i < 50; ++i)
        add("otp", "bank");
    for (int i = 0; i < 50; ++i)
        EXPECT_EQ(pick()->queued.message.class_name, "otp");
}

TEST_F(SchedulerTest, applications_share_a_class_by_weight) {
    settings.applications.resize(2);
    settings.applications[0].name = "heavy";
    settings.applications[0].weight = 3;
    settings.applications[1].name = "light";
    scheduler.configure(settings);
    for (int i = 0; i < 1000; ++i)
        add("news", "heavy");
    for (int i = 0; i < 1000; ++i)
        add("news", "light");
    std::map<std::string, int> served;
    for (int i = 0; i < 400; ++i)
        ++served[pick()->queued.message.application];
    EXPECT_NEAR(served["heavy"], 300, 3);
    EXPECT_NEAR(served["light"], 100, 3);
}

TEST_F(SchedulerTest, many_campaigns_do_not_multiply_an_applications_share) {
    scheduler.configure(settings);
    for (int campaign = 0; campaign < 10; ++campaign) {
        for (int i = 0; i < 100; ++i)
            add("news", "loud", "c" + std::to_string(campaign));
    }
    for (int i = 0; i < 1000; ++i)
        add("news", "quiet", "only");
    std::map<std::string, int> applications, campaigns;
    for (int i = 0; i < 400; ++i) {
        const auto item = pick();
        ++applications[item->queued.message.application];
        ++campaigns[item->queued.message.campaign];
    }
    EXPECT_NEAR(applications["loud"], 200, 2);
    EXPECT_NEAR(campaigns["c3"], 20, 2);
}

TEST_F(SchedulerTest, an_idle_application_earns_no_credit) {
    scheduler.configure(settings);
    for (int i = 0; i < 1000; ++i)
        add("news", "early");
    for (int i = 0; i < 500; ++i)
        pick();
    for (int i = 0; i < 500; ++i)
        add("news", "late");
    std::map<std::string, int> served;
    for (int i = 0; i < 100; ++i)
        ++served[pick()->queued.message.application];
    EXPECT_NEAR(served["late"], 50, 2);
}

TEST_F(SchedulerTest, memory_is_a_window_and_the_pool_remembers_that_there_is_more) {
    settings.queue.window = 100;
    scheduler.configure(settings);
    for (int i = 0; i < 100; ++i)
        EXPECT_TRUE(add("news", "shop"));
    EXPECT_FALSE(add("news", "shop"));
    EXPECT_TRUE(scheduler.pools_to_refill(clock.now(), 9).empty()) << "a full window does not ask for more";
    for (int i = 0; i < 80; ++i)
        scheduler.forget(*pick());
    const auto hungry = scheduler.pools_to_refill(clock.now(), 9);
    ASSERT_EQ(hungry.size(), 1u);
    EXPECT_EQ(hungry[0].second, 80) << "what is in memory is not read again";
}

TEST_F(SchedulerTest, memory_is_a_window_in_bytes_too) {
    constexpr std::size_t mib = 1 << 20;
    settings.queue.memory = 128 * mib;  // 16 MiB wait at most, 4 of them of one pool while there are few
    scheduler.configure(settings);
    int taken = 0;
    while (add("news", "shop", "large", {}, "email", mib / 2) && taken < 1000)
        ++taken;
    EXPECT_EQ(taken, 8) << "4 MiB";
    EXPECT_TRUE(scheduler.pools_to_refill(clock.now(), 9).empty()) << "a full share of bytes does not ask for more";
    for (int i = 0; i < 4096; ++i)
        ASSERT_TRUE(add("news", "shop", "small", {}, "email", 100)) << "another pool is not kept out";
    for (int i = 0; i < 5; ++i)
        scheduler.forget(*pick());
    EXPECT_EQ(scheduler.pools_to_refill(clock.now(), 9).size(), 1U);
}

TEST_F(SchedulerTest, what_finds_no_room_for_its_body_waits_without_it) {
    constexpr std::size_t mib = 1 << 20;
    settings.queue.memory = 16 * mib;
    scheduler.configure(settings);
    for (int pool = 0; pool < 50; ++pool)
        EXPECT_TRUE(add("news", "shop", "c" + std::to_string(pool), {}, "email", mib)) << "every pool has a few";
    EXPECT_LE(scheduler.body_bytes(), 2 * mib);
    int with = 0, all = 0;
    while (const auto item = pick()) {
        ++all;
        with += item->has_body() ? 1 : 0;
        EXPECT_EQ(item->body_bytes, mib);
    }
    EXPECT_EQ(all, 50);
    EXPECT_EQ(with, 1);
    EXPECT_EQ(scheduler.body_bytes(), 0U) << "what went has given its bytes back";
}

TEST_F(SchedulerTest, all_pools_together_are_bounded_and_an_urgent_one_has_room_of_its_own) {
    settings.queue.window = 1'000'000;
    scheduler.configure(settings);
    int taken = 0;
    for (int pool = 0; pool < 1'000; ++pool) {
        for (int i = 0; i < 100; ++i)
            taken += add("news", "shop", "c" + std::to_string(pool)) ? 1 : 0;
    }
    EXPECT_LE(taken, 32'768);
    EXPECT_GT(taken, 30'000);
    EXPECT_TRUE(add("otp", "bank"));
}

TEST_F(SchedulerTest, ten_thousand_idle_campaigns_do_not_slow_a_pick) {
    scheduler.configure(settings);
    const auto steps_of_a_pick = [&] {
        add("news", "shop", "now");
        add("news", "shop", "too");
        const auto before = scheduler.steps();
        EXPECT_NE(pick(), nullptr);
        const auto steps = scheduler.steps() - before;
        scheduler.forget(*pick());
        return steps;
    };
    const auto alone = steps_of_a_pick();
    std::vector<ItemPtr> sent;
    for (int i = 0; i < 10'000; ++i) {
        add("news", "shop", "idle" + std::to_string(i));
        scheduler.forget(*pick());
    }
    EXPECT_EQ(steps_of_a_pick(), alone) << "only what has something ready is looked at";
    scheduler.forget_idle_pools(clock.now());
    EXPECT_LT(scheduler.pool_count(), 5U) << "what is idle is forgotten";
    EXPECT_EQ(scheduler.window(), 4'096U) << "and divides nobody's window";
}

TEST_F(SchedulerTest, a_pool_with_more_in_the_store_is_not_forgotten) {
    settings.queue.window = 1;
    scheduler.configure(settings);
    EXPECT_TRUE(add("news", "shop"));
    EXPECT_FALSE(add("news", "shop"));
    scheduler.forget(*pick());
    scheduler.forget_idle_pools(clock.now());
    EXPECT_EQ(scheduler.pools_to_refill(clock.now(), 9).size(), 1U);
}

TEST_F(SchedulerTest, urgent_pools_are_refilled_first) {
    settings.queue.window = 1;
    scheduler.configure(settings);
    for (const std::string name : {"news", "marketing", "otp"}) {
        add(name, "shop");
        add(name, "shop");
        scheduler.forget(*pick());
    }
    const auto hungry = scheduler.pools_to_refill(clock.now(), 2);
    ASSERT_EQ(hungry.size(), 2U);
    EXPECT_EQ(hungry[0].first->pool.class_name, "otp");
    EXPECT_EQ(hungry[1].first->pool.class_name, "news") << "then who has waited longest";
}

TEST_F(SchedulerTest, what_waits_for_memory_is_not_overtaken_by_its_like) {
    scheduler.configure(settings);
    add("news", "shop", "large");
    add("news", "shop", "small");
    add("marketing", "shop");
    const auto offered = [&](Fit said) {
        std::vector<std::string> out;
        scheduler.pick(
            "email", clock.now(), [](const std::string&) { return true; },
            [&](ItemPtr& item) {
                out.push_back(item->queued.message.class_name + item->queued.message.campaign);
                return item->queued.message.class_name == "otp" ? Fit::take : said;
            });
        return out;
    };
    EXPECT_EQ(offered(Fit::full), std::vector<std::string>{"newslarge"});
    add("otp", "bank");
    EXPECT_EQ(offered(Fit::full), std::vector<std::string>{"otp"}) << "a stricter class goes";
    EXPECT_EQ(offered(Fit::refuse).size(), 3U);
}

TEST(Budget, keeps_an_eighth_for_urgent_ones_and_lets_a_large_one_go_alone) {
    const auto budget = std::make_shared<Budget>(800);
    auto large = Budget::take(budget, 5'000, false);
    EXPECT_EQ(budget->used(), 700U);
    EXPECT_FALSE(budget->fits(1, false)) << "alone";
    EXPECT_TRUE(budget->fits(100, true));
    auto urgent = Budget::take(budget, 60, true);
    EXPECT_FALSE(budget->fits(60, true));
    large.reset();
    EXPECT_TRUE(budget->fits(5'000, false)) << "urgent ones within their eighth do not keep it from going";
    urgent = {};
    EXPECT_EQ(budget->used(), 0U);
}

TEST_F(SchedulerTest, a_message_is_never_in_memory_twice) {
    scheduler.configure(settings);
    add("news", "shop");
    auto first = pick();
    auto again = std::make_unique<Item>();
    again->pool = first->pool;
    again->queued = first->queued;
    scheduler.add(std::move(again), clock.now());
    EXPECT_EQ(pick(), nullptr);
    EXPECT_EQ(scheduler.in_memory(), 1u);
}

TEST_F(SchedulerTest, the_future_waits_for_its_time) {
    scheduler.configure(settings);
    add("news", "shop", "", Milliseconds{500});
    EXPECT_FALSE(add("news", "shop", "", std::chrono::hours(2))) << "beyond the horizon it stays in the store";
    EXPECT_EQ(pick(), nullptr);
    EXPECT_EQ(scheduler.promote(clock.now()), clock.now() + Milliseconds{500});
    clock.advance(Milliseconds{500});
    EXPECT_NE(pick(), nullptr);
}

TEST_F(SchedulerTest, a_blocked_channel_does_not_block_another) {
    scheduler.configure(settings);
    add("news", "shop", "", {}, "email");
    add("news", "shop", "", {}, "sms");
    EXPECT_EQ(pick("sms")->step().channel, "sms");
}

TEST_F(SchedulerTest, expired_messages_are_taken_out_wherever_they_wait) {
    scheduler.configure(settings);
    add("news", "shop");
    add("news", "shop", "", Milliseconds{30'000});
    clock.advance(std::chrono::hours(2));
    EXPECT_EQ(scheduler.take_expired(clock.now()).size(), 2u);
    EXPECT_EQ(pick(), nullptr);
}

TEST_F(SchedulerTest, what_does_not_fit_its_lane_is_passed_over) {
    scheduler.configure(settings);
    add("news", "shop");
    add("news", "shop");
    std::vector<ItemPtr> parked;
    auto item = scheduler.pick(
        "email", clock.now(), [](const std::string&) { return true; },
        [&](ItemPtr& offered) {
            if (!parked.empty()) return Fit::take;
            parked.push_back(std::move(offered));
            return Fit::parked;
        });
    ASSERT_NE(item, nullptr);
    EXPECT_LT(parked[0]->queued.message.id, item->queued.message.id);
}

}  // namespace
}  // namespace chapar::queue
