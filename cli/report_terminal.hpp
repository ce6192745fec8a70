#pragma once
// A report in a terminal of any width.

#include <string>
#include <string_view>

#include "cli/report_data.hpp"
#include "cli/report_words.hpp"

namespace chapar::cli {

/// Lines with their ends; none is wider than `width` columns, as far as its words allow.
std::string report_text(const Report& report, const ReportWords& words, int width);

/// Columns that `text` takes: marks and joiners take none.
int columns_of(std::string_view text);

}  // namespace chapar::cli
