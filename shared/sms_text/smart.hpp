#pragma once
// Characters that look like others and cost more: typographic quotes, dashes and blanks, and Arabic letters that stand
// where Persian ones belong. Replaced on request, and visibly. Pure, callable from any thread.

#include <string>
#include <string_view>
#include <vector>

namespace chapar::sms {

struct SmartReplacement {
    std::string from, to;  // UTF-8
    int times = 0;
};

struct Smart {
    std::string text;
    std::vector<SmartReplacement> replaced;  // in the order of their first place
};

/// Typographic signs become their plain forms only where the whole text fits GSM-7 then: in a text of UCS-2 they cost
/// nothing. Arabic yeh and kaf become Persian in a text that has Persian letters.
Smart smarten(std::string_view text);

}  // namespace chapar::sms
