/// What a mail that came back is. Pure values.
#pragma once

#include <string_view>

#include "chapar/values.hpp"

namespace chapar::bounce {

enum class Kind {
    hard,        ///< nobody has this address any more
    soft,        ///< it did not arrive this time; the blame says whose fault that is
    delayed,     ///< another server still tries
    delivered,   ///< it arrived
    relayed,     ///< handed on to a system that reports nothing
    complaint,   ///< the person calls it spam
    opt_out,     ///< the person asks their provider to be taken off the list
    not_spam,    ///< the person says that it is none
    auto_reply,  ///< a holiday, a challenge, a receipt: somebody's program answers
    unknown,     ///< a mail system reports something that no rule knows
    none,        ///< no report at all
};

std::string_view name(Kind kind);
std::string_view name(Blame blame);

}  // namespace chapar::bounce
