#pragma once
// One transaction after another on the writer's connection. Writer's thread only.

#include "store/sqlite/life.hpp"
#include "store/sqlite/shelf.hpp"

namespace chapar::store::sqlite {

class Session {
  public:
    Session(std::unique_ptr<Connection> connection, Tally& tally, std::unordered_set<std::string>& live_revisions,
            const Clock& clock);

    bool begin();
    /// On disk when true. Otherwise the fault is set and the transaction still open.
    bool commit();
    void rollback();
    /// Moves the memory on by what was committed.
    void publish();
    /// Damage in the rows of states was met or reported.
    bool has_damage() const { return damage_; }
    void forget_damage() { damage_ = false; }
    void report_damage() { damage_ = true; }
    /// A transaction of its own. False: the fault is set and the transaction still open.
    bool repair(const std::vector<Rescue>& damaged);

    Connection& connection() { return *connection_; }
    Intake& intake() { return intake_; }
    Life& life() { return life_; }
    Shelf& shelf() { return shelf_; }
    Prune& prune() { return prune_; }
    bool put_revision(const std::string& name, const std::string& bundle);

  private:
    std::unique_ptr<Connection> connection_;
    Tally& tally_;
    std::unordered_set<std::string>& live_revisions_;
    Stage stage_;
    bool damage_ = false;
    Statement begin_, commit_;
    Intake intake_;
    Life life_;
    Shelf shelf_;
    Prune prune_;
};

}  // namespace chapar::store::sqlite
