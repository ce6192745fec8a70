#pragma once
// Which application calls: the kernel's answer held against [[application]]. Pure; callable from any thread.

#include <expected>
#include <string>
#include <string_view>

#include "config/settings.hpp"
#include "net/http_problem.hpp"
#include "net/unix_socket.hpp"

namespace chapar::admission {

/// The rules, in order:
///  1 uid 65534 ("nobody", what a foreign user namespace looks like) is refused, whatever the configuration says.
///  2 An application matches by `users` (name or number) or `groups` (any group of the user).
///  3 uid 0 and the daemon's own uid are the operator; so is the caller of an application with `operator = true`.
///  4 `wanted` (X-Chapar-Application) picks among the matching applications; the operator may pick any.
///    Without it the first match in the order of the configuration counts.
/// An operator that matches nothing and picks nothing gets an empty application: it sees all and sends nothing.
std::expected<net::Caller, net::Problem> resolve_caller(const net::Peer& peer, const net::Identity& identity,
                                                        std::string_view wanted, const config::Settings& settings,
                                                        uid_t own_uid);

}  // namespace chapar::admission
