#include "store/sqlite/pending_tallies.hpp"

#include <limits>
#include <string>
#include <string_view>

#include "base/log.hpp"
#include "store/rows/sum.hpp"

namespace chapar::store::sqlite {
namespace {

using model::Named;
using model::Tallied;

// `due`: the day above, the series below. `key`: a currency of three letters, the step, the counter.
constexpr int day_shift = 32, step_shift = 8, currency_shift = 16, letter_bits = 8;
constexpr std::int64_t most_series = std::numeric_limits<std::uint32_t>::max(), most_steps = 256;
constexpr std::int64_t cost_counter = 255;
constexpr std::size_t currency_letters = 3;

std::int64_t due_of(std::int32_t day, SeriesId series) { return std::int64_t{day} << day_shift | series.value; }
std::int64_t key_of(int step, std::int64_t counter) { return std::int64_t{step} << step_shift | counter; }

/// 31 bits are enough for a handful of rows, and take half the room.
std::int64_t row_sum(std::int64_t due, std::int64_t key, std::int64_t count) {
    return sum_of(due, key, count) & 0x7FFFFFFF;
}

std::optional<std::int64_t> currency_number(std::string_view currency) {
    if (currency.size() != currency_letters) return std::nullopt;
    std::int64_t out = 0;
    for (const char c : currency) {
        if (c < 'A' || c > 'Z') return std::nullopt;
        out = out << letter_bits | c;
    }
    return out;
}

std::string currency_name(std::int64_t number) {
    std::string out(currency_letters, ' ');
    for (std::size_t i = currency_letters; i-- > 0; number >>= letter_bits)
        out[i] = static_cast<char>(number & 0xFF);
    return out;
}

void add_row(TallyChanges& to, std::int64_t due, std::int64_t key, std::int64_t count) {
    const auto counter = key & 0xFF;
    auto& tally = to[{static_cast<std::int32_t>(due >> day_shift), SeriesId{due & most_series},
                      static_cast<int>(key >> step_shift & 0xFF)}];
    if (counter == cost_counter)
        tally.add(Named::cost, currency_name(key >> currency_shift), count);
    else if (counter < model::tally_counts)
        tally.add(static_cast<Tallied>(counter), count);
}

constexpr const char* all_rows = "SELECT due, key, expires, state FROM live WHERE pool = ?1";

bool is_sound(const Rows& rows) {
    return row_sum(rows.integer(0), rows.integer(1), rows.integer(2)) == rows.integer(3);
}

}  // namespace

PendingTallies::PendingTallies(Connection& connection)
    : connection_(connection),
      put_(connection, "INSERT OR REPLACE INTO live (pool, due, key, state, expires) VALUES (?1, ?2, ?3, ?4, ?5)"),
      drop_(connection, "DELETE FROM live WHERE pool = ?1") {}

PendingTallies::Counts& PendingTallies::known() {
    if (counts_) return *counts_;
    Counts read;
    Statement all(connection_, all_rows);
    for (auto rows = all.query(tallies_pool); rows.next();) {
        const std::pair place(rows.integer(0), rows.integer(1));
        if (is_sound(rows)) {
            read[place] += rows.integer(2);
            continue;
        }
        log::error("store.tally_damaged", "what was counted last of series {} is damaged; it is counted anew",
                   place.first & most_series);
        read[{place.first, key_of(0, static_cast<std::int64_t>(Tallied::damaged))}] += 1;
        read[place] = 0;  // its row is written over
    }
    return counts_.emplace(std::move(read));
}

void PendingTallies::put(std::int64_t due, std::int64_t key, std::int64_t more) {
    auto& count = known()[{due, key}];
    count += more;
    put_.run(tallies_pool, due, key, row_sum(due, key, count), count);
}

void PendingTallies::add(std::int32_t day, SeriesId series, int step, model::Tally& tally) {
    if (series.value < 0 || series.value > most_series || step < 0 || step >= most_steps) return;
    const auto due = due_of(day, series);
    for (std::size_t counter = 0; counter < tally.by.size(); ++counter)
        if (const auto more = std::exchange(tally.by[counter], 0); more != 0)
            put(due, key_of(step, static_cast<std::int64_t>(counter)), more);
    std::erase_if(tally.named, [&](const auto& each) {
        const auto& [what, more] = each;
        const auto currency = what.first == Named::cost ? currency_number(what.second) : std::nullopt;
        if (currency) put(due, *currency << currency_shift | key_of(step, cost_counter), more);
        return currency.has_value();
    });
}

TallyChanges PendingTallies::take() {
    TallyChanges out;
    for (const auto& [place, count] : known())
        add_row(out, place.first, place.second, count);
    if (connection_.fault() != 0) return {};
    drop_.run(tallies_pool);
    counts_.emplace();
    return out;
}

TallyChanges PendingTallies::read(Connection& connection) {
    TallyChanges out;
    Statement all(connection, all_rows);
    for (auto rows = all.query(tallies_pool); rows.next();) {
        if (is_sound(rows))
            add_row(out, rows.integer(0), rows.integer(1), rows.integer(2));
        else
            add_row(out, rows.integer(0), static_cast<std::int64_t>(Tallied::damaged), 1);
    }
    return out;
}

}  // namespace chapar::store::sqlite
