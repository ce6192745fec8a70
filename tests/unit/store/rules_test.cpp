// Rules by themselves: over tables in memory, without a store, a thread or a clock.
#include <gmock/gmock.h>

#include "contract.hpp"
#include "store/engine/counters.hpp"
#include "store/memory/tables.hpp"
#include "store/rules/accept.hpp"
#include "store/rules/restored.hpp"
#include "store/rules/transactions.hpp"

namespace chapar::store {
namespace {

using model::State;
using rules::TakeOver;
using testing::ElementsAre;
using Kind = AcceptResult::Kind;

/// Counts how often keys and messages are asked for, not how many at once.
class CountingKeys final : public KeyTable {
  public:
    explicit CountingKeys(KeyTable& real) : real_(real) {}
    std::vector<bool> claim(std::span<const KeyClaim> claims) override {
        ++claimed;
        return real_.claim(claims);
    }
    std::optional<ClaimedKey> find(std::string_view application, std::string_view key) override {
        return real_.find(application, key);
    }
    void retake(const KeyClaim& claim) override { real_.retake(claim); }
    void drop(std::string_view application, std::string_view key, MessageKey message) override {
        real_.drop(application, key, message);
    }
    int claimed = 0;

  private:
    KeyTable& real_;
};

/// Counts how often states are asked for, and how many at once.
class CountingStates final : public StateTable {
  public:
    explicit CountingStates(StateTable& real) : real_(real) {}
    void load(std::span<const MessageKey> keys, std::span<Stored<StateRow>> out) override {
        loaded.push_back(keys.size());
        real_.load(keys, out);
    }
    void update(std::span<StateRow* const> rows) override { real_.update(rows); }
    void replace(const StateRow& row) override { real_.replace(row); }
    bool scan(MessageKey after, MessageKey end,
              const std::function<bool(MessageKey, const Stored<StateRow>&)>& visit) override {
        return real_.scan(after, end, visit);
    }
    std::optional<model::State> state(MessageKey key) override { return real_.state(key); }
    std::vector<MessageKey> may_go(MessageKey after, int limit) override { return real_.may_go(after, limit); }
    std::vector<std::size_t> loaded;  // so many at once

  private:
    StateTable& real_;
};

/// Counts how often attempts are asked for, and how many at once.
class CountingAttempts final : public AttemptTable {
  public:
    explicit CountingAttempts(AttemptTable& real) : real_(real) {}
    bool begin(MessageKey key, const model::Attempt& attempt) override { return real_.begin(key, attempt); }
    void load_each(std::span<const AttemptKey> keys, std::span<Stored<model::Attempt>> out) override {
        loaded.push_back(keys.size());
        real_.load_each(keys, out);
    }
    std::vector<model::Attempt> all(MessageKey key) override { return real_.all(key); }
    void finish(MessageKey key, const model::Attempt& attempt) override { real_.finish(key, attempt); }
    void abandon(MessageKey key, Timestamp at) override { real_.abandon(key, at); }
    int last_number(MessageKey key) override { return real_.last_number(key); }
    void names_each(std::span<const AttemptKey> keys, std::span<std::optional<AttemptNames>> out) override {
        real_.names_each(keys, out);
    }
    std::vector<AttemptNames> all_names(MessageKey key) override { return real_.all_names(key); }
    void blank(MessageKey key, const model::Attempt& attempt) override { real_.blank(key, attempt); }
    std::vector<std::size_t> loaded;  // so many at once

