#pragma once
// [web]: the site's public addresses of links, pictures and pages. Plain data, part of settings.hpp.

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.hpp"

namespace chapar::config {

struct WebSettings {
    std::string listen;     // "127.0.0.1:8082"; empty: nobody is listened to
    std::string base_url;   // "https://m.shop.ir": what links and pages begin with; no slash at its end
    std::string short_url;  // "https://zb.ir": of short links in SMS; empty: there are none
    std::vector<std::string> trusted_proxies;  // addresses and blocks that may say who asks
    bool proxy_protocol = false;               // they say it by PROXY protocol v2, first thing of a connection
    std::string seal_key, seal_key_previous;   // names of secrets
    Milliseconds keep_links{std::chrono::hours(24 * 400)};  // older ones lead on and count in totals alone
    std::string pixel = "end";                              // top, end
    std::vector<std::string> utm_hosts;                     // whose addresses get utm_source and the like
    std::vector<std::string> link_hosts;                // rewritten also where their name comes from data; "*.shop.ir"
    std::string networks_dir = "/etc/chapar/networks";  // whose network an address is in: *.txt
    std::uint32_t max_connections = 1024;
    Milliseconds idle_timeout{30'000};  // also the longest a head may dribble
    bool operator==(const WebSettings&) const = default;
};

}  // namespace chapar::config
