#pragma once
// What a file or folder of templates should be called when its name is nearly right: a name that is off is not read at
// all, and nothing else would say so. Pure functions, callable from any thread.

#include <optional>
#include <string>
#include <string_view>

namespace chapar::render {

/// The name that `file` in `folder` should have: "email.fa.liquid.txt" -> "email.fa.liquid". nullopt: it is right, or
/// it is something else (a picture, a note, an editor's backup). An empty folder is the root, whose files belong to no
/// template: "NAME/email.fa.liquid".
std::optional<std::string> intended_name(std::string_view folder, std::string_view file);

/// The same for a folder: "layouts" -> "_layouts", "welcome mail" -> "welcome-mail".
std::optional<std::string> intended_folder(std::string_view folder);

/// Why a folder's name is not one, and what may stand in its place.
std::string folder_trouble(std::string_view folder);

}  // namespace chapar::render
