// What the sending side needs of [web], made anew with each configuration.

#include <simdjson.h>

#include <algorithm>

#include "app/app.hpp"
#include "engage/site_links.hpp"
#include "web/keys.hpp"

namespace chapar::app {
namespace {

/// The first domain for which a receiver takes mails that are sealed with the site's key; empty: there is none.
std::string mail_domain(const config::Settings& settings) {
    for (const auto& receiver : settings.receivers) {
        if (receiver.plugin != "bounces") continue;
        simdjson::dom::parser parser;
        simdjson::dom::element root;
        std::string_view key, domain;
        if (parser.parse(receiver.config_json).get(root) != simdjson::SUCCESS) continue;
        if (root["seal_key"].get(key) != simdjson::SUCCESS || key != settings.web.seal_key) continue;
        if (root["domains"].at(0).get(domain) == simdjson::SUCCESS) return std::string(domain);
    }
    return {};
}

}  // namespace

Result<std::shared_ptr<const engage::SiteLinks>> App::make_site_links(const config::Settings& next) {
    const auto& site = next.web;
    if (site.base_url.empty()) return nullptr;
    const auto keys = web::read_site_keys(site);
    if (!keys.has_value()) return fail(plugin::Code::bad_config, "[web] " + keys.error().message());
    auto made = engage::SiteLinks::make(site, *keys, mail_domain(next));
    if (!made) return fail(plugin::Code::bad_config, "[web] seal_key: " + made.error());
    return std::move(*made);
}

}  // namespace chapar::app
