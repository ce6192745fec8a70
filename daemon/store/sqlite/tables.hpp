#pragma once
// All tables of the store over the writer's connection.

#include "store/rules/unit.hpp"
#include "store/sqlite/kinds.hpp"
#include "store/sqlite/tables_hits.hpp"
#include "store/sqlite/tables_links.hpp"
#include "store/sqlite/tables_messages.hpp"
#include "store/sqlite/tables_people.hpp"
#include "store/sqlite/tables_reports.hpp"
#include "store/sqlite/tables_settings.hpp"
#include "store/sqlite/tables_tallies.hpp"
#include "store/sqlite/tables_webhooks.hpp"
#include "store/sqlite/usage.hpp"

namespace chapar::store::sqlite {

class SqlTables final : public Tables {
  public:
    SqlTables(Connection& connection, TableMemory& memory, const Clock& clock);

    bool has_failed() const override { return connection_.fault() != 0; }
    SqlMessages& messages() override { return messages_; }
    SqlStates& states() override { return states_; }
    SqlAttempts& attempts() override { return attempts_; }
    SqlKeys& keys() override { return keys_; }
    Usage& uses() override { return uses_; }
    SqlKinds& kinds() override { return kinds_; }
    SqlRelations& relations() override { return relations_; }
    SqlPeople& people() override { return people_; }
    SqlErasures& erasures() override { return erasures_; }
    SqlProviderIds& provider_ids() override { return provider_ids_; }
    SqlUnmatched& unmatched() override { return unmatched_; }
    SqlFeed& feed() override { return feed_; }
    SqlEngagements& engagements() override { return engagements_; }
    SqlLinks& links() override { return links_; }
    SqlSettings& settings() override { return settings_; }
    SqlPools& pools() override { return pools_; }
    SqlNodes& nodes() override { return nodes_; }
    SqlWebhooks& webhooks() override { return webhooks_; }
    SqlTallies& tallies() override { return tallies_; }
    SqlTouches& touches() override { return touches_; }
    SqlConversions& conversions() override { return conversions_; }

    SearchWriter& search() { return search_; }
    Connection& connection() { return connection_; }
    TableMemory& memory() { return memory_; }

    void begin();
    /// Writes what is kept back until the commit; `changes` are counted.
    void flush(CountChanges& changes);
    /// After a rollback.
    void forget();
    /// The list of what is alive is made anew, and with it the counts.
    void rebuild_live();
    /// The row of this message's state was replaced in the running transaction.
    void note_repaired(MessageKey key) { repaired_.push_back(key); }
    /// After the commit. True: the counts were made anew.
    bool take_recounted();

  private:
    Connection& connection_;
    TableMemory& memory_;
    Live live_;
    SearchWriter search_;
    SqlMessages messages_;
    SqlStates states_;
    SqlAttempts attempts_;
    SqlKeys keys_;
    Usage uses_;
    SqlKinds kinds_;
    SqlRelations relations_;
    SqlPeople people_;
    SqlErasures erasures_;
    SqlProviderIds provider_ids_;
    SqlUnmatched unmatched_;
    SqlFeed feed_;
    SqlEngagements engagements_;
    SqlLinks links_;
    SqlSettings settings_;
    SqlPools pools_;
    SqlNodes nodes_;
    SqlWebhooks webhooks_;
    SqlTallies tallies_;
    SqlTouches touches_;
    SqlConversions conversions_;
    std::vector<MessageKey> repaired_;
    bool recounted_ = false;
};

/// The tables that a write of this backend works on.
inline SqlTables& own(rules::Unit& unit) { return static_cast<SqlTables&>(unit.tables); }

}  // namespace chapar::store::sqlite
