#pragma once
// A preview as a page of its own: what a reader would see, at the width of a mail client and of a phone, with subject,
// preheader and the text part. Written into a temporary file; where there is a display, the browser shows it.

#include <string>

#include "render/catalogue.hpp"

namespace chapar::cli {

/// Prints the page's path. Answers an exit code.
int open_preview(const std::string& name, const std::string& channel, const render::Rendered& rendered);

}  // namespace chapar::cli
