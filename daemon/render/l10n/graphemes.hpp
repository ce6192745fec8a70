#pragma once
// Where a text may be cut without cutting what a reader sees as one character. Callable from any thread.
// Source: UAX #29, from ICU.

#include <cstddef>
#include <string_view>

namespace chapar::render {

/// Is the byte offset `at` (between two characters of `text`) also one between two graphemes?
bool is_grapheme_boundary(std::string_view text, std::size_t at);
/// The nearest one at or before `at`, at or after it.
std::size_t boundary_before(std::string_view text, std::size_t at);
std::size_t boundary_after(std::string_view text, std::size_t at);

}  // namespace chapar::render
