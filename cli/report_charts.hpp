#pragma once
// The plots of a report's page, as SVG: colours come from the page's style sheet, words and numbers from ReportWords.
// In Persian they run from right to left.

#include <string>

#include "cli/report_data.hpp"
#include "cli/report_words.hpp"

namespace chapar::cli {

/// A plot is drawn for a screen and for a telephone: letters that shrink with their plot can't be read.
enum class Shape : std::uint8_t { wide, narrow };

/// Bars from accepted to clicked, raw behind what people did.
std::string way_chart(const Report& report, const ReportWords& words, Shape shape);
/// Days (months where there are many) as columns of what was sent and delivered, with lines of what people did.
std::string time_chart(const Report& report, const ReportWords& words, Shape shape);

/// For the text and the attributes of HTML.
std::string escaped(std::string_view text);

}  // namespace chapar::cli
