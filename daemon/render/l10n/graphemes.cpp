#include "render/l10n/graphemes.hpp"

#include "basic/utf8.hpp"
#include "render/liquid/text.hpp"

#include <unicode/brkiter.h>
#include <unicode/uchar.h>
#include <unicode/utext.h>

#include <memory>

namespace chapar::render {

namespace {

bool stands_alone(UChar32 c) { return u_getIntPropertyValue(c, UCHAR_GRAPHEME_CLUSTER_BREAK) == U_GCB_OTHER; }

/// The iterator of the thread, reading `text`; nullptr: ICU has none.
icu::BreakIterator* iterator_over(UText& opened) {
    thread_local std::unique_ptr<icu::BreakIterator> kept;
    UErrorCode status = U_ZERO_ERROR;
    if (kept == nullptr) kept.reset(icu::BreakIterator::createCharacterInstance(icu::Locale::getRoot(), status));
    if (U_SUCCESS(status)) kept->setText(&opened, status);
    return U_SUCCESS(status) ? kept.get() : nullptr;
}

/// A text as ICU reads it.
class Reading {
  public:
    explicit Reading(std::string_view text) {
        UErrorCode status = U_ZERO_ERROR;
        utext_openUTF8(&opened_, text.data(), static_cast<std::int64_t>(text.size()), &status);
    }
    Reading(const Reading&) = delete;
    Reading& operator=(const Reading&) = delete;
    ~Reading() { utext_close(&opened_); }
    UText& text() { return opened_; }

  private:
    UText opened_ = UTEXT_INITIALIZER;
};

}  // namespace

bool is_grapheme_boundary(std::string_view text, std::size_t at) {
    if (at == 0 || at >= text.size()) return true;
    const std::size_t before = basic::character_begin(text, at - 1);
    std::size_t bytes = 1;
    if (stands_alone(liquid::decode(text, before, bytes)) && stands_alone(liquid::decode(text, at, bytes))) return true;
    Reading reading(text);
    auto* const graphemes = iterator_over(reading.text());
    return graphemes == nullptr || graphemes->isBoundary(static_cast<std::int32_t>(at)) != 0;
}

std::size_t boundary_before(std::string_view text, std::size_t at) {
    if (is_grapheme_boundary(text, at)) return at;
    Reading reading(text);
    auto* const graphemes = iterator_over(reading.text());
    return graphemes == nullptr ? at : static_cast<std::size_t>(graphemes->preceding(static_cast<std::int32_t>(at)));
}

std::size_t boundary_after(std::string_view text, std::size_t at) {
    if (is_grapheme_boundary(text, at)) return at;
    Reading reading(text);
    auto* const graphemes = iterator_over(reading.text());
    if (graphemes == nullptr) return at;
    return static_cast<std::size_t>(graphemes->following(static_cast<std::int32_t>(at)));
}

}  // namespace chapar::render
