#pragma once
// What the headers of a request say of who asks, and who that is when a proxy stands between. Pure.

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engage/ip_address.hpp"
#include "net/http_message.hpp"

namespace chapar::web {

/// Headers that mean something here: what the listener keeps of a request, in small letters.
std::span<const std::string_view> kept_headers();

/// Borrows from the request.
struct HeadersSeen {
    std::string_view user_agent, purpose, fetch_mode, fetch_user, fetch_site, origin, accept_language, host,
        content_type;
    bool is_proxied = false;     // Via or Forwarded
    bool wants_privacy = false;  // DNT: 1 or Sec-GPC: 1
};
HeadersSeen read_headers(const net::Request& request);

engage::IpAddress to_address(const net::NetAddress& bytes);

/// Proxies whose word on who asks is taken.
class TrustedProxies {
  public:
    /// Blocks as config::check_block takes them; what is none is left out.
    explicit TrustedProxies(std::span<const std::string> blocks);
    bool has(const engage::IpAddress& address) const;

  private:
    std::vector<engage::Cidr> blocks_;
};

/// The last address of X-Forwarded-For (of all of them, in order) that is no trusted proxy's, as long as each one
/// behind it is; what is no address ends the way there. A peer that is not trusted says nothing of others.
engage::IpAddress client_of(const net::Peer& peer, const net::Request& request, const TrustedProxies& trusted);

/// "fa" or "en", whichever Accept-Language prefers; empty: it names neither.
std::string_view language_of(std::string_view accept_language);
/// Host without a port, in small letters.
std::string host_of(std::string_view host);

}  // namespace chapar::web
