/// The HTML part as a whole document. Pure, any thread.
#pragma once

#include <string>
#include <string_view>

namespace chapar::email {

/// A fragment gets a document around it, with lang and dir of the locale; a preheader that the document does not show
/// already is put, hidden, at the start of the body. Returns `html` itself, or `scratch` when something had to be
/// added.
std::string_view complete_html(std::string_view html, std::string_view preheader, std::string_view locale,
                               std::string& scratch);

/// Letters, digits and hyphens, `_` read as `-`; empty when it is no language tag.
std::string language_tag(std::string_view locale);

}  // namespace chapar::email
