#include "store/rules/counting.hpp"

#include <algorithm>
#include <array>

#include "address/key.hpp"
#include "base/log.hpp"
#include "base/zones.hpp"
#include "model/cost.hpp"
#include "store/rules/state_rows.hpp"

namespace chapar::store::rules {

using model::Named;
using model::Tallied;
using model::Verdict;

namespace {

// ---- days ---------------------------------------------------------------------------------------------------------

constexpr std::int64_t day_seconds = 24LL * 60 * 60;

/// As the site's clock shows it. What comes in one transaction is of one day, but around midnight.
std::int32_t day_of(Unit& unit, Timestamp at) {
    DayInUse& used = unit.memory.day;
    const auto second = std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count();
    if (second >= used.from && second < used.until) return used.day;
    // Zones change their clocks, and days begin in them, at quarters of an hour.
    const auto quarter = second - ((second % 900) + 900) % 900;
    used = {quarter, quarter + 900, day_in(unit.memory.zone, at)};
    return used.day;
}

// ---- series -------------------------------------------------------------------------------------------------------

bool is_of(const Series& series, const model::Message& message, std::string_view variant) {
    if (series.campaign != message.campaign || series.class_name != message.class_name ||
        series.application != message.application || series.steps.size() != message.plan.size())
        return false;
    for (std::size_t i = 0; i < series.steps.size(); ++i) {
        const auto& known = series.steps[i];
        const auto& step = message.plan[i];
        if (known.channel != step.channel || known.template_name != step.template_name || known.variant != variant)
            return false;
    }
    return true;
}

Series series_of(const model::Message& message, const std::string& variant) {
    Series out{message.application, message.class_name, message.campaign, {}};
    for (const auto& step : message.plan)
        out.steps.push_back({step.channel, step.template_name, variant});
    return out;
}

SeriesId intern(Unit& unit, const model::Message& message, const std::string& variant) {
    if (message.plan.empty() || model::is_test(message)) return no_series;
    auto& last = unit.memory.last_series;
    if (last.id.value != 0 && is_of(last.series, message, variant)) return last.id;
    auto series = series_of(message, variant);
    auto id = unit.tables.tallies().find(series);
    if (!id) id = unit.tables.tallies().add(series, day_of(unit, message.accepted_at));
    last = {std::move(series), *id};
    return last.id;
}

/// Of a row from before there were series, or of one that replaced a damaged one, the message says it.
SeriesId series_of(Unit& unit, StateRow& row) {
    if (row.series.value != 0) return row.series;
    const auto kept = unit.tables.messages().load(row.key);
    row.series = kept.is_sound() ? intern(unit, kept.value.message, {}) : no_series;
    return row.series;
}

void count_at(Unit& unit, StateRow& row, int step, Timestamp at, Tallied what, std::int64_t by = 1) {
    const auto series = series_of(unit, row);
    if (series != no_series) tally_of(unit, series, step, at).add(what, by);
}

void count_named(Unit& unit, StateRow& row, int step, Timestamp at, Named what, std::string_view of, std::int64_t by) {
    const auto series = series_of(unit, row);
    if (series != no_series) tally_of(unit, series, step, at).add(what, of, by);
}

// ---- outcomes -----------------------------------------------------------------------------------------------------

bool may_have_left(Verdict verdict) {
    return verdict == Verdict::accepted || verdict == Verdict::delivered || verdict == Verdict::unknown;
}

void count_estimate(Unit& unit, StateRow& row, int attempt, Timestamp at, std::int64_t times) {
    const auto cost = model::find_cost(row.progress.trace, model::Reason::estimated, attempt);
    if (cost) count_named(unit, row, row.progress.step, at, Named::cost, cost->currency, cost->amount.micros * times);
}

// ---- hits ---------------------------------------------------------------------------------------------------------

struct KindCounts {
    Tallied any, human;           // messages
    std::array<Tallied, 3> hits;  // by model::HitBy
};
constexpr KindCounts counts_of_opens{
    Tallied::opened, Tallied::opened_human, {Tallied::opens_human, Tallied::opens_unknown, Tallied::opens_machine}};
constexpr KindCounts counts_of_clicks{Tallied::clicked,
                                      Tallied::clicked_human,
                                      {Tallied::clicks_human, Tallied::clicks_unknown, Tallied::clicks_machine}};

/// A message counts as opened on the day of its first open.
void count_hits(Unit& unit, SeriesId series, std::vector<model::CountedHit> hits, std::int64_t by) {
    std::ranges::stable_sort(hits, {}, &model::CountedHit::at);
    std::vector<std::pair<int, Tallied>> seen;
    const auto once = [&](const model::CountedHit& hit, Tallied what) {
        if (std::ranges::find(seen, std::pair(hit.step, what)) != seen.end()) return;
        seen.emplace_back(hit.step, what);
        tally_of(unit, series, hit.step, hit.at).add(what, by);
    };
    for (const auto& hit : hits) {
        const auto& counts = hit.kind == model::Engaged::opened ? counts_of_opens : counts_of_clicks;
        tally_of(unit, series, hit.step, hit.at).add(counts.hits[static_cast<std::size_t>(hit.by)], by);
        once(hit, counts.any);
        if (hit.by == model::HitBy::human) once(hit, counts.human);
    }
}

bool is_erased_message(const MessageOwner& owner) {
    return std::ranges::all_of(owner.plan, [](const auto& step) { return step.address.empty(); });
}

}  // namespace

model::Tally& tally_of(Unit& unit, SeriesId series, int step, Timestamp at) {
    return unit.changes.counts.tallies[{day_of(unit, at), series, step}];
}

SeriesId intern_series(Unit& unit, const NewMessage& item) { return intern(unit, item.message, item.variant); }

void count_accepted(Unit& unit, const NewRow& row) {
    if (row.series == no_series) return;
    tally_of(unit, row.series, 0, row.item->message.accepted_at).add(Tallied::accepted, 1);
}

void count(Unit& unit, StateRow& row, int step, Timestamp at, Tallied what) { count_at(unit, row, step, at, what); }

void count_settled(Unit& unit, StateRow& row, const Settlement& settlement) {
    const int step = row.progress.step;
    const auto& outcome = settlement.outcome;
    const bool is_taken = outcome.verdict == Verdict::accepted || outcome.verdict == Verdict::delivered;
    if (is_taken) count_at(unit, row, step, settlement.at, Tallied::sent);
    if (outcome.verdict == Verdict::delivered) count_at(unit, row, step, settlement.at, Tallied::delivered);
    if (outcome.verdict == Verdict::rejected && settlement.event != model::Event::stop)
        count_at(unit, row, step, settlement.at, bounce_of(outcome));
    bool is_billed = false;
    for (const auto& entry : settlement.trace) {
        if (entry.reason != model::Reason::billed) continue;
        const auto bill = model::read_cost(entry.detail);
        if (bill) count_named(unit, row, step, settlement.at, Named::cost, bill->currency, bill->amount.micros);
        is_billed = is_billed || bill.has_value();
    }
    if (!is_billed && may_have_left(outcome.verdict)) count_estimate(unit, row, settlement.number, settlement.at, 1);
}

void count_doubtful(Unit& unit, StateRow& row) { count_estimate(unit, row, row.progress.attempts, unit.now, 1); }

void count_bill(Unit& unit, MessageKey key, const model::Cost& bill) {
    auto found = load_state(unit, key);
    if (!found.is_sound()) return;
    auto& row = found.value;
    const auto attempt = unit.wanted.attempt(unit.tables.attempts(), {key, bill.attempt});
    const bool is_first = !model::find_cost(row.progress.trace, model::Reason::billed, bill.attempt);
    const bool was_counted =
        attempt.is_sound() && attempt.value.finished_at && may_have_left(attempt.value.outcome.verdict);
    const auto kept = unit.wanted.owner(unit.tables.messages(), key);
    if (attempt.is_sound() && kept) row.progress.step = step_of(kept->plan, attempt.value.channel);
    if (is_first && was_counted) count_estimate(unit, row, bill.attempt, unit.now, -1);
    count_named(unit, row, row.progress.step, unit.now, Named::cost, bill.currency, bill.amount.micros);
}

void count_reported(Unit& unit, StateRow& row, const model::Report& report, int step, int attempt) {
    if (report.word != model::Word::delivered) return count_at(unit, row, step, unit.now, bounce_of(report));
    count_at(unit, row, step, unit.now, Tallied::delivered);
    if (row.stored.state == model::State::sent && attempt == row.progress.attempts) return;
    // It was in doubt until now.
    const auto made = unit.wanted.attempt(unit.tables.attempts(), {row.key, attempt});
    const bool was_sent = made.is_sound() && made.value.outcome.verdict != Verdict::unknown;
    if (!was_sent) count_at(unit, row, step, unit.now, Tallied::sent);
}

void count_kept_back(Unit& unit, StateRow& row) {
    const auto why = model::last_decision(row.progress.trace);
    const auto reason = why ? model::name(why->reason) : std::string_view("unknown");
    count_named(unit, row, row.progress.step, unit.now, Named::kept_back, reason, 1);
}

void count_said(Unit& unit, MessageKey key, std::string_view channel, Tallied what) {
    auto found = load_state(unit, key);
    const auto owner = found.is_sound() ? unit.wanted.owner(unit.tables.messages(), key) : std::nullopt;
    if (!owner) return;
    const bool is_planned = std::ranges::find(owner->plan, channel, &model::PlanStep::channel) != owner->plan.end();
    const int step = is_planned ? step_of(owner->plan, channel) : found.value.progress.step;
    count_at(unit, found.value, step, unit.now, what);
}

bool judge_hits(Unit& unit, MessageKey key, std::span<const model::CountedHit> hits) {
    auto found = load_state(unit, key);
    const auto owner = found.is_sound() ? unit.wanted.owner(unit.tables.messages(), key) : std::nullopt;
    if (!owner || is_erased_message(*owner)) return false;
    const auto series = series_of(unit, found.value);
    if (series == no_series) return false;
    auto before = unit.tables.touches().load(key);
    if (before.is == Stored<Touches>::Is::damaged) {
        // What was counted of it is not known: it stays, and what is new is counted with it from now on.
        log::error("store.row_damaged", "the opens and clicks of message key {} are damaged; they are counted anew",
                   log::Field("key", key.value));
        before.value.hits.clear();
    }
    Touches now{key, owner->application,
                address::key(owner->recipient.empty() ? owner->plan.front().address : owner->recipient), series,
                std::vector<model::CountedHit>(hits.begin(), hits.end())};
    if (before.is_sound() && before.value.hits == now.hits) return true;
    count_hits(unit, series, std::move(before.value.hits), -1);
    count_hits(unit, series, now.hits, 1);
    unit.tables.touches().put(now);
    return true;
}

std::int64_t prune_tallies(Unit& unit, Timestamp before, int limit) {
    unit.memory.last_series = {};  // it may be one that goes
    return unit.tables.tallies().prune(day_of(unit, before), limit);
}

std::int32_t day_in(const times::ZoneClock* zone, Timestamp at) {
    const auto second = std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count();
    const auto wall = second + (zone != nullptr ? *zone : times::utc()).wall(second).offset;
    return static_cast<std::int32_t>((wall >= 0 ? wall : wall - day_seconds + 1) / day_seconds);
}

Tallied bounce_of(const model::Outcome& outcome) {
    if (outcome.code == model::blocked_code) return Tallied::bounced_blocked;
    switch (outcome.blame) {
        case model::Blame::gone:
            return Tallied::bounced_hard;
        case model::Blame::message:
            return Tallied::bounced_content;
        case model::Blame::lane:
        case model::Blame::credentials:
        case model::Blame::provider:
            return Tallied::bounced_blocked;
        case model::Blame::recipient:
        case model::Blame::none:
            break;
    }
    return Tallied::bounced_soft;
}

/// By the status that a later report brings (RFC 3463): its subject and detail.
Tallied bounce_of(const model::Report& report) {
    if (report.word == model::Word::blocked) return Tallied::bounced_blocked;
    if (report.suppress && report.suppress->reason == "hard_bounce") return Tallied::bounced_hard;
    const std::string_view code = report.code;
    const auto dot = code.find('.');
    if (dot != 1) return Tallied::bounced_soft;
    const auto status = code.substr(2, code.find_first_not_of("0123456789.", 2) - 2);
    for (const std::string_view gone : {"1.1", "1.2", "1.3", "1.6", "1.10", "2.1"})
        if (status == gone) return Tallied::bounced_hard;
    for (const std::string_view content : {"2.3", "3.4", "6.0", "6.1", "6.2", "6.3", "6.4", "6.5", "6.6", "6.7"})
        if (status == content) return Tallied::bounced_content;
    return status.starts_with("7.") ? Tallied::bounced_blocked : Tallied::bounced_soft;
}

int step_of(const std::vector<model::PlanStep>& plan, std::string_view channel) {
    const auto found = std::ranges::find(plan, channel, &model::PlanStep::channel);
    return found == plan.end() ? 0 : static_cast<int>(found - plan.begin());
}

}  // namespace chapar::store::rules
