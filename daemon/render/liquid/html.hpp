#pragma once
// Follows HTML through a template's literal text, so that each output is known to stand in text, in an attribute or at
// the beginning of a URL. Reads as browsers tokenise (WHATWG HTML, section 13.2.5), as far as it matters for that.
// Internal to the library.

#include <algorithm>
#include <string>
#include <string_view>

#include "render/liquid/syntax.hpp"

namespace chapar::liquid {

class HtmlState {
  public:
    /// True: the scheme of a URL ended in it, and outputs were all that stood before (`{{ a }}:`); they are those
    /// placed since value() began to answer what it does now.
    bool feed(std::string_view literal);
    /// Where an output here would stand; `fed_output` tells that one does.
    Position position() const;
    void fed_output();
    /// Counts attribute values.
    int value() const { return value_; }
    /// For another branch: the state is that of `earlier`, the values are counted on.
    void go_back_to(const HtmlState& earlier);
    /// After branches that ended in different states: the one that asks for more care.
    static HtmlState merge(const HtmlState& a, const HtmlState& b);

  private:
    enum class At : unsigned char {
        text,
        tag_open,
        end_tag,
        tag_name,
        in_tag,
        attribute_name,
        after_name,
        before_value,
        quoted,
        unquoted,
        raw_text,
        raw_end,
        comment,
        comment_start
    };
    /// What an attribute takes.
    enum class Takes : unsigned char { text, url, style, script };
    void step(char c);
    void in_tag(char c);
    void raw_end(char c);
    void comment(char c);
    void begin_value();
    void value_char(char c);
    void close_tag();
    const char* pass(const char* at, const char* end);
    const char* take_until(unsigned kinds, const char* at, const char* end);
    void begin_tag() {
        at_ = At::tag_name;
        name_size_ = matched_ = 0;
        dynamic_ = false;
    }
    void end_tag_name() {
        at_ = At::in_tag;
        element_size_ = dynamic_ ? 0 : name_size_;
        std::copy_n(name_, sizeof element_, element_);
    }
    void begin_attribute() {
        at_ = At::attribute_name;
        name_size_ = 0;
        dynamic_ = false;
    }
    Takes takes() const;
    std::string_view name() const { return {name_, name_size_}; }
    std::string_view element() const { return {element_, element_size_}; }

    At at_ = At::text;
    char quote_ = 0;
    Takes takes_ = Takes::text;  // the attribute whose value this is
    bool open_ = false;          // nothing yet decides the URL's scheme
    bool data_ = false;          // while it is open: outputs stand in it
    bool told_ = false;          // feed() has to answer true
    bool dynamic_ = false;       // outputs are part of the name
    int value_ = 0;
    char name_[12] = {};  // attribute or tag name, or the scheme of a URL; lower case, cut
    unsigned char name_size_ = 0;
    char element_[12] = {};
    unsigned char element_size_ = 0;
    unsigned char matched_ = 0;  // of the end of a comment or of raw text
};

/// Is `url` free of a scheme, or is it http, https, mailto or tel? `is_html`: the text is HTML already, where
/// character references could hide one.
bool safe_url(std::string_view url, bool is_html);

/// `text` as HTML for `position`; a URL that is not safe becomes "#". In scripts and styles what could end a string or
/// a declaration is written as their languages' own escapes. `safe`: escaped already.
void append_escaped(std::string& out, std::string_view text, Position position, bool safe);

/// The controls of UAX #9 that set a piece of text apart from the line around it.
namespace isolate {
constexpr std::string_view left = "\xE2\x81\xA6", right = "\xE2\x81\xA7", first_strong = "\xE2\x81\xA8",
                           pop = "\xE2\x81\xA9";
/// What opens a piece in HTML: read from right to left, or as its first letter says.
constexpr std::string_view element(bool right_to_left) { return right_to_left ? "<bdi dir=\"rtl\">" : "<bdi>"; }
}  // namespace isolate

/// `text` with as many ends as beginnings of isolates; as HTML they are elements, and the rest is escaped.
void append_isolated_text(std::string& out, std::string_view text);
void append_isolated_html(std::string& out, std::string_view text);

/// Does what comes next belong to an address ("https://...") that began in `text`?
bool ends_in_address(std::string_view text);

}  // namespace chapar::liquid
