#include "replies.hpp"

#include "toml/reader.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace chapar::email {

namespace {

using toml_file::Reader;

constexpr int highest_part = 999;

constexpr std::uint32_t bit(Phase phase) { return 1U << static_cast<unsigned>(phase); }
constexpr std::uint32_t after_mail = bit(Phase::recipient) | bit(Phase::data) | bit(Phase::answered);

constexpr std::pair<std::string_view, std::uint32_t> steps[] = {
    {"connect", bit(Phase::resolve) | bit(Phase::connect)},
    {"tls", bit(Phase::tls)},
    {"auth", bit(Phase::auth)},
    {"mail", bit(Phase::sender)},
    {"rcpt", bit(Phase::recipient)},
    {"data", bit(Phase::data)},
    {"end", bit(Phase::answered)},
};

constexpr std::pair<std::string_view, Verdict> verdicts[] = {{"retry", Verdict::retry},
                                                             {"rejected", Verdict::rejected}};
constexpr std::pair<std::string_view, Blame> blames[] = {
    {"message", Blame::message},         {"recipient", Blame::recipient}, {"lane", Blame::lane},
    {"credentials", Blame::credentials}, {"provider", Blame::provider},   {"gone", Blame::gone}};

std::optional<int> number(std::string_view text) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::optional<std::pair<int, int>> range(std::string_view text) {
    const auto dash = text.find('-');
    const auto low = number(text.substr(0, dash));
    const auto high = dash == std::string_view::npos ? low : number(text.substr(dash + 1));
    if (!low || !high || *low < 0 || *high > highest_part || *low > *high) return std::nullopt;
    return std::pair{*low, *high};
}

/// "550", "550-554", "5xx"; 400 to 599.
std::optional<std::pair<int, int>> reply_codes(std::string_view text) {
    if (text == "4xx") return std::pair{400, 499};
    if (text == "5xx") return std::pair{500, 599};
    const auto codes = range(text);
    return codes && codes->first >= 400 && codes->second <= 599 ? codes : std::nullopt;
}

std::optional<StatusRange> status_range(std::string_view text) {
    StatusRange out{};
    for (std::size_t i = 0; i < out.parts.size(); ++i) {
        const auto dot = i + 1 < out.parts.size() ? text.find('.') : text.size();
        if (dot == std::string_view::npos) return std::nullopt;
        const auto part = text.substr(0, dot);
        const auto both = part == "*" ? std::pair{0, highest_part} : range(part).value_or(std::pair{-1, -1});
        if (both.first < 0) return std::nullopt;
        out.parts.at(i) = both;
        text.remove_prefix(std::min(dot + 1, text.size()));
    }
    return out;
}

std::vector<Phrase> phrases(const Reader& reader, std::string_view key) {
    std::vector<Phrase> out;
    for (const toml::node* at : reader.each(key)) {
        auto phrase = Phrase::parse(reader.string(*at));
        if (!phrase) reader.fail(*at, phrase.error());
        out.push_back(std::move(*phrase));
    }
    return out;
}

std::chrono::milliseconds wait(const Reader& reader) {
    const auto text = reader.string("wait");
    if (text.empty()) return {};
    const auto value = number(std::string_view(text).substr(0, text.size() - 1)).value_or(-1);
    constexpr int longest = 100'000;
    if (value > 0 && value <= longest) {
        if (text.ends_with('s')) return std::chrono::seconds(value);
        if (text.ends_with('m')) return std::chrono::minutes(value);
        if (text.ends_with('h')) return std::chrono::hours(value);
    }
    reader.fail("wait", "expected a time such as \"90s\", \"15m\" or \"1h\"");
}

void read_conditions(const Reader& reader, Rule& rule) {
    for (const toml::node* at : reader.each("reply")) {
        const auto codes = reply_codes(reader.string(*at));
        if (!codes) reader.fail(*at, "expected codes of refusals such as \"550\", \"450-452\", \"4xx\" or \"5xx\"");
        rule.replies.push_back(*codes);
    }
    if (rule.replies.empty()) rule.replies.emplace_back(400, 599);
    for (const toml::node* at : reader.each("status")) {
        const auto status = status_range(reader.string(*at));
        if (!status) reader.fail(*at, "expected a status such as \"5.1.1\", \"5.7.*\", \"*.4.5\" or \"5.7.606-649\"");
        rule.statuses.push_back(*status);
    }
    for (const toml::node* at : reader.each("at"))
        rule.phases |= reader.meaning(steps, reader.string(*at), *at, "step");
    if (rule.phases == 0)
        for (const auto& [name, bits] : steps)
            rule.phases |= bits;
    rule.text = phrases(reader, "text");
    rule.unless = phrases(reader, "unless");
}

/// A refusal of one message or one person must never have the power to pause a route: credentials are to blame only for
/// what is said to an account alone.
bool is_about_the_account(const Rule& rule) {
    const bool only_auth = (rule.phases & ~bit(Phase::auth)) == 0;
    const bool before_rcpt = (rule.phases & ~(bit(Phase::auth) | bit(Phase::sender))) == 0;
    const bool only_530 =
        std::ranges::all_of(rule.replies, [](const auto& codes) { return codes.first == 530 && codes.second == 530; });
    return only_auth || (before_rcpt && only_530);
}

void read_verdict(const Reader& reader, Rule& rule) {
    reader.need("verdict", "what a reply that fits means, such as \"retry/lane\"");
    const auto text = reader.string("verdict");
    const toml::node& at = *reader.node("verdict");
    const auto slash = std::min(text.find('/'), text.size());
    rule.verdict = reader.meaning(verdicts, std::string_view(text).substr(0, slash), at, "verdict");
    rule.blame = reader.meaning(blames, std::string_view(text).substr(std::min(slash + 1, text.size())), at, "blame");
    if (rule.blame == Blame::credentials && (rule.verdict != Verdict::retry || !is_about_the_account(rule)))
        reader.fail(at,
                    "credentials pause the route, so only what is said to the account alone may blame them: "
                    "\"retry/credentials\" with at = \"auth\", or with reply = \"530\" and at = [\"auth\", \"mail\"]");
    const bool is_personal = rule.blame == Blame::recipient || rule.blame == Blame::gone;
    if (is_personal && (rule.phases & ~after_mail) != 0)
        reader.fail(at, "before RCPT the server has heard of no recipient: add at = [\"rcpt\", \"data\", \"end\"]");
    const bool is_final = std::ranges::all_of(rule.replies, [](const auto& codes) { return codes.first >= 500; });
    if (rule.blame == Blame::gone && (rule.verdict != Verdict::rejected || !is_final))
        reader.fail(at, "an address that is gone is suppressed: \"rejected/gone\", with reply = \"5xx\"");
    rule.wait = wait(reader);
    if (rule.wait.count() > 0 && rule.verdict != Verdict::retry)
        reader.fail("wait", "what is rejected is not tried again; take \"wait\" out");
}

Rule read_rule(const Reader& reader, const toml::table& table) {
    reader.allow({"name", "reply", "status", "at", "text", "unless", "verdict", "wait"});
    reader.need("name", "what the rule is about");
    Rule rule;
    rule.name = reader.string("name");
    rule.place = reader.file() + ':' + std::to_string(table.source().begin.line);
    read_conditions(reader, rule);
    read_verdict(reader, rule);
    return rule;
}

}  // namespace

bool StatusRange::holds(std::string_view status) const {
    const auto other = status_range(status);
    if (!other) return false;
    for (std::size_t i = 0; i < parts.size(); ++i)
        if (other->parts.at(i).first < parts.at(i).first || other->parts.at(i).first > parts.at(i).second) return false;
    return true;
}

Rules parse_rules(std::string_view text, const std::string& file) {
    const toml::table table = toml_file::parse(text, file);
    const Reader root(table, "", file);
    root.allow({"rule"});
    Rules rules;
    if (!root.has("rule")) return rules;
    const auto* list = root.node("rule")->as_array();
    if (list == nullptr) root.fail("rule", "expected rules, each under [[rule]]");
    for (const auto& each : *list) {
        const auto* one = each.as_table();
        if (one == nullptr) root.fail(each, "expected rules, each under [[rule]]");
        rules.push_back(read_rule(Reader(*one, "rule", file), *one));
    }
    return rules;
}

Rules load_rules(const std::string& file) {
    return parse_rules(toml_file::read_file(file, "the file of rules for replies"), file);
}

const Rules& shipped_rules() {
    static const Rules rules = parse_rules(shipped_replies(), "replies.toml");
    return rules;
}

}  // namespace chapar::email
