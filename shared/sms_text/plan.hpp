#pragma once
// How a text travels: alphabet, shift tables, parts. What the plugin sends is what this says, and `count` counts it.
// Pure, callable from any thread.
// Source: 3GPP TS 23.038 (alphabets, national tables), TS 23.040, 9.2.3.24 (user data header).

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sms_text/gsm.hpp"
#include "sms_text/segments.hpp"

namespace chapar::sms {

/// How the parts of a long message are marked.
enum class Concatenation : std::uint8_t { udh8, udh16, sar, payload };

struct TextOptions {
    std::vector<Tables> national;  // tried in this order where the default alphabet does not do
    bool latin1 = false;           // tried before UCS-2
    bool smart = false;            // replacements that save segments; see smart.hpp
    Concatenation concatenation = Concatenation::udh8;
    bool operator==(const TextOptions&) const = default;
};

/// "turkish", "portuguese-locking"; nullopt: no such table.
std::optional<Tables> parse_tables(std::string_view name);

struct Plan {
    std::string text;  // what is sent: replaced where `smart` said so
    Encoding encoding = Encoding::gsm7;
    Tables tables;
    std::vector<std::string> parts;  // UTF-8; together they are `text`
};

Plan plan(std::string_view text, const TextOptions& options);
/// The segments of that plan, without making them. `forced_by`: of what is sent, where that is not GSM-7.
Count count(std::string_view text, const TextOptions& options);

/// The octets of one part: a septet an octet, UTF-16 big-endian, or Latin-1.
std::string octets(std::string_view part, Encoding encoding, Tables tables);
/// Septets, one an octet, packed to eight in seven octets behind a header of `header` octets (fill bits as TS 23.040
/// has them).
std::string pack(std::string_view septets, std::size_t header);

/// The header's elements that say which national tables are used; empty for the default alphabet.
std::string shift_elements(Tables tables);

/// Text from octets: the other way of `octets`. What stands for nothing becomes U+FFFD.
std::string text_of(std::string_view octets, Encoding encoding, Tables tables = {});

}  // namespace chapar::sms
