#pragma once
// Reports that can't be applied yet, as they are stored: early ones, whose attempt has no outcome, and unknown ones,
// whose id no answer has named. Pure.

#include <cstdint>
#include <string_view>

#include "model/report.hpp"

namespace chapar::store {

/// What an unknown report waits under: the id, in normal form, on its route. An early one waits under its message's
/// key.
std::int64_t provider_id_scope(std::string_view route, std::string_view normal_id);
/// What makes two reports the same: not when they came.
std::uint64_t content_of(const model::Report& report);
std::int64_t checksum(const model::Report& report, std::int64_t noted_at);

}  // namespace chapar::store
