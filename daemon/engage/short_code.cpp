#include "engage/short_code.hpp"

#include <openssl/rand.h>

#include <algorithm>
#include <array>

namespace chapar::engage {
namespace {

/// With a billion codes in use one draw of two thousand is taken, and this many in a row never are.
constexpr int most_draws = 16;
/// The largest multiple of 58 that a byte has; beyond it some characters would come more often.
constexpr std::uint8_t fair_below = 232;

Result<std::string> draw(const RandomSource& random) {
    std::string code;
    while (code.size() < short_code_length) {
        std::array<std::uint8_t, 16> bytes{};
        if (!random(bytes)) return fail(ShortCodeError::no_randomness, "the system gives no random numbers");
        for (const auto byte : bytes)
            if (byte < fair_below && code.size() < short_code_length) code += base58[byte % base58.size()];
    }
    return code;
}

}  // namespace

RandomSource system_randomness() {
    return [](std::span<std::uint8_t> bytes) { return RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) == 1; };
}

Result<std::string> draw_short_code(const RandomSource& random,
                                    const std::function<Result<bool>(std::string_view code)>& is_taken) {
    for (int draws = 0; draws < most_draws; ++draws) {
        auto code = draw(random);
        if (!code) return code;
        const auto taken = is_taken(*code);
        if (!taken) return std::unexpected(taken.error());
        if (!*taken) return code;
    }
    return fail(ShortCodeError::all_taken, "no free short code was found in 16 draws");
}

bool is_short_code(std::string_view text) {
    return text.size() == short_code_length && std::ranges::all_of(text, [](char c) { return base58.contains(c); });
}

std::string short_link_placeholder(std::string_view short_url) {
    std::string out(short_url);
    if (!out.ends_with('/')) out += '/';
    return out.append(short_code_length, 'Z');
}

LinkWriter placeholder_writer(std::string_view short_url) {
    return [placeholder = short_link_placeholder(short_url)](std::string& out, std::uint16_t, std::string_view) {
        out += placeholder;
    };
}

}  // namespace chapar::engage
