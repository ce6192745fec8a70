#pragma once
// Words that unsubscribe, as people write them. Immutable after construction; any thread may ask.

#include <string>
#include <string_view>
#include <vector>

namespace chapar::sms {

/// Case folded, digits ASCII, Arabic yeh and kaf Persian, without ZWNJ, marks, blanks and punctuation: how words
/// compare.
std::string folded(std::string_view text);

class StopWords {
  public:
    /// `own`: the site's, beside the built-in ones.
    explicit StopWords(const std::vector<std::string>& own);
    /// The whole text is such a word.
    bool contain(std::string_view text) const;

  private:
    std::vector<std::string> words_;
};

}  // namespace chapar::sms
