#pragma once
// The elements of a page as browsers read them, each with its place in the text. Made by Gumbo, behind bounds that keep
// a page meant to hurt from hurting. Values that own everything; callable from any thread.
// Source: HTML Living Standard, 13.2 (parsing).

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chapar::css {

/// Bytes of the page that are template language, replaced there by '_' (a value) or blanks (a tag).
struct Span {
    std::size_t begin = 0, end = 0;
    bool is_tag = false;
};

constexpr std::size_t nowhere = static_cast<std::size_t>(-1);

struct Attribute {
    std::string name;                            // lower case
    std::string value;                           // decoded
    std::size_t begin = nowhere, end = nowhere;  // of the value as written, with its quotes; nowhere: it has none
    bool dynamic = false;                        // template language is part of the value
};

struct Element {
    std::string tag;  // lower case
    std::vector<Attribute> attributes;
    std::size_t parent = nowhere;                    // index of the element around it
    std::size_t offset = nowhere, end = 0;           // of its start tag; nowhere: the standard put it there
    std::size_t content = nowhere, content_end = 0;  // of its first text, where it has one (what a style says)
    bool open = false;                               // its start tag may get attributes that are not seen here
    bool has_text = false;                           // something to read stands directly in it

    const Attribute* attribute(std::string_view name) const;
};

/// In document order. nullopt: nested too deeply, or too much of it.
std::optional<std::vector<Element>> read_tree(std::string_view page, const std::vector<Span>& dynamic = {});

}  // namespace chapar::css
