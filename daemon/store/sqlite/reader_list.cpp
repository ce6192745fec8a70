// Listing: a walk over the dense progress rows, newest first; a message is read only when it may be shown.

#include <algorithm>

#include "base/log.hpp"
#include "store/sqlite/reader.hpp"

namespace chapar::store::sqlite {
namespace {

constexpr int rows_looked_at = 20'000;

/// What the pool alone can refuse. An unknown pool belongs to a message that nobody was answered for yet.
bool pool_matches(const std::optional<Pool>& pool, const ListFilter& filter) {
    if (!pool) return false;
    const auto agrees = [](const std::string& wanted, const std::string& is) { return wanted.empty() || wanted == is; };
    return agrees(filter.application, pool->application) && agrees(filter.class_name, pool->class_name) &&
           agrees(filter.campaign, pool->campaign);
}

/// The pools of one walk, so that the tally is asked once for each.
class PoolFilter {
  public:
    PoolFilter(const Tally& tally, const ListFilter& filter) : tally_(tally), filter_(filter) {}
    bool passes(PoolId id) {
        const auto found = known_.find(id);
        if (found != known_.end()) return found->second;
        return known_[id] = pool_matches(tally_.pool(id), filter_);
    }

  private:
    const Tally& tally_;
    const ListFilter& filter_;
    std::unordered_map<PoolId, bool> known_;
};

}  // namespace

bool Reader::matches(MessageKey key, const ListFilter& filter) {
    if (filter.recipient.empty() && filter.tag.empty()) return true;
    auto rows = narrow_.query(key.value);
    if (!rows.next()) return connection_->forgive_corruption();  // the full read says what is wrong
    if (!filter.recipient.empty() && rows.bytes(0) != filter.recipient) return false;
    return filter.tag.empty() || rows.bytes(1).find('\n' + filter.tag + '\n') != std::string_view::npos;
}

Result<Page> Reader::list(const ListFilter& filter, MessageKey below, int limit, const Tally& tally, Damage& damage) {
    const Snapshot snapshot(*this);
    Page page;
    PoolFilter pools(tally, filter);
    std::size_t bytes = 0;
    auto rows = list_.query(below.value);
    for (int looked = 0; rows.next(); ++looked) {
        if (looked == rows_looked_at || static_cast<int>(page.records.size()) >= limit || bytes >= page_bytes) {
            page.next = below;
            break;
        }
        below = MessageKey{rows.integer(0)};
        const auto row = read_progress(rows);
        if (!row) damage.states = true;
        if (!row || (filter.state && row->state != static_cast<std::int64_t>(*filter.state)) ||
            !pools.passes(PoolId{row->pool}) || !matches(below, filter))
            continue;
        Record record;
        record.progress = to_progress(*row);
        if (message(below, record.message, &record.idempotency_key) == Found::sound) {
            bytes += record.message.body.size();
            page.records.push_back(std::move(record));
        } else if (connection_->fault() == 0) {
            damage.messages.push_back(below);
        }
    }
    if (connection_->fault() != 0) return std::unexpected(connection_->error());
    return page;
}

}  // namespace chapar::store::sqlite
