#pragma once
// What is kept of a hit: enough to say again who it was, and nothing that says where. Values; any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "engage/networks.hpp"
#include "engage/user_agent.hpp"

namespace chapar::engage {

enum class HitKind : std::uint8_t { open = 0, click = 1 };
enum class Method : std::uint8_t { get = 0, head = 1, other = 2 };

/// What the browser says of the request (Fetch Metadata, and the older headers of prefetching).
enum Fetch : std::uint8_t {
    fetch_prefetch = 1,  // Sec-Purpose, Purpose, X-Purpose or X-Moz: prefetch
    fetch_given = 2,     // there is a Sec-Fetch-Mode
    fetch_navigate = 4,  // and it is "navigate"
    fetch_by_hand = 8,   // Sec-Fetch-User: ?1
};
/// What is known from other hits, and what was asked for.
enum Mark : std::uint8_t {
    mark_burst = 1,       // one of many links of its message at once
    mark_decoy = 2,       // within a minute of a hit on a link that nobody sees
    mark_proxied = 4,     // it says itself that it came over a proxy
    mark_after_human = 8  // the message had a click by a person, from another network
};

struct Features {
    static constexpr std::int32_t unknown_delivery = INT32_MIN;

    HitKind kind = HitKind::open;
    Method method = Method::get;
    NetworkClass network = NetworkClass::unlisted;
    AgentFamily agent = AgentFamily::unknown;
    std::uint8_t fetch = 0, marks = 0;
    std::uint16_t link = 0;
    std::uint16_t country = 0;  // two capital letters; 0: not known
    /// Milliseconds since the delivery; below zero: the provider had not confirmed it yet.
    std::int32_t since_delivery = unknown_delivery;

    bool has(Fetch bit) const { return (fetch & bit) != 0; }
    bool has(Mark bit) const { return (marks & bit) != 0; }
    bool operator==(const Features&) const = default;
};

/// 14 bytes, the first of them the version.
std::string encode(const Features& features);
/// nullopt: not such bytes, or of a later version.
std::optional<Features> decode(std::string_view bytes);

/// A request for a pixel or a link, as it came. Borrows.
struct HitRequest {
    HitKind kind = HitKind::open;
    std::string_view method = "GET", user_agent{};
    std::string_view purpose{};  // Sec-Purpose, else Purpose, X-Purpose or X-Moz
    std::string_view fetch_mode{}, fetch_user{};
    bool is_proxied = false;  // Via or Forwarded, beyond the proxies that are ours
    std::uint16_t link = 0;
    IpAddress from{};
    Timestamp at{};
    std::optional<Timestamp> delivered{};
};

/// All features but the marks that come from other hits.
Features observe(const HitRequest& request, const Networks& networks, const UserAgents& agents);

}  // namespace chapar::engage
