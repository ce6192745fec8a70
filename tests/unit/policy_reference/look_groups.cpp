// Messages that wait together in the reference model.
#include <algorithm>

#include "reference.hpp"

namespace chapar::reference {

using config::CapSettings;
using model::Reason;
using model::UseState;
using namespace std::chrono_literals;

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

/// There is room, but perhaps for one alone: the best of those that come within a while has it.
std::optional<Word> Look::last_slot(const std::vector<const CapSettings*>& rules) const {
    if (is_otp()) return std::nullopt;
    for (const auto* cap : rules) {
        const auto mine = size(*cap, amount());
        if (cap->arbitrate.count() == 0 || cap->min_interval.count() > 0 || mine == 0) continue;
        auto with_two = mine + mine;
        for (const auto* use : counted(*cap))
            with_two += size(*cap, use->amount);
        if (with_two <= limit(*cap) || has_slot(*cap)) continue;
        const auto name = "last slot " + cap->name + "/" + scope_of(*cap);
        const auto until =
            std::min(std::max(message_.accepted_at, message_.send_at) + cap->arbitrate, message_.expires_at - 1ms);
        if (now_ < until) {
            Word word;
            word.kind = Word::Kind::wait;
            word.reason = Reason::arbitrating;
            word.due = until;
            word.joins = name;
            return word;
        }
        const Waiting me{name, facts_.priority_of(message_), message_.value, message_.key};
        const auto goes_before = [&](const Waiting& other) {
            if (other.group != name || other.key == me.key) return false;
            if (other.priority != me.priority) return other.priority < me.priority;
            if (other.value != me.value) return other.value > me.value;
            return facts_.mistake == "the newer one has the last slot" ? other.key > me.key : other.key < me.key;
        };
        const bool has_better = std::any_of(facts_.waiting.begin(), facts_.waiting.end(),
                                            [&](const auto& entry) { return goes_before(entry.second); });
        if (!has_better) {
            ++facts_.seen["has the last slot"];
            continue;
        }
        ++facts_.seen["a better one has the last slot"];
        auto as_if = facts_;  // the better one had gone now, and were as large
        as_if.history.push_back({now_, MessageKey{0}, kind_of(message_, step_), amount(), UseState::reserved, {}});
        as_if.history.back().scopes.insert(scope_of(*cap));
        return Look(as_if, message_, step_, now_).over({cap}, false);
    }
    return std::nullopt;
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
        ask_the_others(waiting, word);
        return word;
    }
    return word;
}

/// Each for itself, the oldest first.
void Look::ask_the_others(const std::set<MessageKey>& waiting, Word& word) const {
    if (facts_.mistake == "a digest takes everybody along") {
        word.collected = waiting;
        return;
    }
    if (!message_.dedupe_key.empty()) word.contents.insert(content());
    for (const auto key : waiting) {
        const auto& other = *facts_.everybody.at(key);
        std::optional<Reason> why;
        int step = other.step;
        for (; step < static_cast<int>(other.plan.size()); ++step) {
            const auto own = Look(facts_, other, step, now_).own_word();
            if (own.kind == Word::Kind::free) break;
            if (!why || own.kind == Word::Kind::over) why = own.reason;
            if (own.kind == Word::Kind::over) step = static_cast<int>(other.plan.size());
        }
        if (step >= static_cast<int>(other.plan.size())) {
            word.left_out[key] = why.value();
            ++facts_.seen["left out " + std::string(model::name(*why))];
            continue;
        }
        if (step != other.step || refused_by_this_way(other)) {
            ++facts_.seen["waits for its own turn"];
            continue;
        }
        const auto same = Look(facts_, other, step, now_).content();
        if (!other.dedupe_key.empty() && !word.contents.insert(same).second) {
            word.left_out[key] = Reason::duplicate_content;
            ++facts_.seen["twice in one digest"];
            continue;
        }
        word.collected.insert(key);
    }
}

std::optional<Reason> Look::refused_by_this_way(const Envelope& other) const {
    auto by_this_way = other;
    by_this_way.plan = {way()};
    by_this_way.step = 0;
    const Look there(facts_, by_this_way, 0, now_);
    if (!there.has_consent()) return Reason::no_consent;
    if (there.is_suppressed()) return Reason::suppressed;
    if (other.expires_at <= now_) return Reason::expired;
    return std::nullopt;
}

/// Another try of a digest.
void Look::ask_again_who_is_carried(Word& word) const {
    const auto found = facts_.carried.find(message_.key);
    if (found == facts_.carried.end() || facts_.mistake == "another try asks nobody") return;
    for (const auto key : found->second) {
        const auto& other = *facts_.everybody.at(key);
        if (const auto why = refused_by_this_way(other)) {
            word.left_out[key] = *why;
            ++facts_.seen["left out of another try"];
        } else if (!other.dedupe_key.empty()) {
            word.contents.insert(Look(facts_, other, other.step, now_).content());
        }
    }
}

}  // namespace chapar::reference
