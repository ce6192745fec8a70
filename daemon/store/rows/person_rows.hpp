#pragma once
// What people said and what is known of their addresses, as rows: checksums. Pure.

#include <cstdint>
#include <string_view>

#include "model/ledger.hpp"

namespace chapar::store {

std::int64_t checksum(const model::Consent& consent, std::int64_t number);
std::int64_t checksum(const model::Suppression& row);
std::int64_t event_sum(std::string_view application, std::string_view recipient, std::string_view event,
                       std::int64_t at);
/// Of a kind's row; `used` is the day of its last use.
std::int64_t checksum(model::KindId id, std::int64_t used, const model::Kind& kind, std::string_view tags);

}  // namespace chapar::store
