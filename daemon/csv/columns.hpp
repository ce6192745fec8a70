#pragma once
// What columns are called in the offices of Iran and elsewhere. Pure.

#include <string>
#include <string_view>

namespace chapar::csv {

/// A name without case, marks, joiners and doubled blanks, Arabic letters as Persian ones: for comparing.
std::string folded_column(std::string_view name);

/// "email" for "E-Mail", "ایمیل" and the like; phone, recipient, locale, timezone, idempotency_key. Anything else as it
/// is.
std::string column_of_person(std::string_view name);

/// "channel" for "کانال"; address, reach, reason, source, at, until.
std::string column_of_suppression(std::string_view name);

}  // namespace chapar::csv
