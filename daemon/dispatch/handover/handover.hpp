#pragma once
// Hands leased messages over to their plugin: the renderer's threads make of each message what leaves.
//
// Threads: the dispatch strand, except for what says otherwise. A leased item is the renderer's from `hand_over` until
// its result is given to `on_result`, and nobody's afterwards: its result may free it.

#include <expected>
#include <functional>
#include <memory>
#include <vector>

#include "base/metrics.hpp"
#include "base/ranked_executor.hpp"
#include "dispatch/active_config.hpp"
#include "dispatch/attempt_result.hpp"
#include "dispatch/flight_memory.hpp"
#include "dispatch/lease/lease_tickets.hpp"
#include "dispatch/prepare.hpp"
#include "store/queue.hpp"

namespace boost::asio {
class io_context;
}

namespace chapar::dispatch {

class Handover {
  public:
    struct Deps {
        const Clock& clock;
        store::Queue& queue;
        render::Catalogue& catalogue;
        boost::asio::io_context& strand;
        RankedExecutor& render;
        const ConfigInUse& config;
        FlightMemory& memory;
        LeaseTickets& tickets;
        metrics::Registry& metrics;
    };
    using OnResult = std::function<void(AttemptResult)>;
    using OnResults = std::function<void(std::vector<AttemptResult>)>;

    /// Each item that is handed over gets one result, on any thread: an answer of the plugin by `on_result`, those that
    /// were not sent by `on_not_sent`.
    Handover(Deps deps, OnResult on_result, OnResults on_not_sent);

    /// The items stay their owner's. Their batch's ticket stays open until each was given to its plugin, or came back.
    void hand_over(const std::shared_ptr<Route>& route, const std::vector<queue::Item*>& items,
                   LeaseTickets::Ticket ticket);

  private:
    struct Part;
    void send_part(const Part& part);                                                             // on the renderer
    std::expected<plugin::Outgoing, NotSent> make_outgoing(queue::Item& item, const Part& part);  // on the renderer
    std::expected<std::optional<Digest>, NotSent> digest_of(const store::Queued& queued);         // on the renderer
    void send(std::vector<plugin::Outgoing> batch, const Part& part);                             // on the renderer

    const Deps deps_;
    const OnResult on_result_;
    const OnResults on_not_sent_;
    metrics::Counter& links_rewritten_;
};

}  // namespace chapar::dispatch
