// The part of the key table that is about providers reaching us: [inbound].

#include "config/keys.hpp"

#include "config/checks.hpp"
#include "config/key_words.hpp"

namespace chapar::config {
namespace {

using I = InboundSettings;
const Key<I> inbound_keys[] = {
    {.name = "listen",
     .member = &I::listen,
     .help = "Address and port that providers' webhooks reach, by a reverse proxy that ends TLS.",
     .rule = {.check = check_listen},
     .absent = "no webhooks",
     .reload = Reload::needs_restart},
    {.name = "path",
     .member = &I::path,
     .help = "What their paths begin with; the route's name follows.",
     .rule = {.check = check_url_path},
     .reload = Reload::needs_restart},
    {.name = "max_body",
     .member = &I::max_body,
     .help = "The largest request body.",
     .rule = {.min = kibi, .max = 16 * mebi, .is_size = true},
     .reload = Reload::needs_restart},
    {.name = "max_connections",
     .member = &I::max_connections,
     .help = "The most connections at once.",
     .rule = {.min = 1, .max = 10'000},
     .reload = Reload::needs_restart},
    {.name = "idle_timeout",
     .member = &I::idle_timeout,
     .help = "How long a connection may be silent, and a request dribble in.",
     .rule = {.min = second, .max = 10 * minute, .zero = zero_time},
     .reload = Reload::needs_restart},
};

}  // namespace

// clang-format off
template <> std::span<const Key<I>> keys<I>() { return inbound_keys; }

template <> std::string_view title<I>() { return "[inbound]"; }
// clang-format on

void add_inbound_keys(std::vector<KnownKey>& all) {
    for (const auto& key : keys<I>())
        all.push_back({title<I>(), key.name});
}

}  // namespace chapar::config
