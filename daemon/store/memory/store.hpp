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
    void close() override {
        end_writing();
        closed_ = true;
    }

    // ---- messages
    Result<Record> find(MessageId id) override;
    Result<Page> list(const ListFilter& filter, std::optional<MessageKey> below, int limit) override;

    // ---- the queue
    Result<std::vector<Queued>> due(PoolId pool, Timestamp until, int limit,
                                    std::span<const MessageKey> known) override;
    Result<std::vector<PoolDepth>> pools() override;
    Result<std::vector<InDoubt>> in_doubt(int limit) override;
    Result<std::vector<std::pair<MessageKey, int>>> suspects() override;
    Result<std::vector<MessageKey>> overdue(Timestamp now, int limit) override;
    Result<std::vector<Queued>> follow_ups(Timestamp until, int limit) override;
    Result<std::vector<model::Message>> collected(MessageKey leader) override;

    // ---- acceptance and settings
    Result<std::optional<KnownKey>> known_key(std::string_view application, std::string_view key) override;
    Result<MessageKey> last_key() override;
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

    // ---- reports
    Result<FeedPage> feed(const FeedFilter& filter, FeedCursor after, int limit) override;
    Result<std::vector<model::FeedEntry>> feed_of(MessageKey message) override;
    Result<std::vector<model::FeedEntry>> feed_from(std::string_view address) override;

  private:
    /// Over the data, locked.
    template <class Read>
    auto read(Read read) -> decltype(read(std::declval<Content&>())) {
        if (closed_) return fail(Code::closed, "the store is closed");
        const std::lock_guard lock(data_.mutex);
        return read(data_.tables);
    }
    void forget_people(const std::string& application, std::vector<std::string> names,
                       Done<std::vector<std::pair<std::string, std::int64_t>>> done);

    Data& data_;
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
