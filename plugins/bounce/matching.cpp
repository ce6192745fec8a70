#include "bounce/matching.hpp"

#include <algorithm>
#include <array>

#include "bounce/addresses.hpp"
#include "bounce/fold.hpp"
#include "email_rules/text.hpp"
#include "seal/return_path.hpp"

namespace chapar::bounce {
namespace {

constexpr std::size_t most_named = 200;

/// The words of a field, those of addresses too.
struct FieldWords {
    explicit FieldWords(std::string_view value) {
        std::string text = folded(value);
        std::ranges::replace(text, '@', ' ');
        std::ranges::replace(text, '_', ' ');
        all = email::words_of(text);
        beginnings = email::Beginnings(all);
    }
    std::vector<std::string> all;
    email::Beginnings beginnings;
};

bool any(const std::vector<email::Phrase>& phrases, const std::vector<std::string>& words,
         const email::Beginnings& beginnings) {
    return std::ranges::any_of(phrases, [&](const auto& phrase) { return phrase.stands_in(words, beginnings); });
}
bool any(const std::vector<email::Phrase>& phrases, const FieldWords& words) {
    return any(phrases, words.all, words.beginnings);
}
bool any(const std::vector<email::Phrase>& phrases, const Paragraph& paragraph) {
    return any(phrases, paragraph.words, paragraph.beginnings);
}

bool has(const std::vector<std::string>& addresses, std::string_view address) {
    return std::ranges::any_of(addresses, [&](const auto& each) { return is_same_address(each, address); });
}

/// "mail from <a@b>": somebody else's.
bool is_said_to_send(const Paragraph& paragraph, std::string_view address) {
    auto before = std::string_view(paragraph.text).substr(0, paragraph.text.find(address));
    while (!before.empty() && std::string_view("<: \n").contains(before.back()))
        before.remove_suffix(1);
    constexpr std::size_t longest = 14;
    const auto end = email::to_lower(before.substr(before.size() - std::min(before.size(), longest)));
    return end.ends_with("from") && !end.ends_with("expanded from") && !end.ends_with("generated from");
}

}  // namespace

const Told& Matching::told() {
    if (!told_) told_ = read_paragraphs(mail_, rules_.copies);
    return *told_;
}

bool Matching::fits(const HeaderTest& test) const {
    if (!test.words) return mail_.head.has(test.name);
    return std::ranges::any_of(mail_.head.all(test.name),
                               [&](std::string_view value) { return test.words->stands_in(FieldWords(value).all); });
}

bool Matching::comes_from_a_system() const {
    return any(rules_.senders, FieldWords(mail_.head["from"])) ||
           std::ranges::any_of(rules_.headers, [&](const HeaderTest& test) { return fits(test); });
}

bool Matching::has_subject_of_a_report() const {
    static constexpr std::array<std::string_view, 7> answers{"re", "aw", "sv", "fw", "fwd", "wg", "tr"};
    const FieldWords subject(mail_.head["subject"]);
    const bool is_answer = !subject.all.empty() && std::ranges::find(answers, subject.all.front()) != answers.end();
    return !is_answer && any(rules_.subjects, subject);
}

std::optional<std::pair<const Rule*, const Paragraph*>> Matching::first_rule() {
    const FieldWords from(mail_.head["from"]), subject(mail_.head["subject"]);
    const bool is_report = looks_like_report();
    for (const Rule& rule : rules_.rules) {
        if (rule.asks_report && !is_report) continue;
        if (!rule.from.empty() && !any(rule.from, from)) continue;
        if (!rule.subject.empty() && !any(rule.subject, subject)) continue;
        if (any(rule.unless, from) || any(rule.unless, subject)) continue;
        if (!rule.headers.empty() && std::ranges::none_of(rule.headers, [&](auto& test) { return fits(test); }))
            continue;
        if (rule.text.empty()) return std::pair(&rule, static_cast<const Paragraph*>(nullptr));
        for (const Paragraph& each : told().paragraphs)
            if (any(rule.text, each) && !any(rule.unless, each)) return std::pair(&rule, &each);
    }
    return std::nullopt;
}

const Rule* Matching::rule_for(const Paragraph& paragraph) const {
    for (const Rule& rule : rules_.rules) {
        const bool is_bounce = rule.kind && (*rule.kind == Kind::hard || *rule.kind == Kind::soft);
        const bool is_by_text = rule.asks_report && rule.from.empty() && rule.subject.empty() && rule.headers.empty();
        if (is_bounce && is_by_text && any(rule.text, paragraph) && !any(rule.unless, paragraph)) return &rule;
    }
    return nullptr;
}

bool Matching::says_failure(const Paragraph& paragraph) const { return any(rules_.failures, paragraph); }

bool Matching::subject_says_failure() const { return any(rules_.failures, FieldWords(mail_.head["subject"])); }

bool Matching::is_somebody(std::string_view address) const {
    if (is_of_a_system(address) || seal::looks_sealed(address)) return false;
    for (const std::string_view field : {"from", "to", "reply-to", "sender"})
        if (email::find_ignoring_case(mail_.head[field], email::to_lower(address)) != std::string_view::npos)
            return false;
    return true;
}

/// The domain that the report came to: who is there sent the mail, rather than got it.
bool Matching::is_of_our_domain(std::string_view address) const {
    const auto to = address_in(mail_.head["to"]);
    const auto ours = to.find('@'), its = address.find('@');
    return ours != std::string::npos &&
           email::equal_ignoring_case(std::string_view(to).substr(ours), address.substr(its));
}

std::vector<std::string> Matching::people_in(const Paragraph& paragraph) const {
    std::vector<std::string> out;
    for (const auto& address : paragraph.addresses)
        if (is_somebody(address) && !is_said_to_send(paragraph, address) && !has(out, address)) out.push_back(address);
    const auto is_ours = [&](const auto& each) { return is_of_our_domain(each); };
    if (!std::ranges::all_of(out, is_ours)) std::erase_if(out, is_ours);
    return out;
}

std::vector<std::string> Matching::concerned(const Paragraph* paragraph) {
    auto named = addresses_in(mail_.head["x-failed-recipients"], most_named);
    if (named.empty() && paragraph != nullptr) named = people_in(*paragraph);
    if (!named.empty()) return named;
    for (const Paragraph& each : told().paragraphs)
        for (auto& address : people_in(each))
            if (!has(named, address)) named.push_back(std::move(address));
    if (!named.empty()) return named;
    for (const Part& part : mail_.parts) {
        if (part.kind != PartKind::returned) continue;
        const auto groups = field_groups(part.text, 1);
        if (groups.empty()) continue;
        if (auto to = addresses_in(groups.front()["to"], 2); to.size() == 1) return to;
    }
    return {};
}

}  // namespace chapar::bounce
