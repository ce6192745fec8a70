#pragma once
// The HTML files of one template before they become programs: changed as texts, once, when the template is loaded.
// Bodies, layouts and partials are put together as a message would show them, and the page's style sheets are written
// into the elements, each in the file where it stands. Every change keeps the way back to the author's line.
// Belongs to one compilation. Work is bounded; nothing fails: what can't be done is left, with a sentence.

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "render/css/inline.hpp"
#include "render/place_map.hpp"

namespace chapar::render {

struct PageSource {
    std::string path;  // "welcome/email.liquid", "_layouts/mail.liquid"
    std::string text;  // what the program is made of
    PlaceMap map;      // from there to the file
};

class PageSources {
  public:
    /// Answers the text of a shared file; nullptr: there is none.
    using Shared = std::function<const std::string*(const std::string& path)>;
    explicit PageSources(Shared shared) : shared_(std::move(shared)) {}

    void add(PageSource source) { sources_.insert_or_assign(source.path, std::move(source)); }
    /// The source of a shared file is added when it is asked for; nullptr: there is none.
    const PageSource* find(const std::string& path);

    /// Looks at a page: `body` within `layout` ("": there is none). Its styles are written by finish(), as far as all
    /// pages agree on them. `wanted` false: this page wants none. Answers why nothing is done.
    std::string look(const std::string& body, const std::string& layout, bool wanted);
    /// Writes what was found.
    void finish();
    /// Gives every start tag an attribute that says where it stands: see origin_attribute.
    void mark_origins();
    /// Paths in the order of the numbers that mark_origins gave them.
    std::vector<std::string> paths() const;

  private:
    Shared shared_;
    std::map<std::string, PageSource, std::less<>> sources_;
    std::map<const PageSource*, std::map<std::size_t, css::Styling>> styled_;  // by the offset of the start tag
};

/// data-chapar-at="PATH:OFFSET", both numbers: in previews of lint only, never in what is sent.
constexpr std::string_view origin_attribute = "data-chapar-at";

}  // namespace chapar::render
