#pragma once
// Says when a cap with an alarm passes its mark or keeps messages back, and not too often.
//
// Threads: the dispatch strand only.

#include <map>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "policy/decide.hpp"

namespace chapar::dispatch {

class CapAlarms {
  public:
    CapAlarms(const Clock& clock, metrics::Registry& metrics) : clock_(clock), metrics_(metrics) {}
    void raise(const std::vector<policy::CapAlarm>& alarms);

  private:
    const Clock& clock_;
    metrics::Registry& metrics_;
    std::map<std::string, Monotonic> quiet_until_;  // by cap: a reached one is told again from then on
};

}  // namespace chapar::dispatch
