/// Where the content of a page of HTML begins, found as browsers read it: comments, Outlook's conditional ones among
/// them, styles, scripts and values in quotes are passed over. Pure functions, any thread, nothing fails.
#pragma once

#include <cstddef>
#include <string_view>

namespace chapar::email {

struct Page {
    bool is_document = false;  ///< it has a doctype, <html>, <head> or <body> of its own
    std::size_t content = 0;   ///< what a reader sees begins here, or behind: the place for a hidden first line
};

Page look_at_page(std::string_view html);

}  // namespace chapar::email
