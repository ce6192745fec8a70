#pragma once
// A style sheet as rules, as far as they can be written into style attributes. What a client decides while showing the
// mail (@media, :hover, ::before) is left out; what this code does not understand is kept as "unsure".
// Values without shared state; callable from any thread. Nothing here fails: what is no CSS is skipped, as browsers do.
// Source: CSS Syntax Level 3; Selectors Level 4.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace chapar::css {

/// Bytes that stand for what is known only when the mail is rendered: a value, and a tag of the template language.
constexpr char value_mark = '\x1A', tag_mark = '\x1C';

struct Declaration {
    std::string property;  // lower case; custom properties as written
    std::string value;     // without !important
    bool important = false;
    bool dynamic = false;  // its value is not known yet
};

struct AttributeTest {
    std::string name;  // lower case
    char kind = 0;     // 0: is there; else '=', '~', '|', '^', '$', '*'
    std::string value;
    bool ignores_case = false;
};

/// What one element must be: "td.card[align=left]".
struct Compound {
    std::string tag, id;  // empty: any
    std::vector<std::string> classes;
    std::vector<AttributeTest> attributes;
    bool unsure = false;  // and something else, not understood
};

struct Selector {
    std::vector<Compound> compounds;  // from the element itself outwards
    std::string combinators;          // before each but the first: ' ' or '>'; '?' is one not understood
    unsigned specificity = 0;         // ids, classes and elements in 10 bits each
};

struct Rule {
    std::vector<Selector> selectors;
    std::vector<Declaration> declarations;
};

/// The rules in order. `css` may hold the marks above; a tag mark anywhere makes every declaration dynamic.
std::vector<Rule> parse_stylesheet(std::string_view css);

/// "color:red;margin:0", the text of a style attribute.
std::vector<Declaration> parse_declarations(std::string_view text);

/// A list of selectors; those that never hold for an element at rest (:hover, ::before) are left out.
std::vector<Selector> parse_selectors(std::string_view text);

/// Whether setting one may change what the other set: margin and margin-left, font and line-height.
bool are_related(std::string_view property, std::string_view other);

}  // namespace chapar::css
