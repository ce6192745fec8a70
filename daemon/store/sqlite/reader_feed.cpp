// What was reported: by attempt, and as applications read it.

#include <algorithm>

#include "address/key.hpp"
#include "base/log.hpp"
#include "store/rows/feed_view.hpp"
#include "store/sqlite/reader.hpp"
#include "store/sqlite/tables_reports.hpp"

namespace chapar::store::sqlite {
namespace {

constexpr int most_looks = 5'000;

std::vector<model::FeedEntry> entries_of(Rows rows) {
    std::vector<model::FeedEntry> out;
    while (rows.next()) {
        if (auto entry = read_feed(rows))
            out.push_back(std::move(*entry));
        else
            log::error("store.row_damaged", "entry {} of the events is damaged; it is not shown", rows.integer(0));
    }
    return out;
}

}  // namespace

void Reader::receipts(MessageKey key, model::Attempt& attempt) {
    for (const auto id : model::split_provider_ids(attempt.outcome.provider_id)) {
        const auto normal = model::normal_provider_id(id);
        auto rows = provider_id_.query(attempt.route, normal);
        if (!rows.next()) continue;
        const auto part = read_provider_id(rows);
        if (part && part->key == key && part->number == attempt.number) attempt.receipts.push_back(to_receipt(*part));
    }
}

struct Reader::FeedWalk {
    const FeedFilter& filter;
    FeedPage page{};
    std::size_t bytes = 0;  // of the messages that were read
};

bool Reader::is_of_another_store(FeedCursor cursor) {
    if (!cursor.mark) return false;
    auto rows = feed_mark_.query(cursor.number);
    return rows.next() && !rows.is_null(0) && mark_of(rows.integer(0)) != *cursor.mark;
}

/// Looks at what costs little first: a body may be large.
bool Reader::is_meant(const FeedFilter& filter, const model::FeedEntry& entry) {
    if (!store::is_meant(filter, entry) || !asks_message(filter)) return store::is_meant(filter, entry);
    auto rows = feed_owner_.query(entry.message->key().value);
    if (!rows.next()) return false;
    model::Message owner;
    owner.application = rows.bytes(0);
    owner.class_name = rows.bytes(1);
    owner.campaign = rows.bytes(2);
    owner.tags = model::decode_tags(rows.bytes(3));
    return store::is_meant(filter, owner);
}

void Reader::fill(FeedWalk& walk, model::FeedEntry& entry, model::Message& message) {
    message = {};
    std::string idempotency_key;
    if (!entry.message || this->message(entry.message->key(), message, &idempotency_key) != Found::sound) return;
    walk.bytes += message.body.size();
    store::fill(entry, message, idempotency_key);
}

void Reader::show(FeedWalk& walk, model::FeedEntry entry) {
    if (!is_meant(walk.filter, entry)) return;
    model::Message message;
    fill(walk, entry, message);
    walk.page.entries.push_back(std::move(entry));
}

void Reader::fill_cause(const StateChange& change, const model::Message& message, model::FeedEntry& entry) {
    const auto key = change.message.key();
    std::vector<model::Attempt> all;
    if (change.attempt != 0) attempts(key, all);
    model::Progress now;
    PoolId pool;
    const bool is_known = change.reason != 0 && progress(key, now, pool) == Found::sound;
    store::fill_cause(change, message, all, is_known ? std::optional(std::move(now)) : std::nullopt, entry);
}

void Reader::show(FeedWalk& walk, const StateChange& change) {
    model::FeedEntry entry = entry_of(change);
    if (!walk.filter.application.empty()) {
        auto rows = feed_owner_.query(change.message.key().value);
        if (rows.next()) entry.application = rows.bytes(0);
    }
    if (!is_meant(walk.filter, entry)) return;
    if (change.hit) {
        const auto hits = hits_of(change.message.key());
        if (!fill_hit(change, hits ? &*hits : nullptr, entry)) return;  // forgotten
    }
    model::Message message;
    fill(walk, entry, message);
    if (!change.hit) fill_cause(change, message, entry);
    walk.page.entries.push_back(std::move(entry));
}

Result<FeedPage> Reader::feed(const FeedFilter& filter, FeedCursor after, int limit) {
    const Snapshot snapshot(*this);
    FeedWalk walk{filter};
    auto& page = walk.page;
    std::int64_t newest = 0;
    {
        auto rows = feed_next_.query();
        if (rows.next()) page.oldest = rows.integer(0);
    }
    {
        auto rows = feed_newest_.query();
        if (rows.next()) newest = rows.integer(0);
    }
    const bool is_foreign = after.number > newest || is_of_another_store(after);
    page.missed = after.number != 0 && (is_foreign || after.number + 1 < page.oldest);
    page.next = is_foreign ? FeedCursor{} : after;
    auto reports = feed_.query(page.next.number, most_looks);
    auto changes = change_.query(page.next.number, most_looks);
    bool has_report = reports.next(), has_change = changes.next();
    for (int looks = 0; (has_report || has_change) && looks < most_looks; ++looks) {
        if (static_cast<int>(page.entries.size()) >= limit || walk.bytes >= page_bytes) break;
        const bool is_report = has_report && (!has_change || reports.integer(0) < changes.integer(0));
        const Rows& row = is_report ? reports : changes;
        page.next = {row.integer(0), mark_of(row.integer(is_report ? 18 : 9))};
        auto report = is_report ? read_feed(row) : std::nullopt;
        const auto change = is_report ? std::nullopt : read_change(row);
        if (report)
            show(walk, std::move(*report));
        else if (change)
            show(walk, *change);
        else
            log::error("store.row_damaged", "entry {} of the events is damaged; it is not shown", page.next.number);
        (is_report ? has_report : has_change) = is_report ? reports.next() : changes.next();
    }
    page.has_more = has_report || has_change;
    if (connection_->fault() != 0) return std::unexpected(connection_->error());
    return page;
}

Result<std::vector<model::FeedEntry>> Reader::feed_of(MessageKey message) {
    const Snapshot snapshot(*this);
    auto out = entries_of(feed_of_.query(message.value));
    if (connection_->fault() != 0) return std::unexpected(connection_->error());
    return out;
}

Result<std::vector<model::FeedEntry>> Reader::feed_from(std::string_view address) {
    const Snapshot snapshot(*this);
    const auto key = address::key(address);
    auto out = entries_of(feed_from_.query(key));
    if (key != address) {  // of an earlier version
        auto older = entries_of(feed_from_.query(address));
        std::ranges::move(older, std::back_inserter(out));
        std::ranges::sort(out, {}, &model::FeedEntry::number);
    }
    if (connection_->fault() != 0) return std::unexpected(connection_->error());
    return out;
}

}  // namespace chapar::store::sqlite
