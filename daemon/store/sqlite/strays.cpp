#include "store/sqlite/strays.hpp"

#include <algorithm>

#include "base/log.hpp"
#include "store/sqlite/sum.hpp"

namespace chapar::store::sqlite {
namespace {

constexpr std::size_t most_unknown = 20'000;

#define CHAPAR_STRAY_COLUMNS \
    "key, tail, number, word, at, noted_at, route, channel, provider_id, kind, address, code, detail, sum, cost"

std::int64_t key_of(const model::Report& report) { return report.attempt ? report.attempt->message.key().value : 0; }
std::int64_t tail_of(const model::Report& report) {
    return report.attempt ? static_cast<std::int64_t>(report.attempt->message.tail()) : 0;
}
std::int64_t number_of(const model::Report& report) { return report.attempt ? report.attempt->number : 0; }

std::int64_t id_scope(std::string_view route, std::string_view normal_id) { return sum_of(route, normal_id); }

/// What makes two reports the same: not when they came.
std::uint64_t content_of(const model::Report& report) {
    return static_cast<std::uint64_t>(sum_of(
        key_of(report), number_of(report), static_cast<std::int64_t>(report.word), std::string_view(report.route),
        std::string_view(model::normal_provider_id(report.provider_id)), std::string_view(report.kind)));
}

std::int64_t checksum(const model::Report& report, std::int64_t noted_at) {
    Sum sum;
    sum.add(key_of(report)).add(tail_of(report)).add(number_of(report)).add(static_cast<std::int64_t>(report.word));
    sum.add(to_ms(report.at)).add(noted_at);
    for (const std::string* text : {&report.route, &report.channel, &report.provider_id, &report.kind, &report.address,
                                    &report.code, &report.detail})
        sum.add(std::string_view(*text));
    if (report.bill) sum.add(std::string_view(model::show_bill(*report.bill)));  // older rows have none
    return sum.value();
}

/// Of a query over `stray`, then the columns above.
std::optional<model::Report> read_stray(const Rows& rows) {
    model::Report out;
    if (rows.integer(1) != 0) {
        out.attempt = AttemptId{MessageId(MessageKey{rows.integer(1)}, static_cast<std::uint64_t>(rows.integer(2))),
                                static_cast<int>(rows.integer(3))};
    }
    out.word = static_cast<model::Word>(rows.integer(4));
    out.at = from_ms(rows.integer(5));
    int column = 7;
    for (std::string* text :
         {&out.route, &out.channel, &out.provider_id, &out.kind, &out.address, &out.code, &out.detail})
        *text = rows.bytes(column++);
    out.bill = model::read_bill(rows.bytes(column + 1));
    if (checksum(out, rows.integer(6)) == rows.integer(column)) return out;
    log::error("store.row_damaged", "a report that waited for its message is damaged; it is not applied");
    return std::nullopt;
}

}  // namespace

Strays::Strays(Connection& connection)
    : connection_(connection),
      insert_(connection,
              "INSERT INTO stray (" CHAPAR_STRAY_COLUMNS
              ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15) RETURNING stray"),
      select_one_(connection, "SELECT stray, " CHAPAR_STRAY_COLUMNS " FROM stray WHERE stray = ?1"),
      all_(connection, "SELECT stray, " CHAPAR_STRAY_COLUMNS " FROM stray ORDER BY stray"),
      old_(connection, "SELECT stray FROM stray WHERE noted_at < ?1 ORDER BY stray LIMIT ?2"),
      by_address_(connection, "SELECT stray FROM stray WHERE address = ?1 COLLATE NOCASE"),
      delete_(connection, "DELETE FROM stray WHERE stray = ?1") {}

void Strays::load() {
    if (std::exchange(is_loaded_, true)) return;
    known_.clear();
    by_scope_.clear();
    unknown_ = 0;
    auto rows = all_.query();
    while (rows.next()) {
        const auto report = read_stray(rows);
        if (!report) continue;
        const bool is_early = report->attempt.has_value();
        const auto scope =
            is_early ? key_of(*report) : id_scope(report->route, model::normal_provider_id(report->provider_id));
        known_[rows.integer(0)] = {scope, content_of(*report), is_early};
        by_scope_.emplace(scope, rows.integer(0));
        unknown_ += is_early ? 0 : 1;
    }
}

Strays::Kept Strays::keep_early(const model::Report& report, Timestamp now) {
    return keep(report, key_of(report), true, now);
}

Strays::Kept Strays::keep_unknown(const model::Report& report, Timestamp now) {
    model::Report nameless = report;
    nameless.attempt.reset();
    load();
    if (unknown_ >= most_unknown) {
        const auto oldest = std::ranges::find_if(known_, [](const auto& each) { return !each.second.is_early; });
        if (oldest != known_.end()) drop(oldest->first);
    }
    return keep(nameless, id_scope(report.route, model::normal_provider_id(report.provider_id)), false, now);
}

Strays::Kept Strays::keep(const model::Report& report, std::int64_t scope, bool is_early, Timestamp now) {
    load();
    const Known fresh{scope, content_of(report), is_early};
    const auto [from, to] = by_scope_.equal_range(scope);
    for (auto at = from; at != to; ++at) {
        const Known& known = known_.at(at->second);
        if (known.is_early == is_early && known.content == fresh.content) return Kept::repeated;
    }
    std::int64_t number = 0;
    const auto cost = report.bill ? model::show_bill(*report.bill) : std::string();
    {
        auto rows =
            insert_.query(key_of(report), tail_of(report), number_of(report), static_cast<std::int64_t>(report.word),
                          to_ms(report.at), to_ms(now), report.route, report.channel, report.provider_id, report.kind,
                          report.address, report.code, report.detail, checksum(report, to_ms(now)), cost);
        if (!rows.next()) return Kept::fresh;  // the connection's fault says so
        number = rows.integer(0);
    }
    known_[number] = fresh;
    by_scope_.emplace(scope, number);
    unknown_ += is_early ? 0 : 1;
    return Kept::fresh;
}

std::vector<model::Report> Strays::take_early(MessageKey key) { return take(key.value, true); }

std::vector<model::Report> Strays::take_unknown(std::string_view route, std::string_view normal_id) {
    auto out = take(id_scope(route, normal_id), false);
    return out;
}

std::vector<model::Report> Strays::take(std::int64_t scope, bool is_early) {
    load();
    std::vector<std::int64_t> numbers;
    const auto [from, to] = by_scope_.equal_range(scope);
    for (auto at = from; at != to; ++at) {
        if (known_.at(at->second).is_early == is_early) numbers.push_back(at->second);
    }
    std::ranges::sort(numbers);
    std::vector<model::Report> out;
    for (const auto number : numbers) {
        {
            auto rows = select_one_.query(number);
            if (rows.next()) {
                if (auto report = read_stray(rows)) out.push_back(std::move(*report));
            }
        }
        drop(number);
    }
    return out;
}

void Strays::drop(std::int64_t number) {
    const auto found = known_.find(number);
    if (found != known_.end()) {
        const auto [from, to] = by_scope_.equal_range(found->second.scope);
        for (auto at = from; at != to; ++at) {
            if (at->second != number) continue;
            by_scope_.erase(at);
            break;
        }
        unknown_ -= found->second.is_early ? 0 : 1;
        known_.erase(found);
    }
    delete_.run(number);
}

std::int64_t Strays::prune(Timestamp before, int limit) {
    load();
    std::vector<std::int64_t> old;
    {
        auto rows = old_.query(to_ms(before), limit);
        while (rows.next())
            old.push_back(rows.integer(0));
    }
    for (const auto number : old)
        drop(number);
    return static_cast<std::int64_t>(old.size());
}

void Strays::drop_address(std::string_view address) {
    load();
    if (known_.empty()) return;
    std::vector<std::int64_t> numbers;
    {
        auto rows = by_address_.query(address);
        while (rows.next())
            numbers.push_back(rows.integer(0));
    }
    for (const auto number : numbers)
        drop(number);
}

}  // namespace chapar::store::sqlite
