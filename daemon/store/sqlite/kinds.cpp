#include "store/sqlite/kinds.hpp"

#include <algorithm>
#include <array>

#include "base/log.hpp"
#include "model/message.hpp"
#include "store/rows/person_rows.hpp"

namespace chapar::store::sqlite {
namespace {

constexpr std::int64_t day_ms = 24LL * 60 * 60 * 1000;

}  // namespace

KindCache::KindCache(Connection& connection)
    : connection_(connection),
      select_(connection,
              "SELECT id, used, application, class, category, channel, campaign, sender, tags, sum FROM kind "
              "WHERE id > ?1 ORDER BY id") {}

const model::Kind* KindCache::find(model::KindId id) {
    auto found = by_id_.find(id);
    if (found == by_id_.end()) {
        load_new();
        found = by_id_.find(id);
    }
    return found != by_id_.end() ? found->second : nullptr;
}

model::KindId KindCache::find(const model::Kind& kind) {
    const Entry* known = entry(kind);
    return known != nullptr ? known->id : 0;
}

void KindCache::forget() {
    by_id_.clear();
    by_name_.clear();
    loaded_ = 0;
}

void KindCache::forget_now_and_then() {
    constexpr auto kept = std::chrono::minutes(10);
    const auto now = std::chrono::steady_clock::now();
    if (now - forgot_ < kept) return;
    forgot_ = now;
    forget();
}

KindCache::Entry* KindCache::entry(const model::Kind& kind) {
    const auto name = name_of(kind);
    auto found = by_name_.find(name);
    if (found == by_name_.end()) {
        load_new();
        found = by_name_.find(name);
    }
    return found != by_name_.end() ? &found->second : nullptr;
}

void KindCache::load_new() {
    auto rows = select_.query(loaded_);
    while (rows.next()) {
        const auto id = static_cast<model::KindId>(rows.integer(0));
        model::Kind kind;
        const std::array<std::string*, 6> texts = {&kind.application, &kind.class_name, &kind.category,
                                                   &kind.channel,     &kind.campaign,   &kind.sender};
        for (std::size_t i = 0; i < texts.size(); ++i)
            *texts[i] = rows.bytes(static_cast<int>(i) + 2);
        kind.tags = model::decode_tags(rows.bytes(8));
        loaded_ = std::max(loaded_, id);
        if (checksum(id, rows.integer(1), kind, rows.bytes(8)) == rows.integer(9)) {
            remember(id, rows.integer(1), kind);
        } else {
            log::error("store.usage_damaged", "kind {} is damaged: what was sent as it can't be matched by a rule", id);
        }
    }
}

void KindCache::remember(model::KindId id, std::int64_t used, const model::Kind& kind) {
    loaded_ = std::max(loaded_, id);
    Entry& entry = by_name_[name_of(kind)];
    if (entry.kind) by_id_.erase(entry.id);
    entry = {id, used, std::make_unique<const model::Kind>(kind)};
    by_id_[id] = entry.kind.get();
}

void KindCache::unmake(const std::string& name) {
    const auto found = by_name_.find(name);
    if (found == by_name_.end()) return;
    by_id_.erase(found->second.id);
    by_name_.erase(found);
}

std::string KindCache::name_of(const model::Kind& kind) {
    std::string name;
    for (const auto* text :
         {&kind.application, &kind.class_name, &kind.category, &kind.channel, &kind.campaign, &kind.sender})
        name.append(*text).push_back('\0');
    return name += model::encode_tags(kind.tags);
}

SqlKinds::SqlKinds(Connection& connection, TableMemory& memory)
    : KindCache(connection),
      memory_(memory),
      put_(connection,
           "INSERT OR REPLACE INTO kind (id, used, application, class, category, channel, campaign, sender, tags, sum) "
           "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"),
      drop_(connection, "DELETE FROM kind WHERE used < ?1") {
    const auto last = connection.number("SELECT coalesce(max(id), 0) FROM kind");
    memory.last_kind = std::max(memory.last_kind, static_cast<model::KindId>(last.value_or(0)));
}

model::KindId SqlKinds::intern(const model::Kind& kind, Timestamp now) {
    const std::int64_t today = to_ms(now) / day_ms;
    if (Entry* known = entry(kind)) {
        if (known->used < today) {
            changed_.push_back({name_of(kind), known->used});
            known->used = today;
            write(known->id, today, kind);
        }
        return known->id;
    }
    const model::KindId id = ++memory_.last_kind;
    write(id, today, kind);
    remember(id, today, kind);
    changed_.push_back({name_of(kind), std::nullopt});
    return id;
}

void SqlKinds::undo() {
    for (auto it = changed_.rbegin(); it != changed_.rend(); ++it) {
        if (it->used) {
            known(it->name).used = *it->used;
        } else {
            unmake(it->name);
        }
    }
    changed_.clear();
}

void SqlKinds::write(model::KindId id, std::int64_t used, const model::Kind& kind) {
    const std::string tags = model::encode_tags(kind.tags);
    put_.run(std::int64_t{id}, used, kind.application, kind.class_name, kind.category, kind.channel, kind.campaign,
             kind.sender, tags, checksum(id, used, kind, tags));
}

void SqlKinds::drop_unused(Timestamp before) {
    drop_.run(to_ms(before) / day_ms - 1);
    if (connection_.changes() == 0) return;
    changed_.clear();
    forget();
}

}  // namespace chapar::store::sqlite
