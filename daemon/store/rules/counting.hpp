#pragma once
// What is counted for reports, in the transaction that makes it true. A message's series stands in the row of its
// state, so that nobody reads the message for it; what a transaction counts is gathered, and written as one row for
// each series and day at its end.

#include <span>
#include <string_view>

#include "store/queue.hpp"
#include "store/rules/unit.hpp"

namespace chapar::store::rules {

/// no_series: it is a test.
SeriesId intern_series(Unit& unit, const NewMessage& item);
void count_accepted(Unit& unit, const NewRow& row);

/// For one step of a message's plan.
void count(Unit& unit, StateRow& row, int step, Timestamp at, model::Tallied what);
/// An attempt has ended: taken, delivered, refused, and what it cost. `row` stands at the attempt's step.
void count_settled(Unit& unit, StateRow& row, const Settlement& settlement);
/// The attempt lost its message and may have left: it may cost.
void count_doubtful(Unit& unit, StateRow& row);
/// What the provider took for an attempt, in place of its estimate. Before the trace has it.
void count_bill(Unit& unit, MessageKey key, const model::Cost& bill);
/// A report moved the message: delivered, or it came back. `step` and `attempt` of what it is about.
void count_reported(Unit& unit, StateRow& row, const model::Report& report, int step, int attempt);
/// The message came to rest, and no provider has it.
void count_kept_back(Unit& unit, StateRow& row);
/// Of a step of a series on a day, in this transaction.
model::Tally& tally_of(Unit& unit, SeriesId series, int step, Timestamp at);

/// In the commit that writes down what a person said about a message, or because of it. A `channel` that the message
/// does not have ("*"): it counts where the message stands.
void count_said(Unit& unit, MessageKey key, std::string_view channel, model::Tallied what);

/// In the commit that keeps an open or a click of a message, or judges those it has anew: all of them, as they are
/// judged now. What was counted of them before is taken back. False: nothing is counted, as there is no such message,
/// it is a test, or its person is forgotten.
bool judge_hits(Unit& unit, MessageKey key, std::span<const model::CountedHit> hits);

/// Days before the one of `before`.
std::int64_t prune_tallies(Unit& unit, Timestamp before, int limit);

/// The day that the clocks of `zone` show, since 1970-01-01; null: UTC.
std::int32_t day_in(const times::ZoneClock* zone, Timestamp at);
/// As what an attempt counts that was refused, and one that came back later.
model::Tallied bounce_of(const model::Outcome& outcome);
model::Tallied bounce_of(const model::Report& report);
/// The step of this channel; the first where none has it.
int step_of(const std::vector<model::PlanStep>& plan, std::string_view channel);

}  // namespace chapar::store::rules
