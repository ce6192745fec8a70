#include "track/receipt.hpp"

#include "basic/utf8.hpp"

#include <expected>
#include <utility>

#include "admission/address.hpp"
#include "model/outcome.hpp"

namespace chapar::track {
namespace {

using model::Word;

constexpr std::pair<std::string_view, Word> words[] = {
    {"delivered", Word::delivered},
    {"failed", Word::failed},
    {"bounced", Word::failed},
    {"segment_delivered", Word::part_delivered},
    {"segment_failed", Word::part_failed},
    {"inbound", Word::person},
    {"unsubscribed", Word::person},
    {"perhaps_unsubscribed", Word::person},
    {"complained", Word::person},
};
constexpr std::size_t most_text = 8'000, most_word = 200, most_ids = 20'000;
constexpr auto ahead = std::chrono::minutes(5);

/// As admission keeps it; what admission would refuse stays as it came. SMSCs leave the plus away.
std::string canonical(std::string address, const ReportOrigin& origin) {
    const bool is_any = origin.channel == "*";
    std::expected<std::string, std::string> made;
    if (origin.channel == "email" || (is_any && address.contains('@'))) {
        made = admission::canonical_email(address);
    } else if (origin.channel == "sms" || is_any) {
        const bool is_whole = address.starts_with('+') || address.starts_with('0');
        made = admission::canonical_phone(is_whole ? address : '+' + address, origin.country);
    }
    return made.has_value() && !made->empty() ? std::move(*made) : std::move(address);
}

/// The person said on the channel itself: nothing that asks for consent goes to this address any more.
std::optional<model::Suppression> suppression(const model::Report& report) {
    if (report.code == model::blocked_code && !report.address.empty())
        return model::blocked_by_operator(report.channel, report.address, report.route, report.at);
    const bool is_complaint = report.kind == "complained";
    if ((!is_complaint && report.kind != "unsubscribed") || report.address.empty()) return std::nullopt;
    model::Suppression stop;
    stop.channel = report.channel;
    stop.address = report.address;
    stop.reach = model::SuppressionReach::marketing;
    stop.reason = is_complaint ? "complaint" : "unsubscribed";
    stop.source = "route " + report.route + ": " + report.detail;
    stop.at = report.at;
    return stop;
}

}  // namespace

Word word_of(std::string_view kind) {
    for (const auto& [name, word] : words) {
        if (name == kind) return word;
    }
    return Word::note;
}

model::Report complete(model::Report told, const ReportOrigin& origin) {
    model::Report out = std::move(told);
    out.route = origin.route;
    out.channel = origin.channel;
    out.provider_id = basic::cut(std::move(out.provider_id), most_ids);
    out.word = word_of(out.kind);
    out.kind = basic::cut(std::move(out.kind), most_word);
    out.address = basic::cut(canonical(std::move(out.address), origin), most_word);
    out.code = basic::cut(std::move(out.code), most_word);
    out.detail = basic::cut(std::move(out.detail), most_text);
    out.dedupe_key = basic::cut(std::move(out.dedupe_key), most_text);
    const bool is_possible = out.at > Timestamp{} && out.at <= origin.now + ahead;
    if (!is_possible) out.at = origin.now;
    // A complaint about a message names it; only an address makes it a word from a person.
    if (out.word == Word::person && out.address.empty()) out.word = Word::note;
    if (out.word == Word::failed && out.code == model::blocked_code) out.word = Word::blocked;
    const bool is_hard_bounce = out.word == Word::failed && out.suppress && !out.suppress->address.empty();
    if (origin.is_sandbox) {
        out.suppress.reset();
    } else if (!is_hard_bounce) {
        out.suppress = suppression(out);
    }
    return out;
}

}  // namespace chapar::track