  private:
    AttemptTable& real_;
};

class RulesAlone : public testing::Test {
  protected:
    class CountingTables final : public Tables {
      public:
        explicit CountingTables(memory::Content& content)
            : real_(content, true), keys_(real_.keys()), states_(real_.states()), attempts_(real_.attempts()) {}
        bool has_failed() const override { return real_.has_failed(); }
        MessageTable& messages() override { return real_.messages(); }
        CountingStates& states() override { return states_; }
        CountingAttempts& attempts() override { return attempts_; }
        CountingKeys& keys() override { return keys_; }
        UseTable& uses() override { return real_.uses(); }
        KindTable& kinds() override { return real_.kinds(); }
        RelationTable& relations() override { return real_.relations(); }
        PeopleTable& people() override { return real_.people(); }
        ErasureTable& erasures() override { return real_.erasures(); }
        ProviderIdTable& provider_ids() override { return real_.provider_ids(); }
        UnmatchedTable& unmatched() override { return real_.unmatched(); }
        FeedTable& feed() override { return real_.feed(); }
        LinkTable& links() override { return real_.links(); }
        SettingTable& settings() override { return real_.settings(); }
        PoolTable& pools() override { return real_.pools(); }
        NodeTable& nodes() override { return real_.nodes(); }
        EngagementTable& engagements() override { return real_.engagements(); }
        WebhookTable& webhooks() override { return real_.webhooks(); }
        TallyTable& tallies() override { return real_.tallies(); }
        TouchTable& touches() override { return real_.touches(); }
        ConversionTable& conversions() override { return real_.conversions(); }

      private:
        memory::MemoryTables real_;
        CountingKeys keys_;
        CountingStates states_;
        CountingAttempts attempts_;
    };

    std::vector<Kind> accept(const std::vector<NewMessage>& batch) {
        std::vector<Kind> out;
        for (const auto& result : rules::accept(unit, batch))
            out.push_back(result.kind);
        return out;
    }
    State state(const NewMessage& item) { return content.states.at(item.message.id.key()).progress.state; }

