#include "engage/site_links.hpp"

#include <algorithm>
#include <utility>

#include "engage/link_hosts.hpp"

namespace chapar::engage {
namespace {

/// A site edits its templates all day; revisions beyond this begin anew.
constexpr std::size_t most_templates = 512;
constexpr std::string_view mailbox_name = "u@";

std::vector<std::string> comparable(const std::vector<std::string>& hosts) {
    std::vector<std::string> out;
    for (const auto& host : hosts)
        if (auto name = comparable_host(host); !name.empty()) out.push_back(std::move(name));
    return out;
}

TemplateLinks read_template(const render::Template& program) {
    TemplateLinks out{.hosts = bundle_hosts(program.bundle())};
    for (const std::string_view word : {"short", "unsubscribe", "preferences_url"})
        out.may_shorten = out.may_shorten || program.bundle().find(word) != std::string::npos;
    return out;
}

}  // namespace

SiteLinks::SiteLinks(const config::WebSettings& settings, Seals seals, std::string_view mail_domain)
    : base_url_(settings.base_url),
      short_url_(settings.short_url),
      mailbox_(mail_domain.empty() ? std::string() : std::string(mailbox_name) += mail_domain),
      keep_links_(settings.keep_links),
      pixel_(settings.pixel == "top" ? Pixel::Place::top : Pixel::Place::end),
      utm_hosts_(comparable(settings.utm_hosts)),
      link_hosts_(comparable(settings.link_hosts)),
      own_{base_url_ + '/'},
      seals_(std::move(seals)) {
    if (!short_url_.empty()) own_.push_back(short_url_ + '/');
}

std::expected<std::shared_ptr<const SiteLinks>, std::string> SiteLinks::make(const config::WebSettings& settings,
                                                                             std::span<const std::string> keys,
                                                                             std::string_view mail_domain) {
    auto clicks = seal::Sealer::make(seal::Kind::click, keys);
    if (!clicks) return std::unexpected(std::move(clicks.error()));
    auto opens = seal::Sealer::make(seal::Kind::open, keys);
    if (!opens) return std::unexpected(std::move(opens.error()));
    auto persons = PersonSeals::make(keys);
    if (!persons) return std::unexpected(std::move(persons.error()));
    auto mailboxes = seal::ReturnPaths::make(keys, seal::Kind::unsubscribe_mail);
    if (!mailboxes) return std::unexpected(std::move(mailboxes.error()));
    Seals seals{std::make_shared<const seal::Sealer>(std::move(*clicks)),
                std::make_shared<const seal::Sealer>(std::move(*opens)), std::move(*persons), std::move(*mailboxes)};
    return std::shared_ptr<const SiteLinks>(new SiteLinks(settings, std::move(seals), mail_domain));
}

std::shared_ptr<const SiteLinks> SiteLinks::sample(const config::WebSettings& settings) {
    const std::string key(seal::shortest_key, 'x');
    auto made = make(settings, {&key, 1}, {});
    return made ? std::move(*made) : nullptr;
}

LinkWriter SiteLinks::clicks(MessageKey message, Timestamp now) const {
    return click_writer(base_url_, message, seal_day(now), seals_.clicks);
}

std::string SiteLinks::pixel_of(MessageKey message, Timestamp now) const {
    return pixel_address(base_url_, message, seal_day(now), *seals_.opens);
}

std::string SiteLinks::unsubscribe_address(const PersonSeal& whom) const {
    return seals_.persons.unsubscribe_address(base_url_, whom).value_or(std::string());
}

std::string SiteLinks::preferences_address(const PersonSeal& whom) const {
    return seals_.persons.preferences_address(base_url_, whom).value_or(std::string());
}

std::string SiteLinks::unsubscribe_mailbox(std::string_view attempt) const {
    if (mailbox_.empty()) return {};
    return seals_.mailboxes.sender(mailbox_, attempt).value_or(std::string());
}

std::optional<SiteLinks::Resolved> SiteLinks::resolve(std::string_view address) const {
    using Kind = Resolved::Kind;
    auto text = address.substr(0, address.find_first_of("?#"));
    text.remove_prefix(text.rfind('/') + 1);  // npos + 1: there is none
    if (text.ends_with(".gif")) text.remove_suffix(4);
    if (auto click = open_click(text, *seals_.clicks))
        return Resolved{Kind::click, click->message, click->link, std::move(click->destination), click->issued, {}};
    if (const auto open = open_pixel(text, *seals_.opens))
        return Resolved{Kind::open, open->message, 0, {}, open->issued, {}};
    if (auto person = seals_.persons.open_unsubscribe(text))
        return Resolved{Kind::unsubscribe, person->message, 0, {}, {}, std::move(person)};
    if (auto person = seals_.persons.open_preferences(text))
        return Resolved{Kind::preferences, person->message, 0, {}, {}, std::move(person)};
    return std::nullopt;
}

LinkRules SiteLinks::rules(std::span<const std::string> literal_hosts, std::span<const std::string> as_written,
                           const Utm* utm) const {
    return {.literal_hosts = literal_hosts,
            .link_hosts = link_hosts_,
            .own = own_,
            .as_written = as_written,
            .utm = utm != nullptr && !utm->hosts.empty() ? utm : nullptr};
}

Utm SiteLinks::utm(std::string_view channel, std::string_view campaign) const {
    Utm out;
    out.medium = channel;
    out.campaign = campaign;
    out.hosts = utm_hosts_;
    return out;
}

std::shared_ptr<const TemplateLinks> SiteLinks::of(const render::Template& program) const {
    {
        const std::lock_guard lock(mutex_);
        if (const auto found = templates_.find(program.revision()); found != templates_.end()) return found->second;
    }
    auto made = std::make_shared<const TemplateLinks>(read_template(program));
    const std::lock_guard lock(mutex_);
    if (templates_.size() >= most_templates) templates_.clear();
    return templates_.emplace(program.revision(), std::move(made)).first->second;
}

}  // namespace chapar::engage
