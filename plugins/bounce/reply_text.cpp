#include "bounce/reply_text.hpp"

#include <algorithm>
#include <array>

#include "bounce/delivery_status.hpp"
#include "email/mime/verdict.hpp"
#include "email_rules/text.hpp"

namespace chapar::bounce {
namespace {

constexpr std::size_t longest = 600;

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// "550" at `at`, apart from other digits and letters.
int code_at(std::string_view text, std::size_t at) {
    if (at + 3 > text.size() || (text[at] != '4' && text[at] != '5') || text[at + 1] > '5') return 0;
    if (!is_digit(text[at + 1]) || !is_digit(text[at + 2])) return 0;
    const char before = at == 0 ? ' ' : text[at - 1], after = at + 3 == text.size() ? ' ' : text[at + 3];
    if (!std::string_view(" \t\n\"'(<[:;=>#,-").contains(before) ||
        !std::string_view(" \t\n-#]),:;\"'>").contains(after))
        return 0;
    return (text[at] - '0') * 100 + (text[at + 1] - '0') * 10 + (text[at + 2] - '0');
}

/// A number that is a count or a size is no code ("450 KB", "after 5 hours").
bool is_of_a_reply(std::string_view text, std::size_t at, std::string_view status) {
    if (!status.empty()) return true;
    const auto rest = email::to_lower(text.substr(at + 3, 12));
    static constexpr std::array<std::string_view, 9> units{" kb",   " mb",  " bytes", " byte", " message",
                                                           " mail", " sec", " min",   " day"};
    return std::ranges::none_of(units, [&](auto unit) { return rest.starts_with(unit); });
}

std::string one_line(std::string_view text) {
    std::string out;
    for (const char c : text.substr(0, longest)) {
        const bool is_blank = c == '\n' || c == '\r' || c == '\t' || c == ' ';
        if (is_blank && (out.empty() || out.back() == ' ')) continue;
        out += is_blank ? ' ' : c;
    }
    return std::string(email::trim(out));
}

std::string_view status_after(std::string_view text) {
    while (!text.empty() && std::string_view(" -\t\n:<([").contains(text.front()))
        text.remove_prefix(1);
    return status_in(text);
}

/// "(#5.1.1)", " 5.1.1 ": a status that stands alone.
std::string_view lone_status(std::string_view text) {
    for (auto at = text.find('.'); at != std::string_view::npos; at = text.find('.', at + 1)) {
        if (at == 0 || !std::string_view("45").contains(text[at - 1])) continue;
        const char before = at < 2 ? ' ' : text[at - 2];
        if (!std::string_view(" \t\n#(<[:;\"'").contains(before)) continue;
        if (const auto status = status_in(text.substr(at - 1)); !status.empty()) return status;
    }
    return {};
}

bool is_telling(std::string_view status) { return !status.empty() && !status.ends_with(".0.0"); }

/// Before the mail was handed over, or after: RCPT is where recipients are refused.
Phase phase_of(std::string_view status, std::string_view text) {
    const auto says = [&](std::string_view words) {
        return email::find_ignoring_case(text, words) != std::string_view::npos;
    };
    if (says("end of data") || says("after data") || says("reply to data")) return Phase::answered;
    if (says("rcpt to") || status.empty()) return Phase::recipient;
    return status.size() > 2 && (status[2] == '1' || status[2] == '2') ? Phase::recipient : Phase::answered;
}

}  // namespace

std::optional<ReplyText> find_reply(std::string_view text) {
    for (std::size_t at = text.find_first_of("45"); at != std::string_view::npos;
         at = text.find_first_of("45", at + 1)) {
        const int code = code_at(text, at);
        if (code == 0) continue;
        const auto status = status_after(text.substr(at + 3));
        if (!is_of_a_reply(text, at, status)) continue;
        return ReplyText{code, std::string(status.empty() ? lone_status(text) : status), one_line(text.substr(at))};
    }
    if (const auto status = lone_status(text); !status.empty())
        return ReplyText{0, std::string(status), one_line(text)};
    return std::nullopt;
}

Ruling rule_on(const ReplyText& reply, std::string_view status, const email::Rules& own) {
    const std::string_view said = is_telling(reply.status) || status.empty() ? std::string_view(reply.status) : status;
    const bool is_temporary = reply.code != 0 ? reply.code < 500 : said.starts_with('4');
    const int code = reply.code != 0 ? reply.code : (is_temporary ? 450 : 550);
    // The table looks for the status where a reply has it, at the beginning.
    auto text = std::string_view(reply.text);
    if (reply.code != 0) text.remove_prefix(std::min<std::size_t>(text.size(), 3));
    if (const auto first = status_after(text); !first.empty())
        text.remove_prefix(static_cast<std::size_t>(first.data() + first.size() - text.data()));
    std::string whole(said);
    (whole += ' ') += text;
    const auto& rule = email::rule_of({phase_of(said, reply.text), code, whole, false, {}}, own);
    Ruling out;
    out.kind = rule.blame == Blame::gone ? Kind::hard : Kind::soft;
    out.blame = rule.blame;
    out.rule = "a reply: " + rule.name;
    out.place = rule.place;
    out.is_by_words = !rule.text.empty() || !rule.statuses.empty();
    return out;
}

}  // namespace chapar::bounce
