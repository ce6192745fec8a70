#pragma once
// A hit's score in the words in which it is kept. Pure; any thread.

#include <string_view>
#include <vector>

#include "engage/score.hpp"
#include "model/hit.hpp"

namespace chapar::engage {

model::HitBy hit_by(Verdict by);
Verdict verdict_of(model::HitBy by);
/// Judged by these features, and by nothing else.
void put_score(const Features& features, model::Hit& hit);
/// Names of the rules that gave a kept hit its points.
std::vector<std::string_view> reasons_of(const model::Hit& hit);

}  // namespace chapar::engage
