#pragma once
// What became known, as a numbered list that applications read. Writer's thread only but the row functions, which are
// pure; failures are the connection's fault.

#include <optional>
#include <string_view>
#include <utility>

#include "model/report.hpp"
#include "store/sqlite/sql.hpp"

namespace chapar::store::sqlite {

#define CHAPAR_FEED_COLUMNS                                                                                 \
    "key, tail, attempt, part, parts, effect, at, noted_at, application, kind, route, channel, recipient, " \
    "address, code, detail, provider_id, sum, state"
#define CHAPAR_TURN_COLUMNS "key, tail, at, state, reason, step, attempt, bounced, sum"
/// Of a query over `number`, then the columns above. nullopt: the checksum does not match.
std::optional<model::FeedEntry> read_feed(const Rows& rows);

/// A message came to rest in a state, or moved on from it.
struct Turn {
    std::int64_t number = 0;
    MessageId message;
    Timestamp at{};
    model::State state = model::State::sent;
    int reason = 0;          // model::Reason; 0: none is known
    int step = 0;            // of its plan
    int attempt = 0;         // that ended so; 0: it was not the end of one
    bool is_bounce = false;  // failed, because the address was refused
};
/// The same for the columns of a turn.
std::optional<Turn> read_turn(const Rows& rows);
std::int64_t checksum(const Turn& turn);
/// What applications call it.
std::string_view kind_of(const Turn& turn);
/// Of a row's checksum: model::FeedEntry::mark.
std::uint32_t mark_of(std::int64_t sum);

class Feed {
  public:
    explicit Feed(Connection& connection);

    /// The entry's number is given here. `dedupe_key` empty: it is known by other means that it was noted.
    void append(const model::FeedEntry& entry, std::string_view dedupe_key);
    void append(const Turn& turn);
    /// Something was appended since the last call.
    bool take_news() { return std::exchange(has_news_, false); }
    /// After a rollback.
    void forget() {
        next_.reset();
        has_news_ = false;
    }
    bool has(std::string_view route, std::string_view dedupe_key);
    /// How many went: noted before `before`, and what is beyond the most that are kept.
    std::int64_t prune(Timestamp before, int limit);
    /// Of a person who is forgotten.
    void drop(MessageKey key);
    /// What came from this address and belongs to no message.
    void drop_address(std::string_view address);

  private:
    std::int64_t next_number();
    std::int64_t prune(Statement& oldest, Statement& drop, Timestamp before, int limit);

    Connection& connection_;
    Statement append_, append_turn_, has_, oldest_, oldest_turns_, newest_, drop_one_, drop_turn_, drop_message_;
    Statement drop_address_, remember_, begin_sequence_;
    std::optional<std::int64_t> next_;  // number; nothing: not known
    bool has_news_ = false;
};

}  // namespace chapar::store::sqlite
