#include "engage/attribution.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace chapar::engage {
namespace {

bool counts(const Touch& touch) { return touch.kind != Touch::Kind::delivery && touch.by != Verdict::machine; }

/// Ascending by time; equal times keep their order.
std::vector<Touch> in_window(const Goal& goal, Timestamp at, std::span<const Touch> touches) {
    std::vector<Touch> out;
    std::ranges::copy_if(touches, std::back_inserter(out), [&](const Touch& touch) {
        return counts(touch) && touch.at <= at && at - touch.at <= goal.window;
    });
    std::ranges::stable_sort(out, {}, &Touch::at);
    return out;
}

std::vector<Touch> chosen(const Goal& goal, std::vector<Touch> touches) {
    switch (goal.credit) {
        case Credit::linear:
            return touches;
        case Credit::last_touch:
            if (touches.size() > 1) touches.erase(touches.begin(), touches.end() - 1);
            return touches;
        case Credit::last_click: {
            std::erase_if(touches, [](const Touch& touch) { return touch.kind != Touch::Kind::click; });
            const bool has_person =
                std::ranges::any_of(touches, [](const Touch& touch) { return touch.by == Verdict::human; });
            if (has_person) std::erase_if(touches, [](const Touch& touch) { return touch.by != Verdict::human; });
            if (touches.size() > 1) touches.erase(touches.begin(), touches.end() - 1);
            return touches;
        }
    }
    return touches;
}

/// `value` in the proportions of `shares`: what does not divide goes to the later ones, and nothing is lost.
void divide(Money value, std::vector<CreditShare>& shares) {
    std::int64_t parts = 0, given = 0;
    for (auto& share : shares) {
        parts += share.parts;
        // Up to here, as a whole: no rounding error adds up. Divided first, since the product may not fit.
        const auto until = value.micros / share.whole * parts + value.micros % share.whole * parts / share.whole;
        share.value = Money{until - given};
        given = until;
    }
}

/// One person's conversions, one after another.
class Account {
  public:
    Account(const Goal& goal, std::span<const Touch> touches, std::span<const Given> given)
        : goal_(goal), touches_(touches), given_(given) {}
    Attributed enter(const Conversion& conversion);

  private:
    struct Original {
        std::vector<CreditShare> shares;
        std::string currency;
        Money left{};
    };
    bool is_repeated(const Conversion& conversion);
    void enter_refund(const Conversion& conversion, Attributed& result);
    const Goal& goal_;
    std::span<const Touch> touches_;
    std::span<const Given> given_;
    std::map<std::string, Original, std::less<>> originals_;  // by the family of their keys
    std::set<std::string> keys_, refund_keys_;
    std::set<std::int64_t> days_;  // of what was counted
};

/// Also notes it.
bool Account::is_repeated(const Conversion& conversion) {
    if (!conversion.key.empty() && !keys_.insert(conversion.key).second) return true;
    const auto day = std::chrono::floor<std::chrono::days>(conversion.at).time_since_epoch().count();
    switch (goal_.once_per) {
        case OncePer::event:
            return false;
        case OncePer::person: {
            const bool has_one = !days_.empty();
            days_.insert(day);
            return has_one;
        }
        case OncePer::day:
            return !days_.insert(day).second;
    }
    return false;
}

void Account::enter_refund(const Conversion& conversion, Attributed& result) {
    result.outcome = Attributed::Outcome::orphan;
    const auto original = originals_.find(key_family(conversion.key));
    if (original == originals_.end() || original->second.currency != conversion.currency) return;
    if (refund_keys_.contains(conversion.key)) {
        result.outcome = Attributed::Outcome::repeated;
        return;
    }
    if (original->second.left.micros + conversion.value.micros < 0) return;
    refund_keys_.insert(conversion.key);
    original->second.left += conversion.value;
    result.outcome = Attributed::Outcome::refund;
    result.shares = original->second.shares;
    divide(conversion.value, result.shares);
}

Attributed Account::enter(const Conversion& conversion) {
    using Outcome = Attributed::Outcome;
    Attributed result{.id = conversion.id, .outcome = Outcome::other_event, .shares = {}};
    if (conversion.event != goal_.event) return result;
    if (conversion.value.micros < 0) {
        enter_refund(conversion, result);
        return result;
    }
    if (is_repeated(conversion)) {
        result.outcome = Outcome::repeated;
        return result;
    }
    const auto given = std::ranges::find(given_, conversion.id, &Given::id);
    result.shares = given != given_.end() ? given->shares : credit(goal_, conversion.at, conversion.value, touches_);
    result.outcome = result.shares.empty() ? Outcome::unattributed : Outcome::credited;
    const auto family = key_family(conversion.key);
    if (!family.empty())
        originals_.emplace(std::string(family), Original{result.shares, conversion.currency, conversion.value});
    return result;
}

}  // namespace

std::optional<Credit> parse_credit(std::string_view text) {
    if (text == "last_click") return Credit::last_click;
    if (text == "last_touch") return Credit::last_touch;
    if (text == "linear") return Credit::linear;
    return std::nullopt;
}

std::optional<OncePer> parse_once_per(std::string_view text) {
    if (text == "event") return OncePer::event;
    if (text == "person") return OncePer::person;
    if (text == "day") return OncePer::day;
    return std::nullopt;
}

std::string_view key_family(std::string_view key) { return key.substr(0, key.find('/')); }

std::vector<CreditShare> credit(const Goal& goal, Timestamp at, Money value, std::span<const Touch> touches) {
    const auto who = chosen(goal, in_window(goal, at, touches));
    std::vector<CreditShare> out;
    for (const auto& touch : who) {
        const auto same = std::ranges::find(out, touch.message, &CreditShare::message);
        if (same == out.end())
            out.push_back({touch.message, 1, static_cast<std::int64_t>(who.size()), {}});
        else
            ++same->parts;
    }
    divide(value, out);
    return out;
}

std::vector<Attributed> attribute(const Goal& goal, std::span<const Conversion> conversions,
                                  std::span<const Touch> touches, std::span<const Given> given) {
    std::vector<Conversion> sorted(conversions.begin(), conversions.end());
    std::ranges::stable_sort(sorted, {}, &Conversion::at);
    Account account(goal, touches, given);
    std::vector<Attributed> out;
    out.reserve(sorted.size());
    for (const auto& each : sorted)
        out.push_back(account.enter(each));
    return out;
}

}  // namespace chapar::engage
