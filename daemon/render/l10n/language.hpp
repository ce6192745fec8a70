#pragma once
// How the text being rendered speaks: what filters find at RenderOptions::host. A value of one rendering.

#include <string_view>

#include "render/catalogue.hpp"
#include "render/l10n/bidi.hpp"
#include "render/liquid/context.hpp"

namespace chapar::render {

class Translations;

struct Language {
    const Translations* translations = nullptr;  // nullptr: there are none
    bool right_to_left = false;                  // the text around
    Isolation isolation = Isolation::off;        // of values of the other direction
    const ShortenAddress* shorten = nullptr;     // nullptr: addresses stay as they are
};

/// Of the rendering at work; a plain one outside messages.
inline const Language& language_of(const liquid::Context& context) {
    static constexpr Language none;
    const void* host = context.options().host;
    return host == nullptr ? none : *static_cast<const Language*>(host);
}

/// BCP 47; English where nothing is known of the reader.
inline std::string_view locale_of(const liquid::Context& context) {
    const std::string_view locale = context.options().locale;
    return locale.empty() ? "en" : locale;
}

/// `text`, which a filter wrote for the locale: part of the line where both run the same way, so never set apart.
liquid::Value local_text(liquid::Context& context, std::string_view text);

}  // namespace chapar::render
