#include "dispatch/flight_memory.hpp"

#include <algorithm>
#include <utility>

namespace chapar::dispatch {
namespace {

/// A message in flight takes this beyond its text, for the records of its attempt here, in the plugin and in the
/// transport.
constexpr std::size_t flight_base = 8 << 10;
/// A message that is handed over stands in memory three times: here, in the plugin and in the transport.
constexpr std::size_t copies = 3;
/// The forecast is twice the request: its texts, and a text made of its HTML.
constexpr std::size_t request_to_outgoing = 2;
/// One part in this many of [queue] memory is for what waits, and one for what rendering made larger than foreseen.
constexpr std::size_t parts = 8;

std::size_t flight_bytes(const queue::Item& item) {
    return copies * std::max(request_to_outgoing * item.body_bytes, item.pool->foreseen_bytes) + flight_base;
}

}  // namespace

void FlightMemory::share(std::size_t all, const std::vector<std::shared_ptr<Route>>& routes) {
    spare_ = all / parts;
    const std::size_t in_flight = all - 2 * (all / parts);
    in_all_->set_limit(in_flight);
    // The sandbox takes nothing away from the others.
    const auto real = std::ranges::count_if(
        routes, [](const auto& route) { return route->settings().channel != model::sandbox_name; });
    const auto share = in_flight / std::max<std::size_t>(static_cast<std::size_t>(real), 1);
    for (const auto& route : routes) {
        const std::size_t own = route->settings().memory;
        route->memory()->set_limit(own != 0 ? own : share);
    }
}

bool FlightMemory::fits(const Route& route, const queue::Item& item, bool is_urgent) const {
    const auto bytes = flight_bytes(item);
    return route.memory()->fits(bytes, is_urgent) && in_all_->fits(bytes, is_urgent);
}

void FlightMemory::charge(const Route& route, queue::Item& item, bool is_urgent) {
    const auto bytes = flight_bytes(item);
    item.kept.reset();
    item.in_route = queue::Budget::take(route.memory(), bytes, is_urgent);
    item.in_all = queue::Budget::take(in_all_, bytes, is_urgent);
}

void FlightMemory::release(queue::Item& item) {
    item.in_route.reset();
    item.in_all.reset();
    unforeseen_ -= std::exchange(item.unforeseen_bytes, 0);
    auto& foreseen = item.pool->foreseen_bytes;
    constexpr std::size_t slowly = 16;
    if (const auto was = std::exchange(item.handed_bytes, 0)) foreseen = std::max(was, foreseen - foreseen / slowly);
}

bool FlightMemory::admit_rendered(queue::Item& item, std::size_t bytes, bool is_urgent) {
    item.handed_bytes = bytes;
    const std::size_t takes = copies * bytes;
    const std::size_t foreseen = item.in_all.bytes();
    if (takes <= foreseen) return true;
    const std::size_t more = takes - foreseen;
    const std::size_t others = unforeseen_.fetch_add(more, std::memory_order_relaxed);
    // An urgent one goes; another goes alone, or is tried again when it is known what it takes.
    if (is_urgent || others == 0 || others + more <= spare_) {
        item.unforeseen_bytes = more;
        return true;
    }
    unforeseen_ -= more;
    return false;
}

}  // namespace chapar::dispatch
