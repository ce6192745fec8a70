// The part of the key table that is about routes: [[route]].

#include "config/keys.hpp"

#include "config/checks.hpp"
#include "config/key_words.hpp"
#include "config/rule_values.hpp"

namespace chapar::config {
namespace {

using R = RouteSettings;
const Key<R> route_keys[] = {
    {.name = "name",
     .member = &R::name,
     .help = "Its name in logs, metrics and `chapar route`.",
     .rule = {.check = check_name},
     .required = true},
    {.name = "channel",
     .member = &R::channel,
     .help = "What it carries: email, sms, push, webpush, inapp, or a channel of your own plugin.",
     .rule = {.check = check_name},
     .required = true},
    {.name = "plugin",
     .member = &R::plugin,
     .help = "The plugin's name, found in plugin_dirs.",
     .rule = {.check = check_name},
     .required = true},
    {.name = "classes",
     .member = &R::classes,
     .help = "Classes it takes.",
     .rule = {.check = check_name},
     .absent = "all"},
    {.name = "prefixes",
     .member = &R::prefixes,
     .help = "Numbers it takes, by how they begin: \"+98\". Others never leave by it.",
     .rule = {.check = check_prefix},
     .absent = "all"},
    {.name = "price",
     .member = prices_value,
     .help = "What it costs, by how a number begins; the longest prefix counts."},
    {.name = "lines",
     .member = &R::lines,
     .help = "Sms: the numbers and names that it sends as, each with the classes that it may carry: "
             "\"+98300012345=marketing\", \"Shop=otp,transactional\". No other class leaves by this route.",
     .rule = {.check = check_line},
     .absent = "the plugin's own sender, for all classes"},
    {.name = "rate",
     .member = &R::rate,
     .help = "The most messages a second, as agreed with the provider.",
     .rule = {.unit = "messages a second", .min = 1e-6, .max = 1e9, .zero = zero_rate},
     .absent = "no limit"},
    {.name = "max_in_flight",
     .member = &R::max_in_flight,
     .help = "The most messages handed over at once.",
     .rule = {.min = 1, .max = 1'000'000, .zero = zero_rate},
     .absent = "what the plugin says"},
    {.name = "per_destination",
     .member = &R::per_destination,
     .help = "The most in flight towards one destination (a mail domain).",
     .rule = {.min = 1, .max = 1'000'000, .zero = zero_rate},
     .absent = "half of max_in_flight"},
    {.name = "reserve",
     .member = &R::reserve,
     .help = "Places in flight that only classes of priority critical may take.",
     .rule = {.min = 1,
              .max = 1'000'000,
              .zero = "may mean \"none\" or \"as usual\": leave the key out for a tenth of max_in_flight"},
     .absent = "a tenth of max_in_flight"},
    {.name = "memory",
     .member = &R::memory,
     .help = "Memory that its messages in flight may take. An eighth is for classes of priority critical; a larger "
             "message goes alone.",
     .rule = {.min = mebi,
              .max = 1024 * 1024 * mebi,
              .zero = "may mean \"none\" or \"no limit\": leave the key out for an equal share",
              .is_size = true},
     .absent = "an equal share of what [queue] has for what is in flight"},
    {.name = "deadline",
     .member = &R::deadline,
     .help = "An attempt without a word from the plugin counts as unknown then.",
     .rule = {.min = 100, .max = day, .zero = zero_time}},
    {.name = "receipts_within",
     .member = &R::receipts_within,
     .help = "How soon accepted messages are expected to have a receipt. When too many have none, another route of the "
             "channel is preferred.",
     .rule = {.min = second, .max = day, .zero = "may mean \"at once\" or \"never\": leave the key out for never"},
     .absent = "never looked at"},
    {.name = "receipts_missing",
     .member = &R::receipts_missing,
     .help = "The share without a receipt in time that is too much.",
     .rule = {.min = 0.01, .max = 1}},
    {.name = "settings",
     .member = &R::config_json,
     .help = "The plugin's own keys, as a table [route.settings]; see the plugin's page. Secrets are named here, never "
             "written.",
     .rule = {.is_free_table = true}},
};

}  // namespace

// clang-format off
template <> std::span<const Key<R>> keys<R>() { return route_keys; }

template <> std::string_view title<R>() { return "[[route]]"; }
// clang-format on

}  // namespace chapar::config
