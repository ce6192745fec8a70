#pragma once
// How the hits of a message stand in their row. Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "store/engagement.hpp"

namespace chapar::store {

std::string encode(const Engagement& engagement);
/// nullopt: not such bytes.
std::optional<Engagement> decode_engagement(MessageKey message, std::string_view bytes);
std::int64_t engagement_sum(MessageKey message, std::string_view bytes);

}  // namespace chapar::store
