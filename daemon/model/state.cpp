#include "model/state.hpp"

#include <array>

namespace chapar::model {
namespace {

struct Move {
    State from;
    Change change;
    State to;
};

// The whole life. What is not written here is not allowed.
constexpr Move moves[] = {
    {State::waiting, Change::lease, State::sending},
    {State::waiting, Change::expire, State::expired},
    {State::waiting, Change::cancel, State::cancelled},
    {State::waiting, Change::quarantine, State::held},
    {State::waiting, Change::stop, State::failed},
    {State::waiting, Change::suppress, State::suppressed},
    {State::waiting, Change::supersede, State::cancelled},
    {State::waiting, Change::collect, State::collected},
    {State::waiting, Change::receipt_delivered, State::delivered},
    {State::sending, Change::attempt_accepted, State::sent},
    {State::sending, Change::attempt_delivered, State::delivered},
    {State::sending, Change::attempt_retry, State::waiting},
    {State::sending, Change::attempt_rejected, State::failed},
    {State::sending, Change::attempt_unknown_hold, State::held},
    {State::sending, Change::attempt_unknown_retry, State::waiting},
    {State::sending, Change::give_back, State::waiting},
    {State::sending, Change::expire, State::expired},
    {State::sending, Change::quarantine, State::held},
    {State::sending, Change::stop, State::failed},
    {State::sending, Change::attempt_blocked, State::blocked_by_operator},
    {State::sent, Change::receipt_blocked, State::blocked_by_operator},
    {State::held, Change::receipt_blocked, State::blocked_by_operator},
    {State::sent, Change::receipt_delivered, State::delivered},
    {State::sent, Change::receipt_failed, State::failed},
    {State::sent, Change::fall_back, State::waiting},
    {State::held, Change::retry, State::waiting},
    {State::held, Change::fall_back, State::waiting},
    {State::held, Change::cancel, State::cancelled},
    {State::held, Change::expire, State::expired},
    {State::held, Change::receipt_delivered, State::delivered},
    {State::held, Change::receipt_failed, State::failed},
    {State::collected, Change::suppress, State::suppressed},
    {State::collected, Change::expire, State::expired},
    {State::failed, Change::retry, State::waiting},
    {State::expired, Change::retry, State::waiting},
};

constexpr std::array<std::string_view, state_count> state_names = {
    "waiting", "sending",    "sent",      "delivered",          "failed", "expired", "cancelled",
    "held",    "suppressed", "collected", "blocked_by_operator"};
constexpr std::array<std::string_view, change_count> change_names = {"lease",
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

std::optional<State> next(State from, Change change) {
    for (const Move& move : moves) {
        if (move.from == from && move.change == change) return move.to;
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

std::string_view name(Change change) { return change_names[static_cast<std::size_t>(change)]; }

}  // namespace chapar::model
