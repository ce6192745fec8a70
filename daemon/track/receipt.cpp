#include "track/receipt.hpp"

#include <utility>

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

/// Never in the middle of a character.
std::string cut(std::string text, std::size_t most) {
    if (text.size() <= most) return text;
    while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0) == 0x80)
        --most;
    text.resize(most);
    return text;
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

model::Report to_report(std::string_view route, std::string_view channel, Told told, Timestamp now) {
    model::Report out;
    out.route = route;
    out.channel = channel;
    out.attempt = AttemptId::parse(told.attempt);
    out.provider_id = cut(std::move(told.provider_id), most_ids);
    out.word = word_of(told.kind);
    out.kind = cut(std::move(told.kind), most_word);
    out.address = cut(std::move(told.address), most_word);
    out.code = cut(std::move(told.code), most_word);
    out.detail = cut(std::move(told.detail), most_text);
    out.dedupe_key = cut(std::move(told.dedupe_key), most_text);
    const bool is_possible = told.at > Timestamp{} && told.at <= now + ahead;
    out.at = is_possible ? told.at : now;
    // A complaint about a message names it; only an address makes it a word from a person.
    if (out.word == Word::person && out.address.empty()) out.word = Word::note;
    if (out.word == Word::failed && out.code == model::blocked_code) out.word = Word::blocked;
    out.bill = model::read_bill(told.cost);
    out.suppress = suppression(out);
    return out;
}

}  // namespace chapar::track
