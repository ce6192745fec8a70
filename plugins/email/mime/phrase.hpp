/// Words searched for in a server's reply: whole words, in order, whatever their case and punctuation. Pure functions,
/// any thread.
#pragma once

#include <bitset>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace chapar::email {

/// The words of a reply: small letters, without codes, punctuation and addresses (a person may be called "spam").
std::vector<std::string> words_of(std::string_view reply);

/// How words begin, roughly: tells most patterns that can't stand in them without looking closer.
class Beginnings {
  public:
    Beginnings() = default;
    explicit Beginnings(std::span<const std::string> words);
    void add(std::string_view word);
    bool may_hold(std::string_view letters) const;

    static constexpr std::size_t letters = 3;

  private:
    std::bitset<1024> seen_;
};

/// A pattern of words between blanks:
///   quota            this word
///   throttl*  *list  a word that begins, or ends, like this
///   user|mailbox     one of these
///   is?              this word or nothing
///   *                up to eight words, or none
class Phrase {
  public:
    /// The error says what is wrong with the pattern.
    static std::expected<Phrase, std::string> parse(std::string_view pattern);

    /// Takes time in proportion to the number of words, whatever they are.
    bool stands_in(std::span<const std::string> words) const;
    /// The same; `beginnings` are those of `words`.
    bool stands_in(std::span<const std::string> words, const Beginnings& beginnings) const {
        return may_stand_in(beginnings) && stands_in(words);
    }

  private:
    struct Word {
        std::string letters;
        bool open_start = false, open_end = false;  ///< "*list", "throttl*"
        bool fits(std::string_view word) const;
        bool may_be_in(const Beginnings& beginnings) const;
    };
    bool may_stand_in(const Beginnings& beginnings) const;
    struct Element {
        std::vector<Word> choices;  ///< empty: a gap
        bool optional = false;
    };
    static std::expected<Element, std::string> parse_element(std::string_view text);
    std::vector<Element> elements_;
};

}  // namespace chapar::email
