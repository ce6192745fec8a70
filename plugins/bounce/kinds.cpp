#include "bounce/kinds.hpp"

namespace chapar::bounce {

std::string_view name(Kind kind) {
    switch (kind) {
        case Kind::hard:
            return "hard";
        case Kind::soft:
            return "soft";
        case Kind::delayed:
            return "delayed";
        case Kind::delivered:
            return "delivered";
        case Kind::relayed:
            return "relayed";
        case Kind::complaint:
            return "complaint";
        case Kind::opt_out:
            return "opt_out";
        case Kind::not_spam:
            return "not_spam";
        case Kind::auto_reply:
            return "auto_reply";
        case Kind::unknown:
            return "unknown";
        case Kind::none:
            break;
    }
    return "none";
}

std::string_view name(Blame blame) {
    switch (blame) {
        case Blame::message:
            return "message";
        case Blame::recipient:
            return "recipient";
        case Blame::lane:
            return "lane";
        case Blame::credentials:
            return "credentials";
        case Blame::provider:
            return "provider";
        case Blame::gone:
            return "gone";
        case Blame::nobody:
            break;
    }
    return "nobody";
}

}  // namespace chapar::bounce