    ManualClock clock{from_ms(1'790'000'000'000)};
    Driver driver{clock};
    memory::Content content;
    CountingTables tables{content};
    engine::Counters counters;
    rules::Changes changes;
    rules::WriterMemory writer;
    rules::Unit unit{tables, changes, writer, counters, clock.now()};
};

TEST_F(RulesAlone, what_a_batch_counts_is_one_row_for_each_campaign) {
    std::vector<NewMessage> batch;
    for (int i = 0; i < 100; ++i) {
        batch.push_back(driver.make());
        if (i >= 90) batch.back().message.campaign = "winter";
    }
    accept(batch);
    const auto& tallies = changes.counts.tallies;
    ASSERT_EQ(tallies.size(), 2U);
    EXPECT_EQ(tallies.begin()->second.of(model::Tallied::accepted), 90);
    EXPECT_EQ(tallies.rbegin()->second.of(model::Tallied::accepted), 10);
    EXPECT_EQ(content.series.size(), 2U);
}

TEST_F(RulesAlone, all_keys_of_a_batch_are_claimed_at_once) {
    std::vector<NewMessage> batch;
    for (int i = 0; i < 500; ++i)
        batch.push_back(driver.make("shop", "order-" + std::to_string(i)));
    EXPECT_EQ(accept(batch), std::vector<Kind>(500, Kind::accepted));
    EXPECT_EQ(tables.keys().claimed, 1);
    EXPECT_EQ(content.messages.size(), 500U);
}

TEST_F(RulesAlone, of_two_with_one_key_in_a_batch_the_first_is_accepted) {
    auto other = driver.make("shop", "order-1");
    other.request_hash += 1;
    const auto first = driver.make("shop", "order-1");
    EXPECT_THAT(accept({first, driver.make("shop", "order-1"), driver.make("shop"), other}),
                ElementsAre(Kind::accepted, Kind::duplicate, Kind::accepted, Kind::conflict));
    EXPECT_EQ(content.messages.size(), 2U);
    EXPECT_EQ(content.keys.at({"shop", "order-1"}).message, first.message.id.key());
}

TEST_F(RulesAlone, a_key_whose_message_does_not_carry_it_is_taken_again_once) {
    content.keys[{"shop", "order-1"}] = {driver.make().message.id.key(), 1};
    const auto taker = driver.make("shop", "order-1");
    EXPECT_THAT(accept({taker, driver.make("shop", "order-1")}), ElementsAre(Kind::accepted, Kind::duplicate));
    EXPECT_EQ(content.keys.at({"shop", "order-1"}).message, taker.message.id.key());
}

TEST_F(RulesAlone, the_newest_of_a_batch_under_one_collapse_scope_stays) {
    std::vector<NewMessage> batch;
    for (int i = 0; i < 3; ++i)
        batch.push_back(driver.make());
    for (auto& item : batch)
        item.collapse = 9;
    accept(batch);
    EXPECT_THAT((std::vector{state(batch[0]), state(batch[1]), state(batch[2])}),
                ElementsAre(State::cancelled, State::cancelled, State::waiting));
}

TEST_F(RulesAlone, states_and_attempts_of_a_batch_are_read_at_once_when_it_is_leased_and_when_it_is_settled) {
    constexpr std::size_t many = 100;
    std::vector<NewMessage> batch;
    for (std::size_t i = 0; i < many; ++i)
        batch.push_back(driver.make());
    accept(batch);
    EXPECT_THAT(tables.states().loaded, ElementsAre()) << "of a new message there is none";
    std::vector<Lease> leases;
    std::vector<Settlement> settlements(many);
    for (std::size_t i = 0; i < many; ++i) {
        leases.push_back({batch[i].message.id.key(), 1, "email", "smtp", clock.now()});
        settlements[i].key = batch[i].message.id.key();
    }
    for (const auto& leased : rules::write_leases(unit, leases, nullptr))
        EXPECT_TRUE(leased.granted);
    EXPECT_THAT(tables.states().loaded, ElementsAre(many));
    EXPECT_THAT(rules::write_settlements(unit, settlements), testing::Each(true));
    EXPECT_THAT(tables.states().loaded, ElementsAre(many, many));
    EXPECT_THAT(tables.attempts().loaded, ElementsAre(many));
    EXPECT_EQ(state(batch[0]), State::sent);
}

TEST_F(RulesAlone, what_a_batch_does_to_a_message_of_its_own_is_seen_when_its_turn_comes) {
    std::vector<NewMessage> batch = {driver.make(), driver.make()};
    accept(batch);
    const auto first = batch[0].message.id.key(), second = batch[1].message.id.key();
    class Displaces final : public model::Gate {
      public:
        explicit Displaces(MessageKey other) : other_(other) {}
        std::optional<model::Ruling> rule(std::size_t, const model::ReadSet&, model::ReadPlan&) override {
            model::Ruling ruling;
            ruling.displace = {other_};
            return ruling;
        }

      private:
        MessageKey other_;
    } gate(second);
    const auto leased = rules::write_leases(
        unit, {{first, 1, "email", "smtp", clock.now()}, {second, 1, "email", "smtp", clock.now()}}, &gate);
    EXPECT_TRUE(leased[0].granted);
    EXPECT_FALSE(leased[1].granted) << "the first has taken its place";
    EXPECT_EQ(state(batch[1]), State::cancelled);
    Settlement settlement;
    settlement.key = first;
    EXPECT_THAT(rules::write_settlements(unit, {settlement, settlement}), ElementsAre(true, false))
        << "an attempt ends once";
}

TEST_F(RulesAlone, time_is_what_the_unit_says) {
    const auto item = driver.make();
    accept({item});
    clock.advance(std::chrono::hours(5));
    rules::hold_damaged(unit, item.message.id.key(), "a test");
    const auto trace = model::decode_trace(content.states.at(item.message.id.key()).progress.trace);
    ASSERT_FALSE(trace.empty());
    EXPECT_EQ(trace.back().at, unit.now);
}

TEST(TakenOver, nothing_that_may_have_left_goes_again) {
    for (const auto is : {State::waiting, State::sending, State::held}) {
        for (const auto known : {State::sending, State::held})
            EXPECT_EQ(rules::compare({is, 1}, {known, 2}), TakeOver::doubt) << model::name(is);
        EXPECT_EQ(rules::compare({is, 1}, {State::sent, 1}), TakeOver::over) << model::name(is);
        EXPECT_EQ(rules::compare({is, 1}, {State::waiting, 2}), TakeOver::again) << model::name(is);
        EXPECT_EQ(rules::compare({is, 2}, {State::sent, 1}), TakeOver::as_it_stands) << "the store knows more";
    }
    EXPECT_EQ(rules::compare({State::delivered, 1}, {State::sending, 2}), TakeOver::as_it_stands);
}

}  // namespace
}  // namespace chapar::store
