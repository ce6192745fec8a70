#pragma once
// The TOML between the +++ lines at the head of a template file. Strict: an unknown key or a wrong type is refused with
// its place and the nearest known key. Values; callable from any thread.
// Source: TOML 1.0; docs/templates.md lists the keys.

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.hpp"

namespace chapar::render {

/// A place in a file, both from 1.
struct Place {
    unsigned line = 1, column = 1;
};

/// A string that is a template itself, and where it begins.
struct SourceText {
    std::string name;  // of the part: subject, preheader, ...
    std::string text;
    Place place;
};

struct FrontMatter {
    std::vector<SourceText> parts;  // subject, preheader, from, reply_to, text, list_unsubscribe and those of [parts]
    std::optional<std::string> class_name, layout, lang;
    std::optional<bool> right_to_left;
    std::optional<bool> bidi;              // values of the other direction are set apart
    std::optional<bool> list_unsubscribe;  // true without an own text
    std::optional<bool> inline_css;        // style sheets are written into the elements
    std::optional<bool> short_links;       // addresses in the text become short links
    std::optional<std::vector<std::string>> required;
    std::vector<std::pair<std::string, std::string>> sample;  // top-level field -> JSON text
    std::vector<std::string> silenced;                        // rules of lint that do not speak here
    Place layout_place, required_place;
    std::size_t body_offset = 0;  // in the file
    unsigned body_line = 1;

    const SourceText* part(std::string_view name) const;
};

/// "line:column: sentence" as one value; the caller knows the file.
struct Trouble {
    Place place;
    std::string sentence;
};

/// Splits off and reads the front matter of `source`; a file without one gives defaults.
std::expected<FrontMatter, Trouble> read_front_matter(std::string_view source);

/// "file:line:column: sentence"
std::string describe(std::string_view file, const Trouble& trouble);

}  // namespace chapar::render
