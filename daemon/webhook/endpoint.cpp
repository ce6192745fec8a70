#include "webhook/endpoint.hpp"

#include <algorithm>
#include <utility>

namespace chapar::webhook {
namespace {

/// So many failures in a row are the endpoint's and not an event's.
constexpr int failing_after = 8;
constexpr std::size_t most_waiting = 10'000;

engage::WebhookLine make_line(const Definition& definition, engage::WebhookLine::State state) {
    return {
        definition.order, {.in_flight = definition.settings.max_in_flight, .waiting = most_waiting}, std::move(state)};
}

engage::WebhookLine::State state_of(std::int64_t cursor, const std::vector<KnownWait>& waits) {
    engage::WebhookLine::State out{.cursor = cursor, .rows = {}};
    for (const auto& wait : waits)
        out.rows.push_back({wait.row.number, wait.person, wait.row.tries, wait.row.due});
    return out;
}

engage::WebhookPace full_pace(const Definition& definition) {
    const auto most = static_cast<int>(definition.settings.max_in_flight);
    return {.places = static_cast<double>(most), .most = most};
}

}  // namespace

WebhookEndpoint::WebhookEndpoint(DefinitionPtr definition, store::WebhookState state, std::vector<KnownWait> waits,
                                 const std::optional<std::vector<store::WebhookWait>>& stored, Counters counters)
    : definition_(std::move(definition)),
      state_(std::move(state)),
      health_{state_.last_success, state_.first_failure},
      line_(make_line(*definition_, state_of(state_.cursor, waits))),
      pace_(full_pace(*definition_)),
      read_until_(state_.cursor),
      counters_(counters) {
    for (const auto& wait : waits)
        open_.emplace(wait.row.number, wait.noted_at);
    if (!stored) return;
    stored_ = Snapshot{state_, {}};
    for (const auto& wait : *stored)
        stored_->waits.emplace(wait.number, wait);
}

std::size_t WebhookEndpoint::places(Timestamp now) const {
    return now < rests_until_ ? 0 : static_cast<std::size_t>(std::max(pace_.now(), 1));
}

bool WebhookEndpoint::wants_more(Timestamp now) const {
    return is_sending() && passed_ == ahead_.size() && line_.in_flight() < places(now) &&
           line_.waiting() + line_.in_flight() < most_waiting;
}

void WebhookEndpoint::give(FeedPartPtr part) {
    forget_given();
    for (const auto& event : part->events)
        ahead_.push_back({event->number, event->person, definition_->wants(*event)});
    read_until_ = part->to;
    part_ = std::move(part);
    note_passed(line_.cursor());
}

void WebhookEndpoint::forget_given() {
    part_ = nullptr;
    ahead_.clear();
    passed_ = 0;
    read_until_ = line_.cursor();
}

/// Behind `before` the line has gone on: what it passed is open now.
void WebhookEndpoint::note_passed(std::int64_t before) {
    for (; passed_ < ahead_.size() && ahead_[passed_].number <= line_.cursor(); ++passed_) {
        const auto& event = ahead_[passed_];
        if (event.number > before && event.is_wanted) open_.emplace(event.number, part_->events[passed_]->noted_at);
    }
}

std::vector<std::int64_t> WebhookEndpoint::next(Timestamp now) {
    if (!is_sending()) return {};
    const auto before = line_.cursor();
    auto out = line_.next(now, std::span(ahead_).subspan(passed_), places(now));
    note_passed(before);
    return out;
}

std::shared_ptr<const WebhookEvent> WebhookEndpoint::given(std::int64_t number) const {
    if (!part_) return nullptr;
    const auto& events = part_->events;
    const auto found = std::ranges::lower_bound(events, number, {}, [](const auto& each) { return each->number; });
    return found != events.end() && (*found)->number == number ? *found : nullptr;
}

void WebhookEndpoint::skip(std::int64_t number) {
    line_.done(number);
    open_.erase(number);
}

Turned WebhookEndpoint::finish(std::int64_t number, const Answer& answer, Timestamp now, double chance) {
    Turned out;
    pace_.saw(answer.is);
    if (answer.is == engage::WebhookAnswer::accepted) {
        ++accepted_;
        counters_.accepted.add();
        skip(number);
        succeeded(now, out);
    } else {
        failed(number, answer, now, chance, out);
    }
    return out;
}

/// What waits does not wait for hours any more when the endpoint is there again.
void WebhookEndpoint::succeeded(Timestamp now, Turned& out) {
    health_.succeeded(now);
    if (std::exchange(failures_in_row_, 0) < failing_after) return;
    out.is_well = true;
    line_.hasten(now);
}

void WebhookEndpoint::failed(std::int64_t number, const Answer& answer, Timestamp now, double chance, Turned& out) {
    ++failed_;
    counters_.failed.add();
    last_failure_ = answer.words;
    out.is_failing = ++failures_in_row_ == failing_after;
    const bool is_over = health_.failed(now);
    // 429 and 503 speak of the whole endpoint.
    const bool is_of_all = answer.is == engage::WebhookAnswer::slow_down || answer.status == 503;
    if (is_of_all && answer.retry_after) rests_until_ = std::max(rests_until_, now + *answer.retry_after);
    if (const auto due = next_try(number, answer, now, chance)) {
        line_.retry(number, *due);
    } else {
        line_.give_up(number);
        open_.erase(number);
        ++given_up_;
        counters_.given_up.add();
        out.is_given_up = true;
    }
    if (is_disabled()) return;
    out.is_disabled = is_over || answer.is == engage::WebhookAnswer::gone;
    if (answer.is == engage::WebhookAnswer::gone)
        give_up_on_all(now, "it answered 410 (gone)");
    else if (is_over)
        give_up_on_all(now, "it took nothing for five days; at last: " + answer.words);
}

void WebhookEndpoint::give_up_on_all(Timestamp now, std::string why) {
    disable(now, std::move(why));
    model::FeedEntry entry;
    entry.kind = "endpoint.disabled";
    entry.application = definition_->settings.application;
    entry.code = name();
    entry.detail = state_.why;
    entry.at = now;
    tells_ = std::move(entry);
}

/// An event is given up when its tries are used up, all of their time has passed, and the endpoint took others in that
/// time: otherwise it is the endpoint that is away, and what waits there stays.
std::optional<Timestamp> WebhookEndpoint::next_try(std::int64_t number, const Answer& answer, Timestamp now,
                                                   double chance) const {
    const auto tries = line_.tries(number) + 1;
    const auto& waits = definition_->waits;
    if (answer.is == engage::WebhookAnswer::gone) return now;
    if (auto due = engage::next_webhook_try(tries, now, chance, answer.retry_after, waits)) return due;
    const auto story = definition_->shortest_story();
    const auto noted = open_.find(number);
    const bool is_young = noted != open_.end() && now - noted->second < story;
    if (!is_young && now - health_.last_success < story) return std::nullopt;
    return engage::next_webhook_try(static_cast<int>(waits.size()), now, chance, answer.retry_after, waits);
}

bool WebhookEndpoint::redefine(DefinitionPtr definition) {
    const bool has_new_order = definition->order != definition_->order;
    const bool has_new_places = definition->settings.max_in_flight != definition_->settings.max_in_flight;
    definition_ = std::move(definition);
    pace_ = full_pace(*definition_);
    rests_until_ = {};
    if (has_new_order || has_new_places) {
        line_ = make_line(*definition_, line_.durable());
        ++generation_;
    }
    forget_given();
    return has_new_order || has_new_places;
}

void WebhookEndpoint::enable(Timestamp now) {
    state_.disabled_at.reset();
    state_.why.clear();
    health_ = {.last_success = now, .first_failure = {}};
    pace_ = full_pace(*definition_);
    rests_until_ = {};
    failures_in_row_ = 0;
    line_.hasten(now);
}

void WebhookEndpoint::disable(Timestamp now, std::string why) {
    if (is_disabled()) return;
    state_.disabled_at = now;
    state_.why = std::move(why);
}

void WebhookEndpoint::replay_behind(std::int64_t number) {
    line_.rewind(number);
    forget_given();
}

void WebhookEndpoint::replay(const WebhookEvent& event, Timestamp now) {
    line_.repeat(event.number, event.person, now);
    open_.emplace(event.number, event.noted_at);
}

void WebhookEndpoint::note_missed() {
    ++missed_;
    counters_.missed.add();
}

std::optional<Timestamp> WebhookEndpoint::wakes_at(Timestamp now) const {
    if (!is_sending()) return std::nullopt;
    if (now < rests_until_) return rests_until_;
    if (line_.in_flight() >= places(now)) return std::nullopt;
    return line_.wakes_at();
}

WebhookEndpoint::Snapshot WebhookEndpoint::snapshot() const {
    const auto durable = line_.durable();
    Snapshot out{state_, {}};
    out.state.cursor = durable.cursor;
    out.state.last_success = health_.last_success;
    out.state.first_failure = health_.first_failure;
    for (const auto& row : durable.rows)
        out.waits.emplace(row.number, store::WebhookWait{row.number, row.tries, row.due});
    return out;
}

std::optional<store::WebhookChange> WebhookEndpoint::begin_write() {
    if (writing_) return std::nullopt;
    auto now = snapshot();
    store::WebhookChange out{.state = now.state, .tells = tells_};
    static const std::map<std::int64_t, store::WebhookWait> none;
    const auto& before = stored_ ? stored_->waits : none;
    for (const auto& [number, wait] : now.waits) {
        const auto known = before.find(number);
        if (known == before.end() || known->second != wait) out.put.push_back(wait);
    }
    for (const auto& [number, wait] : before)
        if (!now.waits.contains(number)) out.drop.push_back(number);
    if (stored_ && stored_->state == now.state && out.put.empty() && out.drop.empty() && !tells_) return std::nullopt;
    writing_ = std::move(now);
    tells_are_written_ = tells_.has_value();
    return out;
}

void WebhookEndpoint::written(bool is_on_disk) {
    if (is_on_disk) {
        stored_ = std::move(writing_);
        if (tells_are_written_) tells_.reset();
    }
    writing_.reset();
}

View WebhookEndpoint::view(Timestamp now, std::int64_t feed_end) const {
    const auto& settings = definition_->settings;
    View out{.name = settings.name,
             .url = settings.url,
             .application = settings.application,
             .order = settings.order,
             .events = settings.events};
    out.state = is_disabled()                       ? "disabled"
                : !settings.enabled                 ? "switched_off"
                : now < rests_until_                ? "resting"
                : failures_in_row_ >= failing_after ? "failing"
                                                    : "sending";
    out.why = is_disabled() ? state_.why : failures_in_row_ > 0 ? last_failure_ : std::string();
    out.cursor = line_.cursor();
    out.behind = std::max<std::int64_t>(feed_end - line_.cursor(), 0);
    out.waiting = static_cast<std::int64_t>(line_.waiting());
    out.in_flight = static_cast<std::int64_t>(line_.in_flight());
    std::optional<Timestamp> oldest;
    for (const auto& [number, noted_at] : open_)
        oldest = std::min(oldest.value_or(noted_at), noted_at);
    for (auto i = passed_; i < ahead_.size() && !oldest; ++i)
        if (ahead_[i].is_wanted) oldest = part_->events[i]->noted_at;
    if (oldest) out.lag = std::max(now - *oldest, Milliseconds{0});
    out.accepted = accepted_;
    out.failed = failed_;
    out.given_up = given_up_;
    out.missed = missed_;
    out.next_try = wakes_at(now);
    out.disabled_at = state_.disabled_at;
    out.first_failure = health_.first_failure;
    out.last_success = health_.last_success;
    return out;
}

}  // namespace chapar::webhook
