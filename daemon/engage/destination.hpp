#pragma once
// Where a link leads: what a browser would make of the text of an href, and what we may send it on to. Pure; any
// thread. Source: URL Living Standard, 4.4 (tabs and breaks go, "\" is "/") and 1.3 (what is percent-encoded).

#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>

namespace chapar::engage {

/// What became of a link.
enum class LinkFate : std::uint8_t {
    rewritten,
    not_web,       // mailto, tel, sms, "#part", a relative one
    turned_off,    // data-chapar-track="off"
    ours,          // of this site's own pages: unsubscribing, preferences, a link that was rewritten already
    as_written,    // the caller asked for it: an opt-out of the application's own
    has_user,      // names a user before its host
    not_a_url,     // no host, a port that is none, not UTF-8
    foreign_host,  // its host comes from data and is not on the application's list
    too_long,      // over `longest_destination` with its parameters
    too_many,      // the message has more links than can be numbered
};
/// One line for a person: "its host comes from the data and is not in link_hosts".
std::string_view explain(LinkFate fate);

/// A destination is part of the link that leads to it; longer ones make links that clients cut.
inline constexpr std::size_t longest_destination = 1500;

struct Destination {
    std::string url;   // visible ASCII: fit for Location
    std::string host;  // A-labels in lower case, without a last dot and a port
};

/// Of an http or https address, entities decoded. The error is not_web, has_user or not_a_url.
std::expected<Destination, LinkFate> read_destination(std::string_view href);

/// Whether `host` (as in Destination) is one of `hosts`, of which "*.shop.ir" stands for every name below shop.ir.
bool is_among(std::string_view host, std::span<const std::string> hosts);

/// A host as somebody wrote it in a list, made comparable: A-labels, lower case, no last dot; a leading "*." stays.
/// Empty: it is none.
std::string comparable_host(std::string_view host);

/// Parameters for the statistics of the shop's own site.
struct Utm {
    std::string source = "chapar", medium, campaign;
    std::span<const std::string> hosts;  // nobody else's addresses are changed
};

/// Adds utm_source, utm_medium, utm_campaign and utm_content (the link's name), each where it has a value and the
/// address does not have it yet, before the fragment.
void add_utm(std::string& url, const Utm& utm, std::string_view link_name);

}  // namespace chapar::engage
