#include "engage/sms_links.hpp"

#include <algorithm>

#include "engage/destination.hpp"
#include "engage/short_code.hpp"

namespace chapar::engage {
namespace {

/// With a billion codes in use one of two thousand is taken: all of these are once in 10^13 times, and then the attempt
/// is begun anew.
constexpr int codes_to_choose_from = 4;

/// How many addresses of one text can have placeholders of their own; a text with more has no room for words.
constexpr std::size_t most_short_links = base58.size();

}  // namespace

SmsLinks::SmsLinks(const SiteLinks& site, std::string_view campaign)
    : site_(site), utm_(site.utm("sms", campaign)), gathers_(true) {}

SmsLinks::SmsLinks(const SiteLinks& site, std::string_view campaign, std::span<const model::ShortLink> codes)
    : site_(site), utm_(site.utm("sms", campaign)), codes_(codes), gathers_(false) {}

/// A code that nobody draws on purpose, so that it is told from the words around it.
std::string SmsLinks::placeholder(std::size_t number) const {
    auto out = short_link_placeholder(site_.short_url());
    out.back() = base58[number];
    return out;
}

std::string SmsLinks::link_for(std::string_view destination, std::string_view as_written) {
    if (!gathers_) {
        const auto code = std::ranges::find(codes_, destination, &model::ShortLink::destination);
        return code == codes_.end() ? std::string(as_written) : site_.short_url() + '/' + code->code;
    }
    auto known = std::ranges::find(gathered_, destination);
    if (known == gathered_.end() && gathered_.size() == most_short_links) return std::string(as_written);
    if (known == gathered_.end()) known = gathered_.insert(gathered_.end(), std::string(destination));
    return placeholder(static_cast<std::size_t>(known - gathered_.begin()));
}

std::string SmsLinks::shorten(std::string_view address) {
    if (site_.short_url().empty()) return std::string(address);
    auto read = read_destination(address);
    if (!read || read->url.starts_with(site_.short_url() + '/')) return std::string(address);
    const bool is_ours = read->url.starts_with(site_.base_url() + '/');
    if (!is_ours && is_among(read->host, utm_.hosts)) add_utm(read->url, utm_, {});
    if (read->url.size() > longest_destination) return std::string(address);
    return link_for(read->url, address);
}

std::string SmsLinks::shorten_all(std::string_view text, std::span<const std::string> literal_hosts) {
    if (site_.short_url().empty()) return std::string(text);
    const auto rules = site_.rules(literal_hosts, {}, &utm_);
    const LinkWriter write = [this](std::string& out, std::uint16_t, std::string_view destination) {
        out += link_for(destination, destination);
    };
    return rewrite_text(text, rules, write).text;
}

std::vector<model::DrawnLink> SmsLinks::found_in(std::string_view text) const {
    std::vector<model::DrawnLink> out;
    for (std::size_t i = 0; i < gathered_.size(); ++i)
        if (text.find(placeholder(i)) != std::string_view::npos)
            out.push_back({static_cast<std::uint16_t>(out.size()), gathered_[i], {}});
    return out;
}

std::string shorten_every(const SiteLinks& site, std::string_view text) {
    // A look for the hosts first: then each of them counts as the author's.
    std::vector<std::string> hosts;
    const auto none = site.rules({}, {}, nullptr);
    for (const auto& link : rewrite_text(text, none, placeholder_writer(site.short_url())).links)
        if (const auto read = read_destination(text.substr(link.begin, link.end - link.begin)))
            hosts.push_back(read->host);
    return SmsLinks(site, {}).shorten_all(text, hosts);
}

Result<void> draw_codes(std::vector<model::DrawnLink>& links) {
    const auto random = system_randomness();
    const auto is_taken = [](std::string_view) -> Result<bool> { return false; };  // the store looks
    for (auto& link : links)
        for (int i = 0; i < codes_to_choose_from; ++i) {
            auto code = draw_short_code(random, is_taken);
            if (!code.has_value()) return std::unexpected(code.error());
            link.codes.push_back(std::move(*code));
        }
    return {};
}

}  // namespace chapar::engage
