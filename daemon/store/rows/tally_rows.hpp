#pragma once
// Counts for reports as they are stored: a series is what a line of messages has in common, and of each of its days one
// row holds the counts of all steps of its plan. Pure.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "base/ids.hpp"
#include "model/counted_hit.hpp"
#include "model/tally.hpp"

namespace chapar::store {

using SeriesId = StrongId<struct SeriesIdTag>;
/// Of messages that are not counted: tests. 0 is one of a row that does not say it yet.
inline constexpr SeriesId no_series{-1};

struct SeriesStep {
    std::string channel, template_name, variant;
    bool operator==(const SeriesStep&) const = default;
};
struct Series {
    std::string application, class_name, campaign;
    std::vector<SeriesStep> steps;
    bool operator==(const Series&) const = default;
};
/// The steps as one stored text: a line for each, tabs between its fields, which hold neither.
std::string encode_steps(const std::vector<SeriesStep>& steps);
std::vector<SeriesStep> decode_steps(std::string_view text);

/// What one transaction counts, by day (of the site, since 1970-01-01), series and step.
using TallyChanges = std::map<std::tuple<std::int32_t, SeriesId, int>, model::Tally>;

using StepTallies = std::map<int, model::Tally>;
std::string encode_tallies(const StepTallies& tallies);
std::optional<StepTallies> decode_tallies(std::string_view bytes);
std::int64_t tally_sum(std::int32_t day, SeriesId series, std::string_view bytes);

/// All opens and clicks of one message as they were counted last, and to whom it went.
struct Touches {
    MessageKey key;
    std::string application, person;  // `person`: a key (address/key.hpp)
    SeriesId series;
    std::vector<model::CountedHit> hits;
};
std::string encode_hits(const std::vector<model::CountedHit>& hits);
std::optional<std::vector<model::CountedHit>> decode_hits(std::string_view bytes);
std::int64_t checksum(const Touches& touches, std::string_view hits);

}  // namespace chapar::store
