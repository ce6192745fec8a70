#pragma once
// The settings and rules in use, with what the sending side derives from them once.

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "config/settings.hpp"

namespace chapar::policy {
class Rules;
}
namespace chapar::engage {
class SiteLinks;
}

namespace chapar::dispatch {

/// Immutable, so any thread may read it. A reload makes a new one.
struct ActiveConfig {
    /// `site`: null where [web] is not configured.
    ActiveConfig(config::Settings settings, std::shared_ptr<const policy::Rules> rules,
                 std::shared_ptr<const engage::SiteLinks> site = nullptr);

    const config::Settings settings;
    const std::shared_ptr<const policy::Rules> rules;
    const std::shared_ptr<const engage::SiteLinks> site;
    std::vector<std::string> data_paths;  // into the data of messages, that rules ask for
    std::set<std::string> choosing;       // channels whose routes are chosen by number, price or sender
    std::set<std::string> lined;          // channels with a route that names lines
    bool counts_segments = false;  // a cap or a price asks for segments, so texts are rendered before their lease
    bool is_priced = false;        // some route or channel costs something

    config::Priority priority(const std::string& class_name) const;
    bool is_urgent(const std::string& class_name) const { return priority(class_name) == config::Priority::critical; }
    /// A class that is configured no longer has the defaults.
    const config::ClassSettings& class_settings(const std::string& name) const;

  private:
    const config::ClassSettings defaults_{};
};

/// The one in use. Rooms hold a reference to the dispatcher's, which the strand swaps; what runs elsewhere copies it.
using ConfigInUse = std::shared_ptr<const ActiveConfig>;

}  // namespace chapar::dispatch
