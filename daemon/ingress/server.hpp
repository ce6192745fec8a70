#pragma once
// The front door: the Unix socket's HTTP server, the messages' and recipients' endpoints, and who calls.
// Owns one thread (all sockets, parsing, admission), which never waits, and small pools for what may block: reads of
// the store for endpoints, those that a submission needs, the name service. Every function is callable from any thread;
// `start` once.
//
// A submission's way: bytes -> Submission -> admission::decide -> store.accept (one batch for everything that became
// ready in a turn of the loop) -> 202 after the commit; the accepted batch goes to Control::accepted.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/metrics.hpp"
#include "base/result.hpp"
#include "config/settings.hpp"
#include "dispatch/control.hpp"
#include "net/http_endpoint.hpp"
#include "net/unix_socket.hpp"
#include "render/catalogue.hpp"
#include "store/store.hpp"

namespace chapar::engage {
class SiteLinks;
}

namespace chapar::ingress {

enum class Code {
    socket,  // the socket could not be made, bound or taken over; the sentence says which and why
};
constexpr std::string_view error_domain(Code) { return "ingress"; }

/// Everything is borrowed and must outlive the server.
struct Deps {
    const Clock& clock;
    store::Store& store;
    dispatch::Control& control;
    render::Catalogue& catalogue;
    IdGenerator& ids;
    metrics::Registry& metrics;
    /// The configuration of now. Any thread, cheap (a shared_ptr copy).
    std::function<std::shared_ptr<const config::Settings>()> settings;
    /// More endpoints: admin::endpoints(...).
    std::vector<net::Endpoint> endpoints;
    int readers = 2;  // threads for store reads and previews
    /// Names and groups of a caller; may block, runs on threads of its own.
    std::function<net::Identity(const net::Peer&)> identify = net::identify;
    /// The site's links of now; absent, or answers null: it has none.
    std::function<std::shared_ptr<const engage::SiteLinks>()> links = {};
};

/// What became of a message that the house itself sends.
struct SubmittedMessage {
    bool is_taken = false;   // it is on disk
    bool may_retry = false;  // not taken now; later it may be
    std::string why = {};    // a sentence, of what is not taken
};

class Server {
  public:
    explicit Server(Deps deps);
    ~Server();  // stop_accepting, drain(0), join
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// Serves `listen_fds` (socket activation; they stay open at stop, their owner is systemd), or, when empty, binds
    /// socket.path with socket.mode and socket.group. A stale socket file is replaced, a living one is an error.
    Result<void> start(std::vector<int> listen_fds);
    /// A new configuration stands: limits and identities are read anew.
    void reconfigured();
    /// Takes the JSON text of a message of `application`, as a POST of its own would bring it. `done` runs once, on the
    /// server's thread; once the server has stopped it is dropped. Any thread.
    void submit(std::string application, std::string body, std::function<void(SubmittedMessage)> done);
    /// No new connections; idle ones close; requests under way go on. Own socket files are removed.
    void stop_accepting();
    /// Waits until every request under way is answered, at most `limit`. False: some were cut off.
    bool drain(Milliseconds limit);
    /// No request is under way any more and none comes: nothing of Deps is asked from here on.
    void stop();
    /// How long the loop took to answer its last self-check; for the watchdog.
    Milliseconds lag() const;
    bool serving() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace chapar::ingress
