#include "ingress/audit.hpp"

#include <fmt/format.h>

#include "base/log.hpp"

namespace chapar::ingress {
namespace {

constexpr Milliseconds quiet{60'000};
constexpr std::size_t most_known = 1024;
constexpr std::size_t longest_path = 200;

/// Paths are the caller's: no control character of theirs reaches the log.
std::string shown(const std::string& path) {
    std::string out = path.substr(0, longest_path);
    for (char& c : out)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
    return out;
}

}  // namespace

std::string OperatorAudit::deed(const net::Peer& peer, const std::string& user, const net::Request& request) {
    const auto name = user.empty() ? std::string("no name") : user;
    const auto known = net::name(request.method);
    const auto method = known.empty() ? shown(request.method_text) : std::string(known);
    return fmt::format("uid {} ({}): {} {}", peer.uid, name, method, shown(request.path));
}

void OperatorAudit::refused(const net::Peer& peer, const std::string& user, const net::Request& request,
                            const std::string& why) {
    if (refused_.size() > most_known) refused_.clear();
    auto& known = refused_[peer.uid];
    if (clock_.monotonic() < known.quiet_until) {
        ++known.unsaid;
        return;
    }
    const auto before = known.unsaid == 0 ? "" : fmt::format(" ({} more were refused meanwhile)", known.unsaid);
    log::warning("caller.refused", "{}: {}{}", deed(peer, user, request), why, before);
    known = {clock_.monotonic() + quiet, 0};
}

}  // namespace chapar::ingress
