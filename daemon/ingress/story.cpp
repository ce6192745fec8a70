#include "ingress/story.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "ingress/story_words.hpp"
#include "model/cost.hpp"

namespace chapar::ingress {
namespace {

using model::Reason;

constexpr std::size_t shown_at_each_end = 3;  // of the attempts, when there are many

/// Something that happened at a moment. `kind` is what may be told together with its like.
struct Item {
    Timestamp at{}, until{};
    int times = 1;
    std::string kind, text;
};

/// What its trace says of an attempt's cost.
struct Costs {
    std::optional<model::Cost> estimated, billed;
};

Costs costs_of(const std::vector<model::TraceEntry>& trace, int attempt) {
    Costs out;
    for (const auto& entry : trace) {
        if (entry.reason != Reason::estimated && entry.reason != Reason::billed) continue;
        const auto cost = model::read_cost(entry.detail);
        if (!cost || cost->attempt != attempt) continue;
        auto& sum = entry.reason == Reason::billed ? out.billed : out.estimated;
        if (!sum)
            sum = cost;
        else if (sum->currency == cost->currency)
            sum->amount.micros += cost->amount.micros;
    }
    return out;
}

std::string attempt_text(const model::Attempt& attempt, const Costs& costs, const StoryWords& words) {
    auto text = words.attempt(attempt);
    if (const auto parts = words.segments(attempt.receipts); !parts.empty()) text += ' ' + parts;
    if (costs.estimated) text += ' ' + words.estimated(*costs.estimated);
    if (costs.billed) text += ' ' + words.billed(*costs.billed);
    return text;
}

/// Those in the middle, when there are many: how often what was answered.
Item middle_of(const std::vector<model::Attempt>& attempts, const StoryWords& words) {
    std::map<std::string, int> answers;
    for (std::size_t i = shown_at_each_end; i + shown_at_each_end < attempts.size(); ++i)
        ++answers[words.answer(attempts[i])];
    std::vector<std::pair<int, std::string>> most;
    for (const auto& [answer, count] : answers)
        most.emplace_back(count, answer);
    std::ranges::stable_sort(most, std::greater<>(), &std::pair<int, std::string>::first);
    const int all = static_cast<int>(attempts.size() - 2 * shown_at_each_end);
    return {attempts[shown_at_each_end].started_at, attempts[attempts.size() - shown_at_each_end - 1].started_at, 1,
            "middle", words.more_attempts(all, most)};
}

void add_attempts(std::vector<Item>& out, const std::vector<model::Attempt>& attempts,
                  const std::vector<model::TraceEntry>& trace, const StoryWords& words) {
    const bool is_long = attempts.size() > 2 * shown_at_each_end + 1;
    for (std::size_t i = 0; i < attempts.size(); ++i) {
        const bool is_inside = i >= shown_at_each_end && i + shown_at_each_end < attempts.size();
        if (is_long && is_inside) {
            if (i == shown_at_each_end) out.push_back(middle_of(attempts, words));
            continue;
        }
        const auto& attempt = attempts[i];
        const auto text = attempt_text(attempt, costs_of(trace, attempt.number), words);
        out.push_back({attempt.started_at, attempt.started_at, 1, fmt::format("attempt {}", attempt.number), text});
    }
}

/// The attempts tell it.
bool is_told_by_an_attempt(const model::TraceEntry& entry, const std::vector<model::Attempt>& attempts) {
    if (entry.reason == Reason::estimated || entry.reason == Reason::billed)
        return model::read_cost(entry.detail).has_value();
    if (entry.reason != Reason::retry_later && entry.reason != Reason::rejected) return false;
    return std::ranges::any_of(attempts,
                               [&](const model::Attempt& attempt) { return attempt.finished_at == entry.at; });
}

void add_decisions(std::vector<Item>& out, const store::Record& record, const std::vector<model::TraceEntry>& trace,
                   const StoryWords& words) {
    std::string last_choice;
    for (const auto& entry : trace) {
        if (is_told_by_an_attempt(entry, record.attempts)) continue;
        if (entry.reason == Reason::routed && std::exchange(last_choice, entry.detail) == entry.detail) continue;
        // What an attempt has said already is not said again behind the decision.
        const bool is_said = std::ranges::any_of(record.attempts, [&](const model::Attempt& attempt) {
            return attempt.finished_at && !entry.detail.empty() && entry.detail == model::words(attempt.outcome);
        });
        out.push_back({entry.at, entry.at, 1, std::string(model::name(entry.reason)),
                       words.decision(entry.reason, is_said ? std::string_view() : entry.detail)});
    }
}

/// The same decision, taken again and again, is told once.
std::vector<Item> joined(std::vector<Item> items) {
    std::vector<Item> out;
    for (auto& item : items) {
        if (!out.empty() && out.back().kind == item.kind) {
            out.back().until = item.at;
            ++out.back().times;
            out.back().text = std::move(item.text);
            continue;
        }
        out.push_back(std::move(item));
    }
    return out;
}

}  // namespace

std::vector<std::string> tell_story(const store::Record& record, const std::optional<model::TraceEntry>& standstill,
                                    const Telling& telling) {
    const StoryWords words(telling);
    const auto& message = record.message;
    const auto trace = model::decode_trace(record.progress.trace);
    std::vector<Item> items{
        {message.accepted_at, message.accepted_at, 1, "accepted", words.decision(Reason::accepted, "")}};
    if (model::is_test(message))
        items.push_back({message.accepted_at, message.accepted_at, 1, "test", std::string(words.test())});
    if (message.send_at > message.accepted_at)
        items.push_back({message.accepted_at, message.accepted_at, 1, "scheduled", words.not_before(message.send_at)});
    add_attempts(items, record.attempts, trace, words);
    add_decisions(items, record, trace, words);
    std::ranges::stable_sort(items, std::less<>(), &Item::at);
    std::vector<std::string> out{words.head(message)};
    for (const auto& item : joined(std::move(items)))
        out.push_back(words.line(item.at, item.until, item.times, item.text));
    out.emplace_back(words.state(record.progress.state));
    if (standstill) out.push_back(words.standstill(*standstill));
    if (record.progress.state == model::State::waiting) out.push_back(words.next_try(record.progress.due));
    return out;
}

}  // namespace chapar::ingress
