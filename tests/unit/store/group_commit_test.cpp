// The group commit without a thread, over the store in memory and a database that fails on purpose.
#include <gmock/gmock.h>

#include "contract.hpp"
#include "store/engine/group_commit.hpp"
#include "store/memory/database.hpp"
#include "store/open_memory.hpp"
#include "store/person.hpp"

namespace chapar::store {
namespace {

using engine::GroupCommit;
using rules::Unit;
using testing::ElementsAre;
using testing::IsEmpty;

/// The memory's, whose commits fail when they are told to.
class FailingDatabase final : public engine::Database {
  public:
    explicit FailingDatabase(memory::Data& data) : real_(data, [this] { return fails; }) {}
    std::optional<Error> refusal() override { return std::nullopt; }
    bool begin() override { return real_.begin(); }
    Tables& tables() override { return real_.tables(); }
    bool commit(rules::Changes& changes) override {
        ++commits;
        return real_.commit(changes);
    }
    Failure roll_back(const rules::Changes& changes) override {
        auto failure = real_.roll_back(changes);
        failure.is_of_the_disk = is_of_the_disk;
        fails = false;
        return failure;
    }
    void committed(const rules::Changes& changes) override { real_.committed(changes); }

    bool fails = false, is_of_the_disk = false;
    int commits = 0;

  private:
    memory::MemoryDatabase real_;
};

class Grouped : public testing::Test {
  protected:
    /// Sets the setting `name`; the commit that it is part of fails if `fails`.
    void put(const std::string& name, bool fails = false) {
        commit.submit<bool>(
            1, [this, name](const Result<bool>& done) { answers.push_back(name + (done ? "" : " failed")); },
            [this, name, fails](Unit& unit) {
                database.fails = database.fails || fails;
                unit.tables.settings().put(name, "1");
                return true;
            });
    }
    std::vector<std::string> kept() {
        std::vector<std::string> out;
        for (const auto& [name, value] : place.data().tables.settings)
            out.push_back(name);
        return out;
    }

    ManualClock clock{from_ms(1'790'000'000'000)};
    MemoryPlace place;
    FailingDatabase database{place.data()};
    engine::Counters counters;
    GroupCommit commit{database, counters, clock, {}};
    std::vector<std::string> answers;
};

TEST_F(Grouped, writes_wait_for_the_commit_share_it_and_are_answered_in_their_order) {
    put("a");
    put("b");
    put("c");
    EXPECT_THAT(answers, IsEmpty());
    EXPECT_THAT(kept(), IsEmpty());
    commit.run_once();
    EXPECT_THAT(answers, ElementsAre("a", "b", "c"));
    EXPECT_THAT(kept(), ElementsAre("a", "b", "c"));
    EXPECT_EQ(database.commits, 1);
}

TEST_F(Grouped, a_write_that_cant_be_done_does_not_take_its_neighbours_with_it) {
    put("a");
    put("b", true);
    put("c");
    commit.run_once();
    EXPECT_THAT(answers, ElementsAre("a", "b failed", "c"));
    EXPECT_THAT(kept(), ElementsAre("a", "c"));
}

TEST_F(Grouped, a_disk_that_refuses_is_not_asked_again_for_each_write) {
    database.is_of_the_disk = true;
    put("a");
    put("b", true);
    put("c");
    commit.run_once();
    EXPECT_THAT(answers, ElementsAre("a failed", "b failed", "c failed"));
    EXPECT_THAT(kept(), IsEmpty());
    EXPECT_EQ(database.commits, 1);
    put("d");
    commit.run_once();
    EXPECT_THAT(kept(), ElementsAre("d"));
}

TEST_F(Grouped, what_comes_after_the_stop_is_answered_as_closed_and_what_waited_is_committed) {
    put("a");
    commit.stop();
    put("b");
    EXPECT_THAT(answers, ElementsAre("b failed"));
    commit.run_once();
    EXPECT_THAT(kept(), ElementsAre("a"));
    EXPECT_FALSE(commit.wait());
}

/// Every kind of write, refused: nothing of it stays, in the tables or in what the writer remembers.
class Refused : public testing::Test {
  protected:
    Refused() {
        MemoryOptions options;
        options.refuses = [this] { return refuses.load(); };
        store = open_memory(place, options, clock);
    }
    /// All that can be read, as text.
    std::string told() {
        std::string out;
        const auto counts = *store->counts();
        for (const auto count : counts.by_state)
            out += std::to_string(count) + " ";
        const auto page = *store->list({}, std::nullopt, 100);
        for (const auto& record : page.records) {
            const auto whole = *store->find(record.message.id);
            out += "\n" + record.message.id.text() + " " + std::string(model::name(whole.progress.state)) + " " +
                   std::to_string(to_ms(whole.progress.due)) + " " + record.message.recipient + " " +
                   record.idempotency_key + " " + whole.progress.trace;
            for (const auto& attempt : whole.attempts)
                out += " " + std::to_string(attempt.number) + attempt.outcome.provider_id;
        }
        out += "\n" + std::to_string(store->waiting("shop"));
        const auto pools = *store->pools();
        for (const auto& pool : pools)
            out +=
                " " + std::to_string(pool.waiting) + "@" + std::to_string(to_ms(pool.next_due.value_or(Timestamp{})));
        const auto feed = *store->feed({}, {}, 100);
        for (const auto& entry : feed.entries)
            out += " " + std::to_string(entry.number) + entry.kind;
        const auto stops = *store->suppressions("", "", 100);
        for (const auto& row : stops)
            out += " " + row.address + row.reason;
        const auto words = *store->consent_history("shop", "customer-1");
        for (const auto& word : words)
            out += " " + std::to_string(static_cast<int>(word.state));
        const auto settings = *store->settings();
        for (const auto& [name, value] : settings)
            out += " " + name + "=" + value;
        const auto looked = store->peek([&](model::Ledger& ledger) {
            ledger.uses(5, Timestamp{}, [&](const model::Use& use) {
                out += " use" + std::to_string(use.key.value) + ":" + std::to_string(static_cast<int>(use.state));
                return true;
            });
        });
        EXPECT_TRUE(looked.has_value());
        return out;
    }
    template <class T, class Call>
    void is_refused(Call call) {
        const auto before = told();
        refuses = true;
        EXPECT_FALSE(wait_for<T>(call).has_value());
        refuses = false;
        EXPECT_EQ(told(), before);
        EXPECT_TRUE(wait_for<T>(call).has_value());
        EXPECT_NE(told(), before);
    }

