#pragma once
// A look at a message: its picture was fetched, a link of it was followed. Values.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace chapar::model {

/// Kept with each hit: the numbers never change their meaning. So do those below.
enum class Engaged : std::uint8_t { opened = 0, clicked = 1 };
std::string_view name(Engaged kind);  // "opened"

/// Who did it, as far as its points say.
enum class HitBy : std::uint8_t { human = 0, unknown = 1, machine = 2 };
std::string_view name(HitBy by);  // "human"

struct Hit {
    std::int64_t number = 0;  // of its entry in the feed
    Timestamp at{};
    Engaged kind = Engaged::opened;
    HitBy by = HitBy::unknown;
    std::uint16_t link = 0;     // of a click: which of the message's
    bool is_short = false;      // by a short link: those are in texts alone
    std::int32_t points = 0;    // engage/score.hpp
    std::uint16_t reasons = 0;  // bits of the rules that gave them
    std::string features{};     // what it is judged by (engage/features.hpp): never an address
    bool operator==(const Hit&) const = default;
};

}  // namespace chapar::model
