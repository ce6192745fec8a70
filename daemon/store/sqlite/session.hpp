#pragma once
// One transaction after another on the writer's connection. Writer's thread only.

#include "store/sqlite/erasure.hpp"
#include "store/sqlite/receipts.hpp"
#include "store/sqlite/shelf.hpp"
#include "store/sqlite/suspects.hpp"

namespace chapar::store::sqlite {

class Session {
  public:
    Session(std::unique_ptr<Connection> connection, Tally& tally, Lasting& lasting, const Clock& clock);

    bool begin();
    /// On disk when true. Otherwise the fault is set and the transaction still open.
    bool commit();
    void rollback();
    /// Moves the memory on by what was committed; the moves that somebody wants to know of.
    std::vector<Moved> publish();
    /// What was met since the last call: rows of states that can't be believed, and whether SQLite could not read.
    /// The feed has become longer; asked once after each commit.
    bool take_news() { return feed_.take_news(); }
    struct Damage {
        std::vector<MessageKey> rows;
        bool unreadable = false;
    };
    Damage take_damage() { return std::exchange(damage_, {}); }
    void repair(const std::vector<Rescue>& rescues);
    void correct(const CountErrors& errors);
    void rebuild_live();

    Connection& connection() { return *connection_; }
    std::vector<AcceptResult> accept(const std::vector<NewMessage>& batch);
    std::vector<model::Leased> lease(const std::vector<Lease>& batch, model::Gate* gate);
    bool settle(const Settlement& settlement);
    Result<model::Progress> move(const Transition& transition);
    Reported report(const model::Report& report);
    std::int64_t prune_feed(Timestamp before, int limit);
    /// Holds a message whose row is damaged.
    void quarantine(MessageKey key, std::string_view what);
    /// A message whose row proved whole waits again; false: it is not held for that.
    bool acquit(MessageKey key);
    const std::vector<Stage::Step>& steps() const { return stage_.steps; }
    /// How far the journal is whole, in this transaction.
    void put_mark(std::int64_t mark, JournalState state) { put_mark_.run(mark, static_cast<std::int64_t>(state)); }
    /// hold_restored for up to `limit` messages behind `after`; how many were held, and where to go on (nothing: done).
    std::pair<std::int64_t, std::optional<MessageKey>> hold_restored(MessageKey after, int limit);
    Life& life() { return life_; }
    People& people() { return people_; }
    Erasure& erasure() { return erasure_; }
    Shelf& shelf() { return shelf_; }
    SearchWriter& search() { return search_; }
    bool put_revision(const std::string& name, const std::string& bundle);
    std::int64_t prune(Timestamp before, int limit);
    std::int64_t prune_uses(Timestamp before, int limit);

  private:
    std::unique_ptr<Connection> connection_;
    Tally& tally_;
    Lasting& lasting_;
    Stage stage_;
    Damage damage_;
    const Clock& clock_;
    Statement begin_, commit_;
    Live live_;
    SearchWriter search_;
    Intake intake_;
    Usage usage_;
    KindWriter kinds_;
    Digests digests_;
    Holder holder_;
    WritingLedger ledger_;
    Feed feed_;
    Life life_;
    People people_;
    Segments segments_;
    Strays strays_;
    Receipts receipts_;
    Shelf shelf_;
    Erasure erasure_;
    Prune prune_;
    Suspects suspects_;
    Statement put_mark_, may_go_;
};

}  // namespace chapar::store::sqlite
