#pragma once
// A report as one page that needs nothing else: no script, no font, no picture of elsewhere. It reads in light and
// dark, on a telephone and on paper.

#include <cstdint>
#include <string>

#include "cli/report_data.hpp"
#include "cli/report_words.hpp"

namespace chapar::cli {

/// `now`: Unix time at which it is made.
std::string report_page(const Report& report, const ReportWords& words, std::int64_t now);

}  // namespace chapar::cli
