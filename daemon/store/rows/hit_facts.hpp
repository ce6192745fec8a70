#pragma once
// What of a message its hits are judged by. Pure.

#include <vector>

#include "model/message.hpp"
#include "store/hits.hpp"

namespace chapar::store {

HitFacts facts_of(const model::Message& message, const model::Progress& now,
                  const std::vector<model::Attempt>& attempts);

}  // namespace chapar::store
