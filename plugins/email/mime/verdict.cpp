#include "verdict.hpp"

#include "text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

namespace chapar::email {

namespace {

using V = Verdict;
using B = Blame;
using P = Phase;

// A 5xx that blames us or the provider is RETRY: the message is sound and another route may take it. Greylisting blames
// the recipient, because a lane that waits for one recipient would punish all the others.
constexpr std::array table{
    // What any code and any step may say about us.
    Rule{"shutting down", 421, 421, "", P::connect, P::answered, "", V::retry, B::lane},
    Rule{"STARTTLS first", 500, 599, "", P::connect, P::answered, "starttls", V::retry, B::provider},
    Rule{"temporary failure of AUTH", 400, 499, "", P::tls, P::auth, "", V::retry, B::provider},
    Rule{"credentials refused", 530, 538, "", P::auth, P::answered, "", V::retry, B::credentials},
    Rule{"credentials refused", 500, 599, "", P::auth, P::auth, "", V::retry, B::credentials},
    Rule{"credentials refused", 500, 599, "5.7.8 5.7.9 5.7.11 5.7.14", P::sender, P::answered, "", V::retry,
         B::credentials},
    Rule{"credentials refused", 500, 599, "", P::sender, P::answered,
         "authentication required|authenticate first|not authenticated|auth first", V::retry, B::credentials},
    Rule{"no service for us", 400, 599, "", P::refused, P::tls, "", V::retry, B::provider},
    // Temporary: who should rest.
    Rule{"recipient's rate", 400, 499, "4.2.1", P::sender, P::answered, "", V::retry, B::recipient},
    Rule{"rate limit", 400, 499, "4.7.28", P::sender, P::answered, "", V::retry, B::lane},
    Rule{"rate limit", 400, 499, "", P::sender, P::answered,
         "too many|throttl|rate limit|ratelimit|rate-limit|slow down|sending rate|message quota|too fast|too quickly",
         V::retry, B::lane},
    Rule{"greylisting", 450, 451, "4.7.1", P::sender, P::answered, "", V::retry, B::recipient},
    Rule{"greylisting", 400, 499, "", P::sender, P::answered, "greylist|graylist|grey-list|gray-list|greylisted",
         V::retry, B::recipient},
    Rule{"mailbox full", 400, 499, "4.2.2", P::sender, P::answered, "", V::retry, B::recipient},
    Rule{"mailbox full", 400, 499, "", P::sender, P::answered,
         "mailbox full|mailbox is full|over quota|overquota|quota exceeded", V::retry, B::recipient},
    Rule{"mailbox not available now", 400, 499, "4.1. 4.2.", P::sender, P::answered, "", V::retry, B::recipient},
    Rule{"temporary policy", 400, 499, "4.7.0", P::sender, P::answered, "", V::retry, B::lane},
    Rule{"congestion", 400, 499, "4.4.5 4.3.2", P::sender, P::answered, "", V::retry, B::lane},
    Rule{"recipient's host", 400, 499, "4.4.", P::recipient, P::answered, "", V::retry, B::recipient},
    Rule{"temporary trouble of the server", 400, 499, "4.3. 4.4.", P::sender, P::answered, "", V::retry, B::provider},
    Rule{"mailbox not available now", 450, 450, "", P::recipient, P::answered, "", V::retry, B::recipient},
    Rule{"temporary policy", 400, 499, "4.7.", P::sender, P::answered, "", V::retry, B::recipient},
    Rule{"temporary trouble of the server", 400, 499, "", P::sender, P::answered, "", V::retry, B::provider},
    // Permanent, and not the message's fault.
    Rule{"our address is on a block list", 500, 599, "", P::sender, P::recipient,
         "spamhaus|blocklist|blacklist|block list|black list|dnsbl|blocked using|client host|poor reputation", V::retry,
         B::provider},
    Rule{"relaying denied", 500, 599, "", P::sender, P::recipient,
         "relay access denied|relaying denied|unable to relay|relay not permitted|not permitted to relay", V::retry,
         B::recipient},
    Rule{"server set up wrongly", 500, 599, "5.3.2 5.3.5", P::sender, P::answered, "", V::retry, B::provider},
    // Permanent, the message.
    Rule{"too large", 500, 599, "5.3.4 5.2.3", P::sender, P::answered, "", V::rejected, B::message},
    Rule{"sender refused", 500, 599, "5.1.7 5.1.8", P::sender, P::answered, "", V::rejected, B::message},
    Rule{"content refused", 500, 599, "5.6.", P::sender, P::answered, "", V::rejected, B::message},
    Rule{"sender refused", 500, 599, "", P::sender, P::sender, "", V::rejected, B::message},
    // Permanent, the recipient.
    Rule{"mailbox full", 500, 599, "5.2.2", P::recipient, P::answered, "", V::rejected, B::recipient},
    // What names the mailbox and something else besides is not believed about the mailbox.
    Rule{"no such recipient, perhaps", 500, 599, "5.1.1 5.1.10 5.2.1", P::recipient, P::answered,
         "spam|policy|blocked|denied|reputation|not allowed|full|quota|at a rate|too many|temporar|try again",
         V::rejected, B::recipient},
    Rule{"mailbox gone", 500, 599, "5.1.1 5.1.10", P::recipient, P::answered, "", V::rejected, B::gone},
    Rule{"mailbox gone", 500, 599, "5.2.1", P::recipient, P::answered,
         "account is disabled|account disabled|mailbox is disabled|mailbox disabled|account is inactive|mailbox is "
         "inactive|account is suspended|account has been closed|deactivated|no longer exists",
         V::rejected, B::gone},
    Rule{"no such recipient", 500, 599, "5.1. 5.2. 5.4.", P::recipient, P::answered, "", V::rejected, B::recipient},
    Rule{"no such recipient", 500, 599, "", P::recipient, P::answered,
         "user unknown|unknown user|no such user|does not exist|doesn't exist|mailbox unavailable|mailbox not "
         "found|unknown recipient|invalid recipient|no mailbox",
         V::rejected, B::recipient},
    Rule{"policy", 500, 599, "5.7.", P::recipient, P::answered, "", V::rejected, B::message},
    Rule{"recipient refused", 500, 599, "", P::recipient, P::recipient, "", V::rejected, B::recipient},
    Rule{"too large", 552, 552, "", P::data, P::answered, "", V::rejected, B::message},
    Rule{"not understood", 500, 504, "", P::data, P::answered, "", V::retry, B::provider},
    Rule{"message refused", 500, 599, "", P::data, P::answered, "", V::rejected, B::message},
};

constexpr Rule unheard{"no rule", 0, 999, "", P::refused, P::answered, "", V::retry, B::provider};

template <class F>
bool any_of_split(std::string_view list, char separator, F matches) {
    while (!list.empty()) {
        const auto end = std::min(list.find(separator), list.size());
        if (matches(list.substr(0, end))) return true;
        list.remove_prefix(std::min(end + 1, list.size()));
    }
    return false;
}

bool fits(const Rule& rule, const Answer& answer, std::string_view status, std::string_view lower) {
    if (answer.code < rule.low || answer.code > rule.high || answer.phase < rule.first || answer.phase > rule.last)
        return false;
    const auto same_status = [&](std::string_view wanted) {
        return wanted.ends_with('.') ? status.starts_with(wanted) : status == wanted;
    };
    if (!rule.status.empty() && !any_of_split(rule.status, ' ', same_status)) return false;
    return rule.words.empty() ||
           any_of_split(rule.words, '|', [&](std::string_view word) { return lower.contains(word); });
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

}  // namespace

std::span<const Rule> rules() { return table; }

const Rule& rule_of(const Answer& answer) {
    const auto status = enhanced_status(answer.reply);
    const auto lower = to_lower(answer.reply);
    const auto rule = std::ranges::find_if(table, [&](const Rule& each) { return fits(each, answer, status, lower); });
    return rule == table.end() ? unheard : *rule;
}

Outcome classify(const Answer& answer) {
    const bool refused = answer.code >= 400 && answer.code <= 599;
    if (answer.phase == Phase::answered && answer.code >= 200 && answer.code <= 299)
        return Outcome::accepted(code_text(answer), readable(answer.reply)).id(std::string(queue_id(answer.reply)));
    if (!refused || answer.phase == Phase::sent || answer.phase == Phase::refused) return broken_off(answer);
    const Rule& rule = rule_of(answer);
    Outcome outcome{rule.verdict, rule.blame, code_text(answer), readable(answer.reply), {}, {}};
    if (rule.verdict == Verdict::retry) outcome.retry_after = named_wait(answer.reply);
    return outcome;
}

std::string_view enhanced_status(std::string_view reply) {
    const auto text = without_code(trim(reply.substr(0, reply.find('\n'))));
    std::size_t at = 0;
    const auto number = [&](std::size_t longest) {
        const auto start = at;
        while (at < text.size() && at - start < longest && is_digit(text[at]))
            ++at;
        return at > start;
    };
    const auto dot = [&] { return at < text.size() && text[at] == '.' && ++at > 0; };
    const bool whole =
        number(1) && dot() && number(3) && dot() && number(3) && (at == text.size() || !is_alnum(text[at]));
    return whole && (text[0] == '2' || text[0] == '4' || text[0] == '5') ? text.substr(0, at) : std::string_view();
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

}  // namespace chapar::email
