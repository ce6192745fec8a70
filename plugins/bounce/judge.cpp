#include "bounce/judge.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "bounce/addresses.hpp"
#include "bounce/bounded.hpp"
#include "bounce/delivery_status.hpp"
#include "bounce/feedback.hpp"
#include "bounce/fold.hpp"
#include "bounce/mime.hpp"
#include "bounce/paragraphs.hpp"
#include "bounce/reply_text.hpp"
#include "email/rules/text.hpp"
#include "seal/return_path.hpp"

namespace chapar::bounce {
namespace {

constexpr std::size_t most_recipients = 200, most_return_paths = 20, longest_said = 300;

/// On one line, of a length to be shown, cut between characters.
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

/// Which of several fates of one mail is told first.
int gravity(Kind kind) {
    constexpr std::array order{Kind::none,      Kind::unknown, Kind::auto_reply, Kind::relayed,
                               Kind::delivered, Kind::delayed, Kind::not_spam,   Kind::soft,
                               Kind::hard,      Kind::opt_out, Kind::complaint};
    return static_cast<int>(std::ranges::find(order, kind) - order.begin());
}

void conclude(Finding& out) {
    const Recipient* gravest = nullptr;
    for (const Recipient& each : out.recipients)
        if (gravest == nullptr || gravity(each.kind) > gravity(gravest->kind)) gravest = &each;
    if (gravest == nullptr) return;
    out.kind = gravest->kind;
    out.blame = gravest->blame;
    out.status = gravest->status;
    out.said = gravest->said;
    out.evidence = gravest->evidence;
}

/// The words of a field, addresses too.
std::vector<std::string> field_words(std::string_view value) {
    std::string text = folded(value);
    std::ranges::replace(text, '@', ' ');
    std::ranges::replace(text, '_', ' ');
    return email::words_of(text);
}

class Judge {
  public:
    Judge(std::string_view mail, const Judgement& by)
        : by_(by), bounded_(bound(mail)), mail_(take_apart(bounded_.text())) {}

