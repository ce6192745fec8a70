#pragma once
// The pieces of html_to_text (catalogue.hpp): a tokenizer after the HTML standard, and a writer that knows lines.
//
// No tree is built: text in source order, block by block, needs none, and one pass over the bytes costs microseconds
// where a tree costs hundreds and can be nested to death. Tags that are never closed and stray '<' are read as
// browsers read them. Values, no shared state; callable from any thread.
// Source: HTML Living Standard, 13.2.5 Tokenization.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "render/elements.hpp"

namespace chapar::render {

struct HtmlAttribute {
    std::string_view name;   // as written, any case
    std::string_view value;  // as written, entities not decoded
};

struct HtmlToken {
    enum class Kind { text, start, end, comment, finished };
    Kind kind = Kind::finished;
    std::string_view text;             // text, comment
    std::string_view name;             // start and end tags, lower case; valid until the next token
    const Element* element = nullptr;  // what `name` is
    std::size_t offset = 0;            // where the token begins
    bool self_closing = false;
};

/// Reads tokens one after another; views point into the text that it was given. The contents of script, style and
/// other raw elements come as one text token.
class HtmlReader {
  public:
    explicit HtmlReader(std::string_view html) : html_(html) {}
    const HtmlToken& next();
    /// Of the last start tag; views are valid until the next call of next().
    const std::vector<HtmlAttribute>& attributes() const { return attributes_; }
    std::string_view attribute(std::string_view lower_case_name) const;
    bool has_attribute(std::string_view lower_case_name) const;
    /// Where the last token ended.
    std::size_t position() const { return at_; }

  private:
    void read_markup();
    void read_tag(bool end);
    void read_name();
    void read_attributes();
    void read_attribute();
    void read_comment();
    void read_raw_text();
    std::string_view html_;
    std::size_t at_ = 0;
    std::size_t next_close_ = 0;            // the first "-->" from the last comment on, or npos
    const Element* raw_element_ = nullptr;  // inside of script, style, ...
    std::string lowered_;                   // the name, when it was not lower case
    HtmlToken token_;
    std::vector<HtmlAttribute> attributes_;
};

/// `text` with character references ("&amp;", "&#1740;", "&zwnj;") decoded, appended to `out`.
/// `lookups`: how many uncommon names may still be looked up; each costs microseconds.
void append_decoded(std::string& out, std::string_view text, unsigned& lookups);

/// The same for the value of an attribute, where a name without its semicolon is none when "=" or a letter follows:
/// "?a=1&copy=2" stays.
void append_decoded_value(std::string& out, std::string_view value, unsigned& lookups);

bool equal_ignoring_case(std::string_view a, std::string_view lower_case_b);

}  // namespace chapar::render
