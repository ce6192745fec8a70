// A store, on disk or in memory, driven as the dispatcher drives it. Writes are not waited for, except by what asks for
// an answer.
#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <future>
#include <map>

#include "policy/question.hpp"
#include "real.hpp"

namespace chapar::reference {
namespace {

class SharedClock final : public Clock {
  public:
    Timestamp now() const override { return from_ms(ms_.load()); }
    Monotonic monotonic() const override { return std::chrono::steady_clock::now(); }
    void set(Timestamp at) { ms_.store(to_ms(at)); }

  private:
    std::atomic<std::int64_t> ms_{0};
};

class Asks final : public model::Gate {
  public:
    Asks(const policy::Rules& rules, const std::vector<const Envelope*>& batch, const Everybody& everybody,
         Timestamp now)
        : decisions(batch.size()) {
        for (const auto* each : batch)
            questions_.emplace_back(rules, subject_of(*each, everybody), now).plan(plan_);
    }
    const model::ReadPlan* plan() const override { return &plan_; }
    std::optional<model::Ruling> rule(std::size_t index, const model::ReadSet& set, model::ReadPlan& more) override {
        auto decision = questions_[index].decide(set, more);
        if (!decision) return std::nullopt;
        decisions[index] = std::move(*decision);
        most_rounds = std::max(most_rounds, questions_[index].rounds());
        return decisions[index].ruling;
    }
    std::vector<policy::Decision> decisions;
    int most_rounds = 0;

  private:
    std::deque<policy::Question> questions_;
    model::ReadPlan plan_;
};

template <class T>
store::Done<T> checked() {
    return [](Result<T> result) { EXPECT_TRUE(result.has_value()) << result.error().message(); };
}

template <class T, class Call>
Result<T> wait_for(Call call) {
    std::promise<Result<T>> told;
    call([&told](Result<T> result) { told.set_value(std::move(result)); });
    return told.get_future().get();
}

/// Over a store; where that lives is the derived class's affair.
class InStore : public Real {
  public:
    void accept(const Envelope& message) override {
        everybody_[message.key] = &message;
        clock_.set(message.accepted_at);
        store::NewMessage item;
        item.message.id = MessageId(message.key, 7);
        item.message.application = message.application;
        item.message.class_name = message.class_name;
        item.message.recipient = message.recipient;
        item.message.campaign = message.campaign;
        item.message.tags = message.tags;
        item.message.plan = message.plan;
        item.message.accepted_at = message.accepted_at;
        item.message.send_at = message.send_at;
        item.message.expires_at = message.expires_at;
        item.message.body = "{}";
        if (const auto name = collapse_name(message); !name.empty())
            item.collapse = static_cast<model::Scope>(std::hash<std::string>()(name) | 1U);
        std::vector<store::NewMessage> batch;
        batch.push_back(std::move(item));
        store_->accept(std::move(batch), checked<store::AcceptedBatch>());
    }

    std::vector<policy::Decision> lease(const policy::Rules& rules, const std::vector<const Envelope*>& batch,
                                        Timestamp now) override {
        clock_.set(now);
        std::vector<store::Lease> leases;
        leases.reserve(batch.size());
        for (const auto* message : batch)
            leases.push_back({message->key, attempts_[message->key] + 1,
                              message->plan[static_cast<std::size_t>(message->step)].channel, "route", now});
        const auto gate = std::make_shared<Asks>(rules, batch, everybody_, now);
        const auto answers =
            wait_for<std::vector<model::Leased>>([&](auto done) { store_->lease(leases, gate, done); });
        EXPECT_TRUE(answers.has_value());
        for (std::size_t i = 0; answers && i < batch.size(); ++i)
            if ((*answers)[i].granted) ++attempts_[batch[i]->key];
        EXPECT_LE(gate->most_rounds, 4);  // one more for what an earlier one of the batch changed
        return gate->decisions;
    }

    void settle(const Envelope& message, model::Event event, store::Slots slots, model::Verdict verdict,
                Timestamp now) override {
        clock_.set(now);
        store::Settlement settlement;
        settlement.key = message.key;
        settlement.number = attempts_[message.key];
        settlement.outcome.verdict = verdict;
        settlement.at = settlement.due = now;
        settlement.event = event;
        settlement.step = message.step;
        settlement.slots = slots;
        if (const auto owner = orphans_.find(message.key); owner != orphans_.end()) {
            settlement.orphan_of = owner->second;
            orphans_.erase(owner);
        }
        store_->settle({settlement}, [](Result<std::vector<bool>> flags) {
            EXPECT_TRUE(flags.has_value() && flags->front()) << "a settlement was refused";
        });
    }

