#include "store/sqlite/session.hpp"

#include "base/log.hpp"

namespace chapar::store::sqlite {

Session::Session(std::unique_ptr<Connection> connection, Tally& tally, std::unordered_set<std::string>& live_revisions,
                 const Clock& clock)
    : connection_(std::move(connection)),
      tally_(tally),
      live_revisions_(live_revisions),
      begin_(*connection_, "BEGIN IMMEDIATE"),
      commit_(*connection_, "COMMIT"),
      intake_(*connection_, tally, stage_),
      life_(*connection_, intake_, stage_, clock),
      shelf_(*connection_),
      prune_(*connection_, stage_, live_revisions) {}

bool Session::begin() {
    stage_ = {};
    intake_.begin();
    return begin_.run();
}

bool Session::commit() {
    intake_.flush_revisions();
    return commit_.run();
}

bool Session::put_revision(const std::string& name, const std::string& bundle) {
    live_revisions_.insert(name);
    return shelf_.put_revision(name, bundle);
}

void Session::rollback() {
    if (meaning(connection_->fault()) == Code::corrupt || stage_.damage_seen) damage_ = true;
    connection_->clear_fault();
    connection_->run("ROLLBACK");  // fails when SQLite has rolled back by itself
    connection_->clear_fault();
    stage_ = {};
}

void Session::publish() {
    damage_ = damage_ || stage_.damage_seen;
    tally_.apply(stage_.delta);
    if (stage_.recount && !tally_.load(*connection_)) {
        log::error("store.recount_failed", "the waiting messages could not be counted: {}",
                   connection_->error().message());
        connection_->clear_fault();
    }
    stage_ = {};
}

}  // namespace chapar::store::sqlite
