#include "store/rows/queue_place.hpp"

#include <algorithm>

namespace chapar::store {

std::optional<QueuePlace> place_of(const ProgressRow& row) {
    if (row.state < 0 || row.state >= model::state_count) return std::nullopt;
    switch (static_cast<model::State>(row.state)) {
        case model::State::waiting:
            return QueuePlace{row.pool, std::clamp<std::int64_t>(row.due, 0, held_due - 1)};
        case model::State::sending:
            return QueuePlace{row.pool, sending_due};
        case model::State::held:
            return QueuePlace{row.pool, held_due};
        case model::State::sent:
            if (row.follow_up > 0) return QueuePlace{following_pool, row.follow_up};
            return std::nullopt;
        case model::State::delivered:
        case model::State::failed:
        case model::State::expired:
        case model::State::cancelled:
        case model::State::suppressed:
        case model::State::collected:
        case model::State::blocked_by_operator:
            return std::nullopt;
    }
    return std::nullopt;
}

}  // namespace chapar::store
