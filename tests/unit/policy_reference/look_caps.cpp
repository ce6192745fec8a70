// Caps of the reference model: every rule over every hand-over there ever was.
#include <algorithm>
#include <cmath>

#include "reference.hpp"

namespace chapar::reference {
namespace {

using config::CapSettings;
using config::Window;
using model::Reason;
using model::UseState;
using namespace std::chrono_literals;

bool names_class(const CapSettings& cap, const std::string& name) {
    return std::count(cap.match.classes.begin(), cap.match.classes.end(), name) > 0;
}

bool has_state(CapSettings::Counts counts, UseState state) {
    switch (counts) {
        case CapSettings::Counts::reserved:
            return true;
        case CapSettings::Counts::handed_off:
            return state != UseState::rejected;
        case CapSettings::Counts::delivered:
            return state != UseState::rejected && state != UseState::undelivered;
    }
    return false;
}

bool is_over(const CapSettings& cap, Timestamp at) {
    return cap.min_interval.count() == 0 && cap.window.kind == Window::Kind::until && at >= cap.window.until;
}

}  // namespace

/// Rules that this message, going by this channel, has to do with; override is not asked here.
std::vector<const CapSettings*> Look::matching() const {
    std::vector<const CapSettings*> out;
    for (const auto& cap : facts_.settings.caps) {
        if (is_otp() && !names_class(cap, "otp")) continue;
        if (matches(cap.match, kind_of(message_, step_))) out.push_back(&cap);
    }
    return out;
}

std::string Look::scope_of(const CapSettings& cap) const {
    std::string name = person();
    if (cap.scope == CapSettings::Scope::endpoint) name = "endpoint " + way().channel + "/" + way().address;
    if (cap.scope == CapSettings::Scope::application) name = "application " + message_.application;
    if (cap.scope == CapSettings::Scope::household)
        name = message_.household.empty() ? "alone at home " + person()
                                          : "household " + owner() + "/" + message_.household;
    if (cap.scope == CapSettings::Scope::data)
        name = message_.data_value.empty()
                   ? "without " + cap.data_path + " " + person()
                   : "data " + message_.application + "/" + cap.data_path + "/" + message_.data_value;
    return (is_otp() ? "otp " : "") + name;
}

std::set<std::string> Look::scopes() const {
    std::set<std::string> out;
    if (message_.is_test) return out;
    if (!message_.dedupe_key.empty()) out.insert(content());
    if (!is_otp() && !class_of(message_.class_name).counts) return out;
    if (!is_otp()) out.insert(person());
    for (const auto* cap : matching())
        if (!cap->never || cap->min_interval.count() > 0) out.insert(scope_of(*cap));
    return out;
}

const Wall& Look::budget_wall(const CapSettings& cap) const {
    const auto* found = cap.window.zone == "person"
                            ? chain({"person", "device", "country", "application", facts_.settings.daemon.timezone})
                            : wall(cap.window.zone);
    return *found;
}

bool Look::counts_now(const CapSettings& cap, const HandOver& use) const {
    if (cap.min_interval.count() > 0) return use.at + cap.min_interval > now_;
    switch (cap.window.kind) {
        case Window::Kind::rolling:
            return use.at + cap.window.length - cap.window.grace > now_;
        case Window::Kind::calendar: {
            const auto window = calendar_stretch(budget_wall(cap), now_, cap.window);
            return window.from <= use.at && use.at < window.to;
        }
        case Window::Kind::since_event: {
            const auto found = facts_.purchases.find({message_.application, message_.recipient});
            return found == facts_.purchases.end() || use.at >= found->second;
        }
        case Window::Kind::lifetime:
        case Window::Kind::until:
            return true;
    }
    return true;
}

std::vector<const HandOver*> Look::counted(const CapSettings& cap) const {
    std::vector<const HandOver*> out;
    for (const auto& use : facts_.history) {
        const bool same_scope = use.scopes.count(scope_of(cap)) > 0;
        const bool own = use.key == message_.key && use.state == UseState::reserved;
        if (same_scope && !own && matches(cap.match, use.kind) && has_state(cap.counts, use.state) &&
            counts_now(cap, use))
            out.push_back(&use);
    }
    return out;
}

std::int64_t Look::size(const CapSettings& cap, const Amount& amount) const {
    if (cap.count_by == CapSettings::CountBy::segments) return amount.segments;
    if (cap.count_by == CapSettings::CountBy::cost) return amount.cost;
    return 1;
}

std::int64_t Look::limit(const CapSettings& cap) const {
    if (cap.min_interval.count() > 0) return size(cap, amount());
    const auto unit = cap.count_by == CapSettings::CountBy::cost ? 1e6 : 1;
    return std::llround(cap.limit * unit) + facts_.limit_is_wrong_by;
}

bool Look::reached(const CapSettings& cap) const {
    if (is_over(cap, now_)) return false;
    if (cap.never) return true;
    const auto uses = counted(cap);
    if (cap.min_interval.count() > 0) return !uses.empty();
    auto total = size(cap, amount());
    for (const auto* use : uses)
        total += size(cap, use->amount);
    return total > limit(cap);
}

/// When the rule would let it through, as far as can be known.
std::optional<Timestamp> Look::next(const CapSettings& cap) const {
    if (cap.min_interval.count() == 0 && cap.window.kind == Window::Kind::until) return cap.window.until;
    if (cap.never) return std::nullopt;
    const auto uses = counted(cap);
    if (cap.min_interval.count() > 0) {
        Timestamp last{};
        for (const auto* use : uses)
            last = std::max(last, use->at);
        return last + cap.min_interval;
    }
    if (size(cap, amount()) > limit(cap)) return std::nullopt;
    if (cap.window.kind == Window::Kind::calendar) return calendar_stretch(budget_wall(cap), now_, cap.window).to;
    if (cap.window.kind == Window::Kind::since_event) return now_ + 1h;
    if (cap.window.kind == Window::Kind::lifetime) return std::nullopt;
    std::vector<Timestamp> ends;
    ends.reserve(uses.size());
    for (const auto* use : uses)
        ends.push_back(use->at + cap.window.length - cap.window.grace);
    std::sort(ends.begin(), ends.end());
    for (const auto end : ends) {
        auto total = size(cap, amount());
        for (const auto* use : uses)
            if (use->at + cap.window.length - cap.window.grace > end) total += size(cap, use->amount);
        if (total <= limit(cap)) return end;
    }
    return std::nullopt;
}

/// Waiting messages of lower priority whose slots make room under each of these: rule by rule, the least important
/// first, of equals the newest, until that rule has room.
std::optional<std::set<MessageKey>> Look::displaceable(const std::vector<const CapSettings*>& full) const {
    const auto priority = [this](const HandOver* use) {
        return static_cast<int>(class_of(use->kind.class_name).priority);
    };
    const auto may_be_displaced = [&](const HandOver* use) {
        const auto state = facts_.states.find(use->key);
        return use->state == UseState::reserved && priority(use) > facts_.priority_of(message_) &&
               state != facts_.states.end() && state->second == model::State::waiting;
    };
    std::set<MessageKey> gone;
    for (const auto* cap : full) {
        if (cap->never || cap->min_interval.count() > 0) return std::nullopt;
        for (;;) {
            auto total = size(*cap, amount());
            const HandOver* least = nullptr;
            for (const auto* use : counted(*cap)) {
                if (use->state == UseState::reserved && gone.contains(use->key))
                    continue;  // what has left stays counted
                total += size(*cap, use->amount);
                if (!may_be_displaced(use)) continue;
                if (least == nullptr || std::pair(priority(use), use->key) > std::pair(priority(least), least->key))
                    least = use;
            }
            if (total <= limit(*cap)) break;
            if (least == nullptr) return std::nullopt;
            gone.insert(least->key);
        }
    }
    if (full.size() > 1) ++facts_.seen["displaces under several rules"];
    return gone;
}

Word Look::caps() const {
    if (!is_otp() && !class_of(message_.class_name).obeys_caps) return {};
    auto rules = matching();
    std::erase_if(rules, [this](const CapSettings* cap) { return is_over(*cap, now_); });
    const auto overrides = [](const CapSettings* cap) { return cap->override_; };
    if (std::any_of(rules.begin(), rules.end(), overrides))
        std::erase_if(rules, [](const CapSettings* cap) { return !cap->override_; });
    const auto all = rules;
    std::erase_if(rules, [this](const CapSettings* cap) { return !reached(*cap); });
    if (!rules.empty()) {
        auto word = over(rules, true);
        if (word.kind != Word::Kind::free) return word;
        auto goes = with_others(all);  // the others have room for it, and perhaps a digest waits there
        if (goes.kind == Word::Kind::free) goes.displaced = word.displaced;
        return goes;
    }
    if (const auto word = last_slot(all)) return *word;
    return with_others(all);
}

Word Look::over(const std::vector<const CapSettings*>& full, bool may_displace) const {
    using Over = CapSettings::Over;
    const auto first = [&](Over over) {
        const auto found =
            std::find_if(full.begin(), full.end(), [over](const auto* cap) { return cap->over == over; });
        return found == full.end() ? nullptr : *found;
    };
    const auto reason = [](const CapSettings* cap) {
        return cap->min_interval.count() > 0 ? Reason::too_soon : Reason::capped;
    };
    if (is_otp()) return ended(reason(full.front()));
    if (const auto* drop = first(Over::drop)) return ended(reason(drop));
    Word word;
    word.kind = Word::Kind::wait;
    word.due = now_;
    auto decided = full.front();
    for (const auto* cap : full) {
        if (cap->over != Over::switch_channel) continue;
        if (word.switch_lists.empty()) decided = cap;
        word.switch_lists.push_back(cap->switch_to);
    }
    const auto replaces = [](const CapSettings* cap) { return cap->over == Over::replace_lower; };
    if (may_displace && std::all_of(full.begin(), full.end(), replaces)) {
        if (const auto displaced = displaceable(full)) {
            Word goes;
            goes.displaced = *displaced;
            return goes;
        }
    }
    for (const auto* cap : full) {
        const auto at = next(*cap);
        if (at) word.due = std::max(word.due, *at);
        if (at || word.kind == Word::Kind::over) continue;
        word.kind = Word::Kind::over;
        if (word.switch_lists.empty()) decided = cap;
    }
    word.reason = reason(decided);
    if (const auto* digest = first(Over::digest);
        digest != nullptr && word.switch_lists.empty() && word.kind != Word::Kind::over) {
        word.reason = Reason::digest_waits;
        if (facts_.mistake != "a digest waits no longer than its cap")
            word.due = std::max(word.due, collects_until(*digest));
        word.joins = group(*digest);
        if (word.due >= message_.expires_at) return ended(reason(digest));
        return word;
    }
    for (const auto* cap : full)
        if (word.due > message_.send_at + cap->horizon || word.due >= message_.expires_at) word.kind = Word::Kind::over;
    return word;
}

}  // namespace chapar::reference
