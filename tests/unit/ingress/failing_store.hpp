#pragma once
// The real store behind switches: accepting or leasing fails while one is on (a full disk), accepting takes its time (a
// slow one), reading finds nothing, or every write is answered before its call returns.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <vector>

#include "store/store.hpp"

namespace chapar::ingress::test {

class FailingStore final : public store::Store {
  public:
    explicit FailingStore(store::Store& real) : real_(real) {}
    std::atomic<bool> broken{false};
    std::atomic<bool> lease_fails{false};
    std::atomic<bool> settle_fails{false};
    std::atomic<bool> holds_leases{false};  // their answers, when they are committed
    std::atomic<bool> hides_due{false}, hides_orphans{false};
    std::atomic<bool> answers_at_once{false};
    std::atomic<bool> suppressions_fail{false};                    // their reads
    std::atomic<bool> slow{false};                                 // accepting and outcomes
    std::atomic<int> accepts{0}, suppression_pages{0}, slowed{0};  // slowed: messages that wait for the slow disk
    std::atomic<int> patient{0};                                   // outcomes whose commit may wait for others
    std::vector<std::string> revisions;
    std::function<void()> before_read;  // of a recipient or a key; set before the server opens
    std::function<bool()> step;         // does the work of a store that has no thread; set before anything is asked

