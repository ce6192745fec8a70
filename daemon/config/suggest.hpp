#pragma once
// "Did you mean ...?": the nearest of some known words. Pure.

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace chapar::config {

/// Edits (insert, delete, replace, swap of neighbours) between two words: optimal string alignment distance.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The nearest word when it is near enough to be meant, or the only one that begins like it; else empty.
std::string_view nearest(std::string_view word, std::span<const std::string_view> known);

/// "; did you mean "x"?" or, when nothing is near, "; known: a, b, c".
std::string suggestion(std::string_view word, std::span<const std::string_view> known);

/// "a, b or c".
std::string listed(std::span<const std::string_view> words, std::string_view last = "or");

}  // namespace chapar::config
