#include "bounce/words.hpp"

#include <algorithm>
#include <array>

#include "bounce/addresses.hpp"
#include "email_rules/text.hpp"

namespace chapar::bounce {
namespace {

constexpr std::size_t most_recipients = 200, longest_said = 300;

/// Which of several fates of one mail is told first.
int gravity(Kind kind) {
    constexpr std::array order{Kind::none,      Kind::unknown, Kind::auto_reply, Kind::relayed,
                               Kind::delivered, Kind::delayed, Kind::not_spam,   Kind::soft,
                               Kind::hard,      Kind::opt_out, Kind::complaint};
    return static_cast<int>(std::ranges::find(order, kind) - order.begin());
}

void take(Finding& out, const Recipient& from) {
    out.kind = from.kind;
    out.blame = from.blame;
    out.status = from.status;
    out.said = from.said;
    out.evidence = from.evidence;
}

}  // namespace

std::string shown(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const auto [c, size] = email::code_point_at(text, at);
        if (out.size() + std::max<std::size_t>(size, 1) > longest_said) break;
        const bool is_shown = size != 0 && c >= 0x20 && (c < 0x7F || c >= 0xA0) && !email::is_reordering(c);
        if (is_shown) {
            out += text.substr(at, size);
        } else if (!out.empty() && out.back() != ' ') {
            out += ' ';
        }
        at += std::max<std::size_t>(size, 1);
    }
    return std::string(email::trim(out));
}

void conclude(Finding& out) {
    const Recipient* gravest = nullptr;
    for (const Recipient& each : out.recipients)
        if (gravest == nullptr || gravity(each.kind) > gravity(gravest->kind)) gravest = &each;
    if (gravest != nullptr) take(out, *gravest);
}

std::size_t line_in(std::string_view whole, std::string_view text, std::size_t first, bool is_plain) {
    const auto at = text.empty() ? std::string_view::npos : whole.find(text);
    if (!is_plain || at == std::string_view::npos) return first;
    const auto before = whole.substr(0, at);
    return first + static_cast<std::size_t>(std::ranges::count(before, '\n'));
}

void add(Finding& out, Recipient recipient) {
    const bool is_known = std::ranges::any_of(
        out.recipients, [&](const Recipient& each) { return is_same_address(each.address, recipient.address); });
    if (!is_known && out.recipients.size() < most_recipients) out.recipients.push_back(std::move(recipient));
}

void Words::judge(Finding& out) {
    const auto found = matching_.first_rule();
    if (!found) return;
    const auto& [rule, paragraph] = *found;
    out.form = "text";
    rule->kind ? state(out, *rule, paragraph) : ask_replies(out, *rule);
    // A person may write like that in a subject; a report names whom it is about.
    const bool is_bounce = out.kind == Kind::hard || out.kind == Kind::soft;
    if (!is_bounce || !out.recipients.empty() || matching_.comes_from_a_system()) return;
    out.kind = Kind::unknown;
    out.blame = Blame::nobody;
}

bool Words::judge_refusal(Finding& out) {
    const auto& all = matching_.told().paragraphs;
    if (std::ranges::none_of(all, [&](const auto& each) { return matching_.says_failure(each); })) return false;
    for (const Paragraph& paragraph : all) {
        const Rule* rule = matching_.rule_for(paragraph);
        if (rule == nullptr) continue;
        out.form = "text";
        state(out, *rule, &paragraph);
        return true;
    }
    return false;
}

std::optional<Ruling> Words::ruling_for(Recipient& out) {
    for (const Paragraph& paragraph : matching_.told().paragraphs) {
        const auto reply = find_reply(paragraph.text);
        if (!reply) continue;
        auto ruling = rule_on(*reply, "", by_.replies);
        if (!ruling.is_by_words) continue;
        out.evidence.line = line_in(paragraph.text, reply->text.substr(0, 9), paragraph.line, paragraph.is_plain);
        out.evidence.text = shown(reply->text);
        if (out.said.empty()) out.said = out.evidence.text;
        if (out.status.empty() || out.status.ends_with(".0.0")) out.status = reply->status;
        return ruling;
    }
    for (const Paragraph& paragraph : matching_.told().paragraphs) {
        const Rule* rule = matching_.rule_for(paragraph);
        if (rule == nullptr) continue;
        out.evidence.line = paragraph.line;
        out.evidence.text = shown(paragraph.text);
        return Ruling{*rule->kind, rule->blame, rule->name, rule->place, true};
    }
    return std::nullopt;
}

void Words::state(Finding& out, const Rule& rule, const Paragraph* paragraph) {
    auto first = stated(rule, paragraph);
    take(out, first);
    const bool names_people = out.kind == Kind::hard || out.kind == Kind::soft || out.kind == Kind::delayed;
    if (!names_people) return;
    for (auto& address : matching_.concerned(paragraph)) {
        first.address = std::move(address);
        add(out, first);
    }
    if (out.kind != Kind::delayed && paragraph != nullptr) add_others(out, *paragraph, first);
    conclude(out);
}

