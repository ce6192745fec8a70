#include "store/sqlite/repair.hpp"

#include "base/log.hpp"
#include "store/sqlite/schema.hpp"
#include "store/sqlite/session.hpp"

namespace chapar::store::sqlite {

Look::Look(Connection& connection)
    : connection_(connection),
      progress_(connection, "SELECT " CHAPAR_PROGRESS_COLUMNS " FROM progress WHERE key = ?1"),
      message_(connection, "SELECT " CHAPAR_MESSAGE_COLUMNS " FROM message WHERE key = ?1"),
      fixed_(connection, "SELECT pool, expires, state, due, follow_up FROM progress WHERE key = ?1"),
      listed_(connection, "SELECT 1 FROM live WHERE pool = ?1 AND due = ?2 AND key = ?3 AND state = ?4") {}

std::optional<Rescue> Look::at(MessageKey key, std::optional<Place> at) {
    const auto seen = std::chrono::steady_clock::now();
    std::optional<Place> right;
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
        out.fixed = {.pool = PoolId{rows.integer(0)}, .expires = rows.integer(1), .slots = {}};
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

void Life::repair(const Rescue& rescue) {
    if (rescue.replaces) return replace(rescue);
    const auto row = load(rescue.key);
    if (row.kind == Loaded::Kind::damaged) return;  // met now: looked at anew
    for (const Place& place : rescue.wrong) {
        if (row.place != place) live_.drop(place, rescue.key);
    }
    if (!rescue.lists || !row.place) return;
    const ProgressRow cells = to_row(rescue.key, row.fixed, row.progress);
    live_.put(*row.place, cells);
}

/// The attempts table still fences: attempt numbers go on from the highest one.
void Life::replace(const Rescue& rescue) {
    const MessageKey key = rescue.key;
    log::error("store.row_damaged", "the state of message key {} is damaged; the message is held",
               log::Field("key", key.value));
    Fixed fixed = rescue.fixed;
    for (const Place& place : rescue.wrong)
        live_.drop(place, key);
    if (rescue.message) {
        const auto& message = *rescue.message;
        fixed.pool = intake_.intern(message.class_name, message.application, message.campaign);
        fixed.expires = to_ms(message.expires_at);
        for (const std::int64_t due : {to_ms(message.send_at), sending_due})
            live_.drop({fixed.pool.value, due}, key);
    }
    model::Progress progress;
    progress.state = model::State::held;
    progress.due = clock_.now();
    {
        auto rows = last_attempt_.query(key.value);
        if (rows.next()) progress.attempts = static_cast<int>(rows.integer(0));
    }
    model::append(progress.trace, {clock_.now(), model::Reason::quarantined, "the row of its state was damaged"});
    const ProgressRow cells = to_row(key, fixed, progress);
    replace_progress_.run(cells.key, cells.state, cells.step, cells.attempts, cells.due, cells.pool, cells.expires,
                          checksum(cells), cells.trace);
    if (const auto place = place_of(cells)) live_.put(*place, cells);
    abandon_attempts_.run(key.value, to_ms(clock_.now()));
    note_turn(key, progress, model::State::waiting);
    note_move(key, progress, model::State::waiting);
}

void Session::repair(const std::vector<Rescue>& rescues) {
    for (const Rescue& rescue : rescues) {
        const auto last = lasting_.repaired.find(rescue.key);
        if (last != lasting_.repaired.end() && last->second >= rescue.seen) continue;  // the look is older than that
        life_.repair(rescue);
        if (rescue.replaces) stage_.repaired.push_back(rescue.key);
    }
}

void Session::correct(const CountErrors& errors) {
    for (const auto& [what, by] : errors.by)
        stage_.delta.add(PoolId{what.first}, static_cast<model::State>(what.second), by);
}

/// When SQLite can't read the pages of `live`: anew from the rows, which have all that it says. The counts follow.
void Session::rebuild_live() {
    log::error("store.row_damaged", "the list of live messages is damaged; it is made anew");
    connection_->run(rebuild_live_sql);
    stage_.recounted = true;
}

}  // namespace chapar::store::sqlite
