#pragma once
// At the start: decides on the attempts that an earlier life of the daemon left open. Some go again, each alone; some
// are held; one that has killed the daemon too often is poison. Blocks on the store; before any thread works.

#include "base/metrics.hpp"
#include "dispatch/active_config.hpp"
#include "dispatch/pick/crash_suspects.hpp"
#include "queue/backoff.hpp"
#include "store/queue.hpp"
#include "track/outcome_log.hpp"

namespace chapar::dispatch {

class Recovery {
  public:
    struct Deps {
        const Clock& clock;
        store::Queue& queue;
        metrics::Registry& metrics;
        const ActiveConfig& config;
        CrashSuspects& suspects;
        queue::Random& random;
        track::OutcomeLog* log;  // may be null
    };
    explicit Recovery(Deps deps) : deps_(deps) {}

    Result<void> run();

  private:
    std::vector<store::Settlement> decide(const std::vector<store::InDoubt>& doubts, bool is_alone);
    Result<void> write(const std::vector<store::InDoubt>& doubts, std::vector<store::Settlement> settlements);
    void hold(const store::InDoubt& doubt, const store::Settlement& decided, int deaths);

    const Deps deps_;
    std::int64_t again_ = 0, held_ = 0, poison_ = 0;  // what became of them
};

}  // namespace chapar::dispatch
