#pragma once
// Which folder of templates, and which of its templates, the words of a command mean. No daemon is asked.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chapar::cli {

struct TemplateChoice {
    std::string folder;              // of all templates
    std::vector<std::string> names;  // of them; empty: all
};

/// `words`: names, the folder itself, a template's own folder or one of its files. `folder` named by an option goes
/// first; else ./templates where there is one, else /etc/chapar/templates. Answers what is wrong.
std::optional<std::string> choose_templates(const std::vector<std::string_view>& words, const std::string& folder,
                                            TemplateChoice& choice);

/// Where what was made of MJML is kept between runs of this program: $XDG_CACHE_HOME/chapar/mjml; empty: nowhere.
std::string made_folder();

}  // namespace chapar::cli
