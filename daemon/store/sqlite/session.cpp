#include "store/sqlite/session.hpp"

#include "base/log.hpp"

namespace chapar::store::sqlite {

Session::Session(std::unique_ptr<Connection> connection, Tally& tally, Lasting& lasting, const Clock& clock)
    : connection_(std::move(connection)),
      tally_(tally),
      lasting_(lasting),
      begin_(*connection_, "BEGIN IMMEDIATE"),
      commit_(*connection_, "COMMIT"),
      intake_(*connection_, tally, stage_),
      usage_(*connection_, lasting, clock),
      kinds_(*connection_, lasting),
      digests_(*connection_),
      holder_(*connection_, usage_),
      ledger_(*connection_, usage_, kinds_, digests_, clock),
      life_(*connection_, intake_, holder_, ledger_, stage_, clock),
      people_(*connection_, digests_, clock),
      segments_(*connection_),
      strays_(*connection_),
      feed_(*connection_),
      receipts_(*connection_, life_, people_, segments_, strays_, feed_, clock),
      erasure_(*connection_, life_, people_, Traces{segments_, strays_, feed_}),
      shelf_(*connection_),
      prune_(*connection_, holder_, segments_, stage_, lasting.live_revisions),
      suspects_(*connection_),
      put_mark_(*connection_, "UPDATE identity SET mark = ?1, journal = ?2"),
      may_go_(*connection_,
              "SELECT key FROM progress WHERE key > ?1 AND (state IN (0, 1) OR follow_up > 0) ORDER BY key LIMIT ?2") {}

bool Session::begin() {
    stage_ = {};
    stage_.tells_moves = lasting_.tells_moves;
    intake_.begin();
    return begin_.run();
}

bool Session::commit() {
    intake_.flush_revisions();
    usage_.flush();
    return commit_.run();
}

bool Session::put_revision(const std::string& name, const std::string& bundle) {
    lasting_.live_revisions.insert(name);
    return shelf_.put_revision(name, bundle);
}

std::vector<AcceptResult> Session::accept(const std::vector<NewMessage>& batch) {
    return intake_.accept(batch, [this](const NewMessage& item) { life_.supersede(item); });
}

std::vector<model::Leased> Session::lease(const std::vector<Lease>& batch, model::Gate* gate) {
    erasure_.before_lease(batch);
    return life_.lease(batch, gate);
}

bool Session::settle(const Settlement& settlement) {
    if (!life_.settle(settlement)) return false;
    if (settlement.deaths) suspects_.note_deaths(settlement.key, *settlement.deaths);
    if (settlement.suppress) people_.suppress({*settlement.suppress});
    receipts_.settled(settlement);
    if (settlement.suppress) people_.suppress({*settlement.suppress});
    erasure_.after_move(settlement.key);
    return true;
}

Result<model::Progress> Session::move(const Transition& transition) {
    auto progress = life_.move(transition);
    if (progress) erasure_.after_move(transition.key);
    // Whoever asks for another try has looked at it: nothing is held against it any more.
    if (progress && transition.event == model::Event::retry) suspects_.forget(transition.key);
    return progress;
}

void Session::quarantine(MessageKey key, std::string_view what) {
    // What was on its way may have left, so it never goes again by itself.
    if (life_.quarantine(key, what) == model::State::waiting) suspects_.note_damage(key);
}

std::pair<std::int64_t, std::optional<MessageKey>> Session::hold_restored(MessageKey after, int limit) {
    std::vector<MessageKey> keys;
    {
        auto rows = may_go_.query(after.value, limit);
        while (rows.next())
            keys.push_back(MessageKey{rows.integer(0)});
    }
    std::int64_t held = 0;
    for (const MessageKey key : keys)
        held += life_.hold_restored(key) ? 1 : 0;
    if (static_cast<int>(keys.size()) < limit) return {held, std::nullopt};
    return {held, keys.back()};
}

bool Session::acquit(MessageKey key) {
    suspects_.forget(key);
    return life_.acquit(key);
}

Reported Session::report(const model::Report& report) {
    auto reported = receipts_.report(report);
    if (reported.message) erasure_.after_move(reported.message->key());
    return reported;
}

std::int64_t Session::prune_feed(Timestamp before, int limit) {
    return feed_.prune(before, limit) + strays_.prune(before, limit);
}

std::int64_t Session::prune_uses(Timestamp before, int limit) {
    const auto gone = usage_.prune(before, limit);
    if (const auto none = usage_.none_before()) kinds_.drop_unused(*none);
    return gone;
}

void Session::rollback() {
    if (meaning(connection_->fault()) == Code::corrupt || stage_.damage_seen) damage_ = true;
    connection_->clear_fault();
    connection_->run("ROLLBACK");  // fails when SQLite has rolled back by itself
    connection_->clear_fault();
    usage_.forget();
    kinds_.forget();
    digests_.forget();
    ledger_.take_damage();
    erasure_.forget();
    strays_.forget();
    stage_ = {};
}

std::vector<Moved> Session::publish() {
    damage_ = damage_ || stage_.damage_seen;
    tally_.apply(stage_.delta);
    if (stage_.recount && !tally_.load(*connection_)) {
        log::error("store.recount_failed", "the waiting messages could not be counted: {}",
                   connection_->error().message());
        connection_->clear_fault();
    }
    auto moved = std::move(stage_.moved);
    stage_ = {};
    return moved;
}

}  // namespace chapar::store::sqlite