    ManualClock clock{from_ms(1'790'000'000'000)};
    MemoryPlace place;
    std::atomic<bool> refuses{false};
    std::unique_ptr<Store> store;
    Driver driver{clock};
};

TEST_F(Refused, leaves_nothing_of_any_write_behind) {
    const auto first = driver.accept_one(*store, "shop", "order-1");
    const auto item = driver.make("shop", "order-2");
    is_refused<AcceptedBatch>([&](auto done) { store->accept({item}, done); });
    const auto key = item.message.id.key();
    struct Takes final : model::Gate {
        std::optional<model::Ruling> rule(std::size_t, const model::ReadSet&, model::ReadPlan&) override {
            model::Ruling out;
            out.reserve.push_back({5, {}});
            out.kind = std::make_shared<const model::Kind>();
            return out;
        }
    };
    const auto gate = std::make_shared<Takes>();
    const Lease lease{key, 1, "email", "smtp-a", clock.now()};
    is_refused<std::vector<model::Leased>>([&](auto done) { store->lease({lease}, gate, done); });
    Settlement end;
    end.key = key;
    end.outcome.provider_id = "p1";
    end.at = clock.now();
    end.trace = {{clock.now(), model::Reason::sent, "smtp-a"}};
    end.tracked = Tracked{"smtp-a", "a@example.org"};
    is_refused<std::vector<bool>>([&](auto done) { store->settle({end}, done); });
    model::Report bounce;
    bounce.route = "smtp-a";
    bounce.provider_id = "p1";
    bounce.word = model::Word::failed;
    bounce.kind = "bounced";
    bounce.at = clock.now();
    is_refused<Reported>([&](auto done) { store->report(bounce, done); });
    Transition cancel;
    cancel.key = first.key();
    cancel.event = model::Event::cancel;
    is_refused<model::Progress>([&](auto done) { store->move(cancel, done); });
    const model::Consent no{"shop", "customer-1", "*", "*", model::ConsentState::unsubscribed, "form", "", clock.now()};
    is_refused<bool>([&](auto done) { store->put_consent(no, done); });
    const model::Suppression stop{"email", "b@example.org", model::SuppressionReach::all, "manual", "", clock.now(),
                                  {}};
    is_refused<std::int64_t>([&](auto done) { store->suppress({stop}, done); });
    is_refused<bool>([&](auto done) { store->put_setting("a", "1", done); });
    using Found = std::vector<std::pair<std::string, std::int64_t>>;
    const auto who = *person_of(*store, "shop", "customer-1");
    is_refused<Found>([&](auto done) { store->erase_person("shop", who, done); });
    is_refused<std::int64_t>([&](auto done) { store->prune_feed(clock.now() + std::chrono::hours(1), 100, done); });
    is_refused<std::int64_t>([&](auto done) { store->prune(clock.now() + std::chrono::hours(1), 100, done); });
    is_refused<std::int64_t>([&](auto done) { store->prune_uses(clock.now() + std::chrono::hours(1), 100, done); });
}

}  // namespace
}  // namespace chapar::store
