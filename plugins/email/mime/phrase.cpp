#include "phrase.hpp"

#include "email_rules/text.hpp"

#include <algorithm>
#include <utility>

namespace chapar::email {

namespace {

constexpr std::size_t longest_gap = 8, most_words = 400;

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return is_alnum(c) || static_cast<unsigned char>(c) >= 0x80; }
bool is_of_address(char c) { return is_letter(c) || std::string_view(".-_+").contains(c); }

/// "550-", "550 ", then "5.1.1 " at the start of a line.
std::string_view without_codes(std::string_view line) {
    std::size_t at = 0;
    if (line.size() >= 3 && std::ranges::all_of(line.substr(0, 3), is_digit) &&
        (line.size() == 3 || line[3] == ' ' || line[3] == '-'))
        at = std::min<std::size_t>(line.size(), 4);
    const auto status = std::find_if_not(line.begin() + static_cast<std::ptrdiff_t>(at), line.end(),
                                         [](char c) { return is_digit(c) || c == '.'; });
    const bool whole = status == line.end() || !is_letter(*status);
    return whole ? std::string_view(status, line.end()) : line.substr(at);
}

/// Blanks in the place of addresses.
std::string without_addresses(std::string_view line) {
    std::string out(line);
    for (auto at = out.find('@'); at != std::string::npos; at = out.find('@', at + 1)) {
        auto first = at, last = at + 1;
        while (first > 0 && is_of_address(out[first - 1]))
            --first;
        while (last < out.size() && is_of_address(out[last]))
            ++last;
        std::fill(out.begin() + static_cast<std::ptrdiff_t>(first), out.begin() + static_cast<std::ptrdiff_t>(last),
                  ' ');
    }
    return out;
}

void add_words(std::string_view line, std::vector<std::string>& words) {
    std::string word;
    for (const char c : without_addresses(without_codes(line))) {
        if (c == '\'') continue;  // doesn't, user's
        if (is_letter(c)) {
            word += ascii_lower(c);
        } else if (!word.empty() && words.size() < most_words) {
            words.push_back(std::exchange(word, {}));
        }
    }
    if (!word.empty() && words.size() < most_words) words.push_back(std::move(word));
}

}  // namespace

std::vector<std::string> words_of(std::string_view reply) {
    std::vector<std::string> words;
    while (!reply.empty()) {
        const auto end = std::min(reply.find('\n'), reply.size());
        add_words(trim(reply.substr(0, end)), words);
        reply.remove_prefix(std::min(end + 1, reply.size()));
    }
    return words;
}

namespace {

std::size_t place_of(std::string_view letters) {
    std::size_t hash = letters.size();
    for (const char c : letters)
        hash = hash * 131 + static_cast<unsigned char>(c);
    return hash % 1024;
}

}  // namespace

Beginnings::Beginnings(std::span<const std::string> words) {
    for (const auto& word : words)
        add(word);
}

void Beginnings::add(std::string_view word) { seen_.set(place_of(word.substr(0, letters))); }

bool Beginnings::may_hold(std::string_view word) const { return seen_.test(place_of(word.substr(0, letters))); }

bool Phrase::Word::may_be_in(const Beginnings& beginnings) const {
    const bool is_open = open_start || (open_end && letters.size() < Beginnings::letters);
    return is_open || beginnings.may_hold(letters);
}

bool Phrase::may_stand_in(const Beginnings& beginnings) const {
    return std::ranges::all_of(elements_, [&](const Element& element) {
        return element.optional || element.choices.empty() ||
               std::ranges::any_of(element.choices, [&](const Word& word) { return word.may_be_in(beginnings); });
    });
}

bool Phrase::Word::fits(std::string_view word) const {
    if (open_start && open_end) return word.contains(letters);
    if (open_start) return word.ends_with(letters);
    return open_end ? word.starts_with(letters) : word == letters;
}

std::expected<Phrase::Element, std::string> Phrase::parse_element(std::string_view text) {
    Element element;
    const auto whole = text;
    if (text == "*") return element;
    if (text.ends_with('?')) element.optional = true, text.remove_suffix(1);
    while (true) {
        const auto end = std::min(text.find('|'), text.size());
        Word word;
        auto part = text.substr(0, end);
        if (part.starts_with('*')) word.open_start = true, part.remove_prefix(1);
        if (part.ends_with('*')) word.open_end = true, part.remove_suffix(1);
        const bool is_word =
            !part.empty() && std::ranges::all_of(part, [](char c) { return is_letter(c) && !(c >= 'A' && c <= 'Z'); });
        if (!is_word)
            return std::unexpected("\"" + std::string(whole) +
                                   "\" is no word: write small letters and digits, without punctuation");
        word.letters = part;
        element.choices.push_back(std::move(word));
        if (end == text.size()) return element;
        text.remove_prefix(end + 1);
    }
}

std::expected<Phrase, std::string> Phrase::parse(std::string_view pattern) {
    Phrase phrase;
    bool has_word = false;
    for (auto rest = trim(pattern); !rest.empty(); rest = trim(rest)) {
        const auto end = std::min(rest.find(' '), rest.size());
        auto element = parse_element(rest.substr(0, end));
        if (!element) return std::unexpected(std::move(element.error()));
        has_word |= !element->choices.empty() && !element->optional;
        phrase.elements_.push_back(std::move(*element));
        rest.remove_prefix(end);
    }
    if (!has_word) return std::unexpected(std::string("a pattern needs a word"));
    return phrase;
}

bool Phrase::stands_in(std::span<const std::string> words) const {
    std::vector<bool> here(words.size() + 1, true);  // before which words the rest of the pattern may begin
    for (const Element& element : elements_) {
        std::vector<bool> next(words.size() + 1, false);
        for (std::size_t i = 0; i <= words.size(); ++i) {
            if (!here[i]) continue;
            if (element.choices.empty()) {
                for (std::size_t far = i; far <= std::min(i + longest_gap, words.size()); ++far)
                    next[far] = true;
                continue;
            }
            if (element.optional) next[i] = true;
            const bool fits =
                i < words.size() &&
                std::ranges::any_of(element.choices, [&](const Word& word) { return word.fits(words[i]); });
            if (fits) next[i + 1] = true;
        }
        here = std::move(next);
    }
    return std::ranges::find(here, true) != here.end();
}

}  // namespace chapar::email
