#include "dispatch/active_config.hpp"

#include <algorithm>
#include <utility>

#include "policy/request_fields.hpp"

namespace chapar::dispatch {

ActiveConfig::ActiveConfig(config::Settings settings_now, std::shared_ptr<const policy::Rules> rules_now,
                           std::shared_ptr<const engage::SiteLinks> site_now)
    : settings(std::move(settings_now)),
      rules(std::move(rules_now)),
      site(std::move(site_now)),
      data_paths(policy::data_paths(settings)) {
    is_priced = std::ranges::any_of(settings.channels, [](const auto& each) { return each.cost.micros != 0; });
    for (const auto& channel : settings.channels)
        if (channel.by_price) choosing.insert(channel.name);
    for (const auto& route : settings.routes) {
        if (!route.lines.empty()) lined.insert(route.channel);
        if (!route.prefixes.empty() || !route.lines.empty()) choosing.insert(route.channel);
        is_priced = is_priced || !route.prices.empty();
    }
    counts_segments = is_priced || std::ranges::any_of(settings.caps, [](const auto& cap) {
                          return cap.count_by != config::CapSettings::CountBy::messages;
                      });
}

config::Priority ActiveConfig::priority(const std::string& class_name) const {
    const auto found = settings.classes.find(class_name);
    return found == settings.classes.end() ? config::Priority::normal : found->second.priority;
}

const config::ClassSettings& ActiveConfig::class_settings(const std::string& name) const {
    const auto found = settings.classes.find(name);
    return found == settings.classes.end() ? defaults_ : found->second;
}

}  // namespace chapar::dispatch
