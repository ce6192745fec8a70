// Addresses at which mails don't arrive: spared of advertising in the end, and forgiven when something arrives.

#include "contract.hpp"

namespace chapar::store {
namespace {

using model::Event;
using What = model::Arrival::What;
constexpr auto day = std::chrono::hours(24);

class SoftBounced : public Contract {
  protected:
    MessageId mail() {
        auto item = driver.make();
        item.message.plan = {{"email", address, "welcome", "rev-1", "fa-IR"}};
        item.message.expires_at = clock.now() + day * 30;
        const auto id = driver.accept_one(*store, std::move(item));
        EXPECT_TRUE(driver.lease(*store, id, 1));
        return id;
    }
    void settle(MessageId id, Event event, std::optional<What> what) {
        Settlement settlement;
        settlement.key = id.key();
        settlement.event = event;
        settlement.at = settlement.due = clock.now();
        settlement.outcome.verdict =
            event == Event::attempt_accepted ? model::Verdict::accepted : model::Verdict::rejected;
        if (what) settlement.arrival = model::Arrival{*what, "email", address};
        const auto flags = wait_for<std::vector<bool>>([&](auto done) { store->settle({settlement}, done); });
        ASSERT_TRUE(flags && flags->front());
    }
    /// Refused at send time.
    void refuse() { settle(mail(), Event::attempt_rejected, What::soft); }
    MessageId take() {
        const auto id = mail();
        settle(id, Event::attempt_accepted, What::taken);
        return id;
    }
    void come_back(MessageId id, bool is_soft = true) {
        model::Report out;
        out.route = "smtp-a";
        out.channel = "email";
        out.attempt = AttemptId{id, 1};
        out.word = model::Word::failed;
        out.kind = "bounced";
        out.address = address;
        out.is_soft = is_soft;
        out.at = clock.now();
        tell(out);
    }
    void deliver(MessageId id) {
        model::Report out;
        out.route = "smtp-a";
        out.channel = "email";
        out.attempt = AttemptId{id, 1};
        out.word = model::Word::delivered;
        out.kind = "delivered";
        out.address = address;
        out.at = clock.now();
        tell(out);
    }
    void tell(const model::Report& report) {
        const auto done = wait_for<Reported>([&](auto told) { store->report(report, told); });
        ASSERT_TRUE(done.has_value());
        ASSERT_EQ(done->effect, model::Effect::applied);
    }
    /// What is in force of it.
    std::optional<model::Suppression> row() {
        const auto all = store->suppressions("", "", 10);
        EXPECT_TRUE(all.has_value());
        if (!all || all->empty()) return std::nullopt;
        EXPECT_EQ(all->size(), 1U);
        return all->front();
    }
    std::string address = "a@example.org";
};

TEST_P(SoftBounced, five_over_ten_days_end_advertising_for_ninety_days) {
    for (int i = 0; i < 4; ++i) {
        refuse();
        clock.advance(day * 3);
        if (i == 1) reopen();
    }
    EXPECT_FALSE(row());
    const auto at = clock.now();
    refuse();
    const auto found = row();
    ASSERT_TRUE(found);
    EXPECT_EQ(found->reach, model::SuppressionReach::marketing);
    EXPECT_EQ(found->reason, "soft_bounces");
    EXPECT_EQ(found->address, address);
    EXPECT_EQ(found->until, at + day * 90);
}

TEST_P(SoftBounced, many_in_a_few_days_are_one_trouble) {
    for (int i = 0; i < 30; ++i) {
        refuse();
        clock.advance(std::chrono::hours(7));
    }
    EXPECT_FALSE(row());
    clock.advance(day * 2);
    refuse();
    EXPECT_TRUE(row());
}

TEST_P(SoftBounced, a_refusal_and_a_bounce_that_comes_later_count_alike) {
    for (int i = 0; i < 5; ++i) {
        EXPECT_FALSE(row());
        if (i % 2 == 0) {
            refuse();
        } else {
            const auto id = take();
            clock.advance(day);
            come_back(id);
        }
        clock.advance(day * 3);
    }
    EXPECT_TRUE(row());
}

TEST_P(SoftBounced, what_is_not_the_addresss_fault_does_not_count) {
    for (int i = 0; i < 8; ++i) {
        const auto id = take();
        come_back(id, false);
        settle(mail(), Event::attempt_rejected, std::nullopt);
        clock.advance(day * 3);
    }
    EXPECT_FALSE(row());
}

TEST_P(SoftBounced, a_delivery_ends_the_counting) {
    for (int i = 0; i < 4; ++i) {
        refuse();
        clock.advance(day * 3);
    }
    deliver(take());
    for (int i = 0; i < 4; ++i) {
        refuse();
        clock.advance(day * 3);
    }
    EXPECT_FALSE(row()) << "counted anew";
    refuse();
    EXPECT_TRUE(row());
}

TEST_P(SoftBounced, a_person_who_opens_or_clicks_has_got_it_and_a_machine_has_not) {
    for (const bool is_human : {false, true}) {
        for (int i = 0; i < 4; ++i) {
            refuse();
            clock.advance(day * 3);
        }
        HitBatch batch;
        batch.hits.push_back({take().key(),
                              {.at = clock.now(),
                               .kind = model::Engaged::clicked,
                               .by = is_human ? model::HitBy::human : model::HitBy::machine,
                               .features = ""}});
        ASSERT_TRUE(
            (wait_for<std::vector<std::int64_t>>([&](auto done) { store->note_hits(batch, done); }).has_value()));
        refuse();
        EXPECT_EQ(row().has_value(), !is_human);
        address = "b@example.org";
        (void)wait_for<bool>([&](auto done) { store->unsuppress("email", "a@example.org", done); });
    }
}

TEST_P(SoftBounced, what_a_server_took_and_did_not_give_back_has_arrived) {
    for (int i = 0; i < 4; ++i) {
        refuse();
        clock.advance(day * 3);
    }
    take();
    clock.advance(day * 6);
    refuse();
    EXPECT_FALSE(row());
}

TEST_P(SoftBounced, what_was_taken_and_comes_back_has_not_arrived) {
    for (int i = 0; i < 4; ++i) {
        refuse();
        clock.advance(day * 3);
    }
    const auto id = take();
    clock.advance(day * 4);
    come_back(id);
    EXPECT_TRUE(row());
}

TEST_P(SoftBounced, nothing_is_counted_while_it_is_suppressed_and_the_third_time_is_for_good) {
    for (int time = 1; time <= 3; ++time) {
        for (int i = 0; i < 5; ++i) {
            refuse();
            if (i < 4) clock.advance(day * 3);
        }
        const auto found = row();
        ASSERT_TRUE(found) << time;
        EXPECT_EQ(found->until.has_value(), time < 3) << time;
        if (time == 3) break;
        const auto until = found->until;
        for (int i = 0; i < 6; ++i) {
            clock.advance(day * 3);
            refuse();
        }
        EXPECT_EQ(row()->until, until) << "they came of mails that are sent whatever is suppressed";
        clock.advance(day * 90);
        (void)wait_for<bool>([&](auto done) { store->unsuppress("email", address, done); });
    }
}

TEST_P(SoftBounced, another_address_has_its_own_count_and_who_is_erased_has_none) {
    for (int i = 0; i < 4; ++i) {
        refuse();
        clock.advance(day * 3);
    }
    address = "b@example.org";
    refuse();
    EXPECT_FALSE(row());
    address = "a@example.org";
    Person person;
    person.ids = {address};
    ASSERT_TRUE((wait_for<std::vector<std::pair<std::string, std::int64_t>>>([&](auto told) {
                     store->erase_person("shop", person, told);
                 }).has_value()));
    refuse();
    const auto all = store->suppressions("", "", 10);
    ASSERT_TRUE(all.has_value());
    for (const auto& each : *all)
        EXPECT_NE(each.reason, "soft_bounces");
}

INSTANTIATE_TEST_SUITE_P(Backends, SoftBounced, testing::ValuesIn(backends()), backend_name);

}  // namespace
}  // namespace chapar::store
