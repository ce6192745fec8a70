#pragma once
// The rows that writes are going to ask for, each kind read in one call of its table. What was not wanted is read when
// it is asked for, and counted: on a database across a network each of these waits for an answer.

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "store/rows/tables.hpp"

namespace chapar::store::rules {

/// How rows were read.
struct RowReads {
    std::int64_t fetches = 0;  // calls that read what was wanted, for any number of rows
    std::int64_t singles = 0;  // rows that were asked for and had not been wanted
};

/// States, attempts and the feed's answers are handed out once: from then on the table alone says what they are, since
/// a rule may have changed them. Owners, names and provider ids stay, as rules change the ids here, too (`put`), and
/// the others by an erasure alone, which forgets all.
class WantedRows {
  public:
    /// In place of the states that were wanted before. Answers the key at which a table that fails has stopped, as far
    /// as that can be told: behind it there is nothing.
    std::optional<MessageKey> fetch_states(StateTable& table, std::span<const MessageKey> keys);
    void fetch_attempts(AttemptTable& table, std::span<const AttemptKey> keys);
    void fetch_names(AttemptTable& table, std::vector<AttemptKey> keys);
    void fetch_owners(MessageTable& table, std::vector<MessageKey> keys);
    void fetch_provider_ids(ProviderIdTable& table, std::vector<ProviderIdKey> keys);
    void fetch_feed(FeedTable& table, const std::vector<std::string>& dedupes);

    /// Nothing: it was not wanted, or was handed out.
    std::optional<Stored<StateRow>> take_state(MessageKey key);
    /// The same, which stays. Null: as above.
    const Stored<StateRow>* state(MessageKey key) const;
    Stored<model::Attempt> attempt(AttemptTable& table, const AttemptKey& key);
    std::optional<AttemptNames> names(AttemptTable& table, const AttemptKey& key);
    std::optional<MessageOwner> owner(MessageTable& table, MessageKey key);
    std::optional<ProviderId> provider_id(ProviderIdTable& table, const ProviderIdKey& key);
    void put(ProviderIdTable& table, const ProviderId& id);
    bool is_in_feed(FeedTable& table, const std::string& dedupe);

    void note_single_read() { ++reads_.singles; }
    const RowReads& reads() const { return reads_; }
    /// What was read, not how much.
    void forget();

  private:
    template <class Key, class Value>
    using Found = std::map<Key, std::optional<Value>>;

    std::unordered_map<MessageKey, Stored<StateRow>> states_;
    std::map<AttemptKey, Stored<model::Attempt>> attempts_;
    Found<AttemptKey, AttemptNames> names_;
    Found<MessageKey, MessageOwner> owners_;
    Found<ProviderIdKey, ProviderId> ids_;
    std::map<std::string, bool> feed_;
    RowReads reads_;
};

}  // namespace chapar::store::rules
