#include "csv/encoding.hpp"

#include <unicode/ucnv.h>
#include <unicode/ucsdet.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <array>
#include <memory>

namespace chapar::csv {
namespace {

constexpr std::size_t most_sample = 1 << 16;

using Table = std::array<std::string, 256>;  // of each byte; empty: it means nothing

Table make_table(const char* converter) {
    Table table;
    UErrorCode status = U_ZERO_ERROR;
    const std::unique_ptr<UConverter, void (*)(UConverter*)> open(ucnv_open(converter, &status), ucnv_close);
    if (U_FAILURE(status)) return table;
    ucnv_setToUCallBack(open.get(), UCNV_TO_U_CALLBACK_STOP, nullptr, nullptr, nullptr, &status);
    for (std::size_t byte = 0; byte < table.size(); ++byte) {
        const char in = static_cast<char>(byte);
        std::array<UChar, 4> wide{};
        UErrorCode one = U_ZERO_ERROR;
        ucnv_reset(open.get());
        const auto size = ucnv_toUChars(open.get(), wide.data(), static_cast<int32_t>(wide.size()), &in, 1, &one);
        if (U_SUCCESS(one) && size > 0 && wide[0] != 0xFFFD)
            icu::UnicodeString(wide.data(), size).toUTF8String(table[byte]);
    }
    return table;
}

const Table& table_of(Encoding encoding) {
    static const Table arabic = make_table("windows-1256");
    static const Table latin = make_table("windows-1252");
    return encoding == Encoding::windows1256 ? arabic : latin;
}

bool is_arabic_letter(unsigned char byte) {
    const auto& text = table_of(Encoding::windows1256)[byte];
    return text.size() == 2 && static_cast<unsigned char>(text[0]) >= 0xD8 &&
           static_cast<unsigned char>(text[0]) <= 0xDB && byte != 0xA1 && byte != 0xBA && byte != 0xBF;
}

bool is_latin_letter(unsigned char byte) { return (byte | 0x20U) >= 'a' && (byte | 0x20U) <= 'z'; }

/// ICU's opinion of the sample.
bool detector_says_arabic(std::string_view sample) {
    UErrorCode status = U_ZERO_ERROR;
    const std::unique_ptr<UCharsetDetector, void (*)(UCharsetDetector*)> open(ucsdet_open(&status), ucsdet_close);
    ucsdet_setText(open.get(), sample.data(), static_cast<int32_t>(sample.size()), &status);
    const auto* match = ucsdet_detect(open.get(), &status);
    if (U_FAILURE(status) || match == nullptr) return false;
    const char* found = ucsdet_getName(match, &status);
    return U_SUCCESS(status) && found != nullptr && std::string_view(found) == "windows-1256";
}

/// Persian and Arabic words are made of such bytes; French and German ones have them here and there.
Encoding guess_table(std::string_view sample) {
    std::size_t words = 0, accents = 0, run = 0;
    for (std::size_t i = 0; i < sample.size(); ++i) {
        const auto byte = static_cast<unsigned char>(sample[i]);
        if (is_arabic_letter(byte)) {
            ++run;
            continue;
        }
        if (run >= 2) words += run;
        if (run == 1) {
            const bool in_word =
                is_latin_letter(byte) || (i >= 2 && is_latin_letter(static_cast<unsigned char>(sample[i - 2])));
            if (in_word) ++accents;
        }
        run = 0;
    }
    if (run >= 2) words += run;
    if (words > 2 * accents) return Encoding::windows1256;
    if (accents > 2 * words) return Encoding::windows1252;
    return detector_says_arabic(sample) ? Encoding::windows1256 : Encoding::windows1252;
}

std::string folded_name(std::string_view name) {
    std::string out;
    for (const char c : name)
        if (c != '-' && c != '_' && c != ' ') out += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    return out;
}

void append_character(std::string& out, char32_t c) {
    if (c < 0x80) {
        out += static_cast<char>(c);
    } else if (c < 0x800) {
        out += {static_cast<char>(0xC0 | (c >> 6)), static_cast<char>(0x80 | (c & 0x3F))};
    } else if (c < 0x10000) {
        out += {static_cast<char>(0xE0 | (c >> 12)), static_cast<char>(0x80 | ((c >> 6) & 0x3F)),
                static_cast<char>(0x80 | (c & 0x3F))};
    } else {
        out += {static_cast<char>(0xF0 | (c >> 18)), static_cast<char>(0x80 | ((c >> 12) & 0x3F)),
                static_cast<char>(0x80 | ((c >> 6) & 0x3F)), static_cast<char>(0x80 | (c & 0x3F))};
    }
}

/// Bytes of the character that `s` begins with; 0: it is none; beyond s.size(): more has to come.
std::size_t utf8_width(std::string_view s) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(s[i]); };
    const auto lead = byte(0);
    if (lead < 0x80) return 1;
    const std::size_t width = lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0;
    if (width == 0) return 0;
    for (std::size_t i = 1; i < std::min(width, s.size()); ++i) {
        const unsigned char least = i > 1 ? 0x80 : lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
        const unsigned char most = i > 1 ? 0xBF : lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
        if (byte(i) < least || byte(i) > most) return 0;
    }
    return width;
}

}  // namespace

