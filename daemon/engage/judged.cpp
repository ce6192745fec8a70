#include "engage/judged.hpp"

namespace chapar::engage {

model::HitBy hit_by(Verdict by) {
    switch (by) {
        case Verdict::human:
            return model::HitBy::human;
        case Verdict::unknown:
            return model::HitBy::unknown;
        case Verdict::machine:
            return model::HitBy::machine;
    }
    return model::HitBy::unknown;
}

Verdict verdict_of(model::HitBy by) {
    switch (by) {
        case model::HitBy::human:
            return Verdict::human;
        case model::HitBy::unknown:
            return Verdict::unknown;
        case model::HitBy::machine:
            return Verdict::machine;
    }
    return Verdict::unknown;
}

void put_score(const Features& features, model::Hit& hit) {
    const auto judged = score(features);
    hit.by = hit_by(judged.by);
    hit.points = judged.points;
    hit.reasons = judged.reasons;
    hit.features = encode(features);
}

std::vector<std::string_view> reasons_of(const model::Hit& hit) {
    return reasons(Score{.points = hit.points, .by = verdict_of(hit.by), .reasons = hit.reasons});
}

}  // namespace chapar::engage
