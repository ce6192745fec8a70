#pragma once
// The rows of a message: their columns, their checksums, and the way to the model and back. Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "model/lease_owner.hpp"
#include "model/message.hpp"
#include "store/rows/tally_rows.hpp"

namespace chapar::store {

/// Views into whatever the row was read from or is made of.
struct MessageRow {
    std::int64_t key = 0, tail = 0;
    std::string_view application, class_name, recipient, campaign, tags;
    std::int64_t accepted_at = 0, send_at = 0, expires_at = 0;
    std::string_view idempotency_key;
    std::string_view plan, body;
    std::string_view fields;  // model::PolicyFields, encoded
};

struct ProgressRow {
    std::int64_t key = 0, state = 0, step = 0, attempts = 0, due = 0, pool = 0, expires = 0;
    std::string_view trace;
    std::string_view slots;  // SlotHoldings, encoded
    std::int64_t follow_up = 0;
    std::int64_t owner = 0;   // model::number_of; 0 where it is not being sent
    std::int64_t series = 0;  // SeriesId; 0: the row is from before there were any
};

struct AttemptRow {
    std::int64_t key = 0, number = 0;
    std::string_view channel, route;
    std::int64_t started_at = 0;
    std::optional<std::int64_t> finished_at;
    std::int64_t verdict = 0, blame = 0;
    std::optional<std::int64_t> retry_after;
    std::string_view provider_id, code, detail;
};

/// XXH3-64 over every column, each with its length.
std::int64_t checksum(const MessageRow& row);
std::int64_t checksum(const ProgressRow& row);
std::int64_t checksum(const AttemptRow& row);

/// `plan` and `tags` are the encoded texts and must outlive the row.
MessageRow to_row(const model::Message& message, std::string_view plan, std::string_view tags,
                  std::string_view idempotency_key);
/// Of a progress row, what `model::Progress` does not have.
struct ProgressColumns {
    PoolId pool;
    std::int64_t expires = 0;
    std::string slots;           // SlotHoldings, encoded
    std::int64_t follow_up = 0;  // 0: none
    model::LeaseOwner owner{};
    SeriesId series{};
};
/// `columns` and `progress` must outlive the row.
ProgressRow to_row(MessageKey key, const ProgressColumns& columns, const model::Progress& progress);
AttemptRow to_row(MessageKey key, const model::Attempt& attempt);

model::Message to_message(const MessageRow& row);
model::Progress to_progress(const ProgressRow& row);
model::Attempt to_attempt(const AttemptRow& row);

}  // namespace chapar::store
