#include "store/sqlite/segments.hpp"

#include "address/key.hpp"
#include "base/log.hpp"
#include "store/sqlite/sum.hpp"

namespace chapar::store::sqlite {
namespace {

constexpr std::int64_t contradicted_bit = 4;

std::int64_t packed_fate(const Segment& segment) {
    return static_cast<std::int64_t>(segment.fate) | (segment.contradicted ? contradicted_bit : 0);
}

std::int64_t checksum(const Segment& segment) {
    return sum_of(std::string_view(segment.route), std::string_view(segment.id), segment.key.value,
                  std::int64_t{segment.number}, std::int64_t{segment.part}, std::int64_t{segment.parts},
                  packed_fate(segment), to_ms(segment.at), std::string_view(segment.code));
}

}  // namespace

std::optional<Segment> read_segment(const Rows& rows) {
    Segment out;
    out.route = rows.bytes(0);
    out.id = rows.bytes(1);
    out.key = MessageKey{rows.integer(2)};
    out.number = static_cast<int>(rows.integer(3));
    out.part = static_cast<int>(rows.integer(4));
    out.parts = static_cast<int>(rows.integer(5));
    const auto fate = rows.integer(6);
    out.contradicted = (fate & contradicted_bit) != 0;
    out.fate = static_cast<Segment::Fate>(fate & 3);
    out.at = from_ms(rows.integer(7));
    out.code = rows.bytes(8);
    if (checksum(out) == rows.integer(9)) return out;
    log::error("store.row_damaged", "what a provider's id stands for is damaged; its receipts are unknown");
    return std::nullopt;
}

model::PartReceipt to_receipt(const Segment& segment) {
    model::PartReceipt out;
    out.id = segment.id;
    out.part = segment.part;
    out.parts = segment.parts;
    if (segment.fate != Segment::Fate::open) out.delivered = segment.fate == Segment::Fate::delivered;
    out.contradicted = segment.contradicted;
    out.code = segment.code;
    out.at = segment.at;
    return out;
}

std::int64_t last_sent_scope(std::string_view route, std::string_view address) {
    const auto key = address::key(address);
    return sum_of(route, std::string_view(key));
}
std::int64_t last_sent_sum(std::int64_t scope, std::int64_t key) { return sum_of(scope, key); }

Segments::Segments(Connection& connection)
    : put_(connection, "INSERT OR REPLACE INTO segment (" CHAPAR_SEGMENT_COLUMNS
                       ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"),
      find_(connection, "SELECT " CHAPAR_SEGMENT_COLUMNS " FROM segment WHERE route = ?1 AND id = ?2"),
      drop_(connection, "DELETE FROM segment WHERE route = ?1 AND id = ?2 AND key = ?3"),
      put_last_(connection, "INSERT OR REPLACE INTO last_sent (scope, key, sum) VALUES (?1, ?2, ?3)"),
      last_(connection, "SELECT key, sum FROM last_sent WHERE scope = ?1"),
      drop_last_(connection, "DELETE FROM last_sent WHERE scope = ?1 AND key = ?2"),
      attempts_(connection, "SELECT route, provider_id FROM attempt WHERE key = ?1 AND provider_id <> ''") {}

void Segments::put(const Segment& segment) {
    put_.run(segment.route, segment.id, segment.key.value, segment.number, segment.part, segment.parts,
             packed_fate(segment), to_ms(segment.at), segment.code, checksum(segment));
}

std::optional<Segment> Segments::find(std::string_view route, std::string_view normal_id) {
    auto rows = find_.query(route, normal_id);
    if (!rows.next()) return std::nullopt;
    return read_segment(rows);
}

std::vector<Segment> Segments::of_attempt(std::string_view route, std::string_view ids, MessageKey key, int number) {
    std::vector<Segment> out;
    for (const auto id : model::split_provider_ids(ids)) {
        auto found = find(route, model::normal_provider_id(id));
        if (found && found->key == key && found->number == number) out.push_back(std::move(*found));
    }
    return out;
}

void Segments::sent_to(std::string_view route, std::string_view address, MessageKey key) {
    const auto scope = last_sent_scope(route, address);
    put_last_.run(scope, key.value, last_sent_sum(scope, key.value));
}

std::optional<MessageKey> Segments::last_to(std::string_view route, std::string_view address) {
    const auto scope = last_sent_scope(route, address);
    auto rows = last_.query(scope);
    if (!rows.next() || rows.integer(1) != last_sent_sum(scope, rows.integer(0))) return std::nullopt;
    return MessageKey{rows.integer(0)};
}

std::vector<std::pair<std::string, std::string>> Segments::ids_of(MessageKey key) {
    std::vector<std::pair<std::string, std::string>> out;
    auto rows = attempts_.query(key.value);
    while (rows.next())
        out.emplace_back(rows.bytes(0), rows.bytes(1));
    return out;
}

void Segments::drop(MessageKey key, const std::vector<model::PlanStep>& plan) {
    for (const auto& [route, ids] : ids_of(key)) {
        for (const auto id : model::split_provider_ids(ids))
            drop_.run(route, model::normal_provider_id(id), key.value);
    }
    drop_addresses(key, plan);
}

void Segments::drop_addresses(MessageKey key, const std::vector<model::PlanStep>& plan) {
    for (const auto& [route, ids] : ids_of(key)) {
        for (const auto& step : plan) {
            if (!step.address.empty()) drop_last_.run(last_sent_scope(route, step.address), key.value);
        }
    }
}

}  // namespace chapar::store::sqlite
