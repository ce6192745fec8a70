#pragma once
// What lint says about a finished page of HTML: images, links, elements, styles. The page carries marks that lead each
// element back to its file (PageSources::mark_origins).
// Pure functions; callable from any thread.

#include <cstddef>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace chapar::render {

/// Where a start tag stands: the number of its file, the offset in it. nullopt: it came with the data.
using Origins = std::optional<std::pair<std::size_t, std::size_t>>;

struct PageReport {
    std::function<void(Origins origin, std::string_view rule, std::string sentence)> say;
    /// The start tags that the page shows.
    std::set<std::pair<std::size_t, std::size_t>> seen;
};

void look_at_page(std::string_view html, PageReport& report);

/// Elements that are left open, or closed without being open, alone.
void look_at_nesting(std::string_view html, PageReport& report);

/// An image as its source says it, for branches that the sample does not show.
struct SourceImage {
    std::size_t offset = 0;
    bool has_alt = false, has_width = false;
    std::string too_wide;  // what to say about its width; empty: nothing
};
std::vector<SourceImage> images_in(std::string_view source);

/// Where outputs stand in attribute values that have no quotes: <a href={{ url }}>.
std::vector<std::size_t> unquoted_outputs(std::string_view source);

/// "2400", "2400px" as an image's width: what is wrong with it, or nothing.
std::string too_wide(std::string_view width);

/// An address is part of the link that leads over the site; a longer one is left alone.
constexpr std::size_t longest_counted_address = 1500;

constexpr std::string_view no_alt = "an image without alt says nothing where images are off";
constexpr std::string_view no_width = "an image without width breaks the mail in Outlook";

}  // namespace chapar::render
