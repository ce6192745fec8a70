#pragma once
// Who calls, remembered for a while: the name service is asked once a minute a uid, on threads of its own because it
// may take its time (LDAP), the configuration once a change. An answer that is older goes on being used until the new
// one is there. Used on the server's thread only.

#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "config/settings.hpp"
#include "net/http_problem.hpp"
#include "net/unix_socket.hpp"

namespace chapar::ingress {

class Callers {
  public:
    using Answer = std::expected<net::Caller, net::Problem>;
    using Identify = std::function<net::Identity(const net::Peer&)>;

    /// `identify` may block; `post` runs work on the server's thread, from any thread.
    Callers(const Clock& clock, Identify identify, std::function<void(std::function<void()>)> post);
    ~Callers();
    Callers(const Callers&) = delete;
    Callers& operator=(const Callers&) = delete;

    /// `known` runs when `resolve` can tell who `peer` is: at once, or when the name service has said it.
    void know(const net::Peer& peer, const std::function<void()>& known);
    /// The reference is valid until the next call. Whom nobody asked about is a uid and a gid without names.
    const Answer& resolve(const net::Peer& peer, const std::string& wanted,
                          const std::shared_ptr<const config::Settings>& settings);

    /// The name of a peer that was resolved; empty: it has none.
    std::string user(const net::Peer& peer) const;

  private:
    struct Known {
        net::Identity identity;
        bool is_known = false;
        bool is_asked = false;  // a look-up is under way
        Monotonic until{};
        std::vector<std::function<void()>> waiting;
        std::shared_ptr<const config::Settings> settings;  // of the remembered answer
        std::string wanted;
        Answer answer;
    };
    /// Look-ups outlive this, because nothing ends a call of the name service.
    struct Names;

    Known& entry_of(const net::Peer& peer);
    void look_up(Known& known, const net::Peer& peer);
    void found(const net::Peer& peer, net::Identity identity);
    void make_room();

    const Clock& clock_;
    const uid_t own_uid_;
    std::unordered_map<std::uint64_t, Known> known_;  // by uid and gid
    std::shared_ptr<Names> names_;
    std::vector<std::thread> threads_;
};

}  // namespace chapar::ingress
