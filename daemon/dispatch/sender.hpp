#pragma once
// Finds the sender that a message names, as far as it is known before rendering. Pure but for the catalogue; any
// thread.

#include <set>
#include <string>

#include "model/message.hpp"
#include "queue/scheduler.hpp"
#include "render/catalogue.hpp"

namespace chapar::dispatch {

/// The part `from` of the request's content, or of its template where no Liquid stands in it; empty: it brings none.
std::string own_sender(const model::Message& message, const model::PlanStep& step, render::Catalogue& catalogue);
/// Notes it in the item, for each step by one of `channels`; not for the strand.
void note_senders(queue::Item& item, const std::set<std::string>& channels, render::Catalogue& catalogue);

}  // namespace chapar::dispatch
