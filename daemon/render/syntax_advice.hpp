#pragma once
// What the author meant where template language or TOML is off, and what to write instead. The sentences of the parsers
// say what they met; these say the way out. Pure functions, callable from any thread.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chapar::render {

struct ForeignMark {
    std::size_t at = 0;     // in the text that was looked at
    std::string_view mark;  // one character
    std::string advice;     // "write \" in place of “"
};

/// The first character outside of quotes that template language does not know, and that stands for one that it does:
/// “ ” « » ، ؛ ۱۲ and others, and marks that nobody sees.
std::optional<ForeignMark> foreign_mark(std::string_view tag);

/// The way out for a sentence of the parser or of rendering, as "; write elsif"; empty: none is known. `tag` is the
/// tag or output that it speaks of.
std::string advice_on(std::string_view sentence, std::string_view tag);

/// For a line of front matter that is not TOML. nullopt: none is known.
struct TomlAdvice {
    std::size_t at = 0;  // in the line
    std::string sentence;
};
std::optional<TomlAdvice> advice_on_toml(std::string_view line);

}  // namespace chapar::render
