#include "address/key.hpp"

#include <unicode/normalizer2.h>
#include <unicode/unistr.h>

#include <algorithm>

#include "address/email.hpp"
#include "numbers/phone.hpp"

namespace chapar::address {
namespace {

/// The shortest id of digits alone that is a number with a foreign country's code behind 00. Shorter ones are customer
/// and national identity numbers that happen to begin so.
constexpr std::size_t least_digits_abroad = 12;

bool is_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& letter : out) {
        if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
    }
    return out;
}

/// One text for all ways of writing the same letters: case, composition, width.
std::string folded_local(std::string_view local) {
    if (is_ascii(local)) return lower(local);
    UErrorCode error = U_ZERO_ERROR;
    const auto* folding = icu::Normalizer2::getNFKCCasefoldInstance(error);
    if (U_FAILURE(error)) return lower(local);
    const auto text = icu::UnicodeString::fromUTF8({local.data(), static_cast<std::int32_t>(local.size())});
    const auto folded = folding->normalize(text, error);
    if (U_FAILURE(error)) return lower(local);
    std::string out;
    folded.toUTF8String(out);
    return out;
}

/// Without blanks and marks that can't be seen around it: they come with copying.
std::string_view trimmed(std::string_view text) {
    constexpr std::string_view marks[] = {" ",
                                          "\t",
                                          "\xC2\xA0",
                                          "\xE2\x80\x8B",
                                          "\xE2\x80\x8C",
                                          "\xE2\x80\x8D",
                                          "\xE2\x80\x8E",
                                          "\xE2\x80\x8F",
                                          "\xE2\x80\xAA",
                                          "\xE2\x80\xAB",
                                          "\xE2\x80\xAC",
                                          "\xE2\x80\xAD",
                                          "\xE2\x80\xAE",
                                          "\xE2\x81\xA6",
                                          "\xE2\x81\xA7",
                                          "\xE2\x81\xA8",
                                          "\xE2\x81\xA9",
                                          "\xEF\xBB\xBF"};
    for (bool again = true; again;) {
        again = false;
        for (const auto mark : marks) {
            if (text.starts_with(mark)) text.remove_prefix(mark.size()), again = true;
            if (text.ends_with(mark)) text.remove_suffix(mark.size()), again = true;
        }
    }
    return text;
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

bool is_digits(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::string key(std::string_view address) {
    if (address.find('@') == std::string_view::npos || is_plain(address)) return std::string(address);
    const auto canonical = canonical_email(address);
    if (!canonical) return std::string(address);
    const auto at = canonical->rfind('@');
    return folded_local(std::string_view(*canonical).substr(0, at)) + canonical->substr(at);
}

std::string name_of(std::string_view id, std::string_view country) {
    if (id.empty()) return {};
    if (id.find('@') != std::string_view::npos) {
        const auto canonical = canonical_email(trimmed(id));
        return canonical ? key(*canonical) : std::string(id);
    }
    if (std::ranges::any_of(id, is_letter)) return std::string(id);  // no number has one, and most ids have
    if (is_digits(id) && id.starts_with("00") && id.size() < least_digits_abroad) return std::string(id);
    return numbers::to_e164(id, country).value_or(std::string(id));
}

bool is_email(std::string_view name) {
    return name.find('@') != std::string_view::npos && canonical_email(name).has_value();
}

bool is_number(std::string_view name) { return name.size() > 1 && name.front() == '+' && is_digits(name.substr(1)); }

}  // namespace chapar::address
