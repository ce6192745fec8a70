#include "ingress/callers.hpp"

#include <sys/prctl.h>
#include <unistd.h>

#include <array>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <mutex>
#include <utility>

#include "admission/caller.hpp"
#include "base/thread_name.hpp"

namespace chapar::ingress {
namespace {

constexpr std::chrono::minutes memory{1};
constexpr std::size_t most_known = 4096;
constexpr std::size_t threads = 4;  // one user's slow group look-up does not hold up the next user

std::uint64_t key_of(const net::Peer& peer) { return static_cast<std::uint64_t>(peer.uid) << 32 | peer.gid; }

/// Runs `make` under another name of this thread: the threads that it starts begin with that name.
auto under_name(std::string_view name, const auto& make) {
    std::array<char, 16> own{};
    prctl(PR_GET_NAME, own.data());
    name_thread(name);
    auto made = make();
    name_thread(own.data());
    return made;
}

}  // namespace

struct Callers::Names {
    Identify identify;
    std::function<void(std::function<void()>)> post;
    std::mutex mutex;  // guards the next two
    int under_way = 0;
    bool is_closed = false;  // a look-up that has not begun never does
    std::shared_ptr<Names> keep;

    bool begin() {
        const std::lock_guard lock(mutex);
        under_way += is_closed ? 0 : 1;
        return !is_closed;
    }
    void end() {
        const std::lock_guard lock(mutex);
        --under_way;
    }
    /// True: nothing is under way.
    bool close() {
        const std::lock_guard lock(mutex);
        is_closed = true;
        return under_way == 0;
    }
    boost::asio::thread_pool pool{threads};
};

Callers::Callers(const Clock& clock, Identify identify, std::function<void(std::function<void()>)> post)
    : clock_(clock), own_uid_(::geteuid()), names_(under_name("in-names", [] { return std::make_shared<Names>(); })) {
    names_->identify = std::move(identify);
    names_->post = std::move(post);
}

Callers::~Callers() {
    const bool is_idle = names_->close();
    names_->pool.stop();
    if (is_idle)
        names_->pool.join();
    else
        names_->keep = names_;  // a look-up hangs: what it uses stays until the process ends
}

Callers::Known& Callers::entry_of(const net::Peer& peer) {
    if (known_.size() >= most_known && !known_.contains(key_of(peer))) make_room();
    return known_[key_of(peer)];
}

/// The one that was refreshed longest ago; never one that somebody waits for.
void Callers::make_room() {
    auto oldest = known_.end();
    for (auto at = known_.begin(); at != known_.end(); ++at) {
        if (at->second.is_asked) continue;
        if (oldest == known_.end() || at->second.until < oldest->second.until) oldest = at;
    }
    if (oldest != known_.end()) known_.erase(oldest);
}

void Callers::know(const net::Peer& peer, const std::function<void()>& known) {
    auto& entry = entry_of(peer);
    const bool is_known = entry.is_known;
    if (!is_known) entry.waiting.push_back(known);
    if (entry.until <= clock_.monotonic()) look_up(entry, peer);
    if (is_known) known();
}

void Callers::look_up(Known& known, const net::Peer& peer) {
    if (known.is_asked) return;
    known.is_asked = true;
    boost::asio::post(names_->pool, [this, peer, names = names_] {
        if (!names->begin()) return;
        auto identity = names->identify(peer);
        // Work that is posted runs only while the server does, which this outlives.
        names->post([this, peer, identity = std::move(identity)]() mutable { found(peer, std::move(identity)); });
        names->end();
    });
}

void Callers::found(const net::Peer& peer, net::Identity identity) {
    auto& known = known_[key_of(peer)];
    known.identity = std::move(identity);
    known.is_known = true;
    known.is_asked = false;
    known.until = clock_.monotonic() + memory;
    known.settings = nullptr;  // the remembered answer was about the identity before
    for (auto& waiting : std::exchange(known.waiting, {}))
        waiting();
}

const Callers::Answer& Callers::resolve(const net::Peer& peer, const std::string& wanted,
                                        const std::shared_ptr<const config::Settings>& settings) {
    auto& known = entry_of(peer);
    if (known.until <= clock_.monotonic()) look_up(known, peer);
    if (known.settings == settings && known.wanted == wanted) return known.answer;
    const net::Identity by_number{peer.uid, {}, {peer.gid}, {}};
    known.settings = settings;
    known.wanted = wanted;
    known.answer =
        admission::resolve_caller(peer, known.is_known ? known.identity : by_number, wanted, *settings, own_uid_);
    return known.answer;
}

std::string Callers::user(const net::Peer& peer) const {
    const auto found = known_.find(key_of(peer));
    return found == known_.end() ? std::string{} : found->second.identity.user;
}

}  // namespace chapar::ingress
