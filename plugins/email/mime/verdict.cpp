#include "verdict.hpp"

#include "email_rules/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

namespace chapar::email {

namespace {

/// The words of a reply.
struct Words {
    explicit Words(std::string_view reply) : all(words_of(reply)), beginnings(all) {}
    std::vector<std::string> all;
    Beginnings beginnings;
};

bool holds(const std::vector<Phrase>& phrases, const Words& words) {
    return std::ranges::any_of(phrases,
                               [&](const Phrase& phrase) { return phrase.stands_in(words.all, words.beginnings); });
}

bool fits(const Rule& rule, const Answer& answer, std::string_view status, const Words& words) {
    const bool same_code = std::ranges::any_of(
        rule.replies, [&](const auto& codes) { return answer.code >= codes.first && answer.code <= codes.second; });
    if (!same_code || (rule.phases & (1U << static_cast<unsigned>(answer.phase))) == 0) return false;
    if (!rule.statuses.empty() &&
        std::ranges::none_of(rule.statuses, [&](const StatusRange& range) { return range.holds(status); }))
        return false;
    return (rule.text.empty() || holds(rule.text, words)) && !holds(rule.unless, words);
}

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// A line's text without "550 " or "550-".
std::string_view without_code(std::string_view line) {
    const bool coded = line.size() >= 3 && is_digit(line[0]) && is_digit(line[1]) && is_digit(line[2]) &&
                       (line.size() == 3 || line[3] == ' ' || line[3] == '-');
    return coded ? line.substr(std::min<std::size_t>(line.size(), 4)) : line;
}

/// The reply on one line of at most 300 bytes, cut between characters, with blanks for controls and foreign bytes.
std::string readable(std::string_view reply) {
    constexpr std::size_t longest = 300;
    std::string text;
    while (!reply.empty() && text.size() < longest) {
        const auto end = std::min(reply.find('\n'), reply.size());
        const auto line = trim(without_code(trim(reply.substr(0, end))));
        if (!text.empty() && !line.empty()) text += ' ';
        for (std::size_t at = 0; at < line.size();) {
            const auto [c, size] = code_point_at(line, at);
            if (text.size() + std::max<std::size_t>(size, 1) > longest) return text;
            const bool shown = size != 0 && c >= 0x20 && (c < 0x7F || c >= 0xA0) && !is_reordering(c);
            shown ? text += line.substr(at, size) : text += ' ';
            at += std::max<std::size_t>(size, 1);
        }
        reply.remove_prefix(std::min(end + 1, reply.size()));
    }
    return text;
}

std::string code_text(const Answer& answer) {
    if (answer.code == 0) return {};
    std::string code = std::to_string(answer.code);
    if (const auto status = enhanced_status(answer.reply); !status.empty()) (code += ' ') += status;
    return code;
}

/// The exchange ended without an answer that says no.
Outcome broken_off(const Answer& answer) {
    std::string detail = readable(answer.error.empty() ? answer.reply : answer.error);
    if (detail.empty()) detail = answer.timed_out ? "the server did not answer in time" : "the connection ended early";
    if (answer.phase == Phase::refused) return Outcome::rejected(Blame::message, "", std::move(detail));
    if (answer.phase >= Phase::sent) return Outcome::unknown(Blame::provider, code_text(answer), std::move(detail));
    const auto lower = to_lower(answer.error);
    const bool credentials = answer.phase == Phase::auth && !answer.timed_out &&
                             (lower.contains("login") || lower.contains("authentic") || lower.contains("credential"));
    return Outcome::retry(credentials ? Blame::credentials : Blame::provider, code_text(answer), std::move(detail));
}

/// "5.1.1" at the start of a line.
std::string_view status_at_start(std::string_view text) {
    std::size_t at = 0;
    const auto number = [&](std::size_t longest) {
        const auto start = at;
        while (at < text.size() && at - start < longest && is_digit(text[at]))
            ++at;
        return at > start;
    };
    const auto dot = [&] {
        const bool is_there = at < text.size() && text[at] == '.';
        at += is_there ? 1 : 0;
        return is_there;
    };
    const bool ends = number(1) && dot() && number(3) && dot() && number(3) &&
                      (at == text.size() ||
                       !(is_alnum(text[at]) || (text[at] == '.' && at + 1 < text.size() && is_digit(text[at + 1]))));
    return ends && (text[0] == '2' || text[0] == '4' || text[0] == '5') ? text.substr(0, at) : std::string_view();
}

}  // namespace

const Rule& rule_of(const Answer& answer, const Rules& own) {
    const auto status = enhanced_status(answer.reply);
    const Words words(answer.reply);
    for (const Rules* rules : {&own, &shipped_rules()})
        for (const Rule& rule : *rules)
            if (fits(rule, answer, status, words)) return rule;
    return shipped_rules().back();
}

Outcome classify(const Answer& answer, const Rules& own) {
    const bool refused = answer.code >= 400 && answer.code <= 599;
    if (answer.phase == Phase::answered && answer.code >= 200 && answer.code <= 299)
        return Outcome::accepted(code_text(answer), readable(answer.reply)).id(std::string(queue_id(answer.reply)));
    if (!refused || answer.phase == Phase::sent || answer.phase == Phase::refused) return broken_off(answer);
    const Rule& rule = rule_of(answer, own);
    Outcome outcome{rule.verdict, rule.blame, code_text(answer), readable(answer.reply), {}, {}};
    if (rule.verdict != Verdict::retry) return outcome;
    outcome.retry_after = named_wait(answer.reply);
    if (outcome.retry_after.count() == 0) outcome.retry_after = rule.wait;
    return outcome;
}

std::string_view enhanced_status(std::string_view reply) {
    while (!reply.empty()) {
        const auto end = std::min(reply.find('\n'), reply.size());
        auto line = without_code(trim(reply.substr(0, end)));
        while (!line.empty() && std::string_view("#[( ").contains(line.front()))
            line.remove_prefix(1);
        if (const auto status = status_at_start(line); !status.empty()) return status;
        reply.remove_prefix(std::min(end + 1, reply.size()));
    }
    return {};
}

std::chrono::milliseconds named_wait(std::string_view reply) {
    const auto lower = to_lower(reply);
    const auto asks = [&](std::string_view word) { return lower.contains(word); };
    if (!asks("again") && !asks("retry") && !asks("wait") && !asks("later") && !asks("greylist")) return {};
    constexpr std::array<std::pair<std::string_view, int>, 3> units{{{"sec", 1}, {"min", 60}, {"hour", 3600}}};
    for (std::size_t at = 0; at < lower.size(); ++at) {
        if (!is_digit(lower[at]) || (at > 0 && (is_alnum(lower[at - 1]) || lower[at - 1] == '.'))) continue;
        int number = 0;
        const auto [end, error] = std::from_chars(lower.data() + at, lower.data() + lower.size(), number);
        if (error != std::errc() || number > 86'400) continue;
        const auto rest = trim(std::string_view(end, lower.data() + lower.size()));
        for (const auto& [unit, seconds] : units)
            if (rest.starts_with(unit)) return std::chrono::seconds(std::int64_t{number} * seconds);
        if (rest.starts_with("s ") || rest == "s") return std::chrono::seconds(number);
    }
    return {};
}

std::string_view queue_id(std::string_view reply) {
    for (const std::string_view mark : {"queued as ", "id="}) {
        auto at = find_ignoring_case(reply, mark);
        if (at == std::string_view::npos) continue;
        at += mark.size();
        const auto end = std::find_if_not(reply.begin() + static_cast<std::ptrdiff_t>(at), reply.end(), [](char c) {
            return is_alnum(c) || std::string_view("-_.@+/=").contains(c);
        });
        auto id = reply.substr(at, static_cast<std::size_t>(end - reply.begin()) - at);
        while (id.ends_with('.'))
            id.remove_suffix(1);
        if (!id.empty() && id.size() <= 128) return id;
    }
    return {};
}

std::string without_address(std::string_view reply, std::string_view address) {
    const std::string wanted = to_lower(address);
    std::string out;
    for (std::size_t from = 0;;) {
        const auto at = wanted.empty() ? std::string_view::npos : find_ignoring_case(reply, wanted, from);
        out += reply.substr(from, at == std::string_view::npos ? at : at - from);
        if (at == std::string_view::npos) return out;
        out += "(address)";
        from = at + wanted.size();
    }
}

}  // namespace chapar::email
