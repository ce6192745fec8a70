#pragma once
// What lint says about the words of a file, as their author wrote them: braces that are no template language, letters
// of another alphabet, numbers that tear in right-to-left text, what a word processor left behind. Pure functions,
// callable from any thread.

#include <cstddef>
#include <functional>
#include <set>
#include <string>
#include <string_view>

namespace chapar::render {

using SayAt = std::function<void(std::size_t offset, std::string_view rule, std::string sentence)>;

struct Words {
    std::string_view source;  // of a whole file
    std::size_t body = 0;     // where its body begins; before it stands front matter
    bool html = false;
    bool persian = false;                                       // letters and digits of Arabic are not meant
    bool right_to_left = false;                                 // numbers with dashes tear
    const std::set<std::string, std::less<>>* names = nullptr;  // of the data
};

void look_at_words(const Words& words, const SayAt& say);

/// Tags and outputs: {% else if %}, marks of another keyboard.
void look_at_tags(std::string_view source, const SayAt& say);

/// Arabic letters and digits in a text that is Persian: in a file of translations.
void look_at_letters(std::string_view text, const SayAt& say);

}  // namespace chapar::render
