// The part of the key table that is about monitoring: [metrics].

#include "config/keys.hpp"

#include "config/checks.hpp"
#include "config/key_words.hpp"

namespace chapar::config {
namespace {

using M = MetricsSettings;
const Key<M> metrics_keys[] = {
    {.name = "listen",
     .member = &M::listen,
     .help = "Where Prometheus scrapes GET /metrics: ADDRESS:PORT, or unix:PATH. It asks nobody who they are.",
     .rule = {.check = check_scrape_address},
     .absent = "only the socket's own /metrics",
     .reload = Reload::needs_restart},
    {.name = "mode",
     .member = &M::mode,
     .help = "The permissions of a unix socket, octal.",
     .rule = {.check = check_mode},
     .reload = Reload::needs_restart},
    {.name = "group",
     .member = &M::group,
     .help = "The group of a unix socket.",
     .rule = {.check = check_account},
     .absent = "unchanged",
     .reload = Reload::needs_restart},
};

}  // namespace

// clang-format off
template <> std::span<const Key<M>> keys<M>() { return metrics_keys; }

template <> std::string_view title<M>() { return "[metrics]"; }
// clang-format on

void add_metrics_keys(std::vector<KnownKey>& all) {
    for (const auto& key : keys<M>())
        all.push_back({title<M>(), key.name});
}

}  // namespace chapar::config