std::string_view name(Encoding encoding) {
    switch (encoding) {
        case Encoding::utf8:
            return "UTF-8";
        case Encoding::utf16le:
            return "UTF-16LE";
        case Encoding::utf16be:
            return "UTF-16BE";
        case Encoding::windows1256:
            return "Windows-1256";
        case Encoding::windows1252:
            return "Windows-1252";
    }
    return {};
}

std::optional<Encoding> encoding_named(std::string_view name) {
    const auto wanted = folded_name(name);
    struct Known {
        std::string_view name;
        Encoding encoding;
    };
    static constexpr std::array<Known, 16> known = {{{"utf8", Encoding::utf8},
                                                     {"utf8sig", Encoding::utf8},
                                                     {"utf8bom", Encoding::utf8},
                                                     {"utf16", Encoding::utf16le},
                                                     {"utf16le", Encoding::utf16le},
                                                     {"unicode", Encoding::utf16le},
                                                     {"utf16be", Encoding::utf16be},
                                                     {"windows1256", Encoding::windows1256},
                                                     {"cp1256", Encoding::windows1256},
                                                     {"1256", Encoding::windows1256},
                                                     {"arabic", Encoding::windows1256},
                                                     {"windows1252", Encoding::windows1252},
                                                     {"cp1252", Encoding::windows1252},
                                                     {"1252", Encoding::windows1252},
                                                     {"latin1", Encoding::windows1252},
                                                     {"iso88591", Encoding::windows1252}}};
    const auto* const found = std::ranges::find(known, wanted, &Known::name);
    return found == known.end() ? std::nullopt : std::optional(found->encoding);
}

std::optional<ByteOrderMark> byte_order_mark(std::string_view head) {
    if (head.starts_with("\xEF\xBB\xBF")) return ByteOrderMark{Encoding::utf8, 3};
    if (head.starts_with("\xFF\xFE")) return ByteOrderMark{Encoding::utf16le, 2};
    if (head.starts_with("\xFE\xFF")) return ByteOrderMark{Encoding::utf16be, 2};
    return std::nullopt;
}

void EncodingGuess::check_utf8(unsigned char byte) {
    if (open_ > 0) {
        if (byte < least_ || byte > most_) is_utf8_ = false;
        --open_;
        least_ = 0x80;
        most_ = 0xBF;
        return;
    }
    if (byte < 0x80) return;
    if (byte < 0xC2 || byte > 0xF4) {
        is_utf8_ = false;
        return;
    }
    open_ = byte < 0xE0 ? 1 : byte < 0xF0 ? 2 : 3;
    if (byte == 0xE0) least_ = 0xA0;
    if (byte == 0xED) most_ = 0x9F;
    if (byte == 0xF0) least_ = 0x90;
    if (byte == 0xF4) most_ = 0x8F;
}

