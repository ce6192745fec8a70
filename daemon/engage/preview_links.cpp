#include "engage/preview_links.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/json.hpp"
#include "email_rules/clean.hpp"
#include "engage/destination.hpp"
#include "render/lint_page.hpp"

namespace chapar::engage {
namespace {

// What lint promises is what is done.
static_assert(render::longest_counted_address == longest_destination);

std::string* part_of(render::Rendered& rendered, std::string_view name) {
    const auto found = std::ranges::find(rendered.parts, name, &std::pair<std::string, std::string>::first);
    return found == rendered.parts.end() ? nullptr : &found->second;
}

}  // namespace

PreviewLinks::PreviewLinks(const config::WebSettings& settings, std::string_view channel, bool shortens)
    : PreviewLinks(site_of(settings), channel, shortens) {}

PreviewLinks::PreviewLinks(std::shared_ptr<const SiteLinks> site, std::string_view channel, bool shortens)
    : site_(std::move(site)), channel_(channel), shortens_(shortens) {
    if (site_ == nullptr) return;
    unsubscribe_ = site_->base_url() + "/u/sample";
    preferences_ = site_->base_url() + "/p/sample";
    if (channel_ != "sms" || site_->short_url().empty()) return;
    sms_.emplace(*site_, "");
    shorten_ = [this](std::string_view address) { return sms_->shorten(address); };
    unsubscribe_ = sms_->shorten(unsubscribe_);
    preferences_ = sms_->shorten(preferences_);
}

void PreviewLinks::offer(render::Input& input) {
    input.unsubscribe_url = unsubscribe_;
    input.preferences_url = preferences_;
    if (sms_) input.shorten = &shorten_;
}

std::string PreviewLinks::json_of(const Told& told, const TrackingDecision& decision) {
    json::Writer out;
    out.begin_object().member("tracking", name(decision.tracking)).member("sentence", decision.sentence());
    out.member("over_site", told.over_site).member("pixel", told.has_pixel).key("left").begin_array();
    for (const auto& left : told.left)
        out.begin_object().member("address", left.address).member("why", left.why).end_object();
    return out.end_array().end_object().take();
}

std::string PreviewLinks::words_of(const Told& told, const TrackingDecision& decision) const {
    if (site_ == nullptr) return {};
    if (sms_) return fmt::format("{} short links, shown as long as they will be\n", told.over_site);
    if (channel_ != "email") return {};
    auto out = fmt::format("{}; {} links lead over {}, {}\n", decision.sentence(), told.over_site, site_->base_url(),
                           told.has_pixel ? "and a pixel is placed" : "and no pixel is placed");
    for (const auto& left : told.left)
        out += fmt::format("{} stays as it is: {}\n", left.address, left.why);
    return out;
}

PreviewLinks::Told PreviewLinks::finish(const render::Template& program, std::string_view locale, Tracking tracking,
                                        render::Rendered& rendered) {
    Told out;
    if (site_ == nullptr) return out;
    auto* text = part_of(rendered, "text");
    const auto hosts = site_->of(program)->hosts;
    if (sms_) {
        if (text != nullptr && program.short_links(channel_, locale).value_or(shortens_))
            *text = sms_->shorten_all(*text, hosts);
        if (text != nullptr) out.over_site = sms_->found_in(*text).size();
        return out;
    }
    if (channel_ != "email" || tracking == Tracking::none) return out;
    std::vector<std::string> kept;
    if (const auto* own = part_of(rendered, "list_unsubscribe"))
        for (const auto uri : email::split_uris(*own))
            kept.emplace_back(uri);
    const auto utm = site_->utm("email", {});
    const auto rules = site_->rules(hosts, kept, &utm);
    const auto* html = part_of(rendered, "html");
    std::set<std::uint16_t> rewritten;
    for (const auto& link :
         html == nullptr ? std::vector<Link>{} : rewrite_html(*html, rules, [](auto&, auto, auto) {}).links) {
        if (link.fate == LinkFate::rewritten) rewritten.insert(link.index);
        const bool is_told = link.fate == LinkFate::foreign_host || link.fate == LinkFate::too_long ||
                             link.fate == LinkFate::has_user || link.fate == LinkFate::too_many;
        if (is_told)
            out.left.push_back({html->substr(link.begin, link.end - link.begin), std::string(explain(link.fate))});
    }
    out.over_site = rewritten.size();
    out.has_pixel = tracking == Tracking::full && html != nullptr;
    return out;
}

}  // namespace chapar::engage
