#pragma once
// Leases the messages that were picked: the renderer's threads read what the policy asks of each message, the store
// asks the policy and writes the attempts down. What is not granted goes back to its line, or on with what the store
// answered.
//
// Threads: the dispatch strand, except for what says otherwise. A batch on its way belongs to whoever works on it: the
// strand until `lease` posts it, one of the renderer's threads until the store has it, the strand again when the store
// has answered.

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/metrics.hpp"
#include "base/ranked_executor.hpp"
#include "dispatch/attempt_result.hpp"
#include "dispatch/gate.hpp"
#include "dispatch/in_flight_table.hpp"
#include "dispatch/lease/cap_alarms.hpp"
#include "dispatch/lease/lease_tickets.hpp"
#include "dispatch/pick/picker.hpp"
#include "render/catalogue.hpp"
#include "store/messages.hpp"
#include "store/queue.hpp"

namespace boost::asio {
class io_context;
}

namespace chapar::dispatch {

class Leaser {
  public:
    struct Deps {
        const Clock& clock;
        store::Queue& queue;
        store::Messages& messages;
        render::Catalogue& catalogue;
        metrics::Registry& metrics;
        boost::asio::io_context& strand;
        RankedExecutor& render;
        const ConfigInUse& config;
        Router& router;
        queue::Scheduler& scheduler;
        CrashSuspects& suspects;
        FlightMemory& memory;
        InFlightTable& in_flight;
        LeaseTickets& tickets;
    };
    /// The store has answered: these attempts are written down and go; those come back unsent, with the reason.
    struct Leased {
        std::shared_ptr<Route> route;
        std::vector<queue::Item*> go;  // they are in the table of what is in flight
        std::vector<AttemptResult> back;
        LeaseTickets::Ticket ticket = 0;  // is closed by whoever takes this, when it has handed them over
    };
    using OnLeased = std::function<void(Leased)>;

    /// `on_leased` runs on the strand for each batch that was answered, whatever it granted.
    Leaser(Deps deps, OnLeased on_leased);

    void lease(Batch batch);
    /// Granted attempts come back unsent from now on.
    void stop() { is_stopping_ = true; }
    /// Batches on their way to the store.
    std::size_t under_way() const { return under_way_; }
    /// The store refused a lease: nothing is picked before.
    Monotonic holds_until() const { return hold_until_; }
    /// The last lease could not be written.
    bool store_fails() const { return store_fails_; }

  private:
    struct Request;
    void ask(const std::shared_ptr<Request>& request);          // on the renderer
    bool read_body(queue::Item& item);                          // on the renderer
    Facts facts_of(const Request& request, std::size_t index);  // on the renderer
    bool draw_links(const Request& request, const queue::Item& item, store::Lease& lease, Facts& facts);  // likewise
    void estimate(const Request& request, const queue::Item& item, Facts& facts) const;  // on the renderer
    static bool set_test_apart(Request& request);                                        // on the renderer
    void answered(Request& request, Result<std::vector<model::Leased>> answers);
    void grant(const Request& request, std::size_t index, queue::ItemPtr item, model::Leased& answer, Leased& out);
    void refuse(queue::ItemPtr item, const model::Leased& answer, std::optional<model::Reason> reason);
    void return_unread(Request& request);
    void queue_tests(Request& request);
    /// It was picked, and nothing came of it: its place, its part of the rate and its memory are free again.
    void free(const Request& request, queue::Item& item);
    void count_kept_back(model::Reason reason);

    const Deps deps_;
    const OnLeased on_leased_;
    CapAlarms alarms_;
    std::map<model::Reason, metrics::Counter*> kept_back_;
    std::size_t under_way_ = 0;
    Monotonic hold_until_{};
    bool store_fails_ = false;
    bool is_stopping_ = false;
};

}  // namespace chapar::dispatch