void EncodingGuess::feed(std::string_view bytes) {
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        if (bytes_ < 4) start_ += c;
        if (byte == 0) ++(bytes_ % 2 == 0 ? zeros_even_ : zeros_odd_);
        ++bytes_;
        if (is_utf8_) check_utf8(byte);
        const bool is_high = byte >= 0x80;
        if (sample_.size() < most_sample && (is_high || was_high_)) {
            if (is_high && !was_high_) sample_ += static_cast<char>(before_);
            sample_ += c;
        }
        was_high_ = is_high;
        before_ = byte;
    }
}

std::optional<Encoding> EncodingGuess::result() const {
    if (const auto mark = byte_order_mark(start_)) return mark->encoding;
    const auto zeros = zeros_even_ + zeros_odd_;
    if (zeros > 0) {
        // Blanks, digits and line ends are half zeros in UTF-16.
        constexpr std::uint64_t clear = 8;
        if (zeros_odd_ > clear * zeros_even_) return Encoding::utf16le;
        if (zeros_even_ > clear * zeros_odd_) return Encoding::utf16be;
        return std::nullopt;
    }
    if (is_utf8_ && open_ == 0) return Encoding::utf8;
    return guess_table(sample_);
}

bool Decoder::feed(std::string_view bytes, std::string& out) {
    switch (encoding_) {
        case Encoding::windows1256:
        case Encoding::windows1252:
            return feed_table(bytes, out);
        case Encoding::utf8:
            rest_ += bytes;
            return feed_utf8(out);
        case Encoding::utf16le:
        case Encoding::utf16be:
            rest_ += bytes;
            return feed_utf16(out);
    }
    return false;
}

bool Decoder::feed_utf8(std::string& out) {
    std::string_view text = rest_;
    if (!begun_ && text.size() < 3 && std::string_view("\xEF\xBB\xBF").starts_with(text)) return true;
    if (!begun_ && text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    begun_ = true;
    bool good = true;
    while (!text.empty()) {
        const auto width = utf8_width(text);
        good = width > 0;
        if (!good || width > text.size()) break;
        out += text.substr(0, width);
        text.remove_prefix(width);
    }
    rest_ = std::string(text);
    return good;
}

bool Decoder::feed_utf16(std::string& out) {
    std::string_view text = rest_;
    const auto unit = [&](std::size_t at) {
        const auto a = static_cast<unsigned char>(text[at]), b = static_cast<unsigned char>(text[at + 1]);
        return static_cast<char32_t>(encoding_ == Encoding::utf16le ? a | (b << 8) : b | (a << 8));
    };
    bool good = true;
    while (text.size() >= 2) {
        char32_t c = unit(0);
        std::size_t width = 2;
        if (c >= 0xD800 && c < 0xDC00) {
            if (text.size() < 4) break;
            const auto low = unit(2);
            good = low >= 0xDC00 && low < 0xE000;
            c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
            width = 4;
        } else if (c >= 0xDC00 && c < 0xE000) {
            good = false;
        }
        if (!good) break;
        if (begun_ || c != 0xFEFF) append_character(out, c);
        begun_ = true;
        text.remove_prefix(width);
    }
    rest_ = std::string(text);
    return good;
}

bool Decoder::feed_table(std::string_view bytes, std::string& out) {
    const auto& table = table_of(encoding_);
    for (const char c : bytes) {
        const auto& text = table[static_cast<unsigned char>(c)];
        if (text.empty()) return false;
        out += text;
    }
    return true;
}

std::string persian_letters(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto two = text.substr(i, 2);
        const bool is_ye = two == "ي", is_kaf = two == "ك";
        if (!is_ye && !is_kaf) {
            out += text[i];
            continue;
        }
        out += is_ye ? "ی" : "ک";
        ++i;
    }
    return out;
}

}  // namespace chapar::csv
