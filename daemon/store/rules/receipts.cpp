#include "store/rules/receipts.hpp"

#include <algorithm>

#include "address/key.hpp"
#include "store/rules/counting.hpp"
#include "store/rules/people.hpp"
#include "store/rules/receipt_match.hpp"
#include "store/rules/soft_bounces.hpp"
#include "store/rules/states.hpp"
#include "store/rules/unmatched.hpp"

namespace chapar::store::rules {

using model::Effect;
using model::Event;
using model::Report;
using model::State;
using model::Word;

namespace {

bool is_delivery(Word word) { return word == Word::delivered || word == Word::part_delivered; }
bool is_part(Word word) { return word == Word::part_delivered || word == Word::part_failed; }
bool is_final(Word word) {
    return word == Word::delivered || word == Word::failed || word == Word::blocked || is_part(word);
}
Event event_of(Word word) {
    if (word == Word::delivered) return Event::receipt_delivered;
    return word == Word::blocked ? Event::receipt_blocked : Event::receipt_failed;
}
bool is_failure(State state) { return state == State::failed || state == State::blocked_by_operator; }

/// What the sandbox says of a test is true of nobody.
bool is_word_of_operator(const Report& report) {
    return report.code == model::blocked_code && report.route != model::sandbox_name;
}

std::string words(const Report& report) {
    std::string out = report.kind;
    for (const auto* more : {&report.code, &report.detail}) {
        if (!more->empty()) out += ' ' + *more;
    }
    return out;
}

// ---- the feed -----------------------------------------------------------------------------------------------------

/// A route that carries several, or that is gone, does not say by which one it was.
std::string channel_of(Unit& unit, const Report& report, const ReportTarget& target) {
    if (report.channel != "*") return report.channel;
    if (target.number > 0) {
        auto names = unit.wanted.names(unit.tables.attempts(), {target.owner.id.key(), target.number});
        if (names) return std::move(names->channel);
    }
    const auto& plan = target.owner.plan;
    const auto step = std::ranges::find(plan, report.address, &model::PlanStep::address);
    return step == plan.end() ? report.channel : step->channel;
}

void tell(Unit& unit, const Report& report, const ReportTarget& target, Effect effect, const ProviderId* part = nullptr,
          std::optional<State> state = std::nullopt) {
    model::FeedEntry entry;
    entry.application = target.owner.application;
    if (target.owner.id != MessageId{}) entry.message = target.owner.id;
    entry.attempt = target.number;
    if (part != nullptr) {
        entry.part = part->part;
        entry.parts = part->parts;
    }
    entry.effect = effect;
    entry.kind = report.kind;
    if (part != nullptr && !is_part(report.word))
        entry.kind = is_delivery(report.word) ? "segment_delivered" : "segment_failed";
    entry.route = report.route;
    entry.channel = channel_of(unit, report, target);
    entry.recipient = target.owner.recipient;
    // A stranger's is looked for by it.
    entry.address = entry.message ? report.address : address::key(report.address);
    entry.code = report.code;
    entry.detail = report.detail;
    entry.provider_id = report.provider_id;
    entry.at = report.at;
    entry.noted_at = unit.now;
    entry.state = state;
    // A report that changed a state is recognised by that change when it comes again.
    const auto dedupe = effect == Effect::applied ? std::string() : dedupe_of(report.route, report.dedupe_key);
    unit.tables.feed().append(entry, dedupe);
}

// ---- what it does -------------------------------------------------------------------------------------------------

/// The operator stops advertising to this number: none goes to the message's own address any more, as the provider may
/// write the number in another form.
void remember_block(Unit& unit, const Report& report, const ReportTarget* target) {
    auto stop =
        report.suppress.value_or(model::blocked_by_operator(report.channel, report.address, report.route, report.at));
    for (const auto& step : target == nullptr ? std::vector<model::PlanStep>{} : target->owner.plan) {
        if (step.channel == report.channel && !step.address.empty()) stop.address = step.address;
    }
    if (!stop.address.empty()) suppress(unit, {std::move(stop)});
}

void bill(Unit& unit, const Report& report, const ReportTarget& target) {
    if (!report.bill) return;
    auto bill = *report.bill;
    bill.attempt = target.number;
    count_bill(unit, target.owner.id.key(), bill);
    note(unit, target.owner.id.key(), {report.at, model::Reason::billed, model::billed_detail(bill)});
}

/// Nothing: the part had no final word before, and has this one now.
std::optional<Effect> judge(Unit& unit, const Report& report, ProviderId& part, bool delivered) {
    const auto said = delivered ? ProviderId::Fate::delivered : ProviderId::Fate::failed;
    if (part.fate == said || part.contradicted) return Effect::repeated;
    if (part.fate != ProviderId::Fate::open) {
        part.contradicted = true;
        unit.wanted.put(unit.tables.provider_ids(), part);
        return Effect::contradicted;
    }
    part.fate = said;
    part.code = report.code;
    part.at = report.at;
    unit.wanted.put(unit.tables.provider_ids(), part);
    return std::nullopt;
}

/// By part; damaged and replaced ones are missing.
std::vector<ProviderId> parts_of(Unit& unit, const std::string& route, std::string_view ids, MessageKey key,
                                 int number) {
    std::vector<ProviderId> out;
    for (const auto id : model::split_provider_ids(ids)) {
        auto found = known_id(unit, route, model::normal_provider_id(id));
        if (found && found->key == key && found->number == number) out.push_back(std::move(*found));
    }
    return out;
}

/// The message's own word, once all its parts have theirs.
std::optional<Report> whole(Unit& unit, const Report& report, const ReportTarget& target) {
    const auto key = target.owner.id.key();
    const auto names = unit.wanted.names(unit.tables.attempts(), {key, target.number});
    const auto ids = names ? names->provider_ids : std::string();
    const auto parts = parts_of(unit, report.route, ids, key, target.number);
    if (static_cast<int>(parts.size()) != target.part->parts) return std::nullopt;
    Report out = report;
    out.word = Word::delivered;
    out.kind = "delivered";
    out.provider_id = ids;
    out.dedupe_key.clear();
    out.detail.clear();
    for (const ProviderId& part : parts) {
        if (part.fate == ProviderId::Fate::open) return std::nullopt;
        const bool is_block = part.code == model::blocked_code;  // says more than what else went wrong
        const bool is_known = out.word == Word::blocked || (out.word == Word::failed && !is_block);
        if (part.fate == ProviderId::Fate::delivered || is_known) continue;
        out.word = is_block ? Word::blocked : Word::failed;
        out.kind = "failed";
        out.code = part.code;
        out.detail = "segment " + std::to_string(part.part) + " of " + std::to_string(part.parts);
    }
    return out;
}

/// What came back goes on to the plan's next channel, if there is one and time for it; else the word's own event.
Transition change_by(const Unit& unit, const Report& report, const ReportTarget& target) {
    Transition out;
    out.key = target.owner.id.key();
    out.event = event_of(report.word);
    out.trace.push_back({report.at, model::Reason::receipt, words(report)});
    if (report.word == Word::delivered) return out;
    if (report.word == Word::blocked) out.trace.push_back({report.at, model::Reason::blocked_by_operator, {}});
    const auto& plan = target.owner.plan;
    const auto step = model::next_step(plan, target.progress.step);
    if (!step || unit.now >= target.owner.expires_at) return out;
    out.event = Event::fall_back;
    out.slots = Slots::undelivered;
    out.step = step;
    out.due = unit.now;
    out.trace.push_back({unit.now, model::Reason::next_channel, plan[static_cast<std::size_t>(*step)].channel});
    return out;
}

/// What the log says of it.
MovedMessage message_of(Unit& unit, const Report& report, const ReportTarget& target) {
    const auto& owner = target.owner;
    MovedMessage out{.application = owner.application,
                     .class_name = owner.class_name,
                     .channel = channel_of(unit, report, target),
                     .route = report.route,
                     .provider_id = report.provider_id,
                     .accepted_at = owner.accepted_at};
    const auto step = std::ranges::find(owner.plan, out.channel, &model::PlanStep::channel);
    if (step == owner.plan.end()) return out;
    out.address = step->address;
    out.template_name = step->template_name;
    return out;
}

/// What the first final word on a mail says of its address.
void learn_of(Unit& unit, const Report& report, const ReportTarget& target) {
    const bool is_arrival = report.word == Word::delivered;
    if (report.channel != "email" || (!is_arrival && !report.is_soft)) return;
    const auto step = std::ranges::find(target.owner.plan, report.channel, &model::PlanStep::channel);
    if (step == target.owner.plan.end()) return;
    using What = model::Arrival::What;
    learn_arrival(unit, {is_arrival ? What::arrived : What::soft, step->channel, step->address}, target.owner.id.key(),
                  unit.now);
}

int attempt_by(const ReportTarget& target) { return target.number != 0 ? target.number : target.progress.attempts; }

/// The step of the plan whose attempt the report is about.
int step_by(Unit& unit, const Report& report, const ReportTarget& target) {
    const bool is_at_it = attempt_by(target) == target.progress.attempts && target.progress.state != State::waiting;
    return is_at_it ? target.progress.step : step_of(target.owner.plan, channel_of(unit, report, target));
}

Effect move_by(Unit& unit, const Report& report, const ReportTarget& target, bool is_fresh) {
    const auto state = target.progress.state;
    const bool is_good = report.word == Word::delivered;
    const auto event = event_of(report.word);
    const bool is_old_failure = !is_good && target.number != target.progress.attempts;
    Effect effect = Effect::kept;
    std::optional<State> now;
    if (is_final(report.word) && !is_old_failure && model::next(state, event)) {
        const auto message = unit.memory.tells_moves ? message_of(unit, report, target) : MovedMessage{};
        const MessageInHand in_hand{target.owner.id, unit.memory.tells_moves ? &message : nullptr, &report,
                                    step_by(unit, report, target), attempt_by(target)};
        const auto moved = move(unit, change_by(unit, report, target), &in_hand);
        if (moved) effect = Effect::applied;
        if (moved) now = moved->state;
    } else if (is_final(report.word) && !is_old_failure) {
        const bool is_same = is_good ? state == State::delivered : is_failure(state);
        const bool is_other = is_good ? is_failure(state) : state == State::delivered;
        if (is_same) effect = is_fresh ? Effect::kept : Effect::repeated;
        if (is_other) effect = Effect::contradicted;
    }
    if (effect == Effect::applied) learn_of(unit, report, target);
    const bool is_noted = effect == Effect::contradicted || (effect == Effect::kept && report.word == Word::note);
    if (is_noted) note(unit, target.owner.id.key(), {report.at, model::Reason::receipt, words(report)});
    if (effect != Effect::repeated) tell(unit, report, target, effect, nullptr, now);
    return effect;
}

Reported apply_to(Unit& unit, const Report& report, ReportTarget& target) {
    const auto& id = target.owner.id;
    const bool is_newest = target.number == target.progress.attempts;
    if (target.progress.state == State::sending && (is_newest || is_delivery(report.word))) {
        Report named = report;
        named.attempt = AttemptId{id, target.number};
        return {keep_early(unit, named) == Kept::fresh ? Effect::early : Effect::repeated, id};
    }
    ProviderId* part = target.part ? &*target.part : nullptr;
    if (part != nullptr && is_final(report.word)) {
        if (const auto known = judge(unit, report, *part, is_delivery(report.word))) {
            if (*known == Effect::contradicted) tell(unit, report, target, *known, part->parts > 1 ? part : nullptr);
            return {*known, id};
        }
    }
    const bool is_of_part = is_part(report.word) || (part != nullptr && part->parts > 1 && is_final(report.word));
    if (!is_of_part) {
        const auto effect = move_by(unit, report, target, part != nullptr);
        if (effect == Effect::applied || effect == Effect::kept) bill(unit, report, target);
        return {effect, id};
    }
    bill(unit, report, target);
    tell(unit, report, target, part != nullptr ? Effect::applied : Effect::kept, part);
    if (part == nullptr) return {Effect::kept, id};
    if (const auto all = whole(unit, report, target)) move_by(unit, *all, target, true);
    return {Effect::applied, id};
}

Reported from_person(Unit& unit, const Report& report) {
    ReportTarget latest;
    std::optional<MessageOwner> owner;
    if (report.attempt) {
        if (const auto named = match(unit, report)) owner = named->owner;
        if (owner) note(unit, owner->id.key(), {report.at, model::Reason::receipt, words(report)});
    }
    if (!owner) {
        const auto key = unit.tables.provider_ids().last_sent(last_sent_scope(report.route, report.address));
        if (key) owner = unit.wanted.owner(unit.tables.messages(), *key);
    }
    const bool is_known = owner.has_value();
    if (owner) latest.owner = std::move(*owner);
    if (is_known && report.kind == "unsubscribed")
        count_said(unit, latest.owner.id.key(), report.channel, model::Tallied::unsubscribed);
    if (is_known && report.kind == "complained")
        count_said(unit, latest.owner.id.key(), report.channel, model::Tallied::complained);
    tell(unit, report, latest, Effect::kept);
    return {Effect::kept, is_known ? std::optional(latest.owner.id) : std::nullopt};
}

Reported not_found(Unit& unit, const Report& report) {
    // What names an attempt of another route is noted, but waits for nothing: no outcome can make it true.
    const bool is_foreign = report.attempt && target_of(unit, report.attempt->message.key(), report.attempt->number);
    const bool has_name = report.attempt || !report.provider_id.empty();
    if (has_name && !is_foreign && keep_unknown(unit, report) == Kept::repeated)
        return {Effect::repeated, std::nullopt};
    tell(unit, report, {}, Effect::unknown);
    return {Effect::unknown, std::nullopt};
}

// ---- what waited --------------------------------------------------------------------------------------------------

void learn_ids(Unit& unit, const Settlement& settlement) {
    const auto& tracked = *settlement.tracked;
    const auto ids = model::split_provider_ids(settlement.outcome.provider_id);
    for (std::size_t i = 0; i < ids.size(); ++i) {
        if (ids[i] == model::no_provider_id) continue;
        ProviderId id;
        id.route = tracked.route;
        id.id = model::normal_provider_id(ids[i]);
        id.key = settlement.key;
        id.number = settlement.number;
        id.part = static_cast<int>(i) + 1;
        id.parts = static_cast<int>(ids.size());
        unit.wanted.put(unit.tables.provider_ids(), id);
    }
    using model::Verdict;
    const auto verdict = settlement.outcome.verdict;
    const bool may_have_left =
        verdict == Verdict::accepted || verdict == Verdict::delivered || verdict == Verdict::unknown;
    if (may_have_left && !tracked.address.empty())
        unit.tables.provider_ids().put_last_sent(last_sent_scope(tracked.route, tracked.address), settlement.key);
}

std::vector<Report> unknown_ones(Unit& unit, const Tracked& tracked, std::string_view id) {
    const auto normal = model::normal_provider_id(id);
    auto out = take_unknown(unit, tracked.route, normal);
    for (const auto& other : model::other_bases(normal)) {
        for (Report& report : take_unknown(unit, tracked.route, other)) {
            if (model::is_same_number(report.address, tracked.address)) {
                out.push_back(std::move(report));
            } else {
                keep_unknown(unit, report);
            }
        }
    }
    return out;
}

}  // namespace

Reported report(Unit& unit, const Report& report) {
    const bool is_block = is_word_of_operator(report);
    const bool is_new_stop = report.suppress && !is_block && suppress(unit, {*report.suppress}) != 0;
    const auto dedupe = dedupe_of(report.route, report.dedupe_key);
    if (!dedupe.empty() && unit.wanted.is_in_feed(unit.tables.feed(), dedupe)) return {Effect::repeated, std::nullopt};
    if (report.word == Word::person) {
        auto told = from_person(unit, report);
        told.is_new_stop = is_new_stop;
        return told;
    }
    auto found = match(unit, report);
    if (is_block) remember_block(unit, report, found ? &*found : nullptr);
    return found ? apply_to(unit, report, *found) : not_found(unit, report);
}

void apply_waiting_reports(Unit& unit, const Settlement& settlement) {
    if (settlement.tracked) learn_ids(unit, settlement);
    if (has_no_unmatched(unit)) return;
    auto waited = take_early(unit, settlement.key);
    if (settlement.tracked) {
        for (const auto id : model::split_provider_ids(settlement.outcome.provider_id)) {
            auto more = unknown_ones(unit, *settlement.tracked, id);
            std::ranges::move(more, std::back_inserter(waited));
        }
    }
    for (const Report& report : waited) {
        auto found = match(unit, report);
        if (found && is_word_of_operator(report)) remember_block(unit, report, &*found);
        if (found) apply_to(unit, report, *found);
    }
}

void drop_provider_ids(Unit& unit, const model::Message& message) {
    const auto key = message.id.key();
    for (const auto& names : unit.tables.attempts().all_names(key)) {
        for (const auto id : model::split_provider_ids(names.provider_ids))
            unit.tables.provider_ids().drop(names.route, model::normal_provider_id(id), key);
    }
    drop_last_sent(unit, message);
}

void drop_last_sent(Unit& unit, const model::Message& message) {
    const auto key = message.id.key();
    for (const auto& names : unit.tables.attempts().all_names(key)) {
        for (const auto& step : message.plan) {
            if (!step.address.empty())
                unit.tables.provider_ids().drop_last_sent(last_sent_scope(names.route, step.address), key);
        }
    }
}

}  // namespace chapar::store::rules
