#pragma once
// What becomes of a mail between rendering and the plugin: its links lead over the site, and a pixel stands in it, as
// far as it is tracked. Pure but for what the site remembers of templates; any thread.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "engage/site_links.hpp"
#include "engage/tracking.hpp"

namespace chapar::engage {

struct MailLinks {
    const SiteLinks& site;
    Tracking tracking = Tracking::none;
    MessageKey message{};
    Timestamp now{};
    std::string_view campaign;
    std::span<const std::string> literal_hosts{};  // of the template
    std::string_view list_unsubscribe;             // its addresses stay
};

/// Rewrites `html` and `text`, of which either may be empty; how many links lead over the site now, one in both parts
/// once. Without tracking nothing changes.
std::size_t rewrite_mail(const MailLinks& how, std::string& html, std::string& text);

}  // namespace chapar::engage
