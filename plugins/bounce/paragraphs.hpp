/// The words of a report for people, in paragraphs, up to the copy of what is returned. Any thread.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bounce/mime.hpp"
#include "email/mime/phrase.hpp"

namespace chapar::bounce {

struct Paragraph {
    std::string text;  ///< its lines, ended by LF
    std::vector<std::string> words;
    email::Beginnings beginnings;
    std::vector<std::string> addresses;
    std::size_t line = 1;  ///< of the mail
    bool is_plain = true;  ///< `line` counts on inside
};

/// What a mail says, and what follows it.
struct Told {
    std::vector<Paragraph> paragraphs;
    std::string copied;  ///< of what comes back inside a text, the beginning
};

/// `copies`: patterns of lines after which what is returned begins.
Told read_paragraphs(const Mail& mail, std::span<const email::Phrase> copies);

}  // namespace chapar::bounce
