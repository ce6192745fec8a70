#include "bounce/rules.hpp"

#include <algorithm>
#include <iterator>

#include "email_rules/text.hpp"
#include "toml/reader.hpp"

namespace chapar::bounce {
namespace {

using email::Phrase;
using toml_file::Reader;

/// "reply" asks the table of replies.
constexpr std::pair<std::string_view, std::optional<Kind>> verdicts[] = {
    {"hard", Kind::hard},       {"soft", Kind::soft},
    {"delayed", Kind::delayed}, {"delivered", Kind::delivered},
    {"relayed", Kind::relayed}, {"complaint", Kind::complaint},
    {"opt_out", Kind::opt_out}, {"auto_reply", Kind::auto_reply},
    {"none", Kind::none},       {"unknown", Kind::unknown},
    {"reply", std::nullopt},
};
constexpr std::pair<std::string_view, Blame> blames[] = {
    {"recipient", Blame::recipient}, {"message", Blame::message}, {"lane", Blame::lane}, {"provider", Blame::provider}};

Phrase phrase(const Reader& reader, const toml::node& at, std::string_view text) {
    auto out = Phrase::parse(text);
    if (!out) reader.fail(at, out.error());
    return std::move(*out);
}

std::vector<Phrase> phrases(const Reader& reader, std::string_view key) {
    std::vector<Phrase> out;
    for (const toml::node* at : reader.each(key))
        out.push_back(phrase(reader, *at, reader.string(*at)));
    return out;
}

std::vector<HeaderTest> header_tests(const Reader& reader, std::string_view key) {
    std::vector<HeaderTest> out;
    for (const toml::node* at : reader.each(key)) {
        const auto text = reader.string(*at);
        const auto colon = text.find(':');
        HeaderTest test;
        test.name = email::to_lower(email::trim(std::string_view(text).substr(0, colon)));
        if (test.name.empty() || test.name.contains(' '))
            reader.fail(*at, "expected a field of a head such as \"X-Autoreply\" or \"Precedence: auto_reply\"");
        if (colon != std::string::npos) test.words = phrase(reader, *at, std::string_view(text).substr(colon + 1));
        out.push_back(std::move(test));
    }
    return out;
}

void read_verdict(const Reader& reader, Rule& rule) {
    reader.need("verdict", "what a mail that fits is, such as \"soft/recipient\", or \"reply\"");
    const auto text = reader.string("verdict");
    const toml::node& at = *reader.node("verdict");
    const auto slash = std::min(text.find('/'), text.size());
    rule.kind = reader.meaning(verdicts, std::string_view(text).substr(0, slash), at, "verdict");
    const bool is_soft = rule.kind == Kind::soft;
    if (is_soft != (slash < text.size()))
        reader.fail(at, is_soft ? "whose fault is it? \"soft/recipient\", \"soft/message\", \"soft/lane\" or "
                                  "\"soft/provider\""
                                : "only \"soft\" names who is to blame");
    if (is_soft) rule.blame = reader.meaning(blames, std::string_view(text).substr(slash + 1), at, "blame");
    if (rule.kind == Kind::hard) rule.blame = Blame::gone;
    if (rule.kind == Kind::hard && rule.text.empty())
        reader.fail(at, "an address that is gone is suppressed: say by \"text\" what must stand in the mail");
}

Rule read_rule(const Reader& reader, const toml::table& table) {
    reader.allow({"name", "report", "from", "subject", "header", "text", "unless", "verdict"});
    reader.need("name", "what the rule is about");
    Rule rule;
    rule.name = reader.string("name");
    rule.place = reader.file() + ':' + std::to_string(table.source().begin.line);
    rule.from = phrases(reader, "from");
    rule.subject = phrases(reader, "subject");
    rule.text = phrases(reader, "text");
    rule.unless = phrases(reader, "unless");
    rule.headers = header_tests(reader, "header");
    rule.asks_report = reader.boolean("report", false);
    if (rule.from.empty() && rule.subject.empty() && rule.text.empty() && rule.headers.empty() && !rule.asks_report)
        reader.fail("name", "a rule needs a condition: report, from, subject, header or text");
    read_verdict(reader, rule);
    return rule;
}

}  // namespace

Rules parse_rules(std::string_view text, const std::string& file) {
    const toml::table table = toml_file::parse(text, file);
    const Reader root(table, "", file);
    root.allow({"copies", "senders", "subjects", "headers", "failures", "rule"});
    Rules out;
    out.copies = phrases(root, "copies");
    out.senders = phrases(root, "senders");
    out.subjects = phrases(root, "subjects");
    out.headers = header_tests(root, "headers");
    out.failures = phrases(root, "failures");
    if (!root.has("rule")) return out;
    const auto* list = root.node("rule")->as_array();
    if (list == nullptr) root.fail("rule", "expected rules, each under [[rule]]");
    for (const auto& each : *list) {
        const auto* one = each.as_table();
        if (one == nullptr) root.fail(each, "expected rules, each under [[rule]]");
        out.rules.push_back(read_rule(Reader(*one, "rule", file), *one));
    }
    return out;
}

Rules load_rules(const std::string& file) {
    if (file.empty()) return shipped_rules();
    Rules out = parse_rules(toml_file::read_file(file, "the file of rules for bounces"), file);
    const Rules& shipped = shipped_rules();
    const auto append = [](auto& to, const auto& from) { to.insert(to.end(), from.begin(), from.end()); };
    append(out.copies, shipped.copies);
    append(out.senders, shipped.senders);
    append(out.subjects, shipped.subjects);
    append(out.headers, shipped.headers);
    append(out.failures, shipped.failures);
    append(out.rules, shipped.rules);
    return out;
}

const Rules& shipped_rules() {
    static const Rules rules = parse_rules(shipped_bounces(), "bounces.toml");
    return rules;
}

}  // namespace chapar::bounce
