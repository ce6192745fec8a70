#include "sms_text/segments.hpp"

#include <unicode/brkiter.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <memory>

#include "sms_text/gsm.hpp"

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
    // NOLINTNEXTLINE(bugprone-inc-dec-in-conditions): inside ICU's macro
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

/// Places of one character; 0: the alphabet lacks it.
int places(char32_t value, const Form& form) {
    switch (form.encoding) {
        case Encoding::gsm7:
            if (const auto code = gsm_code(value, form.tables)) return code->places();
            return 0;
        case Encoding::latin1:
            return value < 0x100 ? 1 : 0;
        case Encoding::ucs2:
            return utf16_units(value);
    }
    return 0;
}

/// Calls `visit(Piece)` for what may not be cut, from the first byte to the last.
template <class Visit>
void pieces(std::string_view text, const Form& form, Visit visit) {
    if (form.encoding != Encoding::ucs2) {
        for (std::size_t at = 0; at < text.size();) {
            const Character each = read(text, at);
            visit(Piece{each.end, std::max(1, places(each.value, form))});
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
        if (units <= form.part_places()) {
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

/// Calls `cut(byte offset)` wherever a new segment begins, the first excepted.
template <class Cut>
void cuts(std::string_view text, const Form& form, Cut cut) {
    const int part = form.part_places();
    int used = 0;
    std::size_t begin = 0;
    pieces(text, form, [&](const Piece& piece) {
        if (used + piece.units > part) {
            cut(begin);
            used = 0;
        }
        used += piece.units;
        begin = piece.end;
    });
}

}  // namespace

std::string_view name(Encoding encoding) {
    switch (encoding) {
        case Encoding::gsm7:
            return "GSM-7";
        case Encoding::ucs2:
            return "UCS-2";
        case Encoding::latin1:
            return "Latin-1";
    }
    return "";
}

int Form::places(int header) const {
    const int octets = message_octets - header;
    switch (encoding) {
        case Encoding::gsm7:
            return octets * 8 / 7;
        case Encoding::ucs2:
            return octets / 2;
        case Encoding::latin1:
            return octets;
    }
    return octets;
}

std::optional<int> places_of(std::string_view text, const Form& form) {
    int out = 0;
    for (std::size_t at = 0; at < text.size();) {
        const Character each = read(text, at);
        const int here = places(each.value, form);
        if (here == 0) return std::nullopt;
        out += here;
        at = each.end;
    }
    return out;
}

Count count(std::string_view text) {
    Count out = measure(text);
    const Form form{.encoding = out.encoding, .tables = {}};
    if (out.units > form.single_places()) cuts(text, form, [&](std::size_t) { ++out.segments; });
    return out;
}

std::vector<std::string_view> split(std::string_view text, const Form& form) {
    std::vector<std::string_view> out;
    std::size_t from = 0;
    int units = 0;
    pieces(text, form, [&](const Piece& piece) { units += piece.units; });
    if (units > form.single_places()) {
        cuts(text, form, [&](std::size_t at) {
            out.push_back(text.substr(from, at - from));
            from = at;
        });
    }
    out.push_back(text.substr(from));
    return out;
}

std::vector<std::string_view> split(std::string_view text) {
    return split(text, {.encoding = measure(text).encoding, .tables = {}});
}

}  // namespace chapar::sms
