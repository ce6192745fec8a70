#include "policy/consent_words.hpp"

#include <algorithm>
#include <vector>

namespace chapar::policy {
namespace {

using model::Consent;
using model::ConsentState;

/// How closely a word is about this message: 0 all, 1 its channel or its topic, 2 both. nullopt: not about it.
std::optional<int> closeness(const Consent& word, const AskedTopic& about) {
    int close = 0;
    if (word.channel != "*") {
        if (word.channel != about.channel) return std::nullopt;
        ++close;
    }
    if (word.topic != "*") {
        const bool is_about =
            word.topic == about.class_name || (!about.category.empty() && word.topic == about.category);
        if (!is_about) return std::nullopt;
        ++close;
    }
    return close;
}

struct Heard {
    const Consent* word;
    int close;
};

/// A no stands until a later yes that is at least as close takes it back.
bool stands(const Heard& no, const std::vector<Heard>& heard) {
    return std::ranges::none_of(heard, [&no](const Heard& other) {
        return other.word->state == ConsentState::subscribed && other.close >= no.close && other.word->at > no.word->at;
    });
}

bool is_better(const Heard& each, const Heard& best) {
    if (each.close != best.close) return each.close > best.close;
    if (each.word->at != best.word->at) return each.word->at > best.word->at;
    return each.word->state == ConsentState::pending;
}

}  // namespace

bool ConsentAnswer::allows(config::Requires required) const {
    if (required == config::Requires::none) return true;
    return no == nullptr && (says_yes() || required == config::Requires::no_opt_out);
}

ConsentAnswer weigh(std::span<const Consent> words, const AskedTopic& about) {
    std::vector<Heard> heard;
    for (const auto& word : words)
        if (const auto close = closeness(word, about)) heard.push_back({&word, *close});
    ConsentAnswer out;
    const Heard* best = nullptr;
    for (const auto& each : heard) {
        if (each.word->state == ConsentState::unsubscribed) {
            if (stands(each, heard) && (out.no == nullptr || each.word->at > out.no->at)) out.no = each.word;
            continue;
        }
        if (best == nullptr || is_better(each, *best)) best = &each;
    }
    if (best != nullptr) out.best = best->word;
    return out;
}

std::optional<Timestamp> paused_until(std::span<const Consent> words, Timestamp now) {
    const Consent* newest = nullptr;
    for (const auto& word : words)
        if (word.topic == model::pause_topic && (newest == nullptr || newest->at <= word.at)) newest = &word;
    if (newest == nullptr || newest->state != ConsentState::unsubscribed) return std::nullopt;
    const auto until = newest->at + model::pause_length;
    return until > now ? std::optional(until) : std::nullopt;
}

config::Requires required_of(const config::ClassSettings& cls, bool is_chosen_only) {
    const bool asks = cls.requires_ != config::Requires::none;
    return asks && is_chosen_only ? config::Requires::consent : cls.requires_;
}

}  // namespace chapar::policy