    Finding run() {
        out_.bound = bounded_.why;
        for (const std::string_view field : {"delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "to"})
            for (const auto value : mail_.head.all(field))
                note_return_paths(value);
        if (!is_status_report() && !is_feedback() && !is_disposition()) by_rules();
        for (const Part& part : mail_.parts)
            if (part.kind == PartKind::returned) note_return_paths(part.text);
        if (told_) note_return_paths(told_->copied);
        return std::move(out_);
    }

  private:
    // ---- RFC 3464 --------------------------------------------------------------------------------------------------

    bool is_status_report() {
        for (const Part& part : mail_.parts) {
            if (part.kind == PartKind::returned) break;
            if (part.kind == PartKind::delivery_status) take_status(part);
        }
        if (out_.recipients.empty() && looks_like_report()) take_loose_status();
        if (out_.recipients.empty()) return false;
        out_.form = "DSN";
        conclude(out_);
        return true;
    }

    void take_status(const Part& part) {
        const auto report = read_delivery_status(part.text);
        for (const auto& recipient : report.recipients)
            if (out_.recipients.size() < most_recipients && !recipient.address().empty())
                out_.recipients.push_back(told_by(recipient, part));
        if (out_.reporter.empty()) out_.reporter = shown(report.reporting_mta);
        note_return_paths(report.envelope_id);
    }

    /// The fields of a status in a text, where the MIME around them is broken.
    void take_loose_status() {
        for (const Part& part : mail_.parts) {
            if (part.kind == PartKind::returned) break;
            if (part.kind == PartKind::text && part.text.contains("\nFinal-Recipient:") &&
                part.text.contains("\nAction:"))
                take_status(part);
        }
    }

    Recipient told_by(const RecipientStatus& status, const Part& part) {
        Recipient out;
        out.address = status.address();
        out.status = status.status;
        out.said = shown(status.diagnostic);
        out.evidence = {"Action: " + std::string(name(status.action)) + " (RFC 3464)", "", line_of(part, out.address),
                        out.said};
        switch (status.action) {
            case Action::delayed:
                out.kind = Kind::delayed;
                return out;
            case Action::delivered:
            case Action::expanded:
                out.kind = Kind::delivered;
                return out;
            case Action::relayed:
                out.kind = Kind::relayed;
                return out;
            case Action::failed:
            case Action::unknown:
                break;
        }
        fail(out, status);
        return out;
    }

    /// The reply that the report repeats says more than its status; where both say nothing, its words for people do.
    void fail(Recipient& out, const RecipientStatus& status) {
        auto reply = find_reply(status.diagnostic);
        if (!reply) reply = ReplyText{0, status.status, status.diagnostic};
        auto ruling = rule_on(*reply, status.status, by_.replies);
        if (!ruling.is_by_words) {
            if (auto better = by_words_for_people(out); better) ruling = std::move(*better);
        }
        out.kind = ruling.kind;
        out.blame = ruling.blame;
        if (out.status.empty() || out.status.ends_with(".0.0"))
            if (!reply->status.empty()) out.status = reply->status;
        out.evidence.rule = ruling.rule;
        out.evidence.place = ruling.place;
        if (out.evidence.text.empty()) out.evidence.text = out.status;
    }

    std::optional<Ruling> by_words_for_people(Recipient& out) {
        for (const Paragraph& paragraph : told().paragraphs) {
            const auto reply = find_reply(paragraph.text);
            if (!reply) continue;
            auto ruling = rule_on(*reply, "", by_.replies);
            if (!ruling.is_by_words) continue;
            out.evidence.line = line_in(paragraph, reply->text);
            out.evidence.text = shown(reply->text);
            if (out.said.empty()) out.said = out.evidence.text;
            if (out.status.empty() || out.status.ends_with(".0.0")) out.status = reply->status;
            return ruling;
        }
        const auto rule = first_rule();
        if (!rule || !rule->first->kind || (rule->first->kind != Kind::hard && rule->first->kind != Kind::soft))
            return std::nullopt;
        out.evidence.line = rule->second->line;
        out.evidence.text = shown(rule->second->text);
        return Ruling{*rule->first->kind, rule->first->blame, rule->first->name, rule->first->place, true};
    }

    // ---- RFC 5965 --------------------------------------------------------------------------------------------------

    bool is_feedback() {
        for (const Part& part : mail_.parts) {
            if (part.kind == PartKind::returned) break;
            if (part.kind != PartKind::feedback) continue;
            const auto report = read_feedback(part.text);
            out_.form = "ARF";
            out_.feedback = name(report.type);
            out_.reporter = shown(report.agent);
            out_.kind = kind_of(report.type);
            out_.evidence = {"Feedback-Type: " + shown(report.type_word) + " (RFC 5965)", "", part.line, ""};
            note_return_paths(report.mail_from);
            for (const auto& address : report.recipients)
                out_.recipients.push_back({address, out_.kind, Blame::nobody, "", "", out_.evidence});
            return true;
        }
        return false;
    }

    static Kind kind_of(FeedbackType type) {
        switch (type) {
            case FeedbackType::abuse:
            case FeedbackType::fraud:
                return Kind::complaint;
            case FeedbackType::opt_out:
                return Kind::opt_out;
            case FeedbackType::not_spam:
                return Kind::not_spam;
            case FeedbackType::virus:
            case FeedbackType::auth_failure:
            case FeedbackType::other:
                break;
        }
        return Kind::unknown;
    }

    // ---- RFC 8098 --------------------------------------------------------------------------------------------------

    bool is_disposition() {
        for (const Part& part : mail_.parts) {
            if (part.kind == PartKind::returned) break;
            if (part.kind != PartKind::disposition) continue;
            if (is_refusal_in_words()) return true;
            out_.form = "MDN";
            out_.kind = Kind::auto_reply;
            const auto groups = field_groups(part.text, 1);
            const auto said = groups.empty() ? std::string() : shown(groups.front()["disposition"]);
            out_.evidence = {"a disposition notification (RFC 8098)", "", part.line, said};
            return true;
        }
        return false;
    }

    /// Dovecot says that a mailbox is full by a notification that calls the mail deleted.
    bool is_refusal_in_words() {
        const auto& all = told().paragraphs;
        const auto fails = [&](const Paragraph& each) {
            return any(by_.bounces.failures, each.words, each.beginnings);
        };
        if (std::ranges::none_of(all, fails)) return false;
        for (const Paragraph& paragraph : all) {
            const Rule* rule = rule_for(paragraph);
            if (rule == nullptr) continue;
            out_.form = "text";
            state(*rule, &paragraph);
            return true;
        }
        return false;
    }

    // ---- the texts of mail systems ---------------------------------------------------------------------------------

    void by_rules() {
        const auto found = first_rule();
        if (!found) return;
        const auto& [rule, paragraph] = *found;
        out_.form = "text";
        if (rule->kind) {
            state(*rule, paragraph);
        } else {
            ask_replies(*rule);
        }
    }

    void state(const Rule& rule, const Paragraph* paragraph) {
        out_.kind = *rule.kind;
        out_.blame = rule.blame;
        out_.evidence = {rule.name, rule.place, paragraph == nullptr ? 0 : paragraph->line,
                         paragraph == nullptr ? shown(mail_.head["subject"]) : shown(paragraph->text)};
        const bool names_people = out_.kind == Kind::hard || out_.kind == Kind::soft || out_.kind == Kind::delayed;
        if (!names_people) return;
        auto first = stated(rule, paragraph);
        for (auto& address : concerned(paragraph)) {
            first.address = std::move(address);
            add(first);
        }
        if (out_.kind != Kind::delayed && paragraph != nullptr) add_others(*paragraph, first);
        if (!out_.recipients.empty()) conclude(out_);
    }

    Recipient stated(const Rule& rule, const Paragraph* paragraph) const {
        Recipient out;
        out.kind = *rule.kind;
        out.blame = rule.blame;
        out.evidence = {rule.name, rule.place, paragraph == nullptr ? 0 : paragraph->line,
                        shown(paragraph == nullptr ? mail_.head["subject"] : std::string_view(paragraph->text))};
        if (paragraph == nullptr) return out;
        out.said = out.evidence.text;
        if (const auto reply = find_reply(paragraph->text)) out.status = reply->status;
        return out;
    }

    /// Paragraphs beside the one that was matched speak for those whom they name.
    void add_others(const Paragraph& matched, const Recipient& first) {
        for (const Paragraph& each : told().paragraphs) {
            if (&each == &matched) continue;
            const auto people = people_in(each);
            if (people.empty()) continue;
            const Rule* rule = rule_for(each);
            auto recipient = rule == nullptr ? ruling_of(each) : stated(*rule, &each);
            const bool is_listed = each.words.empty() || any(by_.bounces.failures, each.words, each.beginnings);
            if (!recipient && is_listed) recipient = first;
            if (!recipient) continue;
            for (const auto& address : people) {
                recipient->address = address;
                add(*recipient);
            }
        }
    }

    /// A rule that says of a paragraph by its words that it is a bounce.
    const Rule* rule_for(const Paragraph& paragraph) const {
        for (const Rule& rule : by_.bounces.rules) {
            const bool is_of_texts = rule.kind && (rule.kind == Kind::hard || rule.kind == Kind::soft) &&
                                     rule.asks_report && rule.from.empty() && rule.subject.empty() &&
                                     rule.headers.empty();
            if (is_of_texts && any(rule.text, paragraph.words, paragraph.beginnings) &&
                !any(rule.unless, paragraph.words, paragraph.beginnings))
                return &rule;
        }
        return nullptr;
    }

    /// Each paragraph that names people and a reply speaks for these; what names no reply is judged by the next that
    /// does.
    void ask_replies(const Rule& rule) {
        out_.kind = Kind::unknown;
        out_.evidence = {rule.name, rule.place, 0, shown(mail_.head["subject"])};
        const auto& paragraphs = told().paragraphs;
        std::optional<Recipient> last;
        for (const Paragraph& paragraph : paragraphs) {
            auto ruling = ruling_of(paragraph);
            if (!ruling) continue;
            last = *ruling;
            for (const auto& address : people_in(paragraph)) {
                auto recipient = *ruling;
                recipient.address = address;
                add(std::move(recipient));
            }
        }
        if (!last) last = failure_without_reason();
        if (out_.recipients.empty()) {
            out_.kind = last->kind;
            out_.blame = last->blame;
            out_.status = last->status;
            out_.said = last->said;
            out_.evidence = last->evidence;
        }
        for (auto& address : concerned(nullptr)) {
            auto recipient = *last;
            recipient.address = std::move(address);
            add(std::move(recipient));
        }
        if (!out_.recipients.empty()) conclude(out_);
    }

    /// It did not arrive, and nobody says why; or not even that is said.
    Recipient failure_without_reason() {
        Recipient out;
        out.evidence = out_.evidence;
        const auto& failures = by_.bounces.failures;
        const auto subject = field_words(mail_.head["subject"]);
        const auto& all = told().paragraphs;
        const auto says = std::ranges::find_if(
            all, [&](const Paragraph& each) { return any(failures, each.words, each.beginnings); });
        if (says == all.end() && !any(failures, subject, email::Beginnings(subject))) return out;
        out.kind = Kind::soft;
        out.blame = Blame::recipient;
        if (says == all.end()) return out;
        out.evidence.line = says->line;
        out.evidence.text = shown(says->text);
        return out;
    }

    std::optional<Recipient> ruling_of(const Paragraph& paragraph) const {
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
        out.evidence = {ruling.rule, ruling.place, has_reply ? line_in(paragraph, reply->text) : paragraph.line,
                        out.said};
        return out;
    }

    void add(Recipient recipient) {
        const bool is_known = std::ranges::any_of(
            out_.recipients, [&](const Recipient& each) { return is_same_address(each.address, recipient.address); });
        if (!is_known && out_.recipients.size() < most_recipients) out_.recipients.push_back(std::move(recipient));
    }

    bool is_somebody(std::string_view address) const {
        if (is_of_a_system(address) || seal::looks_sealed(address)) return false;
        for (const std::string_view field : {"from", "to", "reply-to", "sender"})
            if (email::find_ignoring_case(mail_.head[field], email::to_lower(address)) != std::string_view::npos)
                return false;
        return true;
    }

    std::vector<std::string> people_in(const Paragraph& paragraph) const {
        std::vector<std::string> out;
        for (const auto& address : paragraph.addresses)
            if (is_somebody(address) && !is_said_to_send(paragraph, address) &&
                std::ranges::none_of(out, [&](auto& each) { return is_same_address(each, address); }))
                out.push_back(address);
        const bool are_all_ours = std::ranges::all_of(out, [&](const auto& each) { return is_of_our_domain(each); });
        if (!are_all_ours) std::erase_if(out, [&](const auto& each) { return is_of_our_domain(each); });
        return out;
    }

    /// "mail from <a@b>": somebody else's.
    static bool is_said_to_send(const Paragraph& paragraph, std::string_view address) {
        auto before = std::string_view(paragraph.text).substr(0, paragraph.text.find(address));
        while (!before.empty() && std::string_view("<: \n").contains(before.back()))
            before.remove_suffix(1);
        constexpr std::string_view word = "from";
        if (before.size() < word.size() ||
            !email::equal_ignoring_case(before.substr(before.size() - word.size()), word))
            return false;
        constexpr std::string_view expanded = "expanded from";
        return !email::to_lower(before).ends_with(expanded) && !email::to_lower(before).ends_with("generated from");
    }

    /// The domain that the report came to: who is there sent the mail, rather than got it.
    bool is_of_our_domain(std::string_view address) const {
        const auto to = address_in(mail_.head["to"]);
        const auto ours = to.find('@'), its = address.find('@');
        return ours != std::string::npos &&
               email::equal_ignoring_case(std::string_view(to).substr(ours), address.substr(its));
    }

    /// Whom a report without fields is about: the field that Exim writes, else those near the words that were matched,
    /// else all that it names, else whom the returned mail was to.
    std::vector<std::string> concerned(const Paragraph* paragraph) {
        auto named = addresses_in(mail_.head["x-failed-recipients"], most_recipients);
        if (!named.empty()) return named;
        const auto& all = told().paragraphs;
        if (paragraph != nullptr) named = people_in(*paragraph);
        for (const Paragraph& each : all)
            if (named.empty() || paragraph == nullptr)
                for (auto& address : people_in(each))
                    if (std::ranges::none_of(named, [&](auto& known) { return is_same_address(known, address); }))
                        named.push_back(std::move(address));
        if (!named.empty()) return named;
        for (const Part& part : mail_.parts) {
            if (part.kind != PartKind::returned) continue;
            const auto groups = field_groups(part.text, 1);
            named = groups.empty() ? named : addresses_in(groups.front()["to"], 2);
            if (named.size() == 1) return named;
        }
        return {};
    }

    using Fitting = std::pair<const Rule*, const Paragraph*>;

    std::optional<Fitting> first_rule() {
        const auto from = field_words(mail_.head["from"]), subject = field_words(mail_.head["subject"]);
        const email::Beginnings from_start(from), subject_start(subject);
        const bool is_report = looks_like_report();
        for (const Rule& rule : by_.bounces.rules) {
            if (rule.asks_report && !is_report) continue;
            if (!stands(rule.from, from, from_start) || !stands(rule.subject, subject, subject_start)) continue;
            if (!rule.headers.empty() && std::ranges::none_of(rule.headers, [&](auto& test) { return fits(test); }))
                continue;
            if (!rule.unless.empty() &&
                (any(rule.unless, from, from_start) || any(rule.unless, subject, subject_start)))
                continue;
            if (rule.text.empty()) return Fitting{&rule, nullptr};
            for (const Paragraph& each : told().paragraphs)
                if (any(rule.text, each.words, each.beginnings) && !any(rule.unless, each.words, each.beginnings))
                    return Fitting{&rule, &each};
        }
        return std::nullopt;
    }

    bool looks_like_report() const {
        const auto& bounces = by_.bounces;
        const auto from = field_words(mail_.head["from"]), subject = field_words(mail_.head["subject"]);
        return any(bounces.senders, from, email::Beginnings(from)) ||
               any(bounces.subjects, subject, email::Beginnings(subject)) ||
               std::ranges::any_of(bounces.headers, [&](const HeaderTest& test) { return fits(test); });
    }

    using Phrases = std::vector<email::Phrase>;
    static bool any(const Phrases& phrases, const std::vector<std::string>& words, const email::Beginnings& start) {
        return std::ranges::any_of(phrases, [&](const auto& phrase) { return phrase.stands_in(words, start); });
    }
    static bool stands(const Phrases& phrases, const std::vector<std::string>& words, const email::Beginnings& start) {
        return phrases.empty() || any(phrases, words, start);
    }
    bool fits(const HeaderTest& test) const {
        if (!test.words) return mail_.head.has(test.name);
        return std::ranges::any_of(mail_.head.all(test.name),
                                   [&](std::string_view value) { return test.words->stands_in(field_words(value)); });
    }

    // ---- common ----------------------------------------------------------------------------------------------------

    const Told& told() {
        if (!told_) told_ = read_paragraphs(mail_, by_.bounces.copies);
        return *told_;
    }

    static std::size_t line_of(const Part& part, std::string_view word) {
        const auto at = part.text.find(word);
        if (!part.is_plain || at == std::string::npos) return part.line;
        return part.line + static_cast<std::size_t>(std::count(
                               part.text.begin(), part.text.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
    }

    /// The line of a paragraph in which `text` begins.
    static std::size_t line_in(const Paragraph& paragraph, std::string_view text) {
        const auto at = paragraph.text.find(text.substr(0, 9));
        if (!paragraph.is_plain || at == std::string::npos) return paragraph.line;
        return paragraph.line +
               static_cast<std::size_t>(
                   std::count(paragraph.text.begin(), paragraph.text.begin() + static_cast<std::ptrdiff_t>(at), '\n'));
    }

    void note_return_paths(std::string_view text) {
        constexpr std::size_t most_looked_at = 200;
        for (auto& address : addresses_in(text, most_looked_at))
            if (seal::looks_sealed(address) && out_.return_paths.size() < most_return_paths)
                out_.return_paths.push_back(std::move(address));
    }

    const Judgement& by_;
    const Bounded bounded_;
    const Mail mail_;
    Finding out_;
    std::optional<Told> told_;
};

}  // namespace

Finding judge(std::string_view mail, const Judgement& by) { return Judge(mail, by).run(); }

}  // namespace chapar::bounce