    void move(const Envelope& message, model::Event event, store::Slots slots, Timestamp now) override {
        clock_.set(now);
        store::Transition transition;
        transition.key = message.key;
        transition.event = event;
        transition.due = now;
        transition.step = message.step;
        transition.slots = slots;
        store_->move(transition, checked<model::Progress>());
    }

    void say(const model::Consent& consent) override {
        clock_.set(consent.at);
        store_->put_consent(consent, checked<bool>());
    }
    void suppress(const model::Suppression& row) override {
        clock_.set(row.at);
        store_->suppress({row}, checked<std::int64_t>());
    }
    void unsuppress(const std::string& channel, const std::string& address) override {
        store_->unsuppress(channel, address, checked<bool>());
    }
    void purchase(const std::string& application, const std::string& recipient, Timestamp at) override {
        store_->put_event(application, recipient, "purchase", at, checked<bool>());
    }

    std::vector<std::vector<RealUse>> uses(const std::vector<model::Scope>& scopes) override {
        drain();
        // Now and then what is pending is merged, which changes nothing of what can be seen.
        if (++merges_ % 5 == 0) {
            EXPECT_TRUE(wait_for<std::int64_t>([&](auto done) { store_->prune_uses({}, 100, done); }).has_value());
        }
        std::vector<std::vector<RealUse>> out(scopes.size());
        const auto looked = store_->peek([&](model::Ledger& ledger) {
            for (std::size_t i = 0; i < scopes.size(); ++i) {
                ledger.uses(scopes[i], Timestamp{}, [&](const model::Use& use) {
                    out[i].push_back({use, ledger.kind(use.kind)});
                    return true;
                });
            }
        });
        EXPECT_TRUE(looked.has_value());
        for (auto& uses : out)
            if (forgets_every > 0 && !uses.empty() && ++looks_ % forgets_every == 0) uses.pop_back();
        return out;
    }

    std::set<MessageKey> reopen(bool kill) override {
        drain();
        if (kill) {
            crash();
        } else {
            store_->close();
            store_.reset();
        }
        open();
        std::set<MessageKey> out;
        const auto found = store_->orphans(100'000);
        EXPECT_TRUE(found.has_value());
        orphans_.clear();
        for (const auto& each : *found) {
            out.insert(each.queued.message.id.key());
            orphans_.emplace(each.queued.message.id.key(), each.owner);
        }
        return out;
    }

  protected:
    virtual void open() = 0;
    /// What is committed at this moment is all there is afterwards.
    virtual void crash() = 0;

    SharedClock clock_;
    std::unique_ptr<store::Store> store_;

  private:
    /// Every write before this has been answered.
    void drain() {
        EXPECT_TRUE(wait_for<std::vector<bool>>([&](auto done) { store_->settle({}, done); }).has_value());
    }

    std::map<MessageKey, int> attempts_;
    std::map<MessageKey, model::LeaseOwner> orphans_;
    Everybody everybody_;
    int looks_ = 0, merges_ = 0;
};

class Sqlite final : public InStore {
  public:
    Sqlite() {
        std::string name = (std::filesystem::temp_directory_path() / "chapar-reference-XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
        directory_ = name;
        open();
    }
    ~Sqlite() override {
        store_.reset();
        std::error_code ignored;
        std::filesystem::remove_all(directory_, ignored);
    }

  private:
    void open() override {
        store::SqliteOptions options;
        options.path = directory_ / "store.db";
        options.unsafe_no_sync = true;
        auto opened = store::open_sqlite(options, clock_);
        if (!opened) throw std::runtime_error(opened.error().message());
        store_ = std::move(*opened);
    }
    void crash() override {
        const auto aside = directory_.string() + ".aside";
        // By another process: to close a file here would let go of SQLite's locks on it.
        const auto copy = "mkdir " + aside + " && cp " + directory_.string() + "/store.db* " + aside;
        ASSERT_EQ(std::system(copy.c_str()), 0);
        std::filesystem::remove(aside + "/store.db-shm");
        store_.reset();
        std::filesystem::remove_all(directory_);
        std::filesystem::rename(aside, directory_);
    }

    std::filesystem::path directory_;
};

class InMemory final : public InStore {
  public:
    InMemory() { open(); }
    ~InMemory() override { store_.reset(); }

  private:
    void open() override { store_ = store::open_memory(place_, {}, clock_); }
    void crash() override { store::MemoryPlace::crash(store_); }

    store::MemoryPlace place_;
};

}  // namespace

std::unique_ptr<Real> make_sqlite() { return std::make_unique<Sqlite>(); }
std::unique_ptr<Real> make_memory_store() { return std::make_unique<InMemory>(); }

}  // namespace chapar::reference
