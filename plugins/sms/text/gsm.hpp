#pragma once
// The GSM 7 bit default alphabet and its extension table. Pure, callable from any thread.
// Source: 3GPP TS 23.038, 6.2.1 and 6.2.1.1.

#include <cstdint>
#include <optional>

namespace chapar::sms {

inline constexpr std::uint8_t gsm_escape = 0x1B;

/// Where a character stands in the alphabet.
struct GsmCode {
    std::uint8_t septet = 0;
    bool extended = false;  // sent as the escape and the septet: two places
    int places() const { return extended ? 2 : 1; }
};

/// nullopt: the character is in neither table.
std::optional<GsmCode> gsm_code(char32_t character);

/// The character of a septet; nullopt: reserved.
std::optional<char32_t> gsm_character(GsmCode code);

}  // namespace chapar::sms
