#pragma once
// One line of a CSV file (RFC 4180; a quoted field does not span lines here). Pure.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chapar::ingress {

/// The fields as `join_csv` got them; nullopt: a quote that is not closed or stands where none may.
std::optional<std::vector<std::string>> split_csv(std::string_view line);
/// `fields` as one line with its end. One that a spreadsheet would take for a formula gets an apostrophe in front.
std::string join_csv(const std::vector<std::string>& fields);

}  // namespace chapar::ingress
