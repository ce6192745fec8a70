#include "dispatch/lease/cap_alarms.hpp"

#include "base/log.hpp"

namespace chapar::dispatch {
namespace {

constexpr Milliseconds alarm_pause{60'000};

}  // namespace

void CapAlarms::raise(const std::vector<policy::CapAlarm>& alarms) {
    for (const auto& alarm : alarms) {
        metrics_
            .counter("cap_alarms_total", "Caps with an alarm that were brought over their mark, or kept messages back.",
                     {{"cap", alarm.rule}, {"reached", alarm.is_reached ? "yes" : "no"}})
            .add();
        const Monotonic now = clock_.monotonic();
        auto& quiet_until = quiet_until_[alarm.rule];
        if (alarm.is_reached && now < quiet_until) continue;
        if (alarm.is_reached) quiet_until = now + alarm_pause;
        log::warning("cap.alarm", "cap \"{}\" {}: {:.10g} of {:.10g} used", log::Field("cap", alarm.rule),
                     alarm.is_reached ? "is reached and keeps messages back" : "passes its mark", alarm.counter,
                     alarm.limit);
    }
}

}  // namespace chapar::dispatch
