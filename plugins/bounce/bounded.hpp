/// Bounds the shape of a mail before anything reads it (size, lines, fields, nesting, parts), in one pass and in
/// proportion to its size. Mails of any shape come from outside; what a real report has, fits.
/// Pure functions, any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace chapar::bounce {

struct Limits {
    std::size_t bytes = 1024 * 1024;  ///< of the mail; reports come before what they return
    std::size_t line = 16 * 1024;     ///< bytes of a line, and of a header field with its continuations
    std::size_t fields = 500;         ///< lines like "Name: value" without an empty one between
    std::size_t containers = 50;      ///< Content-Type fields that name a multipart or a message: no deeper nesting
    std::size_t dashes = 2000;        ///< lines that begin with "--": no more parts
};

/// The mail, or what is left of it.
struct Bounded {
    std::string_view text() const { return is_changed ? std::string_view(owned) : whole; }

    std::string_view whole;
    std::string owned;
    bool is_changed = false;
    std::string_view why;  ///< the first bound that it broke, as a sentence
};

/// `mail` must outlive the result.
Bounded bound(std::string_view mail, const Limits& limits = {});

}  // namespace chapar::bounce
