#include "bounce/judge.hpp"

#include <optional>

#include "bounce/addresses.hpp"
#include "bounce/bounded.hpp"
#include "bounce/delivery_status.hpp"
#include "bounce/feedback.hpp"
#include "bounce/mime.hpp"
#include "bounce/reply_text.hpp"
#include "bounce/words.hpp"
#include "email_rules/text.hpp"
#include "seal/return_path.hpp"

namespace chapar::bounce {
namespace {

constexpr std::size_t most_recipients = 200, most_return_paths = 20;

class Judge {
  public:
    Judge(std::string_view mail, const Judgement& by)
        : by_(by), bounded_(bound(mail)), mail_(take_apart(bounded_.text())), words_(mail_, by) {}

    Finding run() {
        out_.bound = bounded_.why;
        for (const std::string_view field : {"delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "to"})
            for (const auto value : mail_.head.all(field))
                note_return_paths(value);
        out_.addressed_to = out_.return_paths;
        if (!is_status_report() && !is_feedback() && !is_disposition()) words_.judge(out_);
        for (const Part& part : mail_.parts)
            if (part.kind == PartKind::returned) note_return_paths(part.text);
        if (words_.matching().is_read()) note_return_paths(words_.matching().told().copied);
        return std::move(out_);
    }

  private:
    // ---- RFC 3464 --------------------------------------------------------------------------------------------------

    bool is_status_report() {
        for (const Part& part : mail_.parts) {
            if (part.kind == PartKind::returned) break;
            if (part.kind == PartKind::delivery_status) take_status(part);
        }
        if (out_.recipients.empty() && words_.matching().looks_like_report()) take_loose_status();
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
        out.evidence = {"Action: " + std::string(name(status.action)) + " (RFC 3464)", "",
                        line_in(part.text, out.address, part.line, part.is_plain), out.said};
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
            if (auto better = words_.ruling_for(out); better) ruling = std::move(*better);
        }
        out.kind = ruling.kind;
        out.blame = ruling.blame;
        if (out.status.empty() || out.status.ends_with(".0.0"))
            if (!reply->status.empty()) out.status = reply->status;
        out.evidence.rule = ruling.rule;
        out.evidence.place = ruling.place;
        if (out.evidence.text.empty()) out.evidence.text = out.status;
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
            if (words_.judge_refusal(out_)) return true;
            out_.form = "MDN";
            out_.kind = Kind::auto_reply;
            const auto groups = field_groups(part.text, 1);
            const auto said = groups.empty() ? std::string() : shown(groups.front()["disposition"]);
            out_.evidence = {"a disposition notification (RFC 8098)", "", part.line, said};
            return true;
        }
        return false;
    }

    // ---- common ----------------------------------------------------------------------------------------------------

    void note_return_paths(std::string_view text) {
        constexpr std::size_t most_looked_at = 200;
        for (auto& address : addresses_in(text, most_looked_at))
            if (seal::looks_sealed(address) && out_.return_paths.size() < most_return_paths)
                out_.return_paths.push_back(std::move(address));
    }

    const Judgement& by_;
    const Bounded bounded_;
    const Mail mail_;
    Words words_;
    Finding out_;
};

}  // namespace

Finding judge(std::string_view mail, const Judgement& by) { return Judge(mail, by).run(); }

}  // namespace chapar::bounce