    void accept(std::vector<store::NewMessage> batch, store::Done<store::AcceptedBatch> done) override {
        ++accepts;
        if (broken) return done(fail(store::Code::unavailable, "the disk is full"));
        std::unique_lock lock(mutex_);
        if (!slow) {
            lock.unlock();
            return submit<store::AcceptedBatch>(
                std::move(done), [&](auto answer) { real_.accept(std::move(batch), std::move(answer)); });
        }
        slowed += static_cast<int>(batch.size());
        auto kept = std::make_shared<std::vector<store::NewMessage>>(std::move(batch));
        held_.push_back([this, kept, done = std::move(done)] {
            submit<store::AcceptedBatch>(done, [&](auto answer) { real_.accept(std::move(*kept), std::move(answer)); });
        });
    }
    /// Ends the slowness.
    void catch_up() {
        std::vector<std::function<void()>> held;
        {
            const std::lock_guard lock(mutex_);
            slow = false;
            held.swap(held_);
        }
        for (auto& write : held)
            write();
    }
    void lease(std::vector<store::Lease> b, std::shared_ptr<model::Gate> g,
               store::Done<std::vector<model::Leased>> d) override {
        if (lease_fails) return d(fail(store::Code::unavailable, "the disk is full"));
        if (answers_at_once) {
            for (auto& each : b)
                each.can_wait = false;
        }
        if (holds_leases) d = held_back(std::move(d));
        submit<std::vector<model::Leased>>(
            std::move(d), [&](auto answer) { real_.lease(std::move(b), std::move(g), std::move(answer)); });
    }
    /// Tells the answers of leases that were held, in the opposite order.
    void tell_leases() {
        std::vector<std::function<void()>> held;
        {
            const std::lock_guard lock(mutex_);
            holds_leases = false;
            held.swap(held_leases_);
        }
        for (auto tell = held.rbegin(); tell != held.rend(); ++tell)
            (*tell)();
    }
    /// Until every write was answered. False: none was under way.
    bool wait_idle() {
        std::unique_lock lock(open_->mutex);
        if (open_->writes == 0) return false;
        open_->idle.wait(lock, [this] { return open_->writes == 0; });
        return true;
    }
    std::size_t leases_held() {
        const std::lock_guard lock(mutex_);
        return held_leases_.size();
    }
    void settle(std::vector<store::Settlement> b, store::Done<std::vector<bool>> d) override {
        if (settle_fails) return d(fail(store::Code::unavailable, "the disk is full"));
        patient += static_cast<int>(std::ranges::count_if(b, [](const auto& each) { return each.can_wait; }));
        std::unique_lock lock(mutex_);
        if (!slow) {
            lock.unlock();
            if (answers_at_once) {
                for (auto& each : b)
                    each.can_wait = false;
            }
            return submit<std::vector<bool>>(std::move(d),
                                             [&](auto answer) { real_.settle(std::move(b), std::move(answer)); });
        }
        auto kept = std::make_shared<std::vector<store::Settlement>>(std::move(b));
        held_.push_back([this, kept, d = std::move(d)] {
            submit<std::vector<bool>>(d, [&](auto answer) { real_.settle(std::move(*kept), std::move(answer)); });
        });
    }
    void move(store::Transition t, store::Done<model::Progress> d) override {
        submit<model::Progress>(std::move(d), [&](auto answer) { real_.move(std::move(t), std::move(answer)); });
    }
    void put_recipient(store::Recipient r, store::Done<bool> d) override {
        real_.put_recipient(std::move(r), std::move(d));
    }
    void delete_recipient(std::string a, std::string i, store::Done<bool> d) override {
        real_.delete_recipient(std::move(a), std::move(i), std::move(d));
    }
    void erase_person(std::string a, store::Person p,
                      store::Done<std::vector<std::pair<std::string, std::int64_t>>> d) override {
        real_.erase_person(std::move(a), std::move(p), std::move(d));
    }
    void put_consent(model::Consent c, store::Done<bool> d) override {
        submit<bool>(std::move(d), [&](auto answer) { real_.put_consent(std::move(c), std::move(answer)); });
    }
    void say(store::Saying s, store::Done<std::int64_t> d) override {
        submit<std::int64_t>(std::move(d), [&](auto answer) { real_.say(std::move(s), std::move(answer)); });
    }
    void put_event(std::string a, std::string r, std::string e, Timestamp t, store::Done<bool> d) override {
        real_.put_event(std::move(a), std::move(r), std::move(e), t, std::move(d));
    }
    void suppress(std::vector<model::Suppression> b, store::Done<std::int64_t> d) override {
        real_.suppress(std::move(b), std::move(d));
    }
    void unsuppress(std::string c, std::string a, store::Done<bool> d) override {
        real_.unsuppress(std::move(c), std::move(a), std::move(d));
    }
    void prune_uses(Timestamp b, int l, store::Done<std::int64_t> d) override { real_.prune_uses(b, l, std::move(d)); }
    void put_revision(std::string r, std::string b, store::Done<bool> d) override {
        revisions.push_back(r);
        real_.put_revision(std::move(r), std::move(b), std::move(d));
    }
    void put_setting(std::string n, std::optional<std::string> v, store::Done<bool> d) override {
        submit<bool>(std::move(d),
                     [&](auto answer) { real_.put_setting(std::move(n), std::move(v), std::move(answer)); });
    }
    void prune(Timestamp b, int l, store::Done<std::int64_t> d) override { real_.prune(b, l, std::move(d)); }
    void read_damaged_again(int l, store::Done<std::int64_t> d) override { real_.read_damaged_again(l, std::move(d)); }
    void report(model::Report r, store::Done<store::Reported> d) override {
        submit<store::Reported>(std::move(d), [&](auto answer) { real_.report(std::move(r), std::move(answer)); });
    }
    void prune_feed(Timestamp b, int l, store::Done<std::int64_t> d) override { real_.prune_feed(b, l, std::move(d)); }
    void prune_links(Timestamp n, int l, store::Done<std::int64_t> d) override {
        real_.prune_links(n, l, std::move(d));
    }
    Result<std::vector<model::ShortLink>> short_links_of(MessageKey m) override { return real_.short_links_of(m); }
    Result<std::optional<model::FoundLink>> find_short(std::string_view code) override {
        return real_.find_short(code);
    }
    void use_zone(std::string zone) override { real_.use_zone(std::move(zone)); }
    Result<void> tallies(const store::TallyFilter& f, const std::function<void(const store::TallyView&)>& v) override {
        return real_.tallies(f, v);
    }
    void judge_hits(MessageKey m, std::vector<model::CountedHit> h, store::Done<bool> d) override {
        submit<bool>(std::move(d), [&](auto answer) { real_.judge_hits(m, std::move(h), std::move(answer)); });
    }
    void convert(std::string a, std::string r, store::KeptConversion c, std::shared_ptr<const store::Attributor> g,
                 store::Done<store::Converted> d) override {
        submit<store::Converted>(std::move(d), [&](auto answer) {
            real_.convert(std::move(a), std::move(r), std::move(c), std::move(g), std::move(answer));
        });
    }
    Result<std::vector<store::PersonConversions>> conversions(std::string_view o,
                                                              const std::pair<std::string, std::string>& a,
                                                              int l) override {
        return real_.conversions(o, a, l);
    }
    Result<store::PersonConversions> conversions_of(std::string_view a, std::string_view p) override {
        return real_.conversions_of(a, p);
    }
    void prune_conversions(Timestamp b, int l, store::Done<std::int64_t> d) override {
        real_.prune_conversions(b, l, std::move(d));
    }
    void prune_tallies(Timestamp b, int l, store::Done<std::int64_t> d) override {
        real_.prune_tallies(b, l, std::move(d));
    }
    Result<std::vector<model::FeedEntry>> feed_of(MessageKey m) override { return real_.feed_of(m); }
    Result<std::vector<model::FeedEntry>> feed_from(std::string_view a) override { return real_.feed_from(a); }
    Result<store::FeedPage> feed(const store::FeedFilter& f, store::FeedCursor c, int l) override {
        return real_.feed(f, c, l);
    }
    void note_hits(store::HitBatch b, store::Done<std::vector<std::int64_t>> d) override {
        submit<std::vector<std::int64_t>>(std::move(d),
                                          [&](auto answer) { real_.note_hits(std::move(b), std::move(answer)); });
    }
    void prune_hits(std::map<std::string, Timestamp> b, int l, store::Done<std::int64_t> d) override {
        real_.prune_hits(std::move(b), l, std::move(d));
    }
    Result<std::vector<store::HitFacts>> hit_facts(std::span<const MessageKey> m) override {
        return real_.hit_facts(m);
    }
    Result<std::optional<store::Engagement>> engagement(MessageKey m) override { return real_.engagement(m); }
    Result<std::vector<store::Engagement>> engagements(MessageKey a, int l) override { return real_.engagements(a, l); }
    Result<std::vector<store::DayTotals>> hit_totals(std::int64_t d) override { return real_.hit_totals(d); }
    void put_webhook(store::WebhookChange c, store::Done<bool> d) override {
        real_.put_webhook(std::move(c), std::move(d));
    }
    void drop_webhook(std::string n, store::Done<bool> d) override { real_.drop_webhook(std::move(n), std::move(d)); }
    Result<std::vector<store::WebhookState>> webhooks() override { return real_.webhooks(); }
    Result<std::vector<store::WebhookWait>> webhook_waits(std::string_view n) override {
        return real_.webhook_waits(n);
    }
    Result<std::int64_t> feed_end() override { return real_.feed_end(); }
    Result<std::int64_t> feed_before(Timestamp t) override { return real_.feed_before(t); }
    void when_fed(std::function<void()> call) override { real_.when_fed(std::move(call)); }
    Result<store::Record> find(MessageId id) override { return real_.find(id); }
    Result<store::Page> list(const store::ListFilter& f, std::optional<MessageKey> b, int l) override {
        return real_.list(f, b, l);
    }
    Result<std::vector<store::Queued>> due(PoolId p, Timestamp u, int l, std::span<const MessageKey> k) override {
        if (hides_due) return std::vector<store::Queued>{};
        return real_.due(p, u, l, k);
    }
    Result<std::vector<store::PoolDepth>> pools() override { return real_.pools(); }
    Result<std::vector<store::Orphan>> orphans(int l) override {
        if (hides_orphans) return std::vector<store::Orphan>{};
        return real_.orphans(l);
    }
    Result<std::vector<std::pair<MessageKey, int>>> suspects() override { return real_.suspects(); }
    Result<std::optional<store::KnownKey>> known_key(std::string_view a, std::string_view k) override {
        if (before_read) before_read();
        return real_.known_key(a, k);
    }
    Result<std::optional<store::Recipient>> recipient(std::string_view a, std::string_view i) override {
        if (before_read) before_read();
        return real_.recipient(a, i);
    }
    Result<std::vector<std::string>> categories() override { return real_.categories(); }
    Result<std::optional<std::string>> revision(std::string_view r) override { return real_.revision(r); }
    Result<std::vector<std::pair<std::string, std::string>>> settings() override { return real_.settings(); }
    Result<store::Counts> counts() override { return real_.counts(); }
    store::Joined joined() const override { return real_.joined(); }
    void beat(store::Done<std::int64_t> d) override {
        submit<std::int64_t>(std::move(d), [&](auto answer) { real_.beat(std::move(answer)); });
    }
    Result<store::Pool> pool_of(std::string_view c, std::string_view a, std::string_view g) override {
        return real_.pool_of(c, a, g);
    }
    std::int64_t waiting(std::string_view a) override { return real_.waiting(a); }
    Result<std::vector<MessageKey>> overdue(Timestamp before, int limit) override {
        return real_.overdue(before, limit);
    }
    Result<void> peek(const std::function<void(model::Ledger&)>& look) override { return real_.peek(look); }
    Result<std::vector<std::pair<std::string, Timestamp>>> events(std::string_view a, std::string_view r) override {
        return real_.events(a, r);
    }
    Result<std::vector<model::Consent>> consent_history(std::string_view a, std::string_view r) override {
        return real_.consent_history(a, r);
    }
    Result<std::vector<model::Suppression>> suppressions(std::string_view c, std::string_view a, int l) override {
        ++suppression_pages;
        if (suppressions_fail) return fail(store::Code::unavailable, "the disk can't be read");
        return real_.suppressions(c, a, l);
    }
    Result<std::vector<model::Message>> collected(MessageKey k) override { return real_.collected(k); }
    Result<std::vector<store::Queued>> follow_ups(Timestamp u, int l) override { return real_.follow_ups(u, l); }
    void close() override { real_.close(); }

