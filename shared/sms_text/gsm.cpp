#include "sms_text/gsm.hpp"

#include <array>

#include "sms_text/national.hpp"

namespace chapar::sms {
namespace {

// TS 23.038, 6.2.1: row by row of the code table, 0x00 to 0x7F. 0x1B is the escape and stands for no character.
constexpr char32_t basic[128] = {
    U'@', U'£', U'$', U'¥', U'è', U'é', U'ù', U'ì',  U'ò', U'Ç', U'\n', U'Ø', U'ø', U'\r', U'Å', U'å',  // 0x00
    U'Δ', U'_', U'Φ', U'Γ', U'Λ', U'Ω', U'Π', U'Ψ',  U'Σ', U'Θ', U'Ξ',  0,    U'Æ', U'æ',  U'ß', U'É',  // 0x10
    U' ', U'!', U'"', U'#', U'¤', U'%', U'&', U'\'', U'(', U')', U'*',  U'+', U',', U'-',  U'.', U'/',  // 0x20
    U'0', U'1', U'2', U'3', U'4', U'5', U'6', U'7',  U'8', U'9', U':',  U';', U'<', U'=',  U'>', U'?',  // 0x30
    U'¡', U'A', U'B', U'C', U'D', U'E', U'F', U'G',  U'H', U'I', U'J',  U'K', U'L', U'M',  U'N', U'O',  // 0x40
    U'P', U'Q', U'R', U'S', U'T', U'U', U'V', U'W',  U'X', U'Y', U'Z',  U'Ä', U'Ö', U'Ñ',  U'Ü', U'§',  // 0x50
    U'¿', U'a', U'b', U'c', U'd', U'e', U'f', U'g',  U'h', U'i', U'j',  U'k', U'l', U'm',  U'n', U'o',  // 0x60
    U'p', U'q', U'r', U's', U't', U'u', U'v', U'w',  U'x', U'y', U'z',  U'ä', U'ö', U'ñ',  U'ü', U'à',  // 0x70
};

/// Septet + 1 by character below U+0100; 0: none.
constexpr auto latin = [] {
    std::array<std::uint8_t, 256> out{};
    for (std::size_t i = 0; i < 128; ++i) {
        if (basic[i] != 0 && basic[i] < 256) out[basic[i]] = static_cast<std::uint8_t>(i + 1);
    }
    return out;
}();

}  // namespace

std::optional<GsmCode> gsm_code(char32_t character) {
    if (character < latin.size()) {
        if (latin[character] != 0) return GsmCode{static_cast<std::uint8_t>(latin[character] - 1), false};
    } else {
        for (std::size_t i = 0x10; i < 0x1B; ++i) {  // the Greek capitals
            if (basic[i] == character) return GsmCode{static_cast<std::uint8_t>(i), false};
        }
    }
    for (const CodePlace& each : single_table(Language::standard)) {
        if (each.character == character) return GsmCode{each.septet, true};
    }
    return std::nullopt;
}

std::optional<GsmCode> gsm_code(char32_t character, Tables tables) {
    if (tables.is_standard()) return gsm_code(character);
    const auto locking = locking_table(tables.locking);
    const std::span<const char32_t> table = locking.empty() ? std::span<const char32_t>(basic) : locking;
    if (character != 0) {
        for (std::size_t i = 0; i < table.size(); ++i) {
            if (table[i] == character) return GsmCode{static_cast<std::uint8_t>(i), false};
        }
    }
    for (const CodePlace& each : single_table(tables.single)) {
        if (each.character == character) return GsmCode{each.septet, true};
    }
    return std::nullopt;
}

std::optional<char32_t> gsm_character(GsmCode code, Tables tables) {
    if (!code.extended) {
        if (code.septet >= 128 || code.septet == gsm_escape) return std::nullopt;
        const auto locking = locking_table(tables.locking);
        return locking.empty() ? basic[code.septet] : locking[code.septet];
    }
    for (const CodePlace& each : single_table(tables.single)) {
        if (each.septet == code.septet) return each.character;
    }
    return std::nullopt;
}

}  // namespace chapar::sms
