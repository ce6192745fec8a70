#pragma once
// Says what an answer changed for its route. Any thread.

#include "dispatch/routing/route.hpp"
#include "model/outcome.hpp"

namespace chapar::dispatch {

void log_lesson(const Route& route, const Lesson& lesson, const model::Outcome& outcome, const Clock& clock);

}  // namespace chapar::dispatch
