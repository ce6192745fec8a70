#pragma once
// Unix stream sockets as file descriptors: binding with mode and group, who is at the other end, who that is.
// No Asio here. Callable from any thread.

#include <string>
#include <vector>

#include "base/result.hpp"
#include "net/http_message.hpp"

namespace chapar::net {

enum class UnixCode { bind, in_use, mode, group };
constexpr std::string_view error_domain(UnixCode) { return "unix"; }

/// Binds and listens. A socket file that nobody serves is replaced; one that somebody serves is Code::in_use. `mode` is
/// octal ("0660") and holds before the first connection is possible; `group` empty: unchanged.
Result<int> listen_unix(const std::string& path, const std::string& mode, const std::string& group);

/// SO_PEERCRED of a connected socket; uid 65534 when the kernel has no answer.
Peer peer_of(int connected);

/// Names and groups of a user, by getpwuid and getgrouplist: the primary and every supplementary group.
struct Identity {
    uid_t uid = 65534;
    std::string user;  // empty: the uid has no name
    std::vector<gid_t> groups;
    std::vector<std::string> group_names;
};
/// May ask the name service: cache what it says.
Identity identify(const Peer& peer);

}  // namespace chapar::net
