// What was reported: by attempt, and as applications read it.

#include "address/key.hpp"
#include "base/log.hpp"
#include "store/sqlite/feed.hpp"
#include "store/sqlite/reader.hpp"
#include "store/sqlite/segments.hpp"

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
        auto rows = segment_.query(attempt.route, normal);
        if (!rows.next()) continue;
        const auto segment = read_segment(rows);
        if (segment && segment->key == key && segment->number == attempt.number)
            attempt.receipts.push_back(to_receipt(*segment));
    }
}

Result<FeedPage> Reader::feed(std::string_view application, std::int64_t after, int limit) {
    const Snapshot snapshot(*this);
    FeedPage page;
    page.next = after;
    {
        auto rows = feed_next_.query();
        if (rows.next()) page.oldest = rows.integer(0);
    }
    auto rows = feed_.query(after, most_looks);
    while (static_cast<int>(page.entries.size()) < limit && rows.next()) {
        page.next = rows.integer(0);
        auto entry = read_feed(rows);
        if (!entry) {
            log::error("store.row_damaged", "entry {} of the events is damaged; it is not shown", page.next);
        } else if (application.empty() || entry->application == application) {
            page.entries.push_back(std::move(*entry));
        }
    }
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
