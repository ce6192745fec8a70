#include "ingress/callers.hpp"

#include <unistd.h>

#include <condition_variable>
#include <deque>
#include <mutex>
#include <utility>

#include "admission/caller.hpp"
#include "base/start_threads.hpp"
#include "base/thread_name.hpp"

namespace chapar::ingress {
namespace {

constexpr std::chrono::minutes memory{1};
constexpr std::size_t most_known = 4096;
constexpr std::size_t threads = 4;  // one user's slow group look-up does not hold up the next user

std::uint64_t key_of(const net::Peer& peer) { return static_cast<std::uint64_t>(peer.uid) << 32 | peer.gid; }

}  // namespace

/// Every thread owns this: one whose look-up hangs is left behind, and whoever returns last frees it.
struct Callers::Names {
    struct Question {
        net::Peer peer;
        std::function<void(net::Identity)> found;
    };

    void ask(Question question) {
        {
            const std::lock_guard lock(mutex);
            waiting.push_back(std::move(question));
        }
        wake.notify_one();
    }
    void run() {
        std::unique_lock lock(mutex);
        for (;;) {
            wake.wait(lock, [this] { return is_closed || !waiting.empty(); });
            if (is_closed) return;
            const auto question = std::move(waiting.front());
            waiting.pop_front();
            ++under_way;
            lock.unlock();
            auto identity = identify(question.peer);
            lock.lock();
            --under_way;
            if (is_closed) return;
            post([found = question.found, identity = std::move(identity)] { found(identity); });
        }
    }
    /// True: nothing is under way, and the threads end.
    bool close() {
        const std::lock_guard lock(mutex);
        is_closed = true;
        post = nullptr;
        wake.notify_all();
        return under_way == 0;
    }

    Identify identify;
    std::mutex mutex;  // guards what follows; held while posting, which does not wait
    std::function<void(std::function<void()>)> post;
    std::condition_variable wake;
    std::deque<Question> waiting;
    int under_way = 0;
    bool is_closed = false;  // a look-up that has not begun never does
};

Callers::Callers(const Clock& clock, Identify identify, std::function<void(std::function<void()>)> post)
    : clock_(clock), own_uid_(::geteuid()), names_(std::make_shared<Names>()) {
    names_->identify = std::move(identify);
    names_->post = std::move(post);
    const auto make = [names = names_](std::size_t) {
        return [names] {
            name_thread("in-names");
            names->run();
        };
    };
    start_threads(threads_, threads, make, [this] { names_->close(); });
}

Callers::~Callers() {
    const bool is_idle = names_->close();
    for (auto& thread : threads_)
        is_idle ? thread.join() : thread.detach();
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
    // Work that is posted runs only while the server does, which this outlives.
    names_->ask({peer, [this, peer](net::Identity identity) { found(peer, std::move(identity)); }});
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
