#pragma once
// The national tables as data: what differs from the default alphabet and from its extension table.
// Source: 3GPP TS 23.038, A.2 (single shift) and A.3 (locking shift).

#include <cstdint>
#include <span>

#include "sms_text/gsm.hpp"

namespace chapar::sms {

struct CodePlace {
    std::uint8_t septet;
    char32_t character;
};

/// All 128 places of a locking table; empty: the language has none and uses the default alphabet.
std::span<const char32_t> locking_table(Language language);
/// The single shift table; the standard one is the extension table.
std::span<const CodePlace> single_table(Language language);

}  // namespace chapar::sms
