#pragma once
// The small things that are kept: recipients, template revisions, settings. And what is thrown away: finished
// messages past their time, revisions that no message needs. Writer's thread only.

#include <string>
#include <unordered_set>

#include "store/sqlite/holdings.hpp"
#include "store/sqlite/live.hpp"
#include "store/sqlite/rows.hpp"
#include "store/sqlite/search.hpp"
#include "store/sqlite/segments.hpp"

namespace chapar::store::sqlite {

class Shelf {
  public:
    explicit Shelf(Connection& connection);

    /// True: it is new.
    bool put_recipient(const Recipient& recipient);
    /// True: it existed.
    bool delete_recipient(const std::string& application, const std::string& id);
    bool put_revision(const std::string& name, const std::string& bundle);
    void put_setting(const std::string& name, const std::optional<std::string>& value);

  private:
    void note_addresses(const std::string& application, const std::string& id, std::string_view profile);

    Connection& connection_;
    Statement select_profile_, put_address_, drop_address_;
    Statement insert_recipient_, update_recipient_, delete_recipient_;
    Statement find_revision_, put_revision_, put_setting_, delete_setting_;
};

/// Deletes in small steps; a cursor walks over the messages, so that long-lived ones are not looked at each time.
class Prune {
  public:
    /// `live_revisions`: put since this process began, so in the catalogue, whatever the counts say.
    Prune(Connection& connection, Live& live, Holder& holder, Segments& segments, SearchWriter& search, Stage& stage,
          const std::unordered_set<std::string>& live_revisions);
    /// How many messages went. Looks at a bounded number of rows.
    std::int64_t run(Timestamp before, int limit);

  private:
    std::vector<MessageKey> candidates(Timestamp before, int limit);
    void erase(MessageKey key);
    void drop_revisions();

    /// A message that is carried by another one goes after it: it may have to be rendered again.
    bool is_needed(const ProgressRow& row);

    Connection& connection_;
    Live& live_;
    Holder& holder_;
    Segments& segments_;
    SearchWriter& search_;
    Stage& stage_;
    Statement scan_, select_message_, delete_message_, delete_progress_, delete_attempts_, delete_key_;
    Statement state_, unused_revisions_, any_segment_, delete_revision_;
    bool has_segments_ = false;
    std::int64_t cursor_ = 0;  // keys up to here were looked at
    const std::unordered_set<std::string>& live_revisions_;
};

}  // namespace chapar::store::sqlite
