#include "store/sqlite/tallies_step.hpp"

#include "base/zones.hpp"
#include "store/rules/counting.hpp"
#include "store/rules/recount.hpp"
#include "store/sqlite/tables_messages.hpp"
#include "store/sqlite/tables_tallies.hpp"

namespace chapar::store::sqlite {
namespace {

/// Counts that stand in memory at once, before they are written.
constexpr std::size_t most_kept = 20'000;

class Recount {
  public:
    Recount(Connection& connection, const times::ZoneClock* zone)
        : connection_(connection),
          zone_(zone),
          tallies_(connection),
          messages_(connection,
                    "SELECT key, application, class, campaign, plan, accepted_at FROM message ORDER BY key"),
          states_(connection, "SELECT state, step, trace, due FROM progress WHERE key = ?1"),
          attempts_(connection,
                    "SELECT number, channel, finished_at, verdict, blame, code, provider_id FROM attempt "
                    "WHERE key = ?1 AND finished_at IS NOT NULL ORDER BY number") {}

    bool run() {
        auto rows = messages_.query();
        while (rows.next()) {
            take(rows);
            if (changes_.size() >= most_kept) flush();
        }
        flush();
        return connection_.fault() == 0;
    }

  private:
    void take(const Rows& rows) {
        const auto key = rows.integer(0);
        model::Message message;
        message.application = rows.bytes(1);
        message.class_name = rows.bytes(2);
        message.campaign = rows.bytes(3);
        message.plan = model::decode_plan(rows.bytes(4));
        message.accepted_at = from_ms(rows.integer(5));
        const auto progress = progress_of(key);
        if (!progress || message.plan.empty() || model::is_test(message)) return;
        const auto series = series_of(message);
        rules::recount(message, *progress, attempts_of(key), [&](int step, Timestamp at, const auto& add) {
            add(changes_[{rules::day_in(zone_, at), series, step}]);
        });
    }

    std::optional<model::Progress> progress_of(std::int64_t key) {
        auto rows = states_.query(key);
        const auto state = rows.next() ? state_of(rows.integer(0)) : std::nullopt;
        if (!state) return std::nullopt;
        model::Progress out;
        out.state = *state;
        out.step = static_cast<int>(rows.integer(1));
        out.trace = rows.bytes(2);
        out.due = from_ms(rows.integer(3));
        return out;
    }

    std::vector<model::Attempt> attempts_of(std::int64_t key) {
        std::vector<model::Attempt> out;
        auto rows = attempts_.query(key);
        while (rows.next()) {
            model::Attempt attempt;
            attempt.number = static_cast<int>(rows.integer(0));
            attempt.channel = rows.bytes(1);
            attempt.finished_at = from_ms(rows.integer(2));
            auto& outcome = attempt.outcome;
            outcome.verdict = model::verdict_from(static_cast<int>(rows.integer(3))).value_or(model::Verdict::unknown);
            outcome.blame = model::blame_from(static_cast<int>(rows.integer(4))).value_or(model::Blame::none);
            outcome.code = rows.bytes(5);
            outcome.provider_id = rows.bytes(6);
            out.push_back(std::move(attempt));
        }
        return out;
    }

    SeriesId series_of(const model::Message& message) {
        Series series{message.application, message.class_name, message.campaign, {}};
        for (const auto& step : message.plan)
            series.steps.push_back({step.channel, step.template_name, {}});
        if (last_id_.value != 0 && last_ == series) return last_id_;
        const auto known = tallies_.find(series);
        last_id_ = known ? *known : tallies_.add(series, rules::day_in(zone_, message.accepted_at));
        last_ = std::move(series);
        return last_id_;
    }

    void flush() {
        tallies_.count(changes_);
        changes_.clear();
    }

    Connection& connection_;
    const times::ZoneClock* zone_;
    SqlTallies tallies_;
    Statement messages_, states_, attempts_;
    TallyChanges changes_;
    Series last_;
    SeriesId last_id_;
};

}  // namespace

bool count_what_is_there(Connection& connection, std::string_view zone) {
    Recount recount(connection, zone.empty() ? nullptr : times::zone_clock(zone));
    return recount.run();
}

}  // namespace chapar::store::sqlite
