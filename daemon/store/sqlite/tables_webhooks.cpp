#include "store/sqlite/tables_webhooks.hpp"

#include "base/log.hpp"
#include "store/rows/webhook_rows.hpp"

namespace chapar::store::sqlite {
namespace {

std::optional<std::int64_t> number_of(const std::optional<Timestamp>& at) {
    return at ? std::optional(to_ms(*at)) : std::nullopt;
}

std::optional<Timestamp> time_of(const Rows& rows, int column) {
    return rows.is_null(column) ? std::nullopt : std::optional(from_ms(rows.integer(column)));
}

}  // namespace

SqlWebhooks::SqlWebhooks(Connection& connection)
    : connection_(connection),
      put_(connection,
           "INSERT INTO webhook (name, cursor, last_success, first_failure, disabled_at, why, sum) "
           "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) ON CONFLICT (name) DO UPDATE SET cursor = ?2, last_success = ?3, "
           "first_failure = ?4, disabled_at = ?5, why = ?6, sum = ?7"),
      drop_(connection, "DELETE FROM webhook WHERE name = ?1"),
      put_wait_(connection,
                "INSERT INTO webhook_wait (webhook, number, tries, due, sum) VALUES (?1, ?2, ?3, ?4, ?5) "
                "ON CONFLICT (webhook, number) DO UPDATE SET tries = ?3, due = ?4, sum = ?5"),
      drop_wait_(connection, "DELETE FROM webhook_wait WHERE webhook = ?1 AND number = ?2"),
      drop_waits_(connection, "DELETE FROM webhook_wait WHERE webhook = ?1") {}

void SqlWebhooks::put(const WebhookState& state) {
    put_.run(state.name, state.cursor, to_ms(state.last_success), number_of(state.first_failure),
             number_of(state.disabled_at), state.why, checksum(state));
}

bool SqlWebhooks::drop(std::string_view name) {
    drop_waits_.run(name);
    return drop_.run(name) && connection_.changes() > 0;
}

void SqlWebhooks::put_wait(std::string_view name, const WebhookWait& wait) {
    put_wait_.run(name, wait.number, wait.tries, to_ms(wait.due), checksum(name, wait));
}

WebhookReads::WebhookReads(Connection& connection)
    : all_(connection,
           "SELECT name, cursor, last_success, first_failure, disabled_at, why, sum FROM webhook ORDER BY name"),
      waits_(connection, "SELECT number, tries, due, sum FROM webhook_wait WHERE webhook = ?1 ORDER BY number"),
      end_(connection,
           "SELECT max(coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'feed'), 0), "
           "coalesce((SELECT max(number) FROM turn), 0))"),
      // The first row of each at a number or behind it.
      next_(connection,
            "SELECT (SELECT noted_at FROM feed WHERE number >= ?1 ORDER BY number LIMIT 1), "
            "(SELECT number FROM feed WHERE number >= ?1 ORDER BY number LIMIT 1), "
            "(SELECT at FROM turn WHERE number >= ?1 ORDER BY number LIMIT 1), "
            "(SELECT number FROM turn WHERE number >= ?1 ORDER BY number LIMIT 1)") {}

std::vector<WebhookState> WebhookReads::all() {
    std::vector<WebhookState> out;
    auto rows = all_.query();
    while (rows.next()) {
        WebhookState state{std::string(rows.bytes(0)), rows.integer(1),  from_ms(rows.integer(2)),
                           time_of(rows, 3),           time_of(rows, 4), std::string(rows.bytes(5))};
        if (checksum(state) != rows.integer(6)) {
            log::error("store.row_damaged", "what is kept of webhook {} is damaged; it gets all events anew",
                       state.name);
            state = {.name = state.name, .cursor = 0, .last_success = state.last_success};
        }
        out.push_back(std::move(state));
    }
    return out;
}

std::vector<WebhookWait> WebhookReads::waits(std::string_view name) {
    std::vector<WebhookWait> out;
    auto rows = waits_.query(name);
    while (rows.next()) {
        WebhookWait wait{rows.integer(0), static_cast<int>(rows.integer(1)), from_ms(rows.integer(2))};
        if (checksum(name, wait) != rows.integer(3)) wait = {.number = wait.number};
        out.push_back(wait);
    }
    return out;
}

std::int64_t WebhookReads::feed_end() {
    auto rows = end_.query();
    return rows.next() ? rows.integer(0) : 0;
}

/// Numbers and times grow together, so the place is found by halves.
std::int64_t WebhookReads::feed_before(Timestamp since) {
    const auto is_later = [&](std::int64_t number) {
        auto rows = next_.query(number);
        if (!rows.next()) return true;
        const bool has_report = !rows.is_null(1), has_change = !rows.is_null(3);
        if (!has_report && !has_change) return true;
        const bool is_report = has_report && (!has_change || rows.integer(1) < rows.integer(3));
        return rows.integer(is_report ? 0 : 2) >= to_ms(since);
    };
    std::int64_t before = 0, behind = feed_end() + 1;
    while (behind - before > 1) {
        const auto middle = before + (behind - before) / 2;
        (is_later(middle) ? behind : before) = middle;
    }
    return before;
}

}  // namespace chapar::store::sqlite
