#pragma once
// Short links of a message: a code that leads to a destination, as https://zb.ir/Ab3dE7x. They are drawn before an
// attempt, and written with it.

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"

namespace chapar::model {

/// One that a message has.
struct ShortLink {
    std::string code;
    std::uint16_t link = 0;   // its number in the text, from 0
    std::string destination;  // as engage::Destination::url
    bool operator==(const ShortLink&) const = default;
};

/// One that a message is to have. The first free one of `codes` becomes its code, unless the message has a code for
/// this destination from an earlier attempt.
struct DrawnLink {
    std::uint16_t link = 0;
    std::string destination;
    std::vector<std::string> codes;
};

/// What is written with an attempt: all of them, or the attempt is refused.
struct DrawnLinks {
    std::vector<DrawnLink> links;
    Timestamp expires{};     // kept until then
    bool is_tracked = true;  // who follows them is told; the person may refuse (Ruling::is_unwatched)
};

/// What is found behind a code. The message may be gone.
struct FoundLink {
    MessageKey message;
    std::uint16_t link = 0;
    std::string destination;
    Timestamp expires{};
    bool is_tracked = true;  // false: it leads on, and nothing is noted
    bool operator==(const FoundLink&) const = default;
};

}  // namespace chapar::model
