#include "store/rows/rows.hpp"

#include "store/rows/sum.hpp"

namespace chapar::store {

std::int64_t checksum(const MessageRow& row) {
    Sum sum;
    sum.add(row.key).add(row.tail).add(row.accepted_at).add(row.send_at).add(row.expires_at);
    sum.add(row.application).add(row.class_name).add(row.recipient).add(row.campaign).add(row.tags);
    sum.add(row.idempotency_key).add(row.plan).add(row.body);
    // Rows from before this column were given it empty; their sums stay as they are.
    if (!row.fields.empty()) sum.add(row.fields);
    return sum.value();
}

std::int64_t checksum(const ProgressRow& row) {
    Sum sum;
    sum.add(row.key).add(row.state).add(row.step).add(row.attempts).add(row.due).add(row.pool).add(row.expires);
    sum.add(row.trace);
    // Rows from before these columns were given them empty; their sums stay as they are.
    if (!row.slots.empty() || row.follow_up != 0 || row.owner != 0) sum.add(row.slots).add(row.follow_up);
    if (row.owner != 0) sum.add(row.owner);
    if (row.series != 0) sum.add("series").add(row.series);
    return sum.value();
}

std::int64_t checksum(const AttemptRow& row) {
    Sum sum;
    sum.add(row.key).add(row.number).add(row.channel).add(row.route).add(row.started_at).add(row.finished_at);
    sum.add(row.verdict).add(row.blame).add(row.retry_after);
    return sum.add(row.provider_id).add(row.code).add(row.detail).value();
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
    row.fields = message.fields;
    return row;
}

ProgressRow to_row(MessageKey key, const ProgressColumns& columns, const model::Progress& progress) {
    ProgressRow row;
    row.key = key.value;
    row.state = static_cast<std::int64_t>(progress.state);
    row.step = progress.step;
    row.attempts = progress.attempts;
    row.due = to_ms(progress.due);
    row.pool = columns.pool.value;
    row.expires = columns.expires;
    row.slots = columns.slots;
    row.follow_up = columns.follow_up;
    row.owner = model::number_of(columns.owner);
    row.series = columns.series.value;
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
    message.fields = row.fields;
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

}  // namespace chapar::store
