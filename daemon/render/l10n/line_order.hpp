#pragma once
// The order of a right-to-left line's own words, where the bidirectional algorithm would tear them: a percent sign
// stands on the left of its number wherever the line begins, and phone numbers and dates with dashes keep their order.
// Pure functions, callable from any thread.
// Source: UAX #9, rules W2, W4 and W5: what stands between digits depends on the letter before them.

#include <string>

namespace chapar::render {

/// `text` with a right-to-left mark between a number and «٪», and groups of digits that belong together within an
/// isolate from left to right. `html`: only text between tags changes, and isolates are <bdi>. Within isolates, tags
/// and addresses nothing changes.
void keep_order(std::string& text, bool html);

}  // namespace chapar::render
