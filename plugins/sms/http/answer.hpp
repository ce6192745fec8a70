#pragma once
// What came of a call: the provider's answer read by its description, or how the transfer ended. Pure.

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "chapar/plugin.hpp"
#include "sms/http/description.hpp"

namespace chapar::sms::http {

/// Of one message.
struct Result {
    Outcome outcome;
    std::vector<std::string> ids;  // the provider's; several when it cuts the text itself and names each part
    double price = 0;              // 0: not told
    bool about_sender = false;     // the sender is refused: `outcome` takes it for the message's own
    bool is_whole = false;         // said of the call, not of this message alone
};

struct Reply {
    int code = 0;
    std::string_view body;
    std::string_view retry_after;    // the header's value: seconds or a date
    std::chrono::sys_seconds now{};  // what a date is compared with
};

/// The value of a reading: relative to `item`, or from `root`. Empty: not there.
std::string read_value(const Reading& reading, const Node& item, const Node& root, std::string_view separator);

/// A price as it was written, as the border has it: "0.0079 USD". Empty: it is none, or nothing.
std::string read_price(const std::string& text, const std::string& currency);

/// One Result for each recipient (digits), in order. `by_name`: one recipient whose answer may have several items.
std::vector<Result> judge(const Reply& reply, const Answer& answer, const std::vector<std::string>& recipients);

/// The outcome when the refused sender is the route's own: the message is sound, and another route may take it.
Outcome blame_route(Outcome outcome);

/// The transfer ended without an answer.
Outcome judge_failure(Phase phase, std::string_view error);

}  // namespace chapar::sms::http
