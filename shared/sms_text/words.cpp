#include "sms_text/words.hpp"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "sms_text/stop_list.hpp"

namespace chapar::sms {
namespace {

/// A text that is longer says more than no.
constexpr std::size_t longest = 200;
/// Of the tokens that make one word of the list.
constexpr std::size_t most_parts = 4;
/// "لغو ۱۱": a code beside the word has at most two digits; more are somebody's number.
constexpr std::size_t most_code_digits = 2;

void append(char32_t value, std::string& out) {
    std::array<std::uint8_t, 4> bytes{};
    std::int32_t size = 0;
    U8_APPEND_UNSAFE(bytes.data(), size, value);
    out.append(reinterpret_cast<const char*>(bytes.data()), static_cast<std::size_t>(size));
}

/// One letter for those that people type for one another; 0: it is not written by everybody.
UChar32 plain_letter(UChar32 value) {
    switch (value) {
        case 0x64A:  // yeh
        case 0x649:  // alef maksura
        case 0x626:  // yeh with hamza
            return 0x6CC;
        case 0x643:  // kaf
            return 0x6A9;
        case 0x622:  // alef with madda
        case 0x623:  // alef with hamza
        case 0x625:  // alef with hamza below
        case 0x671:  // alef wasla
            return 0x627;
        case 0x624:  // waw with hamza
            return 0x648;
        case 0x629:  // teh marbuta
        case 0x6C0:  // heh with yeh
            return 0x647;
        case 0x621:  // hamza
        case 0x640:  // tatweel
            return 0;
        default:
            return value;
    }
}

bool is_mark(UChar32 value) {
    const auto type = u_charType(value);
    // ZWNJ and the like: they part no words.
    return type == U_NON_SPACING_MARK || type == U_ENCLOSING_MARK || type == U_FORMAT_CHAR || value == '\'' ||
           value == 0x2019;
}

/// Letters that look alike or are composed differently are one; presentation forms are letters.
std::string composed(std::string_view text) {
    UErrorCode error = U_ZERO_ERROR;
    const auto* form = icu::Normalizer2::getNFKCInstance(error);
    if (U_FAILURE(error)) return std::string(text);
    const auto wide = icu::UnicodeString::fromUTF8({text.data(), static_cast<std::int32_t>(text.size())});
    const auto made = form->normalize(wide, error);
    if (U_FAILURE(error)) return std::string(text);
    std::string out;
    made.toUTF8String(out);
    return out;
}

/// Words and numbers; a number beside letters is a word of its own.
std::vector<std::string> tokens(std::string_view raw) {
    enum class Kind : std::uint8_t { none, letters, digits } last = Kind::none;
    const auto text = composed(raw);
    std::vector<std::string> out;
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
    const auto size = static_cast<std::int32_t>(text.size());
    for (std::int32_t at = 0; at < size;) {
        UChar32 value = 0;
        std::int32_t next = at;
        // NOLINTNEXTLINE(bugprone-inc-dec-in-conditions): inside ICU's macro
        U8_NEXT_OR_FFFD(bytes, next, size, value);
        at = next;
        if (is_mark(value)) continue;
        const auto digit = u_charDigitValue(value);
        value = digit >= 0 ? static_cast<UChar32>('0' + digit) : plain_letter(value);
        if (value == 0) continue;
        if (!u_isalnum(value)) {
            last = Kind::none;
            continue;
        }
        const auto kind = digit >= 0 ? Kind::digits : Kind::letters;
        if (kind != last) out.emplace_back();
        last = kind;
        append(static_cast<char32_t>(u_foldCase(value, U_FOLD_CASE_DEFAULT)), out.back());
    }
    return out;
}

std::string joined(std::span<const std::string> parts) {
    std::string out;
    for (const auto& part : parts)
        out += part;
    return out;
}

bool is_in(const std::vector<std::string>& list, const std::string& word) {
    return std::ranges::find(list, word) != list.end();
}

bool is_number(const std::string& token) { return token[0] >= '0' && token[0] <= '9'; }

std::vector<std::string> all_folded(std::span<const std::string_view> words) {
    std::vector<std::string> out;
    for (const auto word : words)
        out.push_back(folded(word));
    return out;
}

std::vector<std::string> without(std::vector<std::string> said, const std::vector<std::string>& words) {
    std::erase_if(said, [&](const std::string& token) { return is_in(words, token); });
    return said;
}

/// "stop stop stop" is said once.
bool repeats(const std::vector<std::string>& said) {
    return !said.empty() && std::ranges::all_of(said, [&](const auto& token) { return token == said.front(); });
}

}  // namespace

std::string folded(std::string_view text) { return joined(tokens(text)); }

StopWords::StopWords(const std::vector<std::string>& own)
    : words_(all_folded(bare_stops)),
      clear_(all_folded(clear_stops)),
      polite_(all_folded(polite_words)),
      companions_(all_folded(companions_of_stops)) {
    words_.insert(words_.end(), clear_.begin(), clear_.end());
    for (const auto& word : own)
        if (auto each = folded(word); !each.empty()) words_.push_back(std::move(each));
}

bool StopWords::is_no(const std::vector<std::string>& said) const {
    if (is_in(words_, joined(said))) return true;
    auto rest = without(said, polite_);
    if (repeats(rest)) rest.resize(1);
    if (is_in(words_, joined(rest))) return true;
    // A code beside the word, on either side.
    std::erase_if(rest, [](const std::string& token) { return is_number(token) && token.size() <= most_code_digits; });
    if (rest.empty()) return false;
    if (is_in(words_, joined(rest))) return true;
    const auto bare = without(rest, companions_);
    if (is_in(clear_, joined(bare))) return true;
    // A clear word may itself be made of companions ("remove me"): take it out as a whole, nothing else may stay.
    for (std::size_t from = 0; from < rest.size(); ++from) {
        for (std::size_t count = 1; count <= most_parts && from + count <= rest.size(); ++count) {
            if (!is_in(clear_, joined(std::span(rest).subspan(from, count)))) continue;
            auto others = rest;
            const auto begin = others.begin() + static_cast<std::ptrdiff_t>(from);
            others.erase(begin, begin + static_cast<std::ptrdiff_t>(count));
            if (without(std::move(others), companions_).empty()) return true;
        }
    }
    return false;
}

bool StopWords::is_perhaps(const std::vector<std::string>& said) const {
    for (std::size_t from = 0; from < said.size(); ++from) {
        if (is_number(said[from])) continue;
        for (std::size_t count = 1; count <= most_parts && from + count <= said.size(); ++count) {
            if (is_in(words_, joined(std::span(said).subspan(from, count)))) return true;
        }
    }
    return false;
}

Hearing StopWords::hear(std::string_view text) const {
    const auto said = tokens(text);
    if (said.empty()) return Hearing::other;
    if (text.size() <= longest && is_no(said)) return Hearing::no;
    return is_perhaps(said) ? Hearing::perhaps : Hearing::other;
}

std::string_view event_kind(Hearing hearing) {
    switch (hearing) {
        case Hearing::no:
            return "unsubscribed";
        case Hearing::perhaps:
            return "perhaps_unsubscribed";
        case Hearing::other:
            break;
    }
    return "inbound";
}

}  // namespace chapar::sms
