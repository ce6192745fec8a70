#include "store/sqlite/receipts.hpp"

#include <algorithm>

namespace chapar::store::sqlite {
namespace {

using model::Effect;
using model::Event;
using model::Report;
using model::State;
using model::Word;

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

}  // namespace

Receipts::Receipts(Connection& connection, Life& life, People& people, Segments& segments, Strays& strays, Feed& feed,
                   const Clock& clock)
    : life_(life),
      people_(people),
      segments_(segments),
      strays_(strays),
      feed_(feed),
      clock_(clock),
      owner_(connection, "SELECT tail, application, recipient, plan, expires_at FROM message WHERE key = ?1"),
      ids_(connection, "SELECT route, provider_id, channel FROM attempt WHERE key = ?1 AND number = ?2") {}

Reported Receipts::report(const Report& report) {
    const bool is_block = is_word_of_operator(report);
    const bool is_new_stop = report.suppress && !is_block && people_.suppress({*report.suppress}) != 0;
    if (feed_.has(report.route, report.dedupe_key)) return {Effect::repeated, std::nullopt};
    if (report.word == Word::person) {
        auto told = from_person(report);
        told.is_new_stop = is_new_stop;
        return told;
    }
    auto found = match(report);
    if (is_block) remember_block(report, found ? &*found : nullptr);
    return found ? apply(report, *found) : not_found(report);
}

// ---- whom it speaks of --------------------------------------------------------------------------------------------

std::optional<Receipts::Owner> Receipts::owner(MessageKey key) {
    auto rows = owner_.query(key.value);
    if (!rows.next()) return std::nullopt;
    return Owner{MessageId(key, static_cast<std::uint64_t>(rows.integer(0))), std::string(rows.bytes(1)),
                 std::string(rows.bytes(2)), model::decode_plan(rows.bytes(3)), from_ms(rows.integer(4))};
}

std::optional<Receipts::Target> Receipts::target(MessageKey key, int number) {
    auto who = owner(key);
    auto progress = life_.progress(key);
    if (!who || !progress || number < 1 || number > progress->attempts) return std::nullopt;
    return Target{std::move(*who), number, std::nullopt, std::move(*progress)};
}

std::optional<Receipts::Target> Receipts::match(const Report& report) {
    if (!report.attempt) return match_id(report);
    auto found = target(report.attempt->message.key(), report.attempt->number);
    if (!found || found->owner.id != report.attempt->message) return std::nullopt;
    if (!is_of_route(found->owner.id.key(), found->number, report.route)) return std::nullopt;
    const auto ids = model::split_provider_ids(report.provider_id);
    if (ids.size() != 1) return found;
    auto segment = segments_.find(report.route, model::normal_provider_id(ids.front()));
    if (segment && segment->key == found->owner.id.key() && segment->number == found->number)
        found->segment = std::move(segment);
    return found;
}

/// In another base only when the recipient agrees, too.
std::optional<Receipts::Target> Receipts::match_id(const Report& report) {
    const auto ids = model::split_provider_ids(report.provider_id);
    if (ids.empty()) return std::nullopt;
    const auto normal = model::normal_provider_id(ids.front());
    auto segment = segments_.find(report.route, normal);
    const bool is_exact = segment.has_value();
    std::optional<Target> found = segment ? target(segment->key, segment->number) : std::nullopt;
    for (const auto& other : is_exact ? std::vector<std::string>{} : model::other_bases(normal)) {
        segment = segments_.find(report.route, other);
        if (!segment) continue;
        found = target(segment->key, segment->number);
        const auto is_to = [&](const model::PlanStep& step) {
            return model::is_same_number(step.address, report.address);
        };
        if (found && std::ranges::any_of(found->owner.plan, is_to)) break;
        found.reset();
    }
    if (found && ids.size() == 1) found->segment = std::move(segment);
    return found;
}

Reported Receipts::from_person(const Report& report) {
    Target latest;
    std::optional<Owner> who;
    if (report.attempt) {
        if (const auto named = match(report)) who = named->owner;
        if (who) life_.note(who->id.key(), {report.at, model::Reason::receipt, words(report)});
    }
    if (!who) {
        if (const auto key = segments_.last_to(report.route, report.address)) who = owner(*key);
    }
    const bool is_known = who.has_value();
    if (who) latest.owner = std::move(*who);
    note(report, latest, Effect::kept, nullptr);
    return {Effect::kept, is_known ? std::optional(latest.owner.id) : std::nullopt};
}

bool Receipts::is_of_route(MessageKey key, int number, const std::string& route) {
    auto rows = ids_.query(key.value, number);
    return rows.next() && (rows.bytes(0).empty() || rows.bytes(0) == route);
}

Reported Receipts::not_found(const Report& report) {
    // What names an attempt of another route is noted, but waits for nothing: no outcome can make it true.
    const bool is_foreign = report.attempt && target(report.attempt->message.key(), report.attempt->number);
    const bool has_name = report.attempt || !report.provider_id.empty();
    if (has_name && !is_foreign && strays_.keep_unknown(report, clock_.now()) == Strays::Kept::repeated)
        return {Effect::repeated, std::nullopt};
    note(report, {}, Effect::unknown, nullptr);
    return {Effect::unknown, std::nullopt};
}

// ---- what it does -------------------------------------------------------------------------------------------------

Reported Receipts::apply(const Report& report, Target& target) {
    const auto& progress = target.progress;
    const bool is_newest = target.number == progress.attempts;
    if (progress.state == State::sending && (is_newest || is_delivery(report.word))) {
        Report named = report;
        named.attempt = AttemptId{target.owner.id, target.number};
        const bool is_fresh = strays_.keep_early(named, clock_.now()) == Strays::Kept::fresh;
        return {is_fresh ? Effect::early : Effect::repeated, target.owner.id};
    }
    Segment* segment = target.segment ? &*target.segment : nullptr;
    if (segment != nullptr && is_final(report.word)) {
        if (const auto known = judge(report, *segment, is_delivery(report.word))) {
            if (*known == Effect::contradicted) note(report, target, *known, segment->parts > 1 ? segment : nullptr);
            return {*known, target.owner.id};
        }
    }
    const bool is_of_part = is_part(report.word) || (segment != nullptr && segment->parts > 1 && is_final(report.word));
    if (!is_of_part) {
        const auto effect = move(report, target, segment != nullptr);
        if (effect == Effect::applied || effect == Effect::kept) bill(report, target);
        return {effect, target.owner.id};
    }
    bill(report, target);
    note(report, target, segment != nullptr ? Effect::applied : Effect::kept, segment);
    if (segment == nullptr) return {Effect::kept, target.owner.id};
    if (const auto all = whole(report, target)) move(*all, target, true);
    return {Effect::applied, target.owner.id};
}

void Receipts::bill(const Report& report, const Target& target) {
    if (!report.bill) return;
    auto bill = *report.bill;
    bill.attempt = target.number;
    life_.note(target.owner.id.key(), {report.at, model::Reason::billed, model::billed_detail(bill)});
}

std::optional<Effect> Receipts::judge(const Report& report, Segment& segment, bool delivered) {
    const auto said = delivered ? Segment::Fate::delivered : Segment::Fate::failed;
    if (segment.fate == said || segment.contradicted) return Effect::repeated;
    if (segment.fate != Segment::Fate::open) {
        segment.contradicted = true;
        segments_.put(segment);
        return Effect::contradicted;
    }
    segment.fate = said;
    segment.code = report.code;
    segment.at = report.at;
    segments_.put(segment);
    return std::nullopt;
}

std::optional<Report> Receipts::whole(const Report& report, const Target& target) {
    std::string ids;
    {
        auto rows = ids_.query(target.owner.id.key().value, target.number);
        if (rows.next()) ids = rows.bytes(1);
    }
    const auto parts = segments_.of_attempt(report.route, ids, target.owner.id.key(), target.number);
    if (static_cast<int>(parts.size()) != target.segment->parts) return std::nullopt;
    Report out = report;
    out.word = Word::delivered;
    out.kind = "delivered";
    out.provider_id = ids;
    out.dedupe_key.clear();
    out.detail.clear();
    for (const Segment& part : parts) {
        if (part.fate == Segment::Fate::open) return std::nullopt;
        const bool is_block = part.code == model::blocked_code;  // says more than what else went wrong
        const bool is_known = out.word == Word::blocked || (out.word == Word::failed && !is_block);
        if (part.fate == Segment::Fate::delivered || is_known) continue;
        out.word = is_block ? Word::blocked : Word::failed;
        out.kind = "failed";
        out.code = part.code;
        out.detail = "segment " + std::to_string(part.part) + " of " + std::to_string(part.parts);
    }
    return out;
}

Transition Receipts::change(const Report& report, const Target& target) const {
    Transition out;
    out.key = target.owner.id.key();
    out.event = event_of(report.word);
    out.trace.push_back({report.at, model::Reason::receipt, words(report)});
    if (report.word == Word::delivered) return out;
    if (report.word == Word::blocked) out.trace.push_back({report.at, model::Reason::blocked_by_operator, {}});
    const auto& plan = target.owner.plan;
    const auto step = model::next_step(plan, target.progress.step);
    const Timestamp now = clock_.now();
    if (!step || now >= target.owner.expires_at) return out;
    out.event = Event::fall_back;
    out.slots = Slots::undelivered;
    out.step = step;
    out.due = now;
    out.trace.push_back({now, model::Reason::next_channel, plan[static_cast<std::size_t>(*step)].channel});
    return out;
}

void Receipts::remember_block(const Report& report, const Target* target) {
    auto stop =
        report.suppress.value_or(model::blocked_by_operator(report.channel, report.address, report.route, report.at));
    for (const auto& step : target == nullptr ? std::vector<model::PlanStep>{} : target->owner.plan) {
        if (step.channel == report.channel && !step.address.empty()) stop.address = step.address;
    }
    if (!stop.address.empty()) people_.suppress({std::move(stop)});
}

Effect Receipts::move(const Report& report, const Target& target, bool is_fresh) {
    const auto state = target.progress.state;
    const bool is_good = report.word == Word::delivered;
    const auto event = event_of(report.word);
    const bool is_old_failure = !is_good && target.number != target.progress.attempts;
    Effect effect = Effect::kept;
    std::optional<State> now;
    if (is_final(report.word) && !is_old_failure && model::next(state, event)) {
        const auto moved = life_.move(change(report, target), true);
        if (moved) effect = Effect::applied;
        if (moved) now = moved->state;
    } else if (is_final(report.word) && !is_old_failure) {
        const bool is_same = is_good ? state == State::delivered : is_failure(state);
        const bool is_other = is_good ? is_failure(state) : state == State::delivered;
        if (is_same) effect = is_fresh ? Effect::kept : Effect::repeated;
        if (is_other) effect = Effect::contradicted;
    }
    const bool is_told = effect == Effect::contradicted || (effect == Effect::kept && report.word == Word::note);
    if (is_told) life_.note(target.owner.id.key(), {report.at, model::Reason::receipt, words(report)});
    if (effect != Effect::repeated) note(report, target, effect, nullptr, now);
    return effect;
}

/// A route that carries several, or that is gone, does not say by which one it was.
std::string Receipts::channel_of(const Report& report, const Target& target) {
    if (report.channel != "*") return report.channel;
    if (target.number > 0) {
        auto rows = ids_.query(target.owner.id.key().value, target.number);
        if (rows.next()) return std::string(rows.bytes(2));
    }
    const auto& plan = target.owner.plan;
    const auto step = std::ranges::find(plan, report.address, &model::PlanStep::address);
    return step == plan.end() ? report.channel : step->channel;
}

void Receipts::note(const Report& report, const Target& target, Effect effect, const Segment* part,
                    std::optional<State> state) {
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
    entry.channel = channel_of(report, target);
    entry.recipient = target.owner.recipient;
    entry.address = report.address;
    entry.code = report.code;
    entry.detail = report.detail;
    entry.provider_id = report.provider_id;
    entry.at = report.at;
    entry.noted_at = clock_.now();
    entry.state = state;
    // What moved something is known by what it moved.
    feed_.append(entry, effect == Effect::applied ? std::string_view() : std::string_view(report.dedupe_key));
}

// ---- what waited --------------------------------------------------------------------------------------------------

void Receipts::settled(const Settlement& settlement) {
    if (settlement.tracked) learn(settlement);
    if (!strays_.is_empty()) take_strays(settlement);
}

void Receipts::learn(const Settlement& settlement) {
    const auto& tracked = *settlement.tracked;
    const auto ids = model::split_provider_ids(settlement.outcome.provider_id);
    for (std::size_t i = 0; i < ids.size(); ++i) {
        if (ids[i] == model::no_provider_id) continue;
        Segment segment;
        segment.route = tracked.route;
        segment.id = model::normal_provider_id(ids[i]);
        segment.key = settlement.key;
        segment.number = settlement.number;
        segment.part = static_cast<int>(i) + 1;
        segment.parts = static_cast<int>(ids.size());
        segments_.put(segment);
    }
    using model::Verdict;
    const auto verdict = settlement.outcome.verdict;
    const bool may_have_left =
        verdict == Verdict::accepted || verdict == Verdict::delivered || verdict == Verdict::unknown;
    if (may_have_left && !tracked.address.empty()) segments_.sent_to(tracked.route, tracked.address, settlement.key);
}

void Receipts::take_strays(const Settlement& settlement) {
    auto waited = strays_.take_early(settlement.key);
    if (settlement.tracked) {
        for (const auto id : model::split_provider_ids(settlement.outcome.provider_id)) {
            auto more = strays_of(*settlement.tracked, id);
            std::move(more.begin(), more.end(), std::back_inserter(waited));
        }
    }
    for (const Report& report : waited) {
        auto found = match(report);
        if (found && is_word_of_operator(report)) remember_block(report, &*found);
        if (found) apply(report, *found);
    }
}

std::vector<Report> Receipts::strays_of(const Tracked& tracked, std::string_view id) {
    const auto normal = model::normal_provider_id(id);
    auto out = strays_.take_unknown(tracked.route, normal);
    for (const auto& other : model::other_bases(normal)) {
        for (Report& report : strays_.take_unknown(tracked.route, other)) {
            if (model::is_same_number(report.address, tracked.address)) {
                out.push_back(std::move(report));
            } else {
                strays_.keep_unknown(report, clock_.now());
            }
        }
    }
    return out;
}

}  // namespace chapar::store::sqlite