  private:
    store::Done<std::vector<model::Leased>> held_back(store::Done<std::vector<model::Leased>> done) {
        return [this, done = std::move(done)](Result<std::vector<model::Leased>> answer) {
            const std::lock_guard lock(mutex_);
            held_leases_.push_back([done, answer = std::move(answer)] { done(answer); });
        };
    }
    template <class T, class Call>
    void submit(store::Done<T> done, Call call) {
        if (!answers_at_once) {
            {
                const std::lock_guard lock(open_->mutex);
                ++open_->writes;
            }
            return call([open = open_, done = std::move(done)](Result<T> result) {
                if (done) done(std::move(result));
                const std::lock_guard lock(open->mutex);
                if (--open->writes == 0) open->idle.notify_all();
            });
        }
        std::promise<Result<T>> answer;
        call([&answer](Result<T> result) { answer.set_value(std::move(result)); });
        auto told = answer.get_future();
        while (step && told.wait_for(std::chrono::seconds(0)) != std::future_status::ready)
            step();
        done(told.get());
    }

    std::mutex mutex_;  // guards held_ and held_leases_
    std::vector<std::function<void()>> held_, held_leases_;
    struct Open {
        std::mutex mutex;  // guards what follows
        int writes = 0;    // that are not answered
        std::condition_variable idle;
    };
    const std::shared_ptr<Open> open_ = std::make_shared<Open>();
    store::Store& real_;
};

}  // namespace chapar::ingress::test
