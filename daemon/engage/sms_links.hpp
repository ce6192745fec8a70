#pragma once
// Short links of one text: found before their codes are drawn, and written when they are. Pure; one for one rendering.
//
// The same text is rendered twice: before the attempt is written down, when each address gets a placeholder of the
// length of a short link, and after it with the codes that the attempt has. Both find the same addresses.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engage/site_links.hpp"
#include "model/short_link.hpp"

namespace chapar::engage {

class SmsLinks {
  public:
    /// Gathers.
    SmsLinks(const SiteLinks& site, std::string_view campaign);
    /// Writes `codes`; an address that has none stays.
    SmsLinks(const SiteLinks& site, std::string_view campaign, std::span<const model::ShortLink> codes);
    SmsLinks(const SmsLinks&) = delete;
    SmsLinks& operator=(const SmsLinks&) = delete;

    /// What the author asked to be short; the address itself where it is none of the web, or one of ours already.
    std::string shorten(std::string_view address);
    /// Addresses in a text whose host the author wrote or the site lists.
    std::string shorten_all(std::string_view text, std::span<const std::string> literal_hosts);
    /// Gathered: the addresses whose placeholder stands in `text`, in their order; codes are not drawn yet.
    std::vector<model::DrawnLink> found_in(std::string_view text) const;

  private:
    std::string link_for(std::string_view destination, std::string_view as_written);
    std::string placeholder(std::size_t number) const;

    const SiteLinks& site_;
    const Utm utm_;
    const std::span<const model::ShortLink> codes_;
    const bool gathers_;
    std::vector<std::string> gathered_;  // destinations
};

/// A text as it is counted where all its addresses become short, whoever wrote their hosts.
std::string shorten_every(const SiteLinks& site, std::string_view text);

/// Gives each of `links` codes to choose from. The error: the system gives no random numbers.
Result<void> draw_codes(std::vector<model::DrawnLink>& links);

}  // namespace chapar::engage
