#pragma once
// Who did what, for the log: what operators change, and who is turned away. Used on the server's thread only.

#include <string>
#include <unordered_map>

#include "base/clock.hpp"
#include "net/http_message.hpp"

namespace chapar::ingress {

class OperatorAudit {
  public:
    explicit OperatorAudit(const Clock& clock) : clock_(clock) {}

    /// "uid 0 (root): POST /v1/routes/relay/pause". `user` may be empty: the uid has no name.
    static std::string deed(const net::Peer& peer, const std::string& user, const net::Request& request);
    /// Logs a refused caller. A uid that goes on is told of once a minute, with how often it came meanwhile.
    void refused(const net::Peer& peer, const std::string& user, const net::Request& request, const std::string& why);

  private:
    struct Refused {
        Monotonic quiet_until{};
        std::uint64_t unsaid = 0;
    };
    const Clock& clock_;
    std::unordered_map<std::uint64_t, Refused> refused_;  // by uid
};

}  // namespace chapar::ingress
