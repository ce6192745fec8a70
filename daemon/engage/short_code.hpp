#pragma once
// Codes of short links: seven characters of base58, as https://zb.ir/Ab3dE7x. Pure, given the randomness and who
// knows what is taken; any thread.

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "engage/links.hpp"

namespace chapar::engage {

enum class ShortCodeError {
    no_randomness,  // the system gave none
    all_taken,      // as many codes in a row were taken as a full table explains, and chance does not
    unavailable,    // what knows the taken ones can't be asked now
};
constexpr std::string_view error_domain(ShortCodeError) { return "short code"; }

/// Without 0, O, I and l, which people mistake for each other: 58^7 codes are 2.2e12.
inline constexpr std::string_view base58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
inline constexpr std::size_t short_code_length = 7;

/// Fills the bytes; false: it could not.
using RandomSource = std::function<bool(std::span<std::uint8_t>)>;
/// OpenSSL's generator.
RandomSource system_randomness();

/// A code that nobody has: each character has the same chance. `is_taken` is asked for each one that is drawn.
Result<std::string> draw_short_code(const RandomSource& random,
                                    const std::function<Result<bool>(std::string_view code)>& is_taken);

/// Whether a text could be a code.
bool is_short_code(std::string_view text);

/// What a short link is counted as before it exists. No code takes more places in any alphabet of SMS.
std::string short_link_placeholder(std::string_view short_url);
/// For rewrite_text: the text as the segment counter counts it before its codes are drawn.
LinkWriter placeholder_writer(std::string_view short_url);

}  // namespace chapar::engage
