#include "store/rows/hit_facts.hpp"

#include <algorithm>

#include "model/trace.hpp"

namespace chapar::store {
namespace {

/// The end of the attempt by which it went out; of those of several channels the first.
const model::Attempt* sent_by(const std::vector<model::Attempt>& attempts) {
    const auto has_left = [](const model::Attempt& each) {
        return each.finished_at &&
               (each.outcome.verdict == model::Verdict::accepted || each.outcome.verdict == model::Verdict::delivered);
    };
    const auto found = std::ranges::find_if(attempts, has_left);
    return found == attempts.end() ? nullptr : &*found;
}

std::optional<Timestamp> receipt_at(const model::Progress& now) {
    if (now.state != model::State::delivered) return std::nullopt;
    for (const auto& entry : model::decode_trace(now.trace))
        if (entry.reason == model::Reason::receipt) return entry.at;
    return std::nullopt;
}

}  // namespace

HitFacts facts_of(const model::Message& message, const model::Progress& now,
                  const std::vector<model::Attempt>& attempts) {
    const auto has_address = [](const auto& step) { return !step.address.empty(); };
    HitFacts out{.is_kept = std::ranges::any_of(message.plan, has_address)};
    const auto* attempt = sent_by(attempts);
    if (attempt == nullptr) {
        const auto is_mail = [](const auto& each) { return !each.finished_at && each.channel == "email"; };
        out.is_on_its_way = std::ranges::any_of(attempts, is_mail);
        return out;
    }
    // A mailbox has the mail when its server says 250. To a telephone the receipt is the delivery, and a late one is
    // none: until it is there nothing is known.
    const bool is_at_once = attempt->channel == "email" || attempt->outcome.verdict == model::Verdict::delivered;
    out.delivered = is_at_once ? attempt->finished_at : receipt_at(now);
    out.is_final = out.delivered.has_value();
    return out;
}

}  // namespace chapar::store
