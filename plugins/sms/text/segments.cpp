#include "sms/text/segments.hpp"

#include <unicode/brkiter.h>
#include <unicode/utf8.h>

#include <memory>

#include "sms/text/gsm.hpp"

namespace chapar::sms {
namespace {

struct Character {
    char32_t value = 0;
    std::size_t end = 0;  // byte offset behind it
};

Character read(std::string_view text, std::size_t at) {
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
    auto offset = static_cast<std::int32_t>(at);
    UChar32 value = 0;
    U8_NEXT_OR_FFFD(bytes, offset, static_cast<std::int32_t>(text.size()), value);
    return {static_cast<char32_t>(value), static_cast<std::size_t>(offset)};
}

int utf16_units(char32_t value) { return value > 0xFFFF ? 2 : 1; }

/// Below U+0300 nothing joins with its neighbour except CR LF: every character is a grapheme.
bool is_simple(char32_t value) { return value < 0x300 && value != U'\r' && value != 0xAD; }

/// Where graphemes end. ICU is asked only from the first character on that may join with others.
class Graphemes {
  public:
    explicit Graphemes(std::string_view text) : text_(text) {}
    /// The end of the grapheme that begins at `at`.
    std::size_t end_of(std::size_t at) {
        const Character first = read(text_, at);
        if (first.end == text_.size()) return first.end;
        if (is_simple(first.value) && is_simple(read(text_, first.end).value)) return first.end;
        if (!open()) return first.end;
        const auto end = iterator_->following(static_cast<std::int32_t>(at));
        return end == icu::BreakIterator::DONE ? text_.size() : static_cast<std::size_t>(end);
    }
    ~Graphemes() {
        if (utext_ != nullptr) utext_close(utext_);
    }
    Graphemes(const Graphemes&) = delete;
    Graphemes& operator=(const Graphemes&) = delete;

  private:
    bool open() {
        if (utext_ != nullptr) return true;
        UErrorCode status = U_ZERO_ERROR;
        thread_local const std::unique_ptr<icu::BreakIterator> shared(
            icu::BreakIterator::createCharacterInstance(icu::Locale::getRoot(), status));
        if (!shared || U_FAILURE(status)) return false;
        utext_ = utext_openUTF8(nullptr, text_.data(), static_cast<std::int64_t>(text_.size()), &status);
        iterator_ = shared.get();
        iterator_->setText(utext_, status);
        return U_SUCCESS(status);
    }
    std::string_view text_;
    UText* utext_ = nullptr;
    icu::BreakIterator* iterator_ = nullptr;
};

/// One thing that is not cut: its end and the places it takes.
struct Piece {
    std::size_t end = 0;
    int units = 0;
};

/// Calls `visit(Piece)` for what may not be cut, from the first byte to the last.
template <class Visit>
void pieces(std::string_view text, Encoding encoding, int part, Visit visit) {
    if (encoding == Encoding::gsm7) {
        for (std::size_t at = 0; at < text.size();) {
            const Character each = read(text, at);
            visit(Piece{each.end, gsm_code(each.value)->places()});
            at = each.end;
        }
        return;
    }
    Graphemes graphemes(text);
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = graphemes.end_of(at);
        int units = 0;
        for (std::size_t inside = at; inside < end;) {
            const Character each = read(text, inside);
            units += utf16_units(each.value);
            inside = each.end;
        }
        if (units <= part) {
            visit(Piece{end, units});
        } else {  // longer than a part: between its characters then
            for (std::size_t inside = at; inside < end;) {
                const Character each = read(text, inside);
                visit(Piece{each.end, utf16_units(each.value)});
                inside = each.end;
            }
        }
        at = end;
    }
}

/// Counts what does not depend on where it is cut.
Count measure(std::string_view text) {
    Count out;
    int utf16 = 0, septets = 0;
    for (std::size_t at = 0; at < text.size();) {
        const Character each = read(text, at);
        utf16 += utf16_units(each.value);
        const auto code = gsm_code(each.value);
        if (code) septets += code->places();
        if (!code && out.encoding == Encoding::gsm7) {
            out.encoding = Encoding::ucs2;
            out.forced_by = text.substr(at, each.end - at);
            out.forced_at = at;
        }
        at = each.end;
    }
    out.units = out.encoding == Encoding::gsm7 ? septets : utf16;
    return out;
}

bool fits_one(const Count& count) {
    return count.units <= (count.encoding == Encoding::gsm7 ? gsm7_single : ucs2_single);
}

/// Calls `cut(byte offset)` wherever a new segment begins, the first excepted.
template <class Cut>
void cuts(std::string_view text, const Count& count, Cut cut) {
    const int part = count.encoding == Encoding::gsm7 ? gsm7_part : ucs2_part;
    int used = 0;
    std::size_t begin = 0;
    pieces(text, count.encoding, part, [&](const Piece& piece) {
        if (used + piece.units > part) {
            cut(begin);
            used = 0;
        }
        used += piece.units;
        begin = piece.end;
    });
}

}  // namespace

std::string_view name(Encoding encoding) { return encoding == Encoding::gsm7 ? "GSM-7" : "UCS-2"; }

Count count(std::string_view text) {
    Count out = measure(text);
    if (!fits_one(out)) {
        cuts(text, out, [&](std::size_t) { ++out.segments; });
    }
    return out;
}

std::vector<std::string_view> split(std::string_view text) {
    const Count measured = measure(text);
    std::vector<std::string_view> out;
    std::size_t from = 0;
    if (!fits_one(measured)) {
        cuts(text, measured, [&](std::size_t at) {
            out.push_back(text.substr(from, at - from));
            from = at;
        });
    }
    out.push_back(text.substr(from));
    return out;
}

}  // namespace chapar::sms
