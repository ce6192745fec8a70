#pragma once
// The links of a mail, led over this site: what is rewritten between rendering and the plugin. Pure; any thread.
//
// Whatever is not rewritten stays to the byte, and of what is rewritten only the address itself changes. What a link
// becomes is the caller's (a seal, a short code): these functions find links and judge them.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engage/destination.hpp"

namespace chapar::engage {

/// What the rewriting goes by. Borrows all of it.
struct LinkRules {
    std::span<const std::string> literal_hosts{};  // that the template's author wrote: link_hosts.hpp
    std::span<const std::string> link_hosts{};     // the application's; "*.shop.ir" is a name below shop.ir
    std::span<const std::string> own{};            // beginnings of this site's own addresses: "https://m.shop.ir/u/"
    std::span<const std::string> as_written{};     // addresses to leave alone: the application's List-Unsubscribe
    const Utm* utm = nullptr;
};

/// A link that was found, in the order of the text.
struct Link {
    std::size_t begin = 0, end = 0;  // of the address as it was written, in the source
    LinkFate fate = LinkFate::not_web;
    std::uint16_t index = 0;    // of a rewritten one; two places with one index are one link
    std::string destination{};  // of a rewritten one: with its parameters. Of one turned off: the address alone
    std::string name{};         // data-chapar-name
    std::string plain{};        // of a rewritten one: the destination without parameters of ours
};

struct Rewritten {
    std::string text;
    std::vector<Link> links;
};

/// Appends the address that a link gets in place of its own: visible ASCII without quotes, angles and "&".
using LinkWriter = std::function<void(std::string& out, std::uint16_t index, std::string_view destination)>;

struct Pixel {
    enum class Place : std::uint8_t { top, end };
    Place place = Place::end;
    std::string_view address;  // as LinkWriter's
};

/// a and area elements of a rendered page. Not: what stands in comments (conditional ones too), scripts, styles and
/// other raw text, SVG and MathML, elements of other names (VML), base, and a tag that is never closed.
Rewritten rewrite_html(std::string_view html, const LinkRules& rules, const LinkWriter& write,
                       const std::optional<Pixel>& pixel = std::nullopt);

/// Addresses in plain text, from "http" to the blank, quote or Persian punctuation that ends them, without punctuation
/// at their end. `html_links`: those of the same mail's page; the same destination has the same index, and what was
/// turned off there is left alone here.
Rewritten rewrite_text(std::string_view text, const LinkRules& rules, const LinkWriter& write,
                       std::span<const Link> html_links = {});

}  // namespace chapar::engage
