#include "store/sqlite/read_rows.hpp"

namespace chapar::store::sqlite {
namespace {

std::optional<std::int64_t> optional_integer(const Rows& rows, int column) {
    if (rows.is_null(column)) return std::nullopt;
    return rows.integer(column);
}

}  // namespace

std::optional<MessageRow> read_message(const Rows& rows) {
    MessageRow row;
    row.key = rows.integer(0);
    row.tail = rows.integer(1);
    row.application = rows.bytes(2);
    row.class_name = rows.bytes(3);
    row.recipient = rows.bytes(4);
    row.campaign = rows.bytes(5);
    row.tags = rows.bytes(6);
    row.accepted_at = rows.integer(7);
    row.send_at = rows.integer(8);
    row.expires_at = rows.integer(9);
    row.idempotency_key = rows.bytes(10);
    row.plan = rows.bytes(11);
    row.body = rows.bytes(12);
    row.fields = rows.bytes(13);
    if (checksum(row) != rows.integer(14)) return std::nullopt;
    return row;
}

std::optional<ProgressRow> read_progress(const Rows& rows) {
    ProgressRow row;
    row.key = rows.integer(0);
    row.state = rows.integer(1);
    row.step = rows.integer(2);
    row.attempts = rows.integer(3);
    row.due = rows.integer(4);
    row.pool = rows.integer(5);
    row.expires = rows.integer(6);
    row.trace = rows.bytes(7);
    row.slots = rows.bytes(8);
    row.follow_up = rows.integer(9);
    row.owner = rows.integer(10);
    row.series = rows.integer(12);
    // Not every update writes these two anew: a wrong type with the right bytes would stay, and fail it.
    if (!rows.is_blob(8) || !rows.is_integer(9) || checksum(row) != rows.integer(11)) return std::nullopt;
    return row;
}

std::optional<AttemptRow> read_attempt(const Rows& rows) {
    AttemptRow row;
    row.key = rows.integer(0);
    row.number = rows.integer(1);
    row.channel = rows.bytes(2);
    row.route = rows.bytes(3);
    row.started_at = rows.integer(4);
    row.finished_at = optional_integer(rows, 5);
    row.verdict = rows.integer(6);
    row.blame = rows.integer(7);
    row.retry_after = optional_integer(rows, 8);
    row.provider_id = rows.bytes(9);
    row.code = rows.bytes(10);
    row.detail = rows.bytes(11);
    if (checksum(row) != rows.integer(12)) return std::nullopt;
    return row;
}

}  // namespace chapar::store::sqlite
