#pragma once
// The site's addresses in one message: those that its templates ask for, the links that lead over the site, short links
// and the headers by which a mail is unsubscribed from. Pure but for the catalogue; any thread.

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.hpp"
#include "engage/sms_links.hpp"
#include "engage/tracking.hpp"
#include "model/message.hpp"
#include "model/short_link.hpp"
#include "plugin/instance.hpp"
#include "render/catalogue.hpp"

namespace chapar::dispatch {

/// How it is done for one message. Without a site nothing is done at all.
struct Linking {
    std::shared_ptr<const engage::SiteLinks> site = nullptr;
    engage::Tracking tracking = engage::Tracking::none;
    bool invites_to_unsubscribe = false;  // the person's no to such mails counts: they get the headers
    bool shortens = false;                // what the site says of addresses in texts of SMS
    /// Of SMS: drawn with the attempt. Absent: they are not drawn yet, and each has a placeholder.
    std::optional<std::vector<model::ShortLink>> codes{};
    std::size_t* rewritten = nullptr;  // is added to, for each link that leads over the site
};

/// What a message's step asks, but for the person.
engage::TrackingQuestion tracking_question(const config::Settings& settings, const model::Message& message, int step);
/// As far as the settings say; `tracking` is what was decided.
Linking linking_for(const config::Settings& settings, std::shared_ptr<const engage::SiteLinks> site,
                    const model::Message& message, int step, engage::Tracking tracking);

/// One message's, from before it is rendered until its parts are whole.
class MessageLinks {
  public:
    /// All of it outlives this. `category`: of the request.
    MessageLinks(const Linking& how, const model::Message& message, const model::PlanStep& step,
                 std::string_view category, int attempt, Timestamp now);
    MessageLinks(const MessageLinks&) = delete;
    MessageLinks& operator=(const MessageLinks&) = delete;

    /// Before rendering: what the template may ask for.
    void offer(render::Input& input, const render::Template& program);
    /// After it. `program` null: the application wrote the parts.
    void finish(plugin::Outgoing& out, const render::Template* program);
    /// The short links of a text that has placeholders.
    std::vector<model::DrawnLink> drawn_in(std::string_view text) const;

  private:
    void add_unsubscribe(plugin::Outgoing& out);
    void finish_mail(plugin::Outgoing& out, std::span<const std::string> hosts);
    engage::PersonSeal person() const;

    const Linking& how_;
    const model::Message& message_;
    const model::PlanStep& step_;
    const std::string category_;
    const int attempt_;
    const Timestamp now_;
    std::optional<engage::SmsLinks> sms_;
    render::ShortenAddress shorten_;
    std::string unsubscribe_, preferences_;
};

}  // namespace chapar::dispatch
