#pragma once
// One row as CSV (RFC 4180) that a spreadsheet opens without running anything in it. Pure.

#include <string>
#include <vector>

namespace chapar::csv {

/// `fields` as one line with its end. One that a spreadsheet would take for a formula gets an apostrophe in front.
std::string join(const std::vector<std::string>& fields);
/// A field that was read, without the apostrophe that `join` set.
std::string unmarked(std::string field);

}  // namespace chapar::csv
