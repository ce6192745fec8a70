/// A server's reply inside the words of a report ("said: 550 5.1.1 <a@b>: unknown"), and what the table of replies
/// makes of it: the table that replies at send time are read with. Pure, any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "bounce/kinds.hpp"
#include "email/mime/replies.hpp"

namespace chapar::bounce {

struct ReplyText {
    int code = 0;        ///< 0: only a status stands there
    std::string status;  ///< "5.1.1", or empty
    std::string text;    ///< from the code on, on one line
};

/// The first refusal in a text; nothing: none stands there.
std::optional<ReplyText> find_reply(std::string_view text);

struct Ruling {
    Kind kind = Kind::unknown;  ///< hard or soft
    Blame blame = Blame::nobody;
    std::string rule, place;
    bool is_by_words = false;  ///< a rule that looks at words or a status said so, not the code alone
};

/// `status` may be better than what the reply says; the more telling one counts.
Ruling rule_on(const ReplyText& reply, std::string_view status, const email::Rules& own);

}  // namespace chapar::bounce
