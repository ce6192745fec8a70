#pragma once
// The small patterns the reference reads tags with, as hand-written matchers: each is linear in what it looks at.
// A matcher answers the end of its match, or `none`. Internal to the library.

#include <array>
#include <cstddef>
#include <string_view>

namespace chapar::liquid::scan {

inline constexpr std::size_t none = std::string_view::npos;

constexpr bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
inline constexpr auto word_letters = [] {
    std::array<bool, 256> word{};
    for (std::size_t i = 0; i < word.size(); ++i) {
        const auto c = static_cast<char>(i);
        word[i] = is_alpha(c) || is_digit(c) || c == '_';
    }
    return word;
}();
constexpr bool is_word(char c) { return word_letters[static_cast<unsigned char>(c)]; }

inline std::size_t skip_space(std::string_view s, std::size_t at) {
    while (at < s.size() && is_space(s[at]))
        ++at;
    return at;
}
/// As s.find, in time linear in both whatever they hold.
std::size_t search(std::string_view s, std::string_view what, std::size_t at);
/// ASCII white space and NUL at both ends, as the reference's language strips.
std::string_view strip(std::string_view s);
std::string_view strip_left(std::string_view s);
std::string_view strip_right(std::string_view s);
bool is_blank(std::string_view s);

/// "..." or '...', closed.
std::size_t quoted(std::string_view s, std::size_t at);
/// One or more of: a character that is none of white space , | ' ", or a closed quoted string.
std::size_t run(std::string_view s, std::size_t at);
/// A quoted string alone, else a run: what the reference calls a quoted fragment.
std::size_t fragment(std::string_view s, std::size_t at);
/// The first fragment at or after `at`: sets `begin`.
std::size_t find_fragment(std::string_view s, std::size_t at, std::size_t& begin);

/// `word [\w-]*`, then a colon, then a fragment.
struct Attribute {
    std::string_view key, value;
    std::size_t end = none;
};
/// The first attribute at or after `at`; end == none: there is no more.
Attribute next_attribute(std::string_view s, std::size_t at);
/// The whole of `s` as one attribute.
bool whole_attribute(std::string_view s, Attribute& out);

/// Names as assign and capture take them: [\w-.\[\]] each perhaps in parentheses, one or more.
std::size_t signature(std::string_view s, std::size_t at);

bool word_boundary(std::string_view s, std::size_t at);
/// `and` or `or` as a word, with at most one space on either side.
std::size_t and_or(std::string_view s, std::size_t at);

/// A tag's inside: {%-? ws NAME ws markup -?%}.
struct TagParts {
    std::string_view before_name, name, after_name, markup;
};
bool tag_parts(std::string_view token, TagParts& out);
/// The last `{% NAME ...%}` that ends the token (what precedes it may be broken): sets `start` and `name`.
bool last_tag(std::string_view token, std::size_t& start, std::string_view& name);

}  // namespace chapar::liquid::scan
