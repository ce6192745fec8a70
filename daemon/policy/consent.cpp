#include <fmt/format.h>

#include "policy/consent_words.hpp"
#include "policy/explain.hpp"
#include "policy/gates.hpp"

namespace chapar::policy {
namespace {

using model::Consent;

std::string about(const Consent& word) {
    const auto channel = word.channel == "*" ? std::string("every channel") : word.channel;
    const auto topic = word.topic == "*" ? std::string("everything") : word.topic;
    auto text = fmt::format("{} by {}", topic, channel);
    if (!word.source.empty()) text += fmt::format(" ({})", word.source);
    return text;
}

std::string refusal(const Ask& ask, const ConsentAnswer& answer) {
    if (answer.no != nullptr) {
        return fmt::format("The person said no to {} on {}.", about(*answer.no),
                           moment_words(answer.no->at, ask.persons_zone()));
    }
    if (answer.best != nullptr) return fmt::format("The person has not confirmed {} yet.", about(*answer.best));
    if (ask.rules.is_chosen_only(ask.subject.category))
        return fmt::format("Category {} goes only to who chose it.", ask.subject.category);
    return fmt::format("Class {} needs the person's consent, and there is none.", ask.subject.class_name);
}

}  // namespace

std::optional<Verdict> check_consent(const Ask& ask, int step) {
    const auto required = required_of(ask.plan.cls, ask.rules.is_chosen_only(ask.subject.category));
    if (required == config::Requires::none) {
        if (ask.findings() != nullptr) {
            tell(ask, finding(GateName::consent, true, ask, step,
                              fmt::format("Class {} asks for no consent.", ask.subject.class_name)));
        }
        return std::nullopt;
    }
    const auto* said = ask.said();
    if (said == nullptr) return std::nullopt;
    const auto answer = weigh(said->words, {ask.subject.class_name, ask.subject.category, ask.step(step).channel});
    const auto pause = paused_until(said->words, ask.now);
    if (!pause && answer.allows(required)) {
        if (ask.findings() != nullptr) {
            tell(ask, finding(GateName::consent, true, ask, step,
                              answer.says_yes() ? fmt::format("The person agreed to {}.", about(*answer.best))
                                                : std::string("The person has not said no.")));
        }
        return std::nullopt;
    }
    Verdict verdict;
    verdict.kind = Verdict::Kind::move_on;
    verdict.reason = model::Reason::no_consent;
    auto words = answer.allows(required)
                     ? fmt::format("The person asked for a pause until {}.", moment_words(*pause, ask.persons_zone()))
                     : refusal(ask, answer);
    verdict.finding = finding(GateName::consent, false, ask, step, std::move(words));
    return verdict;
}

}  // namespace chapar::policy
