#include "dispatch/outcomes/lesson_log.hpp"

#include <bit>

#include "base/log.hpp"
#include "dispatch/outcomes/advice.hpp"

namespace chapar::dispatch {
namespace {

void log_refusal(const Route& route, const Lesson& lesson, const std::string& words, const Clock& clock) {
    const auto& name = route.settings().name;
    if (lesson.is_first) {
        log::error("route.credentials_refused",
                   "route {} is paused: the provider refuses our credentials ({}). Mend the secret, then restart "
                   "(LoadCredential=) or reload (a path), "
                   "or: chapar route resume {}. One message tries it again in a minute, then less and less often",
                   log::Field("route", name), log::Field("words", words), name);
        return;
    }
    const auto view = route.view(clock.monotonic(), clock.now());
    log::warning("route.credentials_refused", "route {} stays paused: {}", log::Field("route", name),
                 log::Field("reason", view.why));
}

}  // namespace

void log_lesson(const Route& route, const Lesson& lesson, const model::Outcome& outcome, const Clock& clock) {
    const auto& name = route.settings().name;
    if (lesson.closed)
        log::info("route.circuit_closed", "route {}: the provider answers again", log::Field("route", name));
    if (lesson.opened) {
        log::warning("route.circuit_open", "route {}: the provider keeps failing ({}); it rests. {}",
                     log::Field("route", name), log::Field("words", model::words(outcome)), advice(outcome));
    }
    if (lesson.failures != 0 && !lesson.opened && std::has_single_bit(lesson.failures)) {
        log::warning("route.failing", "route {}: {} ({} in a row). {}", log::Field("route", name),
                     log::Field("words", model::words(outcome)), log::Field("failures", lesson.failures),
                     advice(outcome));
    }
    if (lesson.taken)
        log::info("route.credentials_taken", "route {}: the provider takes our credentials again",
                  log::Field("route", name));
    if (lesson.refused) log_refusal(route, lesson, model::words(outcome), clock);
}

}  // namespace chapar::dispatch
