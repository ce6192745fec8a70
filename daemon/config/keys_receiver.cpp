// The part of the key table that is about receivers: [[receiver]].

#include "config/keys.hpp"

#include "config/checks.hpp"

namespace chapar::config {
namespace {

using V = ReceiverSettings;
const Key<V> receiver_keys[] = {
    {.name = "name",
     .member = &V::name,
     .help = "Its name in logs and metrics. No route has it.",
     .rule = {.check = check_name},
     .required = true},
    {.name = "plugin",
     .member = &V::plugin,
     .help = "The plugin's name, found in plugin_dirs: `bounces`, or one of your own that has no channels.",
     .rule = {.check = check_name},
     .required = true},
    {.name = "settings",
     .member = &V::config_json,
     .help =
         "The plugin's own keys, as a table [receiver.settings]; see the plugin's page. Secrets are named here, never "
         "written.",
     .rule = {.is_free_table = true}},
};

}  // namespace

// clang-format off
template <> std::span<const Key<V>> keys<V>() { return receiver_keys; }

template <> std::string_view title<V>() { return "[[receiver]]"; }
// clang-format on

void add_receiver_keys(std::vector<KnownKey>& all) {
    for (const auto& key : keys<V>())
        all.push_back({title<V>(), key.name});
}

}  // namespace chapar::config
