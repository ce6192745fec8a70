#pragma once
// Numbers as people write them, in either digits and with the separators of their habits. Pure.

#include <optional>
#include <string>
#include <string_view>

namespace chapar::written {

/// "۱۲۰۰۰", "12,000", "۱۲٬۰۰۰٫۵", "1.250.000,50", "12 000", "1_000", "−5" as "-12000.5" and the like: digits with at
/// most one point. Nothing: it is no number, or could be two ("1,5", "021 888 000").
/// Groups have three digits (or, as in India, two before the last three); ٫ is the point, a lone "." too.
std::optional<std::string> read_number(std::string_view text);

/// The same, with a percent sign before or after it, or the word.
struct Percent {
    std::string number;
    bool has_sign = false;
};
std::optional<Percent> read_percent(std::string_view text);

}  // namespace chapar::written
