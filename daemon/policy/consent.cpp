#include <fmt/format.h>

#include <algorithm>

#include "policy/explain.hpp"
#include "policy/gates.hpp"

namespace chapar::policy {
namespace {

using model::Consent;
using model::ConsentState;

/// How closely a word is about this message: 0 all, 1 its channel or its topic, 2 both. nullopt: not about it.
std::optional<int> closeness(const Consent& word, const Ask& ask, std::string_view channel) {
    int close = 0;
    if (word.channel != "*") {
        if (word.channel != channel) return std::nullopt;
        ++close;
    }
    if (word.topic != "*") {
        const bool about = word.topic == ask.subject.class_name ||
                           (!ask.subject.category.empty() && word.topic == ask.subject.category);
        if (!about) return std::nullopt;
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
    return std::none_of(heard.begin(), heard.end(), [&no](const Heard& other) {
        return other.word->state == ConsentState::subscribed && other.close >= no.close && other.word->at > no.word->at;
    });
}

struct Answer {
    const Consent* no = nullptr;    // the newest no that stands
    const Consent* best = nullptr;  // else the closest, then newest, of the other words
};

Answer weigh(const std::vector<Heard>& heard) {
    Answer out;
    const Heard* best = nullptr;
    for (const auto& each : heard) {
        if (each.word->state == ConsentState::unsubscribed) {
            if (stands(each, heard) && (out.no == nullptr || each.word->at > out.no->at)) out.no = each.word;
            continue;
        }
        const bool better = best == nullptr || each.close > best->close ||
                            (each.close == best->close &&
                             (each.word->at > best->word->at ||
                              (each.word->at == best->word->at && each.word->state == ConsentState::pending)));
        if (better) best = &each;
    }
    if (best != nullptr) out.best = best->word;
    return out;
}

std::string about(const Consent& word) {
    const auto channel = word.channel == "*" ? std::string("every channel") : word.channel;
    const auto topic = word.topic == "*" ? std::string("everything") : word.topic;
    auto text = fmt::format("{} by {}", topic, channel);
    if (!word.source.empty()) text += fmt::format(" ({})", word.source);
    return text;
}

std::string refusal(const Ask& ask, const Answer& answer) {
    if (answer.no != nullptr) {
        return fmt::format("The person said no to {} on {}.", about(*answer.no),
                           moment_words(answer.no->at, ask.persons_zone()));
    }
    if (answer.best != nullptr) return fmt::format("The person has not confirmed {} yet.", about(*answer.best));
    return fmt::format("Class {} needs the person's consent, and there is none.", ask.subject.class_name);
}

}  // namespace

std::optional<Verdict> check_consent(const Ask& ask, int step) {
    const auto required = ask.plan.cls.requires_;
    if (required == config::Requires::none) {
        if (ask.findings() != nullptr) {
            tell(ask, finding(GateName::consent, true, ask, step,
                              fmt::format("Class {} asks for no consent.", ask.subject.class_name)));
        }
        return std::nullopt;
    }
    const auto* said = ask.said();
    if (said == nullptr) return std::nullopt;
    std::vector<Heard> heard;
    for (const auto& word : said->words)
        if (const auto close = closeness(word, ask, ask.step(step).channel)) heard.push_back({&word, *close});
    const auto answer = weigh(heard);
    const bool yes = answer.best != nullptr && answer.best->state == ConsentState::subscribed;
    if (answer.no == nullptr && (yes || required == config::Requires::no_opt_out)) {
        if (ask.findings() != nullptr) {
            tell(ask, finding(GateName::consent, true, ask, step,
                              yes ? fmt::format("The person agreed to {}.", about(*answer.best))
                                  : std::string("The person has not said no.")));
        }
        return std::nullopt;
    }
    Verdict verdict;
    verdict.kind = Verdict::Kind::move_on;
    verdict.reason = model::Reason::no_consent;
    verdict.finding = finding(GateName::consent, false, ask, step, refusal(ask, answer));
    return verdict;
}

}  // namespace chapar::policy
