#include "store/sqlite/session.hpp"

#include <algorithm>
#include <iterator>

namespace chapar::store::sqlite {
namespace {

/// A pool in which nothing is alive is forgotten after this time, in the next prune.
constexpr auto pool_kept = std::chrono::minutes(10);

}  // namespace

Session::Session(std::unique_ptr<Connection> connection, Tally& tally, Lasting& lasting, const Clock& clock)
    : connection_(std::move(connection)),
      tally_(tally),
      lasting_(lasting),
      clock_(clock),
      begin_(*connection_, "BEGIN IMMEDIATE"),
      commit_(*connection_, "COMMIT"),
      live_(*connection_),
      search_(*connection_),
      intake_(*connection_, tally, live_, stage_),
      usage_(*connection_, lasting, clock),
      kinds_(*connection_, lasting),
      digests_(*connection_),
      holder_(*connection_, usage_),
      ledger_(*connection_, usage_, kinds_, digests_, clock),
      feed_(*connection_),
      life_(*connection_, intake_, live_, search_, holder_, ledger_, feed_, stage_, clock),
      people_(*connection_, digests_, clock),
      segments_(*connection_),
      strays_(*connection_),
      receipts_(*connection_, life_, people_, segments_, strays_, feed_, clock),
      shelf_(*connection_),
      erasure_(*connection_, life_, people_, shelf_, Traces{segments_, strays_, feed_, search_}, lasting.country),
      prune_(*connection_, live_, holder_, segments_, search_, stage_, lasting.live_revisions),
      suspects_(*connection_),
      put_mark_(*connection_, "UPDATE identity SET mark = ?1, journal = ?2"),
      may_go_(*connection_,
              "SELECT key FROM progress WHERE key > ?1 AND (state IN (0, 1) OR follow_up > 0) ORDER BY key LIMIT ?2") {}

bool Session::begin() {
    stage_ = {};
    stage_.tells_moves = lasting_.tells_moves;
    intake_.begin();
    kinds_.begin();
    return begin_.run();
}

bool Session::commit() {
    usage_.flush();
    live_.count(stage_.delta);
    return commit_.run();
}

bool Session::put_revision(const std::string& name, const std::string& bundle) {
    lasting_.live_revisions.insert(name);
    return shelf_.put_revision(name, bundle);
}

std::vector<AcceptResult> Session::accept(const std::vector<NewMessage>& batch) {
    for (const auto& item : batch) {
        if (item.category.empty()) continue;
        model::Kind kind;
        kind.application = item.message.application;
        kind.class_name = item.message.class_name;
        kind.category = item.category;
        kinds_.intern(kind, clock_.now());
    }
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

std::int64_t Session::prune(Timestamp before, int limit) {
    intake_.drop_idle_pools(clock_.monotonic() - pool_kept);
    return prune_.run(before, limit);
}

void Session::rollback() {
    if (meaning(connection_->fault()) == Code::corrupt) {
        damage_.unreadable = true;
        if (stage_.looking_at) damage_.rows.push_back(*stage_.looking_at);
    }
    std::ranges::move(stage_.damaged, std::back_inserter(damage_.rows));
    connection_->clear_fault();
    connection_->run("ROLLBACK");  // fails when SQLite has rolled back by itself
    connection_->clear_fault();
    usage_.forget();
    kinds_.undo();
    digests_.forget();
    ledger_.take_damage();
    erasure_.forget();
    strays_.forget();
    feed_.forget();
    intake_.forget();
    search_.forget();
    live_.take_relisted();
    stage_ = {};
}

std::vector<Moved> Session::publish() {
    std::ranges::move(stage_.damaged, std::back_inserter(damage_.rows));
    for (const MessageKey key : stage_.repaired)
        lasting_.repaired[key] = std::chrono::steady_clock::now();
    stage_.delta.relisted = live_.take_relisted();
    tally_.apply(stage_.delta, clock_.monotonic());
    if (stage_.recounted && !tally_.load(*connection_, clock_.monotonic())) connection_->clear_fault();
    auto moved = std::move(stage_.moved);
    stage_ = {};
    return moved;
}

}  // namespace chapar::store::sqlite
