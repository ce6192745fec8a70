/// The rules for reports that are no DSN, read from TOML; docs/bounces.md is the reference of the file's form.
/// Values; pure functions, any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bounce/kinds.hpp"
#include "chapar/values.hpp"
#include "email/mime/phrase.hpp"

namespace chapar::bounce {

/// "Name", or "Name: words" of which one pattern stands in the value.
struct HeaderTest {
    std::string name;  ///< small letters
    std::optional<email::Phrase> words;
};

/// Every condition that is given must fit; the words of `text` in one paragraph.
struct Rule {
    std::string name;
    std::vector<email::Phrase> from, subject, text, unless;
    std::vector<HeaderTest> headers;  ///< one of them
    bool asks_report = false;         ///< it must look like the report of a mail system
    /// Absent: the table of replies says it, of the reply that the mail repeats.
    std::optional<Kind> kind;
    Blame blame = Blame::nobody;
    std::string place;  ///< "FILE:LINE"
};

struct Rules {
    std::vector<email::Phrase> copies;  ///< lines after which what is returned begins
    /// One of these makes a mail look like a report.
    std::vector<email::Phrase> senders, subjects;
    std::vector<email::Phrase> failures;  ///< what says that a mail did not arrive, without a reason
    std::vector<HeaderTest> headers;
    std::vector<Rule> rules;  ///< the first that fits counts
};

/// Throws BadConfig: "FILE:LINE:COLUMN: what is wrong; what to do".
Rules parse_rules(std::string_view text, const std::string& file);

/// The rules of `file`, before the shipped ones; without a file only those.
Rules load_rules(const std::string& file);

/// The text of config/providers/email/bounces.toml, built in.
std::string_view shipped_bounces();
const Rules& shipped_rules();

}  // namespace chapar::bounce
