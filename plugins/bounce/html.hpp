/// The words of an HTML page, for reports that come as nothing else. Pure, any thread.
#pragma once

#include <string>
#include <string_view>

namespace chapar::bounce {

/// The text between the tags; blocks end lines. Linear.
std::string text_of_html(std::string_view html);

}  // namespace chapar::bounce
