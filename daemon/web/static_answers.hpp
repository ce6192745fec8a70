#pragma once
// Answers that are always the same, made once. Immutable; any thread.

#include <string>
#include <string_view>

namespace chapar::web {

/// Lines of every answer: not to be stored, nothing told to where it leads, not to be indexed.
std::string_view common_lines();
/// The policy of an answer that brings none of its own: nothing is loaded, nobody frames it.
std::string_view strict_policy_line();

struct StaticPage {
    std::string lines;  // of the head, whole
    std::string body;
};
/// The page for everything that is not here, in Persian and English, without a link.
const StaticPage& not_found_page();
/// The same for who asked for too much that is not here.
const StaticPage& too_often_page();

/// A picture of one transparent dot.
std::string_view pixel_bytes();
std::string_view pixel_lines();

}  // namespace chapar::web
