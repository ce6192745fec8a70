#pragma once
// What people write to get out. Immutable after construction; any thread may ask.

#include <string>
#include <string_view>
#include <vector>

namespace chapar::sms {

/// Case folded, digits ASCII, Arabic yeh and kaf Persian, without ZWNJ, marks, blanks and punctuation: how words
/// compare.
std::string folded(std::string_view text);

enum class Hearing {
    other,
    perhaps,  // a word that unsubscribes stands in a sentence that may mean something else
    no,       // that word is what the text says, whatever politeness stands around it
};

class StopWords {
  public:
    /// `own`: the site's, beside the built-in ones.
    explicit StopWords(const std::vector<std::string>& own);
    Hearing hear(std::string_view text) const;
    /// The whole text says no.
    bool contain(std::string_view text) const { return hear(text) == Hearing::no; }

  private:
    bool is_no(const std::vector<std::string>& said) const;
    bool is_perhaps(const std::vector<std::string>& said) const;

    std::vector<std::string> words_;       // folded
    std::vector<std::string> clear_;       // those that mean nothing else: more words may stand beside them
    std::vector<std::string> polite_;      // say nothing by themselves
    std::vector<std::string> companions_;  // what is to stop: beside a clear word they change nothing
};

/// The kind of the event that tells of a text from a person.
std::string_view event_kind(Hearing hearing);

}  // namespace chapar::sms
