#pragma once
// Where template language stands in a source: for work on the text around it, before it is a program.
// Pure functions, callable from any thread; views point into the source.
// Source: the tokenizer of Shopify's Liquid 5, which ends an output at the first "}}".

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace chapar::render {

struct LiquidSpan {
    enum class Kind {
        output,   // {{ ... }}
        tag,      // {% ... %}
        comment,  // {% comment %} ... {% endcomment %}, doc too: with all that is in it
    };
    std::size_t begin = 0, end = 0;
    Kind kind = Kind::output;
    std::string_view name;    // of a tag; the first word of an output: "content", "content_for.side"
    std::string_view markup;  // what follows the name, without blanks at the ends
    std::size_t markup_at = 0;
};

/// Ascending. What stands between {% raw %} and {% endraw %} is text. An unclosed one reaches to the end.
std::vector<LiquidSpan> liquid_spans(std::string_view source);

/// Where the innermost block `name` opens that nothing closes; npos: all are closed.
std::size_t unclosed_tag(std::string_view source, std::string_view name);

/// The text of the string literal that `markup` begins with; empty: it begins with something else.
std::string_view leading_literal(std::string_view markup);

}  // namespace chapar::render
