// Looks at messages, as they are kept.

#include "base/log.hpp"
#include "store/rows/hit_facts.hpp"
#include "store/sqlite/reader.hpp"
#include "store/sqlite/tables_hits.hpp"

namespace chapar::store::sqlite {

HitFacts Reader::facts_of(MessageKey key) {
    model::Message message;
    model::Progress now;
    PoolId pool;
    if (this->message(key, message) != Found::sound || progress(key, now, pool) != Found::sound) return {};
    std::vector<model::Attempt> all;
    attempts(key, all);
    return store::facts_of(message, now, all);
}

std::optional<Engagement> Reader::hits_of(MessageKey key) {
    auto rows = engagement_.query(key.value);
    if (!rows.next()) return std::nullopt;
    auto out = read_engagement(rows, key);
    if (!out) log::error("store.row_damaged", "the hits of a message are damaged; they are not shown");
    return out;
}

Result<std::vector<HitFacts>> Reader::hit_facts(std::span<const MessageKey> messages) {
    const Snapshot snapshot(*this);
    std::vector<HitFacts> out;
    out.reserve(messages.size());
    for (const auto key : messages)
        out.push_back(facts_of(key));
    if (connection_->fault() != 0) return std::unexpected(connection_->error());
    return out;
}

Result<std::optional<Engagement>> Reader::engagement(MessageKey message) {
    const Snapshot snapshot(*this);
    auto out = hits_of(message);
    if (connection_->fault() != 0) return std::unexpected(connection_->error());
    return out;
}

Result<std::vector<Engagement>> Reader::engagements(MessageKey after, int limit) {
    const Snapshot snapshot(*this);
    std::vector<Engagement> out;
    {
        auto rows = engagements_.query(after.value, limit);
        while (rows.next()) {
            const MessageKey key{rows.integer(2)};
            // A damaged one has its place, so that whoever walks comes by it.
            out.push_back(read_engagement(rows, key).value_or(Engagement{.message = key}));
        }
    }
    if (connection_->fault() != 0) return std::unexpected(connection_->error());
    return out;
}

Result<std::vector<DayTotals>> Reader::hit_totals(std::int64_t from_day) {
    const Snapshot snapshot(*this);
    std::vector<DayTotals> out;
    {
        auto rows = hit_totals_.query(from_day);
        while (rows.next()) {
            if (out.empty() || out.back().day != rows.integer(0)) out.push_back({.day = rows.integer(0)});
            const auto kind = static_cast<std::size_t>(rows.integer(1)),
                       why = static_cast<std::size_t>(rows.integer(2));
            auto& totals = out.back().totals;
            if (kind < totals.size() && why < totals[kind].size()) totals[kind][why] = rows.integer(3);
        }
    }
    if (connection_->fault() != 0) return std::unexpected(connection_->error());
    return out;
}

}  // namespace chapar::store::sqlite
