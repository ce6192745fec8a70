#pragma once
// The GSM 7 bit default alphabet, its extension table and the national tables that stand in for either. Pure, callable
// from any thread.
// Source: 3GPP TS 23.038, 6.2.1, 6.2.1.1 and Annex A.

#include <cstdint>
#include <optional>

namespace chapar::sms {

inline constexpr std::uint8_t gsm_escape = 0x1B;

/// National Language Identifiers of TS 23.038, 6.2.1.2.4.
enum class Language : std::uint8_t { standard = 0, turkish = 1, spanish = 2, portuguese = 3, urdu = 13 };

/// Which table stands in for the default alphabet (locking) and which for the extension table (single).
struct Tables {
    Language locking = Language::standard, single = Language::standard;
    bool operator==(const Tables&) const = default;
    bool is_standard() const { return locking == Language::standard && single == Language::standard; }
};

/// Where a character stands in the alphabet.
struct GsmCode {
    std::uint8_t septet = 0;
    bool extended = false;  // sent as the escape and the septet: two places
    int places() const { return extended ? 2 : 1; }
};

/// nullopt: the character is in neither table.
std::optional<GsmCode> gsm_code(char32_t character);
std::optional<GsmCode> gsm_code(char32_t character, Tables tables);

/// The character of a septet; nullopt: reserved.
std::optional<char32_t> gsm_character(GsmCode code, Tables tables = {});

}  // namespace chapar::sms
