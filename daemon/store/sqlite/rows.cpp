#include "store/sqlite/rows.hpp"

#include "store/sqlite/sum.hpp"

namespace chapar::store::sqlite {
namespace {

std::optional<std::int64_t> optional_integer(const Rows& rows, int column) {
    if (rows.is_null(column)) return std::nullopt;
    return rows.integer(column);
}

}  // namespace

std::int64_t checksum(const MessageRow& row) {
    Sum sum;
    sum.add(row.key).add(row.tail).add(row.accepted_at).add(row.send_at).add(row.expires_at);
    sum.add(row.application).add(row.class_name).add(row.recipient).add(row.campaign).add(row.tags);
    return sum.add(row.idempotency_key).add(row.plan).add(row.body).value();
}

std::int64_t checksum(const ProgressRow& row) {
    Sum sum;
    sum.add(row.key).add(row.state).add(row.step).add(row.attempts).add(row.due).add(row.pool).add(row.expires);
    sum.add(row.trace);
    // Rows from before these columns were given them empty; their sums stay as they are.
    if (!row.slots.empty() || row.follow_up != 0) sum.add(row.slots).add(row.follow_up);
    return sum.value();
}

std::int64_t checksum(const AttemptRow& row) {
    Sum sum;
    sum.add(row.key).add(row.number).add(row.channel).add(row.route).add(row.started_at).add(row.finished_at);
    sum.add(row.verdict).add(row.blame).add(row.retry_after);
    return sum.add(row.provider_id).add(row.code).add(row.detail).value();
}

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
    if (checksum(row) != rows.integer(13)) return std::nullopt;
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
    // Not every update writes these two anew: a wrong type with the right bytes would stay, and fail it.
    if (!rows.is_blob(8) || !rows.is_integer(9) || checksum(row) != rows.integer(10)) return std::nullopt;
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

MessageRow to_row(const model::Message& message, std::string_view plan, std::string_view tags,
                  std::string_view idempotency_key) {
    MessageRow row;
    row.key = message.id.key().value;
    row.tail = static_cast<std::int64_t>(message.id.tail());
    row.application = message.application;
    row.class_name = message.class_name;
    row.recipient = message.recipient;
    row.campaign = message.campaign;
    row.tags = tags;
    row.accepted_at = to_ms(message.accepted_at);
    row.send_at = to_ms(message.send_at);
    row.expires_at = to_ms(message.expires_at);
    row.idempotency_key = idempotency_key;
    row.plan = plan;
    row.body = message.body;
    return row;
}

ProgressRow to_row(MessageKey key, const Fixed& fixed, const model::Progress& progress) {
    ProgressRow row;
    row.key = key.value;
    row.state = static_cast<std::int64_t>(progress.state);
    row.step = progress.step;
    row.attempts = progress.attempts;
    row.due = to_ms(progress.due);
    row.pool = fixed.pool.value;
    row.expires = fixed.expires;
    row.slots = fixed.slots;
    row.follow_up = fixed.follow_up;
    row.trace = progress.trace;
    return row;
}

AttemptRow to_row(MessageKey key, const model::Attempt& attempt) {
    AttemptRow row;
    row.key = key.value;
    row.number = attempt.number;
    row.channel = attempt.channel;
    row.route = attempt.route;
    row.started_at = to_ms(attempt.started_at);
    if (attempt.finished_at) row.finished_at = to_ms(*attempt.finished_at);
    row.verdict = static_cast<std::int64_t>(attempt.outcome.verdict);
    row.blame = static_cast<std::int64_t>(attempt.outcome.blame);
    if (attempt.outcome.retry_after) row.retry_after = attempt.outcome.retry_after->count();
    row.provider_id = attempt.outcome.provider_id;
    row.code = attempt.outcome.code;
    row.detail = attempt.outcome.detail;
    return row;
}

model::Message to_message(const MessageRow& row) {
    model::Message message;
    message.id = MessageId(MessageKey{row.key}, static_cast<std::uint64_t>(row.tail));
    message.application = row.application;
    message.class_name = row.class_name;
    message.recipient = row.recipient;
    message.campaign = row.campaign;
    message.tags = model::decode_tags(row.tags);
    message.plan = model::decode_plan(row.plan);
    message.accepted_at = from_ms(row.accepted_at);
    message.send_at = from_ms(row.send_at);
    message.expires_at = from_ms(row.expires_at);
    message.body = row.body;
    return message;
}

model::Progress to_progress(const ProgressRow& row) {
    model::Progress progress;
    progress.state = static_cast<model::State>(row.state);
    progress.step = static_cast<int>(row.step);
    progress.attempts = static_cast<int>(row.attempts);
    progress.due = from_ms(row.due);
    progress.trace = row.trace;
    return progress;
}

model::Attempt to_attempt(const AttemptRow& row) {
    model::Attempt attempt;
    attempt.number = static_cast<int>(row.number);
    attempt.channel = row.channel;
    attempt.route = row.route;
    attempt.started_at = from_ms(row.started_at);
    if (row.finished_at) attempt.finished_at = from_ms(*row.finished_at);
    attempt.outcome.verdict = model::verdict_from(static_cast<int>(row.verdict)).value_or(model::Verdict::unknown);
    attempt.outcome.blame = model::blame_from(static_cast<int>(row.blame)).value_or(model::Blame::none);
    if (row.retry_after) attempt.outcome.retry_after = Milliseconds(*row.retry_after);
    attempt.outcome.provider_id = row.provider_id;
    attempt.outcome.code = row.code;
    attempt.outcome.detail = row.detail;
    return attempt;
}

}  // namespace chapar::store::sqlite
