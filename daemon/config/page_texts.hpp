#pragma once
// A text in the languages of the pages, as it is written: { fa = "...", en = "..." }. Pure.

#include <string>

#include "config/category_settings.hpp"
#include "config/values.hpp"

namespace chapar::config {

/// One line each, of at most `longest` bytes.
void read_texts(Reading& reading, const Slot& slot, PageText& out, std::size_t longest);
std::string show_texts(const PageText& text);

}  // namespace chapar::config
