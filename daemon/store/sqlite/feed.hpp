#pragma once
// What became known, as a numbered list that applications read. Writer's thread only but the row functions, which are
// pure; failures are the connection's fault.

#include <optional>
#include <string_view>

#include "model/report.hpp"
#include "store/sqlite/sql.hpp"

namespace chapar::store::sqlite {

#define CHAPAR_FEED_COLUMNS                                                                                 \
    "key, tail, attempt, part, parts, effect, at, noted_at, application, kind, route, channel, recipient, " \
    "address, code, detail, provider_id, sum"
/// Of a query over `number`, then the columns above. nullopt: the checksum does not match.
std::optional<model::FeedEntry> read_feed(const Rows& rows);

class Feed {
  public:
    explicit Feed(Connection& connection);

    /// The entry's number is given here. `dedupe_key` empty: it is known by other means that it was noted.
    void append(const model::FeedEntry& entry, std::string_view dedupe_key);
    bool has(std::string_view route, std::string_view dedupe_key);
    /// How many went: noted before `before`, and what is beyond the most that are kept.
    std::int64_t prune(Timestamp before, int limit);
    /// Of a person who is forgotten.
    void drop(MessageKey key);
    /// What came from this address and belongs to no message.
    void drop_address(std::string_view address);

  private:
    Connection& connection_;
    Statement append_, has_, oldest_, newest_, drop_one_, drop_message_, drop_address_;
};

}  // namespace chapar::store::sqlite
