#pragma once
// The store in memory: the writes of the engine over a MemoryDatabase, and reads over the same data.

#include <atomic>
#include <limits>
#include <mutex>

#include "store/engine/writes.hpp"
#include "store/memory/database.hpp"
#include "store/open_memory.hpp"

namespace chapar::store::memory {

/// With what is known of their parts.
std::vector<model::Attempt> attempts_of(const Content& tables, MessageKey key);

class MemoryStore final : public engine::Writes {
  public:
    MemoryStore(Data& data, const MemoryOptions& options, const Clock& clock);
    ~MemoryStore() override { close(); }

    void erase_person(std::string application, Person person,
                      Done<std::vector<std::pair<std::string, std::int64_t>>> done) override;
    void read_damaged_again(int, Done<std::int64_t> done) override { done(std::int64_t{0}); }
    void close() override;
    /// As a crash: what is not committed yet never is, and the life does not leave.
    void cut() { database_.cut(); }
    /// Does one thing of what waits, where no thread does. False: nothing waits.
    bool step() { return commit().step(); }

    // ---- nodes
    Joined joined() const override { return joined_; }
    void beat(Done<std::int64_t> done) override;

    // ---- messages
    Result<Record> find(MessageId id) override;
    Result<Page> list(const ListFilter& filter, std::optional<MessageKey> below, int limit) override;

    // ---- the queue
    Result<std::vector<Queued>> due(PoolId pool, Timestamp until, int limit,
                                    std::span<const MessageKey> known) override;
    Result<std::vector<PoolDepth>> pools() override;
    Result<std::vector<Orphan>> orphans(int limit) override;
    Result<std::vector<std::pair<MessageKey, int>>> suspects() override;
    Result<std::vector<MessageKey>> overdue(Timestamp now, int limit) override;
    Result<std::vector<Queued>> follow_ups(Timestamp until, int limit) override;
    Result<std::vector<model::Message>> collected(MessageKey leader) override;

    // ---- acceptance and settings
    Result<std::optional<KnownKey>> known_key(std::string_view application, std::string_view key) override;
    Result<std::optional<std::string>> revision(std::string_view revision) override;
    Result<std::vector<std::pair<std::string, std::string>>> settings() override;

    // ---- people and policy
    Result<std::optional<Recipient>> recipient(std::string_view application, std::string_view id) override;
    Result<std::vector<std::string>> categories() override;
    Result<void> peek(const std::function<void(model::Ledger&)>& look) override;
    Result<std::vector<model::Consent>> consent_history(std::string_view application,
                                                        std::string_view recipient) override;
    Result<std::vector<std::pair<std::string, Timestamp>>> events(std::string_view application,
                                                                  std::string_view recipient) override;
    Result<std::vector<model::Suppression>> suppressions(std::string_view after_channel, std::string_view after_address,
                                                         int limit) override;

    // ---- webhooks
    Result<std::vector<WebhookState>> webhooks() override;
    Result<std::vector<WebhookWait>> webhook_waits(std::string_view name) override;
    Result<std::int64_t> feed_end() override;
    Result<std::int64_t> feed_before(Timestamp since) override;

    // ---- reports
    Result<FeedPage> feed(const FeedFilter& filter, FeedCursor after, int limit) override;
    Result<std::vector<model::FeedEntry>> feed_of(MessageKey message) override;
    Result<std::vector<model::FeedEntry>> feed_from(std::string_view address) override;

    // ---- hits
    Result<std::vector<HitFacts>> hit_facts(std::span<const MessageKey> messages) override;
    Result<std::optional<Engagement>> engagement(MessageKey message) override;
    Result<std::vector<Engagement>> engagements(MessageKey after, int limit) override;
    Result<std::vector<DayTotals>> hit_totals(std::int64_t from_day) override;
    // ---- counts for reports
    Result<void> tallies(const TallyFilter& filter, const std::function<void(const TallyView&)>& visit) override;
    Result<std::vector<PersonConversions>> conversions(std::string_view only,
                                                       const std::pair<std::string, std::string>& after,
                                                       int limit) override;
    Result<PersonConversions> conversions_of(std::string_view application, std::string_view person) override;

    // ---- links
    Result<std::optional<model::FoundLink>> find_short(std::string_view code) override;
    Result<std::vector<model::ShortLink>> short_links_of(MessageKey message) override;

  protected:
    std::vector<std::uint64_t> persons_of(MessageKey key) override;

  private:
    /// Over the data, locked.
    template <class Read>
    auto read(Read read) -> decltype(read(std::declval<Content&>())) {
        if (closed_) return fail(Code::closed, "the store is closed");
        const std::lock_guard lock(data_.mutex);
        return read(data_.tables);
    }
    std::int64_t take_ended();
    void forget_people(const std::string& application, std::vector<std::string> names,
                       Done<std::vector<std::pair<std::string, std::int64_t>>> done);

    Data& data_;
    const Joined joined_;
    const bool is_stepped_;
    std::vector<model::LeaseOwner> others_;  // that lived when it was last said; guarded by the data's mutex
    MemoryDatabase database_;
    std::atomic<bool> closed_{false};
    std::mutex overdue_mutex_;  // guards overdue_; one sweep at a time
    std::pair<QueuePlace, MessageKey> overdue_ = first_place();

    static std::pair<QueuePlace, MessageKey> first_place() {
        constexpr auto lowest = std::numeric_limits<std::int64_t>::min();
        return {{lowest, lowest}, MessageKey{lowest}};
    }
};

}  // namespace chapar::store::memory
