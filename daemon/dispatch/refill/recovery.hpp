#pragma once
// Decides on attempts whose owner's life is over: at the start on those that the last life left open, later on what
// another node leaves behind. Some go again, each alone; some are held; one that has killed the daemon too often is
// poison. Somebody else may be quicker: then nothing is done.
//
// Threads: the dispatch strand; `run` before any thread works, and it blocks on the store.

#include <functional>
#include <memory>
#include <vector>

#include "base/metrics.hpp"
#include "dispatch/active_config.hpp"
#include "dispatch/pick/crash_suspects.hpp"
#include "queue/backoff.hpp"
#include "store/nodes.hpp"
#include "store/queue.hpp"
#include "track/outcome_log.hpp"

namespace boost::asio {
class any_io_executor;
class io_context;
}  // namespace boost::asio

namespace chapar::dispatch {

class Recovery {
  public:
    struct Deps {
        const Clock& clock;
        store::Queue& queue;
        store::Nodes& nodes;
        metrics::Registry& metrics;
        boost::asio::io_context& strand;
        const boost::asio::any_io_executor& upkeep;
        const ConfigInUse& config;
        CrashSuspects& suspects;
        queue::Random& random;
        track::OutcomeLog* log;  // may be null
    };
    /// `on_change` runs on the strand when something was taken over later.
    Recovery(Deps deps, std::function<void()> on_change) : deps_(deps), on_change_(std::move(on_change)) {}

    Result<void> run();
    /// Says every two seconds that this life goes on, and takes over what others left behind whose lives are over.
    void beat();

  private:
    struct Batch {
        std::vector<store::Orphan> orphans;
        std::vector<track::OutcomeLine> lines;
    };
    std::vector<store::Settlement> decide(const std::vector<store::Orphan>& doubts, bool is_alone);
    Result<void> write(const std::vector<store::Orphan>& doubts, std::vector<store::Settlement> settlements);
    static Batch batch_of(std::vector<store::Orphan> orphans, const std::vector<store::Settlement>& settlements);
    /// True: at least one was taken over by us.
    bool note(Batch batch, const std::vector<bool>& applied);
    void hold(const store::Orphan& doubt, const store::Settlement& decided, int deaths);
    void look();
    void take_over(std::vector<store::Orphan> orphans);

    const Deps deps_;
    const std::function<void()> on_change_;
    Monotonic beat_at_{};  // not before
    bool is_beating_ = false, is_looking_ = false, has_orphans_ = false;
    std::int64_t again_ = 0, held_ = 0, poison_ = 0;  // what became of them
};

}  // namespace chapar::dispatch
