#include "store/sqlite/intake.hpp"

#include <sqlite3.h>

#include <algorithm>

#include "base/log.hpp"
#include "store/sqlite/holdings.hpp"

namespace chapar::store::sqlite {

Intake::Intake(Connection& connection, const Tally& tally, Live& live, Stage& stage)
    : connection_(connection),
      tally_(tally),
      live_(live),
      stage_(stage),
      insert_message_(connection,
                      "INSERT INTO message (key, tail, application, class, recipient, campaign, tags, accepted_at, "
                      "send_at, expires_at, idempotency_key, sum, plan, body) "
                      "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)"),
      insert_progress_(connection,
                       "INSERT INTO progress (key, state, step, attempts, due, pool, expires, sum, trace, slots) "
                       "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"),
      insert_pool_(connection, "INSERT INTO pool (id, class, application, campaign) VALUES (?1, ?2, ?3, ?4)"),
      claim_key_(connection,
                 "INSERT INTO idempotency (application, idempotency_key, key, request_hash) VALUES (?1, ?2, ?3, ?4) "
                 "ON CONFLICT DO NOTHING"),
      find_key_(connection,
                "SELECT i.key, i.request_hash, m.tail, m.application, m.idempotency_key FROM idempotency AS i "
                "LEFT JOIN message AS m ON m.key = i.key WHERE i.application = ?1 AND i.idempotency_key = ?2"),
      retake_key_(connection,
                  "UPDATE idempotency SET key = ?3, request_hash = ?4 WHERE application = ?1 AND idempotency_key = ?2"),
      use_revision_(connection,
                    "INSERT INTO revision (name, bundle, messages, used_until) VALUES (?1, NULL, 0, ?2) "
                    "ON CONFLICT (name) DO UPDATE SET used_until = max(used_until, ?2)") {}

std::vector<AcceptResult> Intake::accept(const std::vector<NewMessage>& batch,
                                         const std::function<void(const NewMessage&)>& collapse) {
    std::vector<AcceptResult> results;
    results.reserve(batch.size());
    for (const NewMessage& item : batch) {
        if (connection_.fault() != 0) break;
        results.push_back(accept_one(item));
        if (item.collapse != 0 && results.back().kind == AcceptResult::Kind::accepted) collapse(item);
    }
    return results;
}

AcceptResult Intake::accept_one(const NewMessage& item) {
    if (!item.idempotency_key.empty()) {
        if (auto first = known(item)) return *first;
    }
    insert(item);
    return {AcceptResult::Kind::accepted, item.message.id};
}

std::optional<AcceptResult> Intake::known(const NewMessage& item) {
    const auto& application = item.message.application;
    const auto hash = static_cast<std::int64_t>(item.request_hash);
    claim_key_.run(application, item.idempotency_key, item.message.id.key().value, hash);
    if (connection_.fault() != 0 || connection_.changes() == 1) return std::nullopt;
    {
        auto rows = find_key_.query(application, item.idempotency_key);
        if (!rows.next()) return std::nullopt;
        const bool sound = rows.bytes(3) == application && rows.bytes(4) == item.idempotency_key;
        if (sound) {
            const auto kind = rows.integer(1) == hash ? AcceptResult::Kind::duplicate : AcceptResult::Kind::conflict;
            return AcceptResult{kind,
                                MessageId(MessageKey{rows.integer(0)}, static_cast<std::uint64_t>(rows.integer(2)))};
        }
    }
    log::error("store.row_damaged", "an idempotency row points to a message that does not carry its key; replaced");
    retake_key_.run(application, item.idempotency_key, item.message.id.key().value, hash);
    return std::nullopt;
}

void Intake::insert(const NewMessage& item) {
    const model::Message& message = item.message;
    const PoolId pool = intern(message.class_name, message.application, message.campaign);
    plan_ = model::encode_plan(message.plan);
    const std::string tags = model::encode_tags(message.tags);
    const MessageRow row = to_row(message, plan_, tags, item.idempotency_key);
    insert_message_.run(row.key, row.tail, row.application, row.class_name, row.recipient, row.campaign, row.tags,
                        row.accepted_at, row.send_at, row.expires_at, row.idempotency_key, checksum(row), row.plan,
                        Blob{row.body});
    model::Progress progress;
    progress.due = message.send_at;
    Fixed fixed{.pool = pool, .expires = row.expires_at, .slots = {}};
    if (item.collapse != 0) {
        Holdings holdings;
        holdings.collapse = item.collapse;
        fixed.slots = encode(holdings);
    }
    const ProgressRow moving = to_row(message.id.key(), fixed, progress);
    insert_progress_.run(moving.key, moving.state, moving.step, moving.attempts, moving.due, moving.pool,
                         moving.expires, checksum(moving), moving.trace, Blob{moving.slots});
    if (const auto place = place_of(moving)) live_.put(*place, moving);
    stage_.delta.add(pool, model::State::waiting, 1);
    for (const auto& step : message.plan) {
        if (!step.revision.empty()) use_revision(step.revision, message.id.key());
    }
}

void Intake::use_revision(const std::string& revision, MessageKey key) {
    const std::int64_t now = key.value >> MessageId::order_bits;
    std::int64_t& until = used_until_[revision];
    if (now <= until) return;
    until = now + std::chrono::milliseconds(std::chrono::hours(1)).count();
    use_revision_.run(revision, until);
}

PoolId Intake::intern(std::string_view class_name, std::string_view application, std::string_view campaign) {
    const auto is_same = [&](const Pool& pool) {
        return pool.class_name == class_name && pool.application == application && pool.campaign == campaign;
    };
    if (last_pool_.id.value != 0 && is_same(last_pool_)) return last_pool_.id;
    auto& made = stage_.delta.new_pools;
    auto name = pool_name(class_name, application, campaign);
    if (const auto found = made.find(name); found != made.end()) {
        last_pool_ = found->second;
    } else if (auto pool = tally_.find(class_name, application, campaign); pool && !is_gone(pool->id)) {
        last_pool_ = std::move(*pool);
    } else {
        const auto next = tally_.highest().value + static_cast<std::int64_t>(made.size()) + 1;
        last_pool_ = {PoolId{next}, std::string(class_name), std::string(application), std::string(campaign)};
        insert_pool_.run(next, class_name, application, campaign);
        made.emplace(std::move(name), last_pool_);
    }
    return last_pool_.id;
}

bool Intake::is_gone(PoolId id) const {
    return std::ranges::find(stage_.delta.gone_pools, id) != stage_.delta.gone_pools.end();
}

std::optional<Pool> Intake::pool(PoolId id) const {
    for (const auto& [name, made] : stage_.delta.new_pools) {
        if (made.id == id) return made;
    }
    return is_gone(id) ? std::nullopt : tally_.pool(id);
}

void Intake::drop_idle_pools(Monotonic before) {
    constexpr std::size_t limit = 500;
    for (const PoolId id : tally_.idle(before, limit)) {
        if (stage_.delta.live.contains(id) || is_gone(id)) continue;
        live_.drop_pool(id);
        stage_.delta.gone_pools.push_back(id);
    }
    if (stage_.delta.gone_pools.empty()) return;
    last_pool_ = {};
    live_.keep_highest(tally_.highest());
}

}  // namespace chapar::store::sqlite
