#include "store/sqlite/repair.hpp"

#include <thread>

#include "base/log.hpp"
#include "store/sqlite/schema.hpp"
#include "store/sqlite/session.hpp"

namespace chapar::store::sqlite {
namespace {

Rescue rescue(Connection& connection, Statement& message, Statement& fixed, MessageKey key) {
    Rescue out;
    out.key = key;
    {
        auto rows = message.query(key.value);
        if (rows.next()) {
            if (const auto row = read_message(rows)) out.message = to_message(*row);
        }
        connection.forgive_corruption();
    }
    auto rows = fixed.query(key.value);
    if (rows.next()) out.fixed = {.pool = PoolId{rows.integer(0)}, .expires = rows.integer(1), .slots = {}};
    connection.forgive_corruption();
    return out;
}

/// Those of `damaged` that a new connection finds damaged too: a disk that fails for a moment looks like damage, and a
/// row that is replaced is gone.
Result<std::vector<Rescue>> look_again(const std::string& path, std::vector<Rescue> damaged) {
    auto connection = Connection::open(path, Access::read);
    if (!connection) return std::unexpected(connection.error());
    Statement progress(**connection, "SELECT " CHAPAR_PROGRESS_COLUMNS " FROM progress WHERE key = ?1");
    std::erase_if(damaged, [&](const Rescue& each) {
        auto found = progress.query(each.key.value);
        const bool sound = found.next() && read_progress(found);
        (*connection)->forgive_corruption();
        return sound;
    });
    if ((*connection)->fault() != 0) return std::unexpected((*connection)->error());
    return damaged;
}

Result<std::vector<Rescue>> look(Connection& connection) {
    std::vector<Rescue> out;
    Statement keys(connection, "SELECT key FROM progress NOT INDEXED");
    Statement progress(connection, "SELECT " CHAPAR_PROGRESS_COLUMNS " FROM progress WHERE key = ?1");
    Statement message(connection, "SELECT " CHAPAR_MESSAGE_COLUMNS " FROM message WHERE key = ?1");
    Statement fixed(connection, "SELECT pool, expires FROM progress WHERE key = ?1");
    auto rows = keys.query();
    while (rows.next()) {
        const MessageKey key{rows.integer(0)};
        bool sound = false;
        {
            auto found = progress.query(key.value);
            sound = found.next() && read_progress(found);
            connection.forgive_corruption();
        }
        if (!sound) out.push_back(rescue(connection, message, fixed, key));
    }
    if (connection.fault() != 0) return std::unexpected(connection.error());
    return out;
}

}  // namespace

Result<std::vector<Rescue>> find_damaged(const std::string& path) {
    constexpr int looks = 3;
    auto connection = Connection::open(path, Access::read);
    if (!connection) return std::unexpected(connection.error());
    auto damaged = look(**connection);
    for (int more = 1; more < looks && damaged && !damaged->empty(); ++more) {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        damaged = look_again(path, std::move(*damaged));
    }
    return damaged;
}

/// The attempts table still fences: attempt numbers go on from the highest one.
void Life::replace(const Rescue& rescue) {
    const MessageKey key = rescue.key;
    log::error("store.row_damaged", "the state of message key {} is damaged; the message is held",
               log::Field("key", key.value));
    Fixed fixed = rescue.fixed;
    if (rescue.message) {
        const auto& message = *rescue.message;
        fixed.pool = intake_.intern(message.class_name, message.application, message.campaign);
        fixed.expires = to_ms(message.expires_at);
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
    abandon_attempts_.run(key.value, to_ms(clock_.now()));
    note_move(key, progress, model::State::waiting);
}

/// SQLite finds a row's index entries by the row's values, so a damaged row can't be replaced while the indexes stand.
std::optional<std::vector<Moved>> Session::repair(const std::vector<Rescue>& damaged) {
    if (!begin()) return std::nullopt;
    stage_.recount = true;
    connection_->run(drop_progress_indexes);
    for (const Rescue& rescue : damaged)
        life_.replace(rescue);
    connection_->run(create_progress_indexes);
    if (!commit()) return std::nullopt;
    return publish();
}

}  // namespace chapar::store::sqlite
