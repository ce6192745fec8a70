#include "bounce/feedback.hpp"

#include <utility>

#include "bounce/addresses.hpp"
#include "bounce/fields.hpp"
#include "email_rules/text.hpp"

namespace chapar::bounce {
namespace {

constexpr std::size_t most_recipients = 20;

constexpr std::pair<std::string_view, FeedbackType> types[] = {
    {"abuse", FeedbackType::abuse},          {"fraud", FeedbackType::fraud},
    {"phishing", FeedbackType::fraud},       {"opt-out", FeedbackType::opt_out},
    {"opt-out-list", FeedbackType::opt_out}, {"opt_out", FeedbackType::opt_out},
    {"not-spam", FeedbackType::not_spam},    {"not_spam", FeedbackType::not_spam},
    {"virus", FeedbackType::virus},          {"auth-failure", FeedbackType::auth_failure},
    {"dkim", FeedbackType::auth_failure},    {"miscategorized", FeedbackType::not_spam},
};

}  // namespace

Feedback read_feedback(std::string_view text) {
    Feedback out;
    for (const FieldGroup& group : field_groups(text, 4)) {
        if (out.type_word.empty()) out.type_word = without_comments(group["feedback-type"]);
        if (out.agent.empty()) out.agent = group["user-agent"];
        if (out.mail_from.empty()) out.mail_from = address_in(group["original-mail-from"]);
        for (const std::string_view field : {"original-rcpt-to", "removal-recipient"})
            for (const auto value : group.all(field))
                if (auto found = address_in(value); !found.empty() && out.recipients.size() < most_recipients)
                    out.recipients.push_back(std::move(found));
    }
    const auto word = email::to_lower(out.type_word);
    for (const auto& [known, type] : types)
        if (known == word) out.type = type;
    return out;
}

std::string_view name(FeedbackType type) {
    switch (type) {
        case FeedbackType::abuse:
            return "abuse";
        case FeedbackType::fraud:
            return "fraud";
        case FeedbackType::opt_out:
            return "opt-out";
        case FeedbackType::not_spam:
            return "not-spam";
        case FeedbackType::virus:
            return "virus";
        case FeedbackType::auth_failure:
            return "auth-failure";
        case FeedbackType::other:
            break;
    }
    return "other";
}

}  // namespace chapar::bounce
