#pragma once
// Counts for reports, and what was opened and clicked, in SQLite. A row of counts is keyed by its day first: what one
// commit counts lies together. What was counted last pends (pending_tallies.hpp). Failures are the connection's fault.

#include "store/rows/tables.hpp"
#include "store/sqlite/pending_tallies.hpp"
#include "store/sqlite/sql.hpp"

namespace chapar::store::sqlite {

/// first, last: the days that have counts.
std::int64_t series_sum(SeriesId id, const Series& series, std::int64_t first, std::int64_t last);
struct SeriesRow {
    SeriesId id;
    Series series;
    std::int64_t first = 0, last = 0;
};
/// Of a query for these columns. nullopt: damaged.
#define CHAPAR_SERIES_COLUMNS "id, application, class, campaign, steps, first, last, sum"
std::optional<SeriesRow> read_series(const Rows& rows);

class SqlTallies final : public TallyTable {
  public:
    explicit SqlTallies(Connection& connection);
    std::optional<SeriesId> find(const Series& series) override;
    SeriesId add(const Series& series, std::int32_t day) override;
    void count(const TallyChanges& changes) override;
    std::int64_t prune(std::int32_t before, int limit) override;
    /// Writes what pends into its days. False: the connection's fault, and what pends is not known.
    bool fold();
    /// The transaction was undone.
    void forget() { pending_.forget(); }

  private:
    void write_all(const TallyChanges& changes);
    /// Nothing: there is no row. One that is damaged says only that.
    std::optional<StepTallies> load(std::int32_t day, SeriesId series);
    void write(std::int32_t day, SeriesId series, const StepTallies& more);
    void note_day(SeriesId series, std::int32_t day);

    Connection& connection_;
    PendingTallies pending_;
    Statement find_, highest_, insert_, series_, put_days_, load_, put_, old_, drop_, drop_series_;
};

/// Before a store is closed: in a transaction of its own. A failure changes nothing.
void fold_tallies(Connection& connection);

class SqlTouches final : public TouchTable {
  public:
    explicit SqlTouches(Connection& connection);
    Stored<Touches> load(MessageKey key) override;
    void put(const Touches& touches) override;
    void drop(MessageKey key) override { drop_.run(key.value); }
    std::vector<Touches> of(std::string_view application, std::string_view person) override;
    void drop_of(std::string_view application, std::string_view person) override { drop_of_.run(application, person); }
    std::int64_t prune(Timestamp before, int limit) override;

  private:
    Connection& connection_;
    Statement load_, put_, drop_, of_, drop_of_, prune_;
};

#define CHAPAR_TOUCH_COLUMNS "key, application, person, series, hits, sum"
/// nullopt: damaged.
std::optional<Touches> read_touches(const Rows& rows);
#define CHAPAR_CONVERSION_COLUMNS "application, person, number, event, key, currency, value, at, noted_at, credits, sum"
std::optional<KeptConversion> read_conversion(const Rows& rows);

class SqlConversions final : public ConversionTable {
  public:
    explicit SqlConversions(Connection& connection);
    std::vector<KeptConversion> of(std::string_view application, std::string_view person) override;
    void put(std::string_view application, std::string_view person, const KeptConversion& conversion) override;
    std::int64_t drop_of(std::string_view application, std::string_view person) override;
    std::int64_t prune(Timestamp before, int limit) override;

  private:
    Connection& connection_;
    Statement of_, put_, drop_of_, prune_;
};

}  // namespace chapar::store::sqlite
