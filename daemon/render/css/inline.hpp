#pragma once
// Style sheets of a page written into the style attributes of its elements, as mail clients that drop or cut sheets
// need it. The sheets stay where they are: @media, :hover and elements that come with the data still find their rules.
// What depends on the data is left alone: a rule that may or may not hold for an element keeps every property that it
// touches out of that element's attribute, so that the sheet decides there as before.
// Pure functions; callable from any thread. Work is bounded: a page over the bounds is left as it is, with a sentence.
// Source: CSS Cascade Level 4, section 6.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "render/css/stylesheet.hpp"
#include "render/css/tree.hpp"

namespace chapar::css {

struct Page {
    std::string html;           // template language replaced by '_' (a value) or blanks (a tag)
    std::vector<Span> dynamic;  // ascending; where it was
};

/// What the style attribute of one start tag shall say beyond what it says.
struct Styling {
    std::size_t tag = 0;                    // offset of its start tag
    std::size_t name_end = 0;               // where an attribute can be put
    Attribute style;                        // the one it has; without a place: none
    std::vector<Declaration> declarations;  // the weaker first
};

struct Styled {
    std::vector<Styling> elements;
    std::string trouble;  // why nothing was done
};

Styled style(const Page& page);

/// Only what both say, and nothing that what one of them says alone could change.
std::vector<Declaration> agreed(const std::vector<Declaration>& a, const std::vector<Declaration>& b);

struct Edit {
    std::size_t offset = 0, removed = 0;
    std::string text;
};

/// The changes to the page's text, ascending; existing declarations win as they do in a browser.
std::vector<Edit> edits_for(const Styling& styling, std::string_view page);

/// How well `selector` fits elements[index]. Each comparison is paid from `work`; without any left, nobody knows.
enum class Fit { no, unsure, yes };
Fit fits(const Selector& selector, const std::vector<Element>& elements, std::size_t index, std::size_t& work);

}  // namespace chapar::css
