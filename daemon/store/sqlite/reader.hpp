#pragma once
// Reads over read-only connections. Each reader is used by one thread at a time; the pool hands them out.
// A read never waits for the writer, only for another read when all readers are out.

#include <condition_variable>
#include <mutex>
#include <vector>

#include "store/sqlite/ledger.hpp"
#include "store/sqlite/tally.hpp"

namespace chapar::store::sqlite {

/// What a read found damaged; the writer is told.
struct Damage {
    std::vector<MessageKey> messages;  // to be held: their states are sound
    bool states = false;               // rows of states, or their indexes
};

class Reader {
  public:
    explicit Reader(std::unique_ptr<Connection> connection);

    Result<Record> find(MessageId id);
    Result<Page> list(const ListFilter& filter, MessageKey below, int limit, const Tally& tally, Damage& damage);
    Result<std::vector<Queued>> due(PoolId pool, Timestamp until, int limit, std::span<const MessageKey> known,
                                    Damage& damage);
    Result<std::vector<InDoubt>> in_doubt(int limit, Damage& damage);
    Result<std::vector<MessageKey>> overdue(Timestamp now, int limit);
    Result<bool> fill_next_due(std::vector<PoolDepth>& pools);
    Result<std::optional<Recipient>> recipient(std::string_view application, std::string_view id);
    Result<std::optional<KnownKey>> known_key(std::string_view application, std::string_view key);
    Result<std::optional<std::string>> revision(std::string_view name);
    Result<std::vector<std::pair<std::string, std::string>>> settings();
    Result<MessageKey> last_key();
    Result<std::vector<std::pair<MessageKey, int>>> suspects();
    Result<std::vector<MessageKey>> held_damaged(MessageKey after, int limit);
    /// Those whose message reads whole. A reader over a new connection asks the file and not its own cache.
    Result<std::vector<MessageKey>> whole(const std::vector<MessageKey>& keys);
    // ---- policy ----
    Result<void> peek(const std::function<void(model::Ledger&)>& look);
    Result<std::vector<model::Consent>> consent_history(std::string_view application, std::string_view recipient);
    Result<std::vector<std::pair<std::string, Timestamp>>> events(std::string_view application,
                                                                  std::string_view recipient);
    Result<std::vector<model::Suppression>> suppressions(std::string_view after_channel, std::string_view after_address,
                                                         int limit);
    Result<std::vector<model::Message>> collected(MessageKey leader);
    Result<std::vector<Queued>> follow_ups(Timestamp until, int limit, Damage& damage);
    Result<FeedPage> feed(std::string_view application, std::int64_t after, int limit);
    Result<std::vector<model::FeedEntry>> feed_of(MessageKey message);
    Result<std::vector<model::FeedEntry>> feed_from(std::string_view address);

    Connection& connection() { return *connection_; }

  private:
    /// One consistent view over several statements; also where a fault of the previous read is forgotten.
    class Snapshot {
      public:
        explicit Snapshot(Reader& reader) : reader_(reader) {
            reader_.connection_->clear_fault();
            reader_.begin_.run();
        }
        ~Snapshot() {
            reader_.connection_->clear_fault();
            reader_.end_.run();
            reader_.connection_->clear_fault();
        }
        Snapshot(const Snapshot&) = delete;
        Snapshot& operator=(const Snapshot&) = delete;

      private:
        Reader& reader_;
    };
    enum class Found { sound, missing, damaged };
    Found message(MessageKey key, model::Message& out, std::string* idempotency_key = nullptr);
    Found progress(MessageKey key, model::Progress& out, PoolId& pool);
    void attempts(MessageKey key, std::vector<model::Attempt>& out);
    void receipts(MessageKey key, model::Attempt& attempt);
    bool matches(MessageKey key, const ListFilter& filter);

    std::unique_ptr<Connection> connection_;
    Statement begin_, end_;
    Statement message_, progress_, attempts_, due_, in_doubt_, list_, narrow_;
    Statement overdue_, next_due_, recipient_, known_key_, revision_, settings_, last_key_;
    Statement suspects_, held_damaged_;
    Statement consents_, events_, suppressions_, collected_, follow_ups_;
    Statement segment_, feed_, feed_next_, feed_of_, feed_from_;
    ReadingLedger ledger_;
};

class ReaderPool {
  public:
    void add(std::unique_ptr<Reader> reader);
    /// Waits for those that are out, then closes all.
    void close();

    /// Runs `read(Reader&)`; Code::closed after `close`.
    template <class Fn>
    auto with(Fn read) -> decltype(read(std::declval<Reader&>())) {
        auto reader = take();
        if (!reader) return fail(Code::closed, "the store is closed");
        auto result = read(*reader);
        give_back(std::move(reader));
        return result;
    }

  private:
    std::unique_ptr<Reader> take();
    void give_back(std::unique_ptr<Reader> reader);

    std::mutex mutex_;  // guards what follows
    std::condition_variable returned_;
    std::vector<std::unique_ptr<Reader>> free_;
    std::size_t out_ = 0;
    bool closed_ = false;
};

}  // namespace chapar::store::sqlite
