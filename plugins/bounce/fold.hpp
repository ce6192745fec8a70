/// Small letters of the scripts that have capitals: what rules write once, reports write at the start of a sentence.
/// Pure.
#pragma once

#include <string>
#include <string_view>

namespace chapar::bounce {

/// ASCII, Latin-1, Greek and Cyrillic capitals as small letters; everything else as it is.
std::string folded(std::string_view utf8);

}  // namespace chapar::bounce
