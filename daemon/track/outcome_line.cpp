#include "track/outcome_line.hpp"

#include <algorithm>
#include <array>

namespace chapar::track {
namespace {

using model::Reason;
using model::State;

constexpr std::array<std::string_view, status_count> names{
    "sent",      "delivered", "deferred", "fallback", "failed", "expired", "suppressed",
    "collected", "cancelled", "blocked",  "in_doubt", "held",   "retried"};

/// The entry that says why the message moved: costs, choices of a route and the next step do not.
std::optional<model::TraceEntry> why(const std::vector<model::TraceEntry>& trace) {
    const auto is_aside = [](const model::TraceEntry& entry) {
        return entry.reason == Reason::billed || entry.reason == Reason::estimated || entry.reason == Reason::routed ||
               entry.reason == Reason::suspected || entry.reason == Reason::copy_left_out;
    };
    const auto last = std::find_if_not(trace.rbegin(), trace.rend(), is_aside);
    return last == trace.rend() ? std::nullopt : std::optional(*last);
}

bool same_letter(char a, char b) {
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return lower(a) == lower(b);
}

void replace_all(std::string& text, std::string_view what, std::string_view with) {
    if (what.empty()) return;
    std::string out;
    auto from = text.begin();
    for (;;) {
        const auto at = std::search(from, text.end(), what.begin(), what.end(), same_letter);
        out.append(from, at);
        if (at == text.end()) break;
        out.append(with);
        from = at + static_cast<std::ptrdiff_t>(what.size());
    }
    text = std::move(out);
}

Status status_of_waiting(State before, std::optional<Reason> reason) {
    if (reason == Reason::next_channel) return Status::fallback;
    if (reason == Reason::in_doubt_retried) return Status::in_doubt;
    if (reason == Reason::operator_retry) return Status::retried;
    return before == State::sent ? Status::fallback : Status::deferred;
}

}  // namespace

std::string_view name(Status status) { return names[static_cast<std::size_t>(status)]; }

Status status_of(State before, State now, std::optional<Reason> reason) {
    switch (now) {
        case State::waiting:
            return status_of_waiting(before, reason);
        case State::sending:
        case State::sent:
            return Status::sent;
        case State::delivered:
            return Status::delivered;
        case State::failed:
            return Status::failed;
        case State::expired:
            return Status::expired;
        case State::cancelled:
            return Status::cancelled;
        case State::held:
            return reason == Reason::in_doubt_held ? Status::in_doubt : Status::held;
        case State::suppressed:
            return Status::suppressed;
        case State::collected:
            return Status::collected;
        case State::blocked_by_operator:
            return Status::blocked;
    }
    return Status::held;
}

OutcomeLine line_of(const model::Message& message, int step, std::string_view route, const store::Settlement& ended) {
    const auto& way = message.plan[static_cast<std::size_t>(step)];
    const auto reason = why(ended.trace);
    OutcomeLine out{.id = message.id, .application = message.application, .class_name = message.class_name};
    out.channel = way.channel;
    out.address = way.address;
    out.template_name = way.template_name;
    out.route = route;
    out.state = model::next(State::sending, ended.event).value_or(State::sending);
    if (reason) out.reason = reason->reason;
    out.status = status_of(State::sending, out.state, out.reason);
    out.code = ended.outcome.code;
    out.words = model::without_code(ended.outcome.code, ended.outcome.detail);
    out.provider_id = ended.outcome.provider_id;
    out.attempts = ended.number;
    out.accepted_at = message.accepted_at;
    out.at = ended.at;
    return out;
}

store::MovedMessage moved_message(const store::Record& record) {
    const auto& message = record.message;
    store::MovedMessage out{.application = message.application, .class_name = message.class_name};
    const auto step = static_cast<std::size_t>(std::max(record.progress.step, 0));
    // After a fallback the step is the next one; what is told is the attempt that came to nothing.
    if (!record.attempts.empty()) {
        out.route = record.attempts.back().route;
        out.channel = record.attempts.back().channel;
        out.provider_id = record.attempts.back().outcome.provider_id;
    } else if (step < message.plan.size()) {
        out.channel = message.plan[step].channel;
    }
    const auto way = std::ranges::find(message.plan, out.channel, &model::PlanStep::channel);
    if (way != message.plan.end()) {
        out.address = way->address;
        out.template_name = way->template_name;
    }
    out.attempts = record.progress.attempts;
    out.accepted_at = message.accepted_at;
    return out;
}

OutcomeLine line_of(store::MovedMessage message, const store::Moved& moved) {
    OutcomeLine out{.id = moved.id,
                    .application = std::move(message.application),
                    .class_name = std::move(message.class_name),
                    .channel = std::move(message.channel),
                    .address = std::move(message.address),
                    .route = std::move(message.route),
                    .template_name = std::move(message.template_name)};
    out.provider_id = std::move(message.provider_id);
    out.state = moved.now;
    if (moved.why) {
        out.reason = moved.why->reason;
        out.words = moved.why->detail;
    }
    out.status = status_of(moved.before, moved.now, out.reason);
    out.attempts = message.attempts;
    out.accepted_at = message.accepted_at;
    out.at = moved.at;
    return out;
}

std::string mask(std::string_view address) {
    if (address.empty()) return "";
    const auto at = address.rfind('@');
    if (at != std::string_view::npos)
        return std::string(address.substr(0, at == 0 ? 0 : 1)).append("***").append(address.substr(at));
    if (address.size() < 10) return "***";
    return std::string(address.substr(0, 6)).append("***").append(address.substr(address.size() - 4));
}

std::string mask_in(std::string_view words, std::string_view address, Addresses addresses) {
    std::string out(words);
    if (addresses == Addresses::full || address.empty()) return out;
    const auto shown = addresses == Addresses::masked ? mask(address) : std::string("(address)");
    replace_all(out, address, shown);
    // Providers write numbers without the plus.
    if (address.starts_with('+') && address.size() > 8) replace_all(out, address.substr(1), shown);
    return out;
}

}  // namespace chapar::track
