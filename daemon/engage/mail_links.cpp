#include "engage/mail_links.hpp"

#include <optional>
#include <set>
#include <vector>

#include "email_rules/clean.hpp"

namespace chapar::engage {
namespace {

void count(const std::vector<Link>& links, std::set<std::uint16_t>& rewritten) {
    for (const auto& link : links)
        if (link.fate == LinkFate::rewritten) rewritten.insert(link.index);
}

}  // namespace

std::size_t rewrite_mail(const MailLinks& how, std::string& html, std::string& text) {
    if (how.tracking == Tracking::none) return 0;
    std::vector<std::string> kept;
    for (const auto uri : email::split_uris(how.list_unsubscribe))
        kept.emplace_back(uri);
    const auto utm = how.site.utm("email", how.campaign);
    const auto rules = how.site.rules(how.literal_hosts, kept, &utm);
    const auto write = how.site.clicks(how.message, how.now);
    std::optional<Pixel> pixel;
    std::string address;
    if (how.tracking == Tracking::full && !html.empty()) {
        address = how.site.pixel_of(how.message, how.now);
        pixel = Pixel{how.site.pixel(), address};
    }
    std::set<std::uint16_t> rewritten;
    std::vector<Link> links;
    if (!html.empty()) {
        auto made = rewrite_html(html, rules, write, pixel);
        html = std::move(made.text);
        links = std::move(made.links);
        count(links, rewritten);
    }
    if (!text.empty()) {
        auto made = rewrite_text(text, rules, write, links);
        text = std::move(made.text);
        count(made.links, rewritten);
    }
    return rewritten.size();
}

}  // namespace chapar::engage