namespace {

/// What an operator's own rule says of a milder kind stands.
bool is_shipped(const Rule& rule) {
    return std::ranges::any_of(shipped_rules().rules,
                               [&](const Rule& each) { return each.place == rule.place && each.name == rule.name; });
}

}  // namespace

/// Where the words stand beside a server's reply, the table of replies has the say: it means the same at send time.
Recipient Words::stated(const Rule& rule, const Paragraph* paragraph) const {
    const auto repeated = paragraph == nullptr ? std::nullopt : find_reply(paragraph->text);
    const bool is_final = rule.kind == Kind::hard || (rule.kind == Kind::soft && is_shipped(rule));
    if (is_final && repeated && repeated->code != 0) {
        // Of a reply that the table knows by its code alone, words that are milder say more.
        const bool is_telling = rule.kind == Kind::hard || rule_on(*repeated, "", by_.replies).is_by_words;
        if (auto ruling = is_telling ? ruling_of(*paragraph) : std::nullopt) return std::move(*ruling);
    }
    Recipient out;
    out.kind = *rule.kind;
    out.blame = rule.blame;
    out.evidence = {rule.name, rule.place, paragraph == nullptr ? 0 : paragraph->line,
                    shown(paragraph == nullptr ? mail_.head["subject"] : std::string_view(paragraph->text))};
    if (paragraph == nullptr) return out;
    out.said = out.evidence.text;
    if (repeated) out.status = repeated->status;
    return out;
}

/// Paragraphs beside the one that was matched speak for those whom they name.
void Words::add_others(Finding& out, const Paragraph& matched, const Recipient& first) {
    for (const Paragraph& each : matching_.told().paragraphs) {
        const auto people = &each == &matched ? std::vector<std::string>() : matching_.people_in(each);
        if (people.empty()) continue;
        const Rule* rule = matching_.rule_for(each);
        auto recipient = rule == nullptr ? ruling_of(each) : stated(*rule, &each);
        const bool is_listed = each.words.empty() || matching_.says_failure(each);
        if (!recipient && is_listed) recipient = first;
        if (!recipient) continue;
        for (const auto& address : people) {
            recipient->address = address;
            add(out, *recipient);
        }
    }
}

/// Each paragraph that names people and a reply speaks for these; the last one for all who are named elsewhere.
void Words::ask_replies(Finding& out, const Rule& rule) {
    out.kind = Kind::unknown;
    out.evidence = {rule.name, rule.place, 0, shown(mail_.head["subject"])};
    std::optional<Recipient> last;
    for (const Paragraph& paragraph : matching_.told().paragraphs) {
        const auto ruling = ruling_of(paragraph);
        if (!ruling) continue;
        last = *ruling;
        for (const auto& address : matching_.people_in(paragraph)) {
            auto recipient = *ruling;
            recipient.address = address;
            add(out, std::move(recipient));
        }
    }
    if (!last) last = failure_without_reason(out.evidence);
    if (out.recipients.empty()) take(out, *last);
    for (auto& address : matching_.concerned(nullptr)) {
        auto recipient = *last;
        recipient.address = std::move(address);
        add(out, std::move(recipient));
    }
    conclude(out);
}

/// It did not arrive, and nobody says why; or not even that is said.
Recipient Words::failure_without_reason(const Evidence& evidence) {
    Recipient out;
    out.evidence = evidence;
    const auto& all = matching_.told().paragraphs;
    const auto says = std::ranges::find_if(all, [&](const auto& each) { return matching_.says_failure(each); });
    if (says == all.end() && !matching_.subject_says_failure()) return out;
    out.kind = Kind::soft;
    out.blame = Blame::recipient;
    if (says == all.end()) return out;
    out.evidence.line = says->line;
    out.evidence.text = shown(says->text);
    return out;
}

std::optional<Recipient> Words::ruling_of(const Paragraph& paragraph) const {
    auto reply = find_reply(paragraph.text);
    const bool has_reply = reply.has_value();
    if (!reply) reply = ReplyText{550, "", "550 " + std::string(email::trim(paragraph.text))};
    const auto ruling = rule_on(*reply, "", by_.replies);
    if (!has_reply && !ruling.is_by_words) return std::nullopt;
    Recipient out;
    out.kind = ruling.kind;
    out.blame = ruling.blame;
    out.status = reply->status;
    out.said = shown(has_reply ? reply->text : paragraph.text);
    const auto at = has_reply ? std::string_view(reply->text).substr(0, 9) : std::string_view();
    out.evidence = {ruling.rule, ruling.place, line_in(paragraph.text, at, paragraph.line, paragraph.is_plain),
                    out.said};
    return out;
}

}  // namespace chapar::bounce
