// What the policy and the people who run it look at.

#include "address/key.hpp"
#include "base/log.hpp"
#include "store/rows/person_rows.hpp"
#include "store/rows/sum.hpp"
#include "store/sqlite/reader.hpp"

namespace chapar::store::sqlite {

Result<void> Reader::peek(const std::function<void(model::Ledger&)>& look) {
    const Snapshot snapshot(*this);
    auto ledger = policy_.ledger();
    look(ledger);
    policy_.forget();
    const auto damage = ledger.take_damage();
    if (connection_->fault() != 0) return std::unexpected(connection_->error());
    if (!damage.empty()) return fail(Code::corrupt, damage + " is damaged; nothing is sent on the strength of it");
    return {};
}

Result<std::vector<model::Consent>> Reader::consent_history(std::string_view application, std::string_view recipient) {
    const Snapshot snapshot(*this);
    std::vector<model::Consent> out;
    const auto name = address::key(recipient);
    auto rows = consents_.query(application, name);
    while (rows.next()) {
        if (auto word = read_consent(rows)) {
            out.push_back(std::move(*word));
        } else {
            log::error("store.row_damaged", "a stored consent is damaged; it is not shown");
        }
    }
    if (connection_->fault() != 0) return std::unexpected(connection_->error());
    return out;
}

Result<std::vector<std::pair<std::string, Timestamp>>> Reader::events(std::string_view application,
                                                                      std::string_view recipient) {
    const Snapshot snapshot(*this);
    std::vector<std::pair<std::string, Timestamp>> out;
    const auto name = address::key(recipient);
    auto rows = events_.query(application, name);
    while (rows.next()) {
        std::string event(rows.bytes(0));
        if (event_sum(application, name, event, rows.integer(1)) == rows.integer(2)) {
            out.emplace_back(std::move(event), from_ms(rows.integer(1)));
        } else {
            log::error("store.row_damaged", "a stored event is damaged; it is not shown");
        }
    }
    if (connection_->fault() != 0) return std::unexpected(connection_->error());
    return out;
}

/// The rows of one address stay together: a page may be one longer than asked for.
Result<std::vector<model::Suppression>> Reader::suppressions(std::string_view after_channel,
                                                             std::string_view after_address, int limit) {
    const Snapshot snapshot(*this);
    std::vector<model::Suppression> out;
    auto rows = suppressions_.query(after_channel, after_address);
    while (rows.next()) {
        auto row = read_suppression(rows);
        if (!row) {
            log::error("store.row_damaged", "a row of the suppression list is damaged; it is not shown");
            continue;
        }
        const bool is_next = out.empty() || out.back().channel != row->channel || out.back().address != row->address;
        if (is_next && static_cast<int>(out.size()) >= limit) break;
        out.push_back(std::move(*row));
    }
    if (connection_->fault() != 0) return std::unexpected(connection_->error());
    return out;
}

Result<std::vector<model::Message>> Reader::collected(MessageKey leader) {
    const Snapshot snapshot(*this);
    std::vector<model::Message> out;
    bool is_whole = true;
    auto rows = collected_.query(leader.value);
    while (rows.next()) {
        const MessageKey key{rows.integer(0)};
        model::Message carried;
        is_whole = is_whole && sum_of(leader.value, key.value) == rows.integer(1);
        const auto found = message(key, carried);
        is_whole = is_whole && found != Found::damaged;
        if (found == Found::sound) out.push_back(std::move(carried));
    }
    if (connection_->fault() != 0) return std::unexpected(connection_->error());
    if (!is_whole) return fail(Code::corrupt, "a message that this one carries is damaged");
    return out;
}

Result<std::vector<Queued>> Reader::follow_ups(Timestamp until, int limit, Damage& damage) {
    const Snapshot snapshot(*this);
    std::vector<Queued> out;
    std::size_t bytes = 0;
    auto rows = follow_ups_.query(to_ms(until));
    while (static_cast<int>(out.size()) < limit && bytes < page_bytes && rows.next()) {
        const MessageKey key{rows.integer(0)};
        Queued queued;
        PoolId pool;
        const auto state = progress(key, queued.progress, pool);
        if (connection_->fault() != 0) break;
        if (state != Found::sound || queued.progress.state != model::State::sent) {
            damage.entries.push_back({{following_pool, rows.integer(1)}, key});
        } else if (message(key, queued.message) == Found::sound) {
            bytes += queued.message.body.size();
            out.push_back(std::move(queued));
        } else if (connection_->fault() == 0) {
            damage.messages.push_back(key);
        }
    }
    if (connection_->fault() != 0) return std::unexpected(connection_->error());
    return out;
}

}  // namespace chapar::store::sqlite
