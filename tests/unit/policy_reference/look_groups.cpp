// Messages that wait together in the reference model.
#include <algorithm>

#include "reference.hpp"

namespace chapar::reference {

using config::CapSettings;
using model::Reason;

std::string Look::group(const CapSettings& cap) const {
    return "group " + message_.application + "/" + cap.digest_key + "/" + person();
}

std::set<MessageKey> Look::others(const CapSettings& cap) const {
    std::set<MessageKey> out;
    for (const auto& [key, member] : facts_.waiting)
        if (key != message_.key && member.group == group(cap)) out.insert(key);
    return out;
}

Timestamp Look::collects_until(const CapSettings& cap) const {
    return std::max(message_.accepted_at, message_.send_at) + cap.digest_every;
}

bool Look::has_slot(const CapSettings& cap) const {
    return std::any_of(facts_.history.begin(), facts_.history.end(), [&](const HandOver& use) {
        return use.key == message_.key && use.state == model::UseState::reserved &&
               use.scopes.contains(scope_of(cap)) && counts_now(cap, use);
    });
}

/// There is room: it takes along who waits for a digest, or waits with them.
Word Look::with_others(const std::vector<const CapSettings*>& rules) const {
    Word word;
    if (is_otp()) return word;  // never delayed
    for (const auto* cap : rules) {
        if (cap->over != CapSettings::Over::digest) continue;
        const auto waiting = others(*cap);
        if (waiting.empty() || has_slot(*cap)) continue;
        const bool may_wait = now_ < collects_until(*cap) && collects_until(*cap) < message_.expires_at;
        if (may_wait && facts_.mistake != "a newcomer does not join") {
            word.kind = Word::Kind::wait;
            word.reason = Reason::digest_waits;
            word.due = collects_until(*cap);
            word.joins = group(*cap);
            ++facts_.seen["a newcomer joins"];
            return word;
        }
        word.collected.insert(waiting.begin(), waiting.end());
    }
    return word;
}

}  // namespace chapar::reference
