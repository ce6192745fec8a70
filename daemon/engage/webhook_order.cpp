#include "engage/webhook_order.hpp"

#include <algorithm>
#include <utility>

namespace chapar::engage {

WebhookLine::WebhookLine(WebhookOrder order, Limits limits, State state)
    : order_(order), limits_(limits), cursor_(state.cursor) {
    std::ranges::sort(state.rows, {}, &Waiting::number);
    for (auto& row : state.rows)
        wait(std::move(row));
}

std::string WebhookLine::line_of(const std::string& person) const {
    switch (order_) {
        case WebhookOrder::none:
            return {};
        case WebhookOrder::person:
            return person;
        case WebhookOrder::strict:
            return "*";
    }
    return {};
}

/// Nothing of its line is before it or under way. What is read again after a crash may find a later one under way.
bool WebhookLine::may_go(std::int64_t number, const std::string& line) const {
    if (line.empty()) return true;
    const auto found = lines_.find(line);
    if (found == lines_.end() || found->second.numbers.empty()) return true;
    return found->second.flying == 0 && *found->second.numbers.begin() >= number;
}

void WebhookLine::depart(Waiting row, bool has_row) {
    if (const auto name = line_of(row.person); !name.empty()) {
        auto& line = lines_[name];
        // One that was the first until now waits for this one.
        const auto first = line.numbers.empty() ? waiting_.end() : waiting_.find(*line.numbers.begin());
        if (first != waiting_.end()) due_.erase({first->second.due, first->first});
        line.numbers.insert(row.number);
        ++line.flying;
    }
    const auto number = row.number;
    flying_.emplace(number, Flight{std::move(row), has_row});
}

void WebhookLine::wait(Waiting row) {
    const std::string line = line_of(row.person);
    const auto number = row.number;
    if (line.empty())
        due_.emplace(row.due, number);
    else
        lines_[line].numbers.insert(number);
    waiting_.emplace(number, std::move(row));
    release(line);
}

/// The first of a line, when nothing of it is under way, waits for its time alone.
void WebhookLine::release(const std::string& line) {
    const auto found = line.empty() ? lines_.end() : lines_.find(line);
    if (found == lines_.end() || found->second.flying > 0) return;
    const auto first = waiting_.find(*found->second.numbers.begin());
    if (first != waiting_.end()) due_.emplace(first->second.due, first->first);
}

/// A try of a line is over.
void WebhookLine::land(std::int64_t number, const std::string& line, bool is_done) {
    const auto found = line.empty() ? lines_.end() : lines_.find(line);
    if (found == lines_.end()) return;
    --found->second.flying;
    if (!is_done) return;
    found->second.numbers.erase(number);
    if (found->second.numbers.empty())
        lines_.erase(found);
    else
        release(line);
}

void WebhookLine::take_due(Timestamp now, std::size_t most, std::vector<std::int64_t>& out) {
    while (flying_.size() < most && !due_.empty() && due_.begin()->first <= now) {
        const auto number = due_.begin()->second;
        due_.erase(due_.begin());
        auto row = waiting_.extract(number);
        depart(std::move(row.mapped()), true);
        out.push_back(number);
    }
}

void WebhookLine::take_ahead(std::span<const FeedEvent> ahead, std::size_t most, std::vector<std::int64_t>& out) {
    for (const auto& event : ahead) {
        if (event.number <= cursor_) continue;
        // After a crash the feed is read again from before what has a row.
        if (event.is_wanted && !waiting_.contains(event.number) && !flying_.contains(event.number)) {
            // Whatever is in flight may come back and wait, so that rows and flights together are bounded.
            if (flying_.size() >= most || waiting_.size() + flying_.size() >= limits_.waiting) return;
            const bool goes = may_go(event.number, line_of(event.person));
            // One line goes on when its first is done; a person's event steps aside for those of others.
            if (!goes && order_ == WebhookOrder::strict) return;
            Waiting row{.number = event.number, .person = event.person, .tries = 0, .due = {}};
            if (goes) {
                depart(std::move(row), false);
                out.push_back(event.number);
            } else {
                wait(std::move(row));
            }
        }
        cursor_ = event.number;
    }
}

std::vector<std::int64_t> WebhookLine::next(Timestamp now, std::span<const FeedEvent> ahead, std::size_t places) {
    std::vector<std::int64_t> out;
    const std::size_t most = std::min(places, limits_.in_flight);
    take_due(now, most, out);
    take_ahead(ahead, most, out);
    return out;
}

void WebhookLine::done(std::int64_t number) {
    const auto flight = flying_.extract(number);
    if (!flight.empty()) land(number, line_of(flight.mapped().row.person), true);
}

void WebhookLine::retry(std::int64_t number, Timestamp due) {
    auto flight = flying_.extract(number);
    if (flight.empty()) return;
    // It stays in its line: what follows goes on waiting.
    auto row = std::move(flight.mapped().row);
    land(number, line_of(row.person), false);
    ++row.tries;
    row.due = due;
    wait(std::move(row));
}

void WebhookLine::hasten(Timestamp due) {
    for (auto& [number, row] : waiting_) {
        if (row.due <= due) continue;
        const bool was_free = due_.erase({row.due, number}) != 0;
        row.due = due;
        if (was_free) due_.emplace(due, number);
    }
}

void WebhookLine::rewind(std::int64_t cursor) { cursor_ = std::min(cursor_, cursor); }

void WebhookLine::repeat(std::int64_t number, const std::string& person, Timestamp due) {
    if (number > cursor_ || flying_.contains(number) || waiting_.contains(number)) return;
    const auto name = line_of(person);
    const auto line = lines_.find(name);
    // The first of its line until now waits for this one.
    if (!name.empty() && line != lines_.end() && !line->second.numbers.empty() && line->second.flying == 0) {
        const auto first = waiting_.find(*line->second.numbers.begin());
        if (first != waiting_.end() && first->first > number) due_.erase({first->second.due, first->first});
    }
    wait({.number = number, .person = person, .tries = 0, .due = due});
}

int WebhookLine::tries(std::int64_t number) const {
    const auto flight = flying_.find(number);
    if (flight != flying_.end()) return flight->second.row.tries;
    const auto row = waiting_.find(number);
    return row == waiting_.end() ? 0 : row->second.tries;
}

std::optional<Timestamp> WebhookLine::wakes_at() const {
    return due_.empty() ? std::nullopt : std::optional(due_.begin()->first);
}

WebhookLine::State WebhookLine::durable() const {
    State out{.cursor = cursor_, .rows = {}};
    // Before the first event that is under way and has no row.
    const auto first = std::ranges::find_if(flying_, [](const auto& each) { return !each.second.has_row; });
    if (first != flying_.end()) out.cursor = first->first - 1;
    // What has a row behind that cursor and was never tried is read again from the feed, in its order.
    const auto keep = [&](const Waiting& row) {
        if (row.number <= out.cursor || row.tries > 0) out.rows.push_back(row);
    };
    for (const auto& [number, row] : waiting_)
        keep(row);
    for (const auto& [number, flight] : flying_)
        if (flight.has_row) keep(flight.row);
    std::ranges::sort(out.rows, {}, &Waiting::number);
    return out;
}

}  // namespace chapar::engage
