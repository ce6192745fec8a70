#pragma once
// Phone numbers: any usual way of writing one becomes E.164, and E.164 tells what it is. Pure; any thread.
// Sources: ITU-T E.164, E.123; plans.hpp and iran.hpp for the data. Why not libphonenumber: docs/decisions.

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace chapar::numbers {

/// "+" and digits, at most 15, possible in the plan of their country. Understood: "+98 912 ...", "0098912...",
/// "98912...", and a national number as it is dialled in `country` (ISO 3166); Persian and Arabic-Indic digits; blanks,
/// dashes, dots, brackets and marks that can't be seen. The error is one sentence: what is wrong and what to write
/// instead.
std::expected<std::string, std::string> to_e164(std::string_view text, std::string_view country);

enum class Type : std::uint8_t { unknown, mobile, landline, service };
std::string_view name(Type type);

struct Description {
    std::string e164;
    std::string national;         // as it is dialled inside of its country, in groups where the plan is known
    std::string_view country;     // ISO 3166; "001": a service without a country; empty: unknown
    Type type = Type::unknown;    // known for Iran alone
    std::string_view provider;    // whom the range was given to; the person may have taken the number elsewhere
    std::string_view area, city;  // of a landline
    std::string_view note;        // what is odd about it
};

/// Of a number in E.164, as `to_e164` makes it.
Description describe(std::string_view e164);

/// ISO 3166, of any E.164 number; empty: nobody has that calling code.
std::string_view country_of(std::string_view e164);

/// Two capital letters of a country that has a numbering plan.
bool is_country(std::string_view text);

}  // namespace chapar::numbers
