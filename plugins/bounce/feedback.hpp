/// Complaints by feedback loop (ARF, RFC 5965). Pure functions, any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace chapar::bounce {

enum class FeedbackType { abuse, fraud, opt_out, not_spam, virus, auth_failure, other };

struct Feedback {
    FeedbackType type = FeedbackType::other;
    std::string type_word;                ///< as it was written
    std::string agent;                    ///< User-Agent: who reports
    std::string mail_from;                ///< Original-Mail-From: our envelope sender
    std::vector<std::string> recipients;  ///< Original-Rcpt-To, Removal-Recipient; often left out or blackened
};

Feedback read_feedback(std::string_view text);

std::string_view name(FeedbackType type);

}  // namespace chapar::bounce
