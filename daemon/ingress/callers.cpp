#include "ingress/callers.hpp"

#include <unistd.h>

#include "admission/caller.hpp"

namespace chapar::ingress {
namespace {
constexpr std::chrono::minutes memory{1};
constexpr std::size_t most_known = 4096;

std::uint64_t key_of(const net::Peer& peer) { return static_cast<std::uint64_t>(peer.uid) << 32 | peer.gid; }
}  // namespace

Callers::Callers(const Clock& clock) : clock_(clock), own_uid_(::geteuid()) {}

const Callers::Answer& Callers::resolve(const net::Peer& peer, const std::string& wanted,
                                        const std::shared_ptr<const config::Settings>& settings) {
    const auto key = key_of(peer);
    const auto now = clock_.monotonic();
    if (known_.size() > most_known) known_.clear();
    auto& known = known_[key];
    if (known.until > now && known.settings == settings && known.wanted == wanted) return known.answer;
    if (known.until <= now) {
        known.identity = net::identify(peer);
        known.until = now + memory;
    }
    known.settings = settings;
    known.wanted = wanted;
    known.answer = admission::resolve_caller(peer, known.identity, wanted, *settings, own_uid_);
    return known.answer;
}

std::string Callers::user(const net::Peer& peer) const {
    const auto found = known_.find(key_of(peer));
    return found == known_.end() ? std::string{} : found->second.identity.user;
}

}  // namespace chapar::ingress
