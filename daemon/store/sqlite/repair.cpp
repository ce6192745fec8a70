#include "store/sqlite/repair.hpp"

#include "base/log.hpp"
#include "store/rules/pools.hpp"
#include "store/rules/states.hpp"
#include "store/sqlite/read_rows.hpp"
#include "store/sqlite/tables.hpp"

namespace chapar::store::sqlite {

Look::Look(Connection& connection)
    : connection_(connection),
      progress_(connection, "SELECT " CHAPAR_PROGRESS_COLUMNS " FROM progress WHERE key = ?1"),
      message_(connection, "SELECT " CHAPAR_MESSAGE_COLUMNS " FROM message WHERE key = ?1"),
      fixed_(connection, "SELECT pool, expires, state, due, follow_up FROM progress WHERE key = ?1"),
      listed_(connection, "SELECT 1 FROM live WHERE pool = ?1 AND due = ?2 AND key = ?3 AND state = ?4") {}

std::optional<Rescue> Look::at(MessageKey key, std::optional<QueuePlace> at) {
    const auto seen = std::chrono::steady_clock::now();
    std::optional<QueuePlace> right;
    std::int64_t state = 0;
    bool is_there = false, is_sound = false;
    {
        auto rows = progress_.query(key.value);
        is_there = rows.next();
        if (is_there) {
            if (const auto row = read_progress(rows)) {
                is_sound = true;
                right = place_of(*row);
                state = row->state;
            }
        }
        if (connection_.forgive_corruption()) is_there = true;
    }
    if (is_there && !is_sound) {
        auto out = rescue(key);
        if (at) out.wrong.push_back(*at);
        out.seen = seen;
        return out;
    }
    Rescue out;
    out.key = key;
    out.seen = seen;
    if (at && at != right) out.wrong.push_back(*at);
    if (right) {
        auto rows = listed_.query(right->pool, right->due, key.value, state);
        out.lists = !rows.next() && !connection_.forgive_corruption();
    }
    if (!out.lists && out.wrong.empty()) return std::nullopt;
    return out;
}

Rescue Look::rescue(MessageKey key) {
    Rescue out;
    out.key = key;
    out.replaces = true;
    {
        auto rows = message_.query(key.value);
        if (rows.next()) {
            if (const auto row = read_message(rows)) out.message = to_message(*row);
        }
        connection_.forgive_corruption();
    }
    auto rows = fixed_.query(key.value);
    if (rows.next()) {
        out.pool = PoolId{rows.integer(0)};
        out.expires = rows.integer(1);
        // Each of its numbers may be the wrong one: these are the places that it may have.
        for (const std::int64_t pool : {rows.integer(0), following_pool}) {
            for (const std::int64_t due : {rows.integer(3), rows.integer(4), sending_due, held_due})
                out.wrong.push_back({pool, due});
        }
    }
    connection_.forgive_corruption();
    return out;
}

namespace {

using ByState = std::map<std::pair<std::int64_t, std::int64_t>, std::int64_t>;

void add_row(const Rows& rows, ByState& out) {
    const auto state = rows.integer(0);
    if (state < 0 || state >= model::state_count) return;  // whoever reads it will say so
    const bool is_alive = live_index(static_cast<model::State>(state)).has_value();
    ++out[{is_alive ? rows.integer(1) : finished_pool, state}];
}

/// A malformed row ends the quick walk: then each is asked for by itself, and the bad ones are left out. True: one was.
bool count_one_by_one(Connection& connection, ByState& out) {
    bool leaves_out = false;
    Statement keys(connection, "SELECT key FROM progress NOT INDEXED");
    Statement row(connection, "SELECT state, pool FROM progress WHERE key = ?1");
    auto all = keys.query();
    while (all.next()) {
        auto rows = row.query(all.integer(0));
        if (rows.next()) add_row(rows, out);
        leaves_out = connection.forgive_corruption() || leaves_out;
    }
    return leaves_out;
}

bool count_quickly(Connection& connection, const std::function<bool()>& stopped, ByState& out) {
    Statement all(connection, "SELECT state, pool FROM progress");
    auto rows = all.query();
    for (std::int64_t seen = 0; rows.next(); ++seen) {
        add_row(rows, out);
        if (seen % 4096 == 0 && stopped()) return false;
    }
    return true;
}

}  // namespace

void leave_out_whole(Connection& connection, std::vector<Rescue>& rescues) {
    Statement progress(connection, "SELECT " CHAPAR_PROGRESS_COLUMNS " FROM progress WHERE key = ?1");
    std::erase_if(rescues, [&](const Rescue& each) {
        if (!each.replaces) return false;
        bool is_whole = false;
        {
            auto found = progress.query(each.key.value);
            is_whole = found.next() && read_progress(found);
        }
        if (connection.forgive_corruption()) return false;
        const bool was_asked = connection.fault() == 0;
        connection.clear_fault();
        return is_whole || !was_asked;
    });
}

Result<CountErrors> count_errors(Connection& connection, const std::function<bool()>& stopped) {
    CountErrors out;
    connection.run("BEGIN");
    {
        ByState counted;
        if (!count_quickly(connection, stopped, counted)) counted.clear();
        if (stopped()) {
            connection.run("COMMIT");
            return fail(Code::closed, "the store is closed");
        }
        if (connection.forgive_corruption()) {
            counted.clear();
            out.leaves_out = count_one_by_one(connection, counted);
        }
        Statement kept(connection, "SELECT due, key, expires FROM live WHERE pool = ?1");
        auto counts = kept.query(counts_pool);
        while (counts.next()) {
            if (counts.integer(1) < model::state_count)
                counted[{counts.integer(0), counts.integer(1)}] -= counts.integer(2);
        }
        for (const auto& [what, by] : counted) {
            if (by != 0) out.by[what] = by;
        }
    }
    const bool is_well = connection.fault() == 0;
    const auto error = connection.error();
    connection.clear_fault();
    connection.run("COMMIT");
    if (!is_well) return std::unexpected(error);
    return out;
}

namespace {

void replace(rules::Unit& unit, const Rescue& rescue) {
    auto wrong = rescue.wrong;
    if (rescue.message) {
        const auto& message = *rescue.message;
        const auto pool = rules::intern_pool(unit, message.class_name, message.application, message.campaign);
        for (const std::int64_t due : {to_ms(message.send_at), sending_due})
            wrong.push_back({pool.value, due});
    }
    own(unit).states().unlist(rescue.key, wrong);
    rules::replace_damaged(unit, rescue.key, rescue.message, rescue.pool, rescue.expires);
    own(unit).note_repaired(rescue.key);
}

}  // namespace

void repair(rules::Unit& unit, const std::vector<Rescue>& rescues) {
    const auto& repaired = own(unit).memory().repaired;
    for (const Rescue& rescue : rescues) {
        const auto last = repaired.find(rescue.key);
        if (last != repaired.end() && last->second >= rescue.seen) continue;  // the look is older than that
        if (rescue.replaces)
            replace(unit, rescue);
        else
            own(unit).states().relist(rescue.key, rescue.wrong, rescue.lists);
    }
}

void correct(rules::Unit& unit, const CountErrors& errors) {
    for (const auto& [what, by] : errors.by)
        unit.changes.counts.add(PoolId{what.first}, static_cast<model::State>(what.second), by);
}

}  // namespace chapar::store::sqlite
