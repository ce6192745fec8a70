#pragma once
// Where a reader of the events stands, as text that says nothing to anybody else: what stands in it may change with the
// store behind it. Pure.

#include <optional>
#include <string>
#include <string_view>

#include "store/reports.hpp"

namespace chapar::ingress {

/// "eaeaqcanpgei6ym"; it has a checksum, so that one which was cut off or changed is not taken for another.
std::string cursor_text(store::FeedCursor cursor);
/// Nothing: it is none of ours. What earlier versions gave out is understood, too: "1042-9f3a11", "1042" and "0", the
/// beginning.
std::optional<store::FeedCursor> read_cursor(std::string_view text);

}  // namespace chapar::ingress
