#include "model/state.hpp"

#include <array>

namespace chapar::model {
namespace {

struct Move {
    State from;
    Event event;
    State to;
};

// The whole life. What is not written here is not allowed.
constexpr Move moves[] = {
    {State::waiting, Event::lease, State::sending},
    {State::waiting, Event::expire, State::expired},
    {State::waiting, Event::cancel, State::cancelled},
    {State::waiting, Event::quarantine, State::held},
    {State::waiting, Event::stop, State::failed},
    {State::waiting, Event::suppress, State::suppressed},
    {State::waiting, Event::supersede, State::cancelled},
    {State::waiting, Event::collect, State::collected},
    {State::waiting, Event::receipt_delivered, State::delivered},
    {State::sending, Event::attempt_accepted, State::sent},
    {State::sending, Event::attempt_delivered, State::delivered},
    {State::sending, Event::attempt_retry, State::waiting},
    {State::sending, Event::attempt_rejected, State::failed},
    {State::sending, Event::attempt_unknown_hold, State::held},
    {State::sending, Event::attempt_unknown_retry, State::waiting},
    {State::sending, Event::give_back, State::waiting},
    {State::sending, Event::expire, State::expired},
    {State::sending, Event::quarantine, State::held},
    {State::sending, Event::stop, State::failed},
    {State::sending, Event::attempt_blocked, State::blocked_by_operator},
    {State::sent, Event::receipt_blocked, State::blocked_by_operator},
    {State::held, Event::receipt_blocked, State::blocked_by_operator},
    {State::sent, Event::receipt_delivered, State::delivered},
    {State::sent, Event::receipt_failed, State::failed},
    {State::sent, Event::fall_back, State::waiting},
    {State::held, Event::retry, State::waiting},
    {State::held, Event::fall_back, State::waiting},
    {State::held, Event::cancel, State::cancelled},
    {State::held, Event::expire, State::expired},
    {State::held, Event::receipt_delivered, State::delivered},
    {State::held, Event::receipt_failed, State::failed},
    {State::collected, Event::suppress, State::suppressed},
    {State::collected, Event::expire, State::expired},
    {State::failed, Event::retry, State::waiting},
    {State::expired, Event::retry, State::waiting},
};

constexpr std::array<std::string_view, state_count> state_names = {
    "waiting", "sending",    "sent",      "delivered",          "failed", "expired", "cancelled",
    "held",    "suppressed", "collected", "blocked_by_operator"};
constexpr std::array<std::string_view, event_count> event_names = {"lease",
                                                                   "attempt_accepted",
                                                                   "attempt_delivered",
                                                                   "attempt_retry",
                                                                   "attempt_rejected",
                                                                   "attempt_unknown_hold",
                                                                   "attempt_unknown_retry",
                                                                   "give_back",
                                                                   "expire",
                                                                   "cancel",
                                                                   "retry",
                                                                   "quarantine",
                                                                   "receipt_delivered",
                                                                   "receipt_failed",
                                                                   "stop",
                                                                   "suppress",
                                                                   "supersede",
                                                                   "collect",
                                                                   "fall_back",
                                                                   "attempt_blocked",
                                                                   "receipt_blocked"};

}  // namespace

std::optional<State> next(State from, Event event) {
    for (const Move& move : moves) {
        if (move.from == from && move.event == event) return move.to;
    }
    return std::nullopt;
}

bool is_terminal(State state) {
    switch (state) {
        case State::delivered:
        case State::failed:
        case State::expired:
        case State::cancelled:
        case State::suppressed:
        case State::collected:
        case State::blocked_by_operator:
            return true;
        case State::waiting:
        case State::sending:
        case State::sent:
        case State::held:
            return false;
    }
    return false;
}

std::string_view name(State state) { return state_names[static_cast<std::size_t>(state)]; }

std::optional<State> state_from(std::string_view text) {
    for (std::size_t i = 0; i < state_names.size(); ++i) {
        if (state_names[i] == text) return static_cast<State>(i);
    }
    return std::nullopt;
}

std::string_view name(Event event) { return event_names[static_cast<std::size_t>(event)]; }

}  // namespace chapar::model
