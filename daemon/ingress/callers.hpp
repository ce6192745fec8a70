#pragma once
// Who calls, remembered for a while: the name service is asked once a minute a uid, the configuration once a change.
// Used on the server's thread only.

#include <expected>
#include <memory>
#include <string>
#include <unordered_map>

#include "base/clock.hpp"
#include "config/settings.hpp"
#include "net/http_problem.hpp"
#include "net/unix_socket.hpp"

namespace chapar::ingress {

class Callers {
  public:
    using Answer = std::expected<net::Caller, net::Problem>;

    explicit Callers(const Clock& clock);
    /// The reference is valid until the next call.
    const Answer& resolve(const net::Peer& peer, const std::string& wanted,
                          const std::shared_ptr<const config::Settings>& settings);

    /// The name of a peer that was resolved; empty: it has none.
    std::string user(const net::Peer& peer) const;

  private:
    struct Known {
        net::Identity identity;
        Monotonic until;
        std::shared_ptr<const config::Settings> settings;  // of the remembered answer
        std::string wanted;
        Answer answer;
    };
    const Clock& clock_;
    const uid_t own_uid_;
    std::unordered_map<std::uint64_t, Known> known_;  // by uid and gid
};

}  // namespace chapar::ingress
