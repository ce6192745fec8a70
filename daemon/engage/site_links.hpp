#pragma once
// What the sending side needs of [web]: where its links lead, what seals them, and whose addresses they may be. Made
// once for a configuration. Immutable but for what it remembers of templates; any thread.

#include <expected>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/web_settings.hpp"
#include "engage/click_seal.hpp"
#include "engage/links.hpp"
#include "engage/person_seal.hpp"
#include "render/catalogue.hpp"
#include "seal/return_path.hpp"

namespace chapar::engage {

/// What links are judged by, of one template at one revision.
struct TemplateLinks {
    std::vector<std::string> hosts;  // that its author wrote: link_hosts.hpp
    bool may_shorten = false;        // its texts are worth a look for short links: `short`, or the person's addresses
};

class SiteLinks {
  public:
    /// `keys`: the site's, one or two. `mail_domain`: where mails unsubscribe and bounces come; empty: nowhere. The
    /// error is a sentence for the operator.
    static std::expected<std::shared_ptr<const SiteLinks>, std::string> make(const config::WebSettings& settings,
                                                                             std::span<const std::string> keys,
                                                                             std::string_view mail_domain);
    /// As `make`, with seals that open nowhere: for previews, which have no keys.
    static std::shared_ptr<const SiteLinks> sample(const config::WebSettings& settings);

    const std::string& base_url() const { return base_url_; }
    const std::string& short_url() const { return short_url_; }  // empty: there are no short links
    Milliseconds keep_links() const { return keep_links_; }
    Pixel::Place pixel() const { return pixel_; }

    LinkWriter clicks(MessageKey message, Timestamp now) const;
    std::string pixel_of(MessageKey message, Timestamp now) const;
    /// Empty: a name is too long for a seal.
    std::string unsubscribe_address(const PersonSeal& whom) const;
    std::string preferences_address(const PersonSeal& whom) const;
    /// "u+SEAL@bounces.shop.ir", without "mailto:"; empty: no mail is taken.
    std::string unsubscribe_mailbox(std::string_view attempt) const;

    /// What rewriting goes by; views into this and into what is given.
    LinkRules rules(std::span<const std::string> literal_hosts, std::span<const std::string> as_written,
                    const Utm* utm) const;
    Utm utm(std::string_view channel, std::string_view campaign) const;
    std::shared_ptr<const TemplateLinks> of(const render::Template& program) const;

    /// What stands behind one of our addresses.
    struct Resolved {
        enum class Kind : std::uint8_t { click, open, unsubscribe, preferences } kind = Kind::click;
        MessageKey message{};
        std::uint16_t link = 0;            // click
        std::string destination;           // click
        std::optional<SealDay> issued;     // click, open
        std::optional<PersonSeal> person;  // unsubscribe, preferences
    };
    /// Of a whole address, or of what stands behind its last slash. Nothing: no key of ours made it.
    std::optional<Resolved> resolve(std::string_view address) const;

  private:
    struct Seals {
        std::shared_ptr<const seal::Sealer> clicks, opens;
        PersonSeals persons;
        seal::ReturnPaths mailboxes;
    };
    SiteLinks(const config::WebSettings& settings, Seals seals, std::string_view mail_domain);

    const std::string base_url_, short_url_, mailbox_;
    const Milliseconds keep_links_;
    const Pixel::Place pixel_;
    std::vector<std::string> utm_hosts_, link_hosts_, own_;
    const Seals seals_;
    mutable std::mutex mutex_;                                                                    // guards what follows
    mutable std::map<std::string, std::shared_ptr<const TemplateLinks>, std::less<>> templates_;  // by revision
};

}  // namespace chapar::engage
