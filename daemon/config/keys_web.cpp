// The part of the key table that is about links and pages: [web].

#include "config/keys.hpp"

#include "config/checks.hpp"
#include "config/key_words.hpp"
#include "config/web_values.hpp"

namespace chapar::config {
namespace {

constexpr std::array<std::string_view, 2> pixel_places{"end", "top"};

using Web = WebSettings;
const Key<Web> web_keys[] = {
    {.name = "listen",
     .member = &Web::listen,
     .help = "Address and port that people's clicks reach, by a reverse proxy that ends TLS (docs/proxy.md).",
     .rule = {.check = check_listen},
     .absent = "nobody is listened to",
     .reload = Reload::needs_restart},
    {.name = "base_url",
     .member = &Web::base_url,
     .help = "What the addresses of links, pictures and pages begin with, as people's browsers see it.",
     .rule = {.check = check_base_url},
     .absent = "links stay as they are",
     .reload = Reload::needs_restart},
    {.name = "short_url",
     .member = &Web::short_url,
     .help = "What short links begin with: a short name of its own, which leads to the same listener.",
     .rule = {.check = check_base_url},
     .absent = "no short links",
     .reload = Reload::needs_restart},
    {.name = "trusted_proxies",
     .member = &Web::trusted_proxies,
     .help = "Addresses and blocks whose word on who asks is taken: X-Forwarded-For, or PROXY protocol v2.",
     .rule = {.check = check_block},
     .absent = "nobody's word is taken",
     .reload = Reload::needs_restart},
    {.name = "proxy_protocol",
     .member = &Web::proxy_protocol,
     .help = "true: a connection of a trusted proxy begins with a header of PROXY protocol v2.",
     .reload = Reload::needs_restart},
    {.name = "seal_key",
     .member = &Web::seal_key,
     .help = "Names the secret that seals links, the site's key: at least 32 characters (`openssl rand -hex 32`).",
     .rule = {.check = check_secret_name},
     .absent = "needed with base_url",
     .reload = Reload::needs_restart},
    {.name = "seal_key_previous",
     .member = &Web::seal_key_previous,
     .help = "Names the key before it, while links that it sealed are still clicked.",
     .rule = {.check = check_secret_name},
     .absent = "none",
     .reload = Reload::needs_restart},
    {.name = "keep_links",
     .member = &Web::keep_links,
     .help = "A click on a link older than this leads on and counts in the totals alone.",
     .rule = {.min = day, .max = 3650 * day, .zero = zero_time}},
    {.name = "pixel",
     .member = &Web::pixel,
     .help = "Where in a mail the picture stands that tells of opening.",
     .rule = {.choices = pixel_places}},
    {.name = "utm_hosts",
     .member = &Web::utm_hosts,
     .help = "Hosts whose addresses get utm_source, utm_medium, utm_campaign and utm_content where they have none.",
     .rule = {.check = check_link_host},
     .absent = "nobody's"},
    {.name = "link_hosts",
     .member = &Web::link_hosts,
     .help = "Hosts whose links are led over base_url even where their name comes from a message's data.",
     .rule = {.check = check_link_host},
     .absent = "only hosts that a template names"},
    {.name = "networks_dir",
     .member = &Web::networks_dir,
     .help = "Where *.txt files say whose network an address is in: mail gateways and picture proxies.",
     .rule = {.check = check_absolute_path},
     .reload = Reload::needs_restart},
    {.name = "max_connections",
     .member = &Web::max_connections,
     .help = "The most connections at once.",
     .rule = {.min = 1, .max = 100'000},
     .reload = Reload::needs_restart},
    {.name = "idle_timeout",
     .member = &Web::idle_timeout,
     .help = "How long a connection may be silent, and a request dribble in.",
     .rule = {.min = second, .max = 10 * minute, .zero = zero_time},
     .reload = Reload::needs_restart},
};

}  // namespace

// clang-format off
template <> std::span<const Key<Web>> keys<Web>() { return web_keys; }

template <> std::string_view title<Web>() { return "[web]"; }
// clang-format on

void add_web_keys(std::vector<KnownKey>& all) {
    for (const auto& key : keys<Web>())
        all.push_back({title<Web>(), key.name});
}

}  // namespace chapar::config
