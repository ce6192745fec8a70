#include "render/lint_persian.hpp"

#include "render/lint.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace chapar::render {

namespace {

constexpr int most_places = 5;
using Captures = std::array<std::string_view, most_places>;

/// "%1 is never closed", taken apart.
struct SentencePattern {
    std::vector<std::string_view> literals;  // one more than places
    std::vector<int> places;                 // numbers from 0, in the order in which they stand
    std::string_view persian;
    std::size_t weight = 0;  // bytes of literals: what says more goes first
};

SentencePattern take_apart(std::string_view english, std::string_view persian) {
    SentencePattern out;
    out.persian = persian;
    std::size_t from = 0;
    for (std::size_t at = english.find('%'); at != std::string_view::npos; at = english.find('%', at + 1)) {
        const char digit = at + 1 < english.size() ? english[at + 1] : ' ';
        if (digit < '1' || digit > '0' + most_places) continue;
        out.literals.push_back(english.substr(from, at - from));
        out.places.push_back(digit - '1');
        from = at + 2;
    }
    out.literals.push_back(english.substr(from));
    for (const std::string_view literal : out.literals)
        out.weight += literal.size();
    return out;
}

std::optional<Captures> match_pattern(const SentencePattern& sentence, std::string_view text) {
    Captures found{};
    if (!text.starts_with(sentence.literals.front())) return std::nullopt;
    std::size_t at = sentence.literals.front().size();
    for (std::size_t i = 0; i < sentence.places.size(); ++i) {
        const std::string_view next = sentence.literals[i + 1];
        const bool last = i + 1 == sentence.places.size();
        // What a place holds is as short as it can be, and the last literal ends the sentence.
        std::size_t end = next.empty() ? text.size() : text.find(next, at);
        if (last && !next.empty()) end = text.ends_with(next) ? text.size() - next.size() : std::string_view::npos;
        if (end == std::string_view::npos || end < at) return std::nullopt;
        found[static_cast<std::size_t>(sentence.places[i])] = text.substr(at, end - at);
        at = end + next.size();
    }
    return at == text.size() ? std::optional(found) : std::nullopt;
}

class PersianSentences {
  public:
    PersianSentences() {
        table_ = toml::parse(persian_catalogue());
        if (const auto* rules = table_["rules"].as_table())
            for (const auto& [name, text] : *rules)
                rules_.emplace(name.str(), text.value_or(std::string_view{}));
        if (const auto* sentences = table_["sentences"].as_table())
            for (const auto& [english, persian] : *sentences)
                sentences_.push_back(take_apart(english.str(), persian.value_or(std::string_view{})));
        std::stable_sort(sentences_.begin(), sentences_.end(),
                         [](const SentencePattern& a, const SentencePattern& b) { return a.weight > b.weight; });
    }
    std::string rule(std::string_view name) const {
        const auto found = rules_.find(name);
        return found == rules_.end() ? std::string{} : std::string(found->second);
    }
    /// nullopt: the catalogue lacks it. What stands in a place may be a sentence itself.
    std::optional<std::string> say(std::string_view english, int depth = 0) const {
        constexpr int deepest = 4;
        if (depth > deepest) return std::nullopt;
        for (const SentencePattern& sentence : sentences_) {
            const auto found = match_pattern(sentence, english);
            if (!found) continue;
            std::string out;
            for (std::size_t at = 0; at < sentence.persian.size(); ++at) {
                const char c = sentence.persian[at];
                const char digit = at + 1 < sentence.persian.size() ? sentence.persian[at + 1] : ' ';
                if (c != '%' || digit < '1' || digit > '0' + most_places) {
                    out += c;
                    continue;
                }
                const std::string_view held = (*found)[static_cast<std::size_t>(digit - '1')];
                const auto said = held.find(' ') == std::string_view::npos ? std::nullopt : say(held, depth + 1);
                out += said ? *said : std::string(held);
                ++at;
            }
            return out;
        }
        return std::nullopt;
    }

  private:
    toml::table table_;  // the views look into it
    std::map<std::string_view, std::string_view> rules_;
    std::vector<SentencePattern> sentences_;
};

const PersianSentences& persian_sentences() {
    static const PersianSentences all;
    return all;
}

}  // namespace

std::string rule_in_persian(std::string_view rule) { return persian_sentences().rule(rule); }

std::string in_persian(std::string_view rule, std::string_view sentence) {
    if (auto said = persian_sentences().say(sentence)) return *said;
    return fmt::format("{} ({})", rule_in_persian(rule), sentence);
}

}  // namespace chapar::render
