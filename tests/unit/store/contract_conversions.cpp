// What people did because of messages: kept, credited, counted.
#include <gmock/gmock.h>

#include "contract_receipts.hpp"
#include "tallies.hpp"

namespace chapar::store {
namespace {

using model::Engaged;
using model::HitBy;
using model::Named;
using model::Tallied;
using testing::ElementsAre;
using testing::SizeIs;
using Outcome = Credited::Outcome;

/// Credits the message that was touched last before, all of them alike where `linear`; refunds take back from it.
class PlainGoals final : public Attributor {
  public:
    explicit PlainGoals(bool linear = false) : linear_(linear) {}
    std::vector<std::vector<Credited>> attribute(std::span<const KeptConversion> conversions,
                                                 std::span<const TouchedMessage> touches) const override {
        std::vector<std::vector<Credited>> out;
        for (const auto& conversion : conversions)
            out.push_back(said_of(conversion, conversions, touches));
        return out;
    }

  private:
    std::vector<Credited> said_of(const KeptConversion& conversion, std::span<const KeptConversion> all,
                                  std::span<const TouchedMessage> touches) const {
        if (conversion.event != "order") return {};
        if (!conversion.credits.empty()) return conversion.credits;
        Credited out{"sale", Outcome::unattributed, {}};
        if (conversion.value.micros < 0) {
            out.outcome = Outcome::orphan;
            for (const auto& first : all)
                if (first.key == conversion.key && first.value.micros > 0 && !first.credits.empty())
                    out = {"sale", Outcome::refund, first.credits[0].shares};
            for (auto& share : out.shares)
                share.value = conversion.value;
            return {out};
        }
        std::vector<MessageKey> who;
        for (const auto& touched : touches)
            for (const auto& hit : touched.hits)
                if (hit.by != HitBy::machine && hit.at <= conversion.at) who.push_back(touched.key);
        if (!linear_ && who.size() > 1) who.erase(who.begin(), who.end() - 1);
        const auto count = static_cast<std::int64_t>(who.size());
        for (std::int64_t i = 0; i < count; ++i) {
            const auto value = conversion.value.micros;
            out.shares.push_back({.message = who[static_cast<std::size_t>(i)],
                                  .parts = 1,
                                  .whole = count,
                                  .value = Money{value * (i + 1) / count - value * i / count}});
        }
        if (count != 0) out.outcome = Outcome::credited;
        return {out};
    }
    const bool linear_;
};

class ConversionContract : public ReceiptContract {
  protected:
    MessageId clicked(const std::string& id, const std::string& campaign = "spring") {
        auto item = single();
        item.message.campaign = campaign;
        const auto message = sent(id, item);
        const std::vector<model::CountedHit> hits = {{Engaged::clicked, HitBy::human, clock.now(), 0}};
        EXPECT_TRUE(*wait_for<bool>([&](auto done) { store->judge_hits(message.key(), hits, done); }));
        return message;
    }
    Converted convert(const std::string& key, std::int64_t units, const std::string& event = "order",
                      const std::string& who = "customer-1") {
        clock.advance(Milliseconds{1});
        KeptConversion conversion{
            .event = event, .key = key, .currency = "IRR", .value = Money{units * 1'000'000}, .at = clock.now()};
        const auto done = wait_for<Converted>([&](auto told) { store->convert("shop", who, conversion, goals, told); });
        EXPECT_TRUE(done.has_value());
        return done.value_or(Converted{});
    }
    std::int64_t of(Named what, const std::string& name, const TallyFilter& filter = {}) {
        const auto all = total(*store, filter);
        const auto found = all.named.find({what, name});
        return found == all.named.end() ? 0 : found->second;
    }
    std::shared_ptr<const Attributor> goals = std::make_shared<PlainGoals>();
};

TEST_P(ConversionContract, is_credited_to_the_message_that_led_there) {
    clicked("one");
    const auto done = convert("order-88", 129'000);
    EXPECT_FALSE(done.is_repeated);
    ASSERT_THAT(done.conversion.credits, SizeIs(1));
    EXPECT_EQ(done.conversion.credits[0].outcome, Outcome::credited);
    EXPECT_EQ(of(Named::converted, "sale"), 1'000'000);
    EXPECT_EQ(of(Named::revenue, "sale IRR"), 129'000'000'000);
    const auto events = store->events("shop", "customer-1");
    ASSERT_TRUE(events.has_value());
    ASSERT_THAT(*events, SizeIs(1));
    EXPECT_EQ(events->front().first, "order");
    reopen();
    const auto kept = store->conversions_of("shop", "customer-1");
    ASSERT_TRUE(kept.has_value());
    EXPECT_THAT(kept->conversions, ElementsAre(done.conversion));
    ASSERT_THAT(kept->touches, SizeIs(1));
    EXPECT_EQ(kept->touches[0].campaign, "spring");
}

TEST_P(ConversionContract, the_same_key_counts_once_and_another_value_is_a_conflict) {
    clicked("one");
    convert("order-88", 5);
    EXPECT_TRUE(convert("order-88", 5).is_repeated);
    EXPECT_TRUE(convert("order-88", 6).is_conflict);
    EXPECT_FALSE(convert("order-88", 5, "review").is_repeated) << "keys are an event's own";
    EXPECT_FALSE(convert("", 5).is_repeated);
    EXPECT_FALSE(convert("", 5).is_repeated) << "without a key each is one of its own";
    EXPECT_EQ(of(Named::converted, "sale"), 3'000'000);
    EXPECT_EQ(of(Named::revenue, "sale IRR"), 15'000'000);
}

TEST_P(ConversionContract, a_refund_takes_back_what_its_purchase_brought) {
    clicked("one");
    convert("order-88", 100);
    convert("order-88", -30);
    EXPECT_TRUE(convert("order-88", -30).is_repeated);
    convert("order-99", -5);
    EXPECT_EQ(of(Named::revenue, "sale IRR"), 70'000'000);
    EXPECT_EQ(of(Named::converted, "sale"), 1'000'000);
}

TEST_P(ConversionContract, shares_of_several_messages_add_up_to_the_whole) {
    goals = std::make_shared<PlainGoals>(true);
    clicked("one", "spring");
    clicked("two", "autumn");
    clicked("three", "winter");
    convert("order-88", 100);
    EXPECT_EQ(of(Named::converted, "sale"), 1'000'000);
    EXPECT_EQ(of(Named::revenue, "sale IRR"), 100'000'000);
    EXPECT_EQ(of(Named::converted, "sale", {.campaign = "autumn"}), 333'333);
    EXPECT_EQ(of(Named::revenue, "sale IRR", {.campaign = "spring"}), 33'333'333);
}

TEST_P(ConversionContract, what_led_nowhere_is_kept_and_not_counted) {
    convert("order-88", 5);
    convert("review-1", 5, "review");
    EXPECT_TRUE(total(*store).named.empty());
    const auto kept = store->conversions_of("shop", "customer-1");
    ASSERT_THAT(kept->conversions, SizeIs(2));
    EXPECT_EQ(kept->conversions[0].credits[0].outcome, Outcome::unattributed);
    EXPECT_TRUE(kept->conversions[1].credits.empty());
}

TEST_P(ConversionContract, a_person_is_one_under_the_id_and_the_addresses_of_the_profile) {
    ASSERT_TRUE(wait_for<bool>([&](auto done) {
                    store->put_recipient({"shop", "u-1", R"({"phone":"+989120000000"})", clock.now()}, done);
                }).has_value());
    auto item = single();
    item.message.recipient = "";
    const auto message = sent("one", item);
    const std::vector<model::CountedHit> hits = {{Engaged::clicked, HitBy::human, clock.now(), 0}};
    EXPECT_TRUE(*wait_for<bool>([&](auto done) { store->judge_hits(message.key(), hits, done); }));
    EXPECT_EQ(convert("order-88", 5, "order", "u-1").conversion.credits[0].outcome, Outcome::credited);
    EXPECT_TRUE(convert("order-88", 5, "order", person).is_repeated);
}

TEST_P(ConversionContract, the_feed_tells_it_with_the_message_that_it_is_credited_to) {
    const auto id = clicked("one");
    convert("order-88", 5);
    convert("review-1", 5, "review");
    const auto page = store->feed(meant("shop", {"converted"}), {}, 10);
    ASSERT_TRUE(page.has_value());
    ASSERT_THAT(page->entries, SizeIs(1));
    const auto& entry = page->entries[0];
    EXPECT_EQ(entry.message, id);
    EXPECT_EQ(entry.code, "sale");
    EXPECT_EQ(entry.detail, "5 IRR");
    EXPECT_EQ(entry.provider_id, "order-88");
    EXPECT_EQ(entry.recipient, "customer-1");
    EXPECT_EQ(entry.campaign, "spring");
}

TEST_P(ConversionContract, goals_that_come_later_change_nothing_that_was_credited) {
    clicked("one");
    convert("order-88", 5);
    goals = nullptr;
    convert("order-89", 5);
    EXPECT_EQ(of(Named::converted, "sale"), 1'000'000);
    goals = std::make_shared<PlainGoals>();
    convert("order-90", 5);
    EXPECT_EQ(of(Named::converted, "sale"), 3'000'000) << "what no goal looked at then is looked at now";
    clock.advance(std::chrono::hours(1));
    clicked("two", "autumn");
    convert("order-91", 5);
    EXPECT_EQ(of(Named::converted, "sale", {.campaign = "spring"}), 3'000'000);
    EXPECT_EQ(of(Named::converted, "sale", {.campaign = "autumn"}), 1'000'000);
}

TEST_P(ConversionContract, people_are_listed_page_by_page) {
    for (const std::string who : {"c", "a", "b"})
        convert("", 1, "order", who);
    std::vector<std::string> seen;
    std::pair<std::string, std::string> after;
    for (;;) {
        const auto page = store->conversions("shop", after, 2);
        ASSERT_TRUE(page.has_value());
        if (page->empty()) break;
        for (const auto& each : *page)
            seen.push_back(each.person);
        after = {page->back().application, page->back().person};
    }
    EXPECT_THAT(seen, ElementsAre("a", "b", "c"));
    EXPECT_TRUE(store->conversions("bank", {}, 10)->empty());
}

TEST_P(ConversionContract, forgetting_a_person_drops_the_rows_and_keeps_the_sums) {
    clicked("one");
    convert("order-88", 5);
    Person who;
    who.ids = {"customer-1"};
    const auto erased = wait_for<std::vector<std::pair<std::string, std::int64_t>>>(
        [&](auto done) { store->erase_person("shop", who, done); });
    ASSERT_TRUE(erased.has_value());
    EXPECT_THAT(*erased, testing::Contains(testing::Pair("conversions", 1)));
    EXPECT_TRUE(store->conversions_of("shop", "customer-1")->conversions.empty());
    EXPECT_TRUE(store->conversions_of("shop", "customer-1")->touches.empty());
    EXPECT_TRUE(store->feed(meant("shop", {"converted"}), {}, 10)->entries.empty());
    EXPECT_EQ(of(Named::revenue, "sale IRR"), 5'000'000);
}

TEST_P(ConversionContract, old_rows_go_and_the_sums_stay) {
    clicked("one");
    convert("order-88", 5);
    clock.advance(std::chrono::hours(1));
    const auto between = clock.now();
    clock.advance(std::chrono::hours(1));
    clicked("two");
    convert("order-89", 5);
    const auto prune = [&] {
        return *wait_for<std::int64_t>([&](auto done) { store->prune_conversions(between, 10, done); });
    };
    EXPECT_EQ(prune(), 1);
    EXPECT_EQ(prune(), 0);
    const auto kept = store->conversions_of("shop", "customer-1");
    EXPECT_THAT(kept->conversions, SizeIs(1));
    EXPECT_THAT(kept->touches, SizeIs(1));
    EXPECT_EQ(of(Named::converted, "sale"), 2'000'000);
}

INSTANTIATE_TEST_SUITE_P(Backends, ConversionContract, testing::ValuesIn(backends()), backend_name);

}  // namespace
}  // namespace chapar::store
