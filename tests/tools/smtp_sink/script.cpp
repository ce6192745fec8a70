#include "script.hpp"

#include <array>
#include <charconv>
#include <utility>

namespace sink {
namespace {

constexpr std::array<std::string_view, 10> verb_names{"banner", "ehlo", "starttls", "auth", "mail",
                                                      "rcpt",   "data", "body",     "dot",  "quit"};

template <class Number>
bool to_number(std::string_view text, Number& out) {
    auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
    return error == std::errc{} && end == text.data() + text.size();
}

bool parse_when(Rule& rule, std::string_view text) {
    auto colon = text.find(':');
    auto kind = text.substr(0, colon);
    auto number = colon == std::string_view::npos ? std::string_view{} : text.substr(colon + 1);
    if (kind == "all") return number.empty();
    if (kind == "random") {
        rule.when = Rule::When::random;
        return to_number(number, rule.fraction);
    }
    if (kind == "first")
        rule.when = Rule::When::first;
    else if (kind == "after")
        rule.when = Rule::When::after;
    else if (kind == "every")
        rule.when = Rule::When::every;
    else
        return false;
    return to_number(number, rule.count) && (rule.when != Rule::When::every || rule.count > 0);
}

std::string unescape(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == 'n' || text[i + 1] == 'r')) {
            out += text[++i] == 'n' ? '\n' : '\r';
        } else {
            out += text[i];
        }
    }
    return out;
}

/// Actions whose value runs to the end of the rule.
bool parse_text_action(Rule& rule, std::string_view key, std::string_view rest) {
    using Kind = Action::Kind;
    if (key == "reply")
        rule.action.kind = Kind::reply;
    else if (key == "close")
        rule.action.kind = Kind::close;
    else if (key == "inject")
        rule.action.kind = Kind::inject;
    else
        return false;
    rule.action.text = unescape(rest);
    return true;
}

bool parse_word(Rule& rule, std::string_view key, std::string_view value) {
    using Kind = Action::Kind;
    if (key == "verb") {
        for (std::size_t i = 0; i < verb_names.size(); ++i) {
            if (verb_names[i] == value) {
                rule.verb = static_cast<Verb>(i);
                return true;
            }
        }
        return false;
    }
    if (key == "when") return parse_when(rule, value);
    if (key == "rcpt") {
        rule.rcpt = value;
        return true;
    }
    if (key == "at") return to_number(value, rule.at);
    if (key == "delay") return to_number(value, rule.action.delay_ms);
    if (key == "huge") {
        rule.action.kind = Kind::huge;
        return to_number(value, rule.action.bytes);
    }
    static constexpr std::array<std::pair<std::string_view, Kind>, 5> bare{
        {{"drop", Kind::drop}, {"rst", Kind::reset}, {"hang", Kind::hang}, {"junk", Kind::junk}, {"nul", Kind::nul}}};
    for (const auto& [word, kind] : bare) {
        if (key == word) {
            rule.action.kind = kind;
            return true;
        }
    }
    return false;
}

}  // namespace

std::string_view name(Verb verb) { return verb_names[static_cast<std::size_t>(verb)]; }

std::optional<Rule> parse_rule(std::string_view text, std::string& why) {
    Rule rule;
    rule.source = text;
    bool has_verb = false;
    while (!text.empty()) {
        auto start = text.find_first_not_of(' ');
        if (start == std::string_view::npos) break;
        text.remove_prefix(start);
        auto word = text.substr(0, text.find(' '));
        auto equals = word.find('=');
        auto key = word.substr(0, equals);
        if (equals != std::string_view::npos && parse_text_action(rule, key, text.substr(equals + 1))) break;
        auto value = equals == std::string_view::npos ? std::string_view{} : word.substr(equals + 1);
        if (!parse_word(rule, key, value)) {
            why = "do not understand: " + std::string(word);
            return std::nullopt;
        }
        has_verb = has_verb || key == "verb";
        text.remove_prefix(word.size());
    }
    if (!has_verb) {
        why = "a rule needs verb=";
        return std::nullopt;
    }
    return rule;
}

bool glob_matches(std::string_view pattern, std::string_view text) {
    std::size_t p = 0, t = 0, star = std::string_view::npos, resume = 0;
    while (t < text.size()) {
        if (p < pattern.size() && (pattern[p] == text[t] || pattern[p] == '?')) {
            ++p, ++t;
        } else if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            resume = t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++resume;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*')
        ++p;
    return p == pattern.size();
}

bool Script::fires(Rule& rule) {
    ++rule.seen;
    bool yes = true;
    switch (rule.when) {
        case Rule::When::all:
            break;
        case Rule::When::first:
            yes = rule.seen <= rule.count;
            break;
        case Rule::When::after:
            yes = rule.seen > rule.count;
            break;
        case Rule::When::every:
            yes = rule.seen % rule.count == 0;
            break;
        case Rule::When::random:
            yes = std::uniform_real_distribution<>(0, 1)(random_) < rule.fraction;
            break;
    }
    if (yes) ++rule.fired;
    return yes;
}

Action Script::decide(Verb verb, std::string_view address) {
    for (auto& rule : rules_) {
        if (rule.verb != verb) continue;
        if (!rule.rcpt.empty() && !glob_matches(rule.rcpt, address.substr(0, address.rfind('@')))) continue;
        if (fires(rule)) return rule.action;
    }
    return {};
}

std::optional<Action> Script::decide_body(std::uint64_t& at) {
    for (auto& rule : rules_) {
        if (rule.verb == Verb::body && fires(rule)) {
            at = rule.at;
            return rule.action;
        }
    }
    return std::nullopt;
}

}  // namespace sink
