#pragma once
// How the sandbox acts towards an address. Pure; any thread. docs/testing.md has the same table.

#include <cstdint>
#include <string_view>

namespace chapar::sandbox {

enum class Manner : std::uint8_t {
    delivered,     // taken, then reported as delivered; what no other manner is named for
    slow,          // the same, later
    silent,        // taken, and nothing is ever heard of it
    bounce,        // taken, then it comes back: there is no such address
    full,          // taken, then it comes back: the mailbox is full, the phone is switched off
    deferred,      // the first two attempts are put off, then delivered
    rejected,      // refused at once: there is no such address
    blocked,       // refused at once: unwanted; by SMS the operator lets no advertising through
    complaint,     // delivered, then the person complains
    unsubscribed,  // delivered, then the person opts out
    reply,         // delivered, then the person answers
    doubt,         // no clear answer: it may have been sent
};

/// `address`: an email address, a number in E.164 or a recipient's id. What stands before a "+" or the "@" decides, of
/// the documented numbers the last two digits.
Manner manner_of(std::string_view address);

}  // namespace chapar::sandbox
