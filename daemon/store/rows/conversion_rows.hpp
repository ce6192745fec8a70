#pragma once
// Conversions as they are stored. Pure.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/attribution.hpp"
#include "store/rows/tally_rows.hpp"

namespace chapar::store {

std::string encode_credits(const std::vector<Credited>& credits);
std::optional<std::vector<Credited>> decode_credits(std::string_view bytes);
/// `credits`: encoded.
std::int64_t checksum(std::string_view application, std::string_view person, const KeptConversion& conversion,
                      std::string_view credits);

TouchedMessage touched(const Touches& touches, const Series* series);

}  // namespace chapar::store
