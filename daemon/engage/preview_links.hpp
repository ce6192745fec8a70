#pragma once
// What a preview shows of the site's addresses: as they would be sent, for nobody. Pure; one for one preview.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engage/sms_links.hpp"
#include "engage/tracking.hpp"
#include "render/catalogue.hpp"

namespace chapar::engage {

class PreviewLinks {
  public:
    /// Without a `base_url` nothing is offered and nothing is done. `shortens`: the site's word about SMS.
    PreviewLinks(const config::WebSettings& settings, std::string_view channel, bool shortens);
    /// The same, for many: `site` null offers nothing.
    PreviewLinks(std::shared_ptr<const SiteLinks> site, std::string_view channel, bool shortens);
    PreviewLinks(const PreviewLinks&) = delete;
    PreviewLinks& operator=(const PreviewLinks&) = delete;

    static std::shared_ptr<const SiteLinks> site_of(const config::WebSettings& settings) {
        return settings.base_url.empty() ? nullptr : SiteLinks::sample(settings);
    }
    bool has_pages() const { return site_ != nullptr; }
    /// Before rendering.
    void offer(render::Input& input);

    struct Left {
        std::string address, why;
    };
    struct Told {
        std::size_t over_site = 0;  // links that lead over the site
        bool has_pixel = false;
        std::vector<Left> left;  // addresses of the web that stay, and why
    };
    /// After rendering: addresses in an SMS become as long as they will be; of a mail it is told what would be done.
    Told finish(const render::Template& program, std::string_view locale, Tracking tracking,
                render::Rendered& rendered);

    /// {"tracking": "clicks", "sentence": "...", "over_site": 3, "pixel": false, "left": [{"address", "why"}]}
    static std::string json_of(const Told& told, const TrackingDecision& decision);
    /// Lines for a person, each with its end; empty: there is nothing to say.
    std::string words_of(const Told& told, const TrackingDecision& decision) const;

  private:
    const std::shared_ptr<const SiteLinks> site_;
    const std::string channel_;
    const bool shortens_;
    std::optional<SmsLinks> sms_;
    render::ShortenAddress shorten_;
    std::string unsubscribe_, preferences_;
};

}  // namespace chapar::engage
