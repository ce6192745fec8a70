#include "dispatch/in_flight_table.hpp"

#include <algorithm>
#include <utility>

namespace chapar::dispatch {

void InFlightTable::add(InFlight attempt) {
    const MessageKey key = attempt.item->queued.message.id.key();
    attempts_.emplace(key, std::move(attempt));
}

InFlight* InFlightTable::find_open(MessageKey key, int number) {
    const auto found = attempts_.find(key);
    if (found == attempts_.end() || found->second.has_outcome) return nullptr;
    return found->second.item->queued.progress.attempts == number ? &found->second : nullptr;
}

void InFlightTable::note_outcome(InFlight& attempt) {
    attempt.has_outcome = true;
    const auto place = std::ranges::find(leaving_, attempt.instance, &Leaving::instance);
    if (place == leaving_.end() || --place->open != 0) return;
    Leaving gone = std::move(*place);
    leaving_.erase(place);
    gone.retired({std::move(gone.instance)});
}

std::optional<InFlight> InFlightTable::remove(MessageKey key) {
    const auto found = attempts_.find(key);
    if (found == attempts_.end()) return std::nullopt;
    std::optional<InFlight> out(std::move(found->second));
    attempts_.erase(found);
    return out;
}

void InFlightTable::retire(std::vector<std::shared_ptr<plugin::Instance>> instances, const Retired& retired) {
    std::vector<std::shared_ptr<plugin::Instance>> free;
    for (auto& instance : instances) {
        const auto is_its = [&](const auto& entry) {
            return entry.second.instance == instance && !entry.second.has_outcome;
        };
        const auto open = static_cast<std::size_t>(std::ranges::count_if(attempts_, is_its));
        if (open == 0)
            free.push_back(std::move(instance));
        else
            leaving_.push_back({std::move(instance), open, retired});
    }
    if (!free.empty()) retired(std::move(free));
}

std::int64_t InFlightTable::count_open(const Route& route) const {
    return std::ranges::count_if(
        attempts_, [&](const auto& entry) { return entry.second.route.get() == &route && !entry.second.has_outcome; });
}

std::int64_t InFlightTable::count_unwritten() const {
    return std::ranges::count_if(attempts_, [](const auto& entry) { return entry.second.has_outcome; });
}

}  // namespace chapar::dispatch
