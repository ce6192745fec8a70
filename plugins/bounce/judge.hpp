/// What a mail that came back says: read as a DSN (RFC 3464), as a complaint (RFC 5965), as an answer of a program (RFC
/// 3834, 8098), or by the rules for the texts of mail systems. It judges; whose it is, seals say. Pure, any thread;
/// bounded in time and memory whatever the mail is.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "bounce/kinds.hpp"
#include "bounce/rules.hpp"
#include "email/mime/replies.hpp"

namespace chapar::bounce {

/// Where it is said, and the rule that reads it so.
struct Evidence {
    std::string rule;      ///< in words
    std::string place;     ///< of the rule, "FILE:LINE"; empty: a standard says it
    std::size_t line = 0;  ///< of the mail; 0: its head
    std::string text;      ///< what stands there, on one line
};

/// One address that a report is about.
struct Recipient {
    std::string address;
    Kind kind = Kind::unknown;
    Blame blame = Blame::nobody;
    std::string status;  ///< "5.1.1", when one is given
    std::string said;    ///< by the other server
    Evidence evidence;
};

struct Finding {
    Kind kind = Kind::none;  ///< the gravest of its recipients
    Blame blame = Blame::nobody;
    std::string form = "none";  ///< "DSN", "ARF", "MDN", "text"
    std::string status, said;
    std::string feedback;  ///< of a complaint: "abuse", "fraud", ...
    std::string reporter;  ///< the system that says so, when it is named
    std::vector<Recipient> recipients;
    Evidence evidence;
    /// Addresses in it that have the form of sealed return paths, most trusted first; the envelope's come before them.
    std::vector<std::string> return_paths;
    /// Those of them that the mail itself was to, by its own head.
    std::vector<std::string> addressed_to;
    std::string_view bound;  ///< a bound that the mail broke; empty: none
};

/// Everything that judging needs; made once.
struct Judgement {
    Rules bounces;         ///< the operator's before the shipped ones
    email::Rules replies;  ///< the operator's own, asked before the shipped ones
};

Finding judge(std::string_view mail, const Judgement& by);

}  // namespace chapar::bounce
