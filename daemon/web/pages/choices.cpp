#include "web/pages/choices.hpp"

#include <algorithm>
#include <utility>

#include "policy/consent_words.hpp"

namespace chapar::web {
namespace {

using model::Consent;
using model::ConsentState;
using ConsentWords = std::span<const Consent>;

constexpr std::string_view dots = "•••";

/// The newest word that is about exactly this.
const Consent* newest(ConsentWords words, std::string_view channel, std::string_view topic) {
    const Consent* out = nullptr;
    for (const auto& word : words)
        if (word.channel == channel && word.topic == topic && (out == nullptr || out->at <= word.at)) out = &word;
    return out;
}

bool says_no(ConsentWords words, std::string_view topic) {
    const auto* word = newest(words, "*", topic);
    return word != nullptr && word->state == ConsentState::unsubscribed;
}

const config::ClassSettings* class_of(const config::Settings& settings, std::string_view name) {
    const auto found = settings.classes.find(std::string(name));
    return found == settings.classes.end() ? nullptr : &found->second;
}

bool is_on(const config::Settings& settings, const ChoiceTopic& topic, std::string_view channel, ConsentWords words) {
    const auto* cls = class_of(settings, topic.class_name);
    if (cls == nullptr) return false;
    const std::string_view category = topic.topic == topic.class_name ? std::string_view() : topic.topic;
    return policy::weigh(words, {topic.class_name, category, channel})
        .allows(policy::required_of(*cls, topic.is_chosen_only));
}

/// All words but those about everything by every channel: what the switches stand at below "no marketing at all".
std::vector<Consent> without_all(ConsentWords words) {
    std::vector<Consent> out(words.begin(), words.end());
    std::erase_if(out, [](const Consent& word) {
        return word.channel == "*" && word.topic == "*" && word.state == ConsentState::unsubscribed;
    });
    return out;
}

/// The topic of a message that no category stands for: its class, or a category that the site has not listed.
std::optional<ChoiceTopic> own_topic(const config::Settings& settings, std::string_view topic) {
    ChoiceTopic out;
    out.topic = topic;
    out.class_name = class_of(settings, topic) != nullptr ? topic : "marketing";
    const auto* cls = class_of(settings, out.class_name);
    if (cls == nullptr || cls->requires_ == config::Requires::none) return std::nullopt;
    return out;
}

std::vector<ChoiceTopic> topics_of(const config::Settings& settings, const engage::PersonSeal& whom) {
    std::vector<ChoiceTopic> out;
    for (const auto& category : settings.categories)
        out.push_back({category.name, category.class_name, category.is_chosen_only(), {}});
    if (std::ranges::find(out, whom.topic, &ChoiceTopic::topic) == out.end())
        if (auto own = own_topic(settings, whom.topic)) out.push_back(std::move(*own));
    return out;
}

Consent word(std::string_view channel, std::string_view topic, bool is_yes, Timestamp at) {
    Consent out;
    out.channel = channel;
    out.topic = topic;
    out.state = is_yes ? ConsentState::subscribed : ConsentState::unsubscribed;
    out.at = at;
    return out;
}

bool has(const engage::PostedForm& form, std::string_view name, std::string_view value) {
    return std::ranges::any_of(form.fields,
                               [&](const auto& field) { return field.first == name && field.second == value; });
}

std::string masked_part(std::string_view part) {
    std::size_t first = part.empty() ? 0 : 1;
    while (first < part.size() && (static_cast<unsigned char>(part[first]) & 0xC0) == 0x80)
        ++first;  // a whole character
    return std::string(part.substr(0, first)) + std::string(dots);
}

}  // namespace

std::string cell_name(std::string_view channel, std::string_view topic) {
    return std::string(channel) + ':' + std::string(topic);
}

Choices choices_of(const config::Settings& settings, const engage::PersonSeal& whom,
                   std::span<const std::string> channels, ConsentWords words, Timestamp now) {
    Choices out;
    out.is_untracked = says_no(words, model::tracking_topic);
    out.paused_until = policy::paused_until(words, now);
    out.topics = topics_of(settings, whom);
    bool is_any_on = false;
    for (auto& topic : out.topics) {
        for (const auto& channel : channels) {
            topic.cells.push_back({channel, is_on(settings, topic, channel, words)});
            is_any_on = is_any_on || topic.cells.back().is_on;
        }
    }
    out.takes_none = says_no(words, "*") && !is_any_on;
    if (!out.takes_none) return out;
    const auto below = without_all(words);
    for (auto& topic : out.topics)
        for (auto& cell : topic.cells)
            cell.is_on = is_on(settings, topic, cell.channel, below);
    return out;
}

std::vector<Consent> new_words(const config::Settings& settings, const Choices& now_chosen, ConsentWords words,
                               const engage::PostedForm& form, Timestamp now) {
    std::vector<Consent> out;
    const bool wants_none = has(form, "none", "1"), wants_untracked = has(form, "untracked", "1"),
               wants_pause = has(form, "pause", "1");
    // The switches that are on take back a no to everything; a yes to everything would say more than was asked.
    if (wants_none != now_chosen.takes_none && (wants_none || now_chosen.topics.empty()))
        out.push_back(word("*", "*", !wants_none, now));
    if (wants_untracked != now_chosen.is_untracked)
        out.push_back(word("*", model::tracking_topic, !wants_untracked, now));
    if (wants_pause != now_chosen.paused_until.has_value())
        out.push_back(word("*", model::pause_topic, !wants_pause, now));
    if (wants_none) return out;
    for (const auto& topic : now_chosen.topics) {
        for (const auto& cell : topic.cells) {
            const auto name = cell_name(cell.channel, topic.topic);
            const bool wants = has(form, "on", name);
            if (has(form, "shown", name) && wants != is_on(settings, topic, cell.channel, words))
                out.push_back(word(cell.channel, topic.topic, wants, now));
        }
    }
    return out;
}

std::string masked_address(std::string_view address) {
    const auto at = address.rfind('@');
    if (at != std::string_view::npos) {
        const auto domain = address.substr(at + 1);
        const auto dot = domain.rfind('.');
        const auto ending = dot == std::string_view::npos ? std::string_view() : domain.substr(dot);
        return masked_part(address.substr(0, at)) + '@' + masked_part(domain.substr(0, std::min(dot, domain.size()))) +
               std::string(ending);
    }
    constexpr std::size_t shown_first = 6, shown_last = 2;
    if (!address.starts_with('+') || address.size() < 10) return std::string(dots);
    return std::string(address.substr(0, shown_first)) + std::string(dots) +
           std::string(address.substr(address.size() - shown_last));
}

}  // namespace chapar::web
