#pragma once
// The world's numbering plans, as far as they decide whether a number is possible: calling code, country, trunk prefix,
// lengths. Constant data; any thread.
// Source: ITU-T E.164 and the national plans filed with ITU, in the form of libphonenumber's metadata
// (release 8.12.57).

#include <cstdint>
#include <span>
#include <string_view>

namespace chapar::numbers {

struct NumberingPlan {
    std::string_view code;     // calling code
    std::string_view country;  // ISO 3166 of the main one; "001": a service without a country
    std::string_view trunk;    // what is dialled before a national number, and not from abroad
    std::uint16_t lengths;     // bit n: national numbers may have n digits

    bool allows(std::size_t digits) const { return digits < 16 && ((lengths >> digits) & 1U) != 0; }
};

/// By calling code, as text.
std::span<const NumberingPlan> plans();
/// The plan of digits that begin with a calling code; nullptr: nobody has that code.
const NumberingPlan* plan_of_digits(std::string_view digits);
/// The plan of a country; nullptr: no such country.
const NumberingPlan* plan_of_country(std::string_view country);
/// The country of digits after the calling code, where several share one; else the plan's main country.
std::string_view country_within(const NumberingPlan& plan, std::string_view national);

}  // namespace chapar::numbers
