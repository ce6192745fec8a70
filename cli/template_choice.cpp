#include "cli/template_choice.hpp"

#include "config/settings.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>

namespace chapar::cli {

namespace {
namespace fs = std::filesystem;

bool is_folder(const fs::path& path) {
    std::error_code ignored;
    return fs::is_directory(path, ignored);
}

/// A folder of one template: it holds channel files itself.
bool is_template(const fs::path& path) {
    std::error_code ignored;
    for (const auto& entry : fs::directory_iterator(path, ignored))
        if (entry.path().extension() == ".liquid") return true;
    return false;
}

std::string default_folder() { return is_folder("templates") ? "templates" : config::Settings{}.daemon.template_dir; }

/// "." and "x/" have no last part.
fs::path whole(std::string_view word) {
    fs::path path = fs::path(word).lexically_normal();
    if (!path.has_filename()) path = path.parent_path();
    return path == "." || path == ".." ? fs::absolute(path).lexically_normal() : path;
}

}  // namespace

std::optional<std::string> choose_templates(const std::vector<std::string_view>& words, const std::string& folder,
                                            TemplateChoice& choice) {
    choice.folder = folder;
    for (const std::string_view word : words) {
        fs::path path = whole(word);
        const bool is_name = word.find('/') == std::string_view::npos && word != "." && word != "..";
        const bool in_folder = is_name && !choice.folder.empty() && is_folder(fs::path(choice.folder) / word);
        std::error_code ignored;
        if (!in_folder && fs::is_regular_file(path, ignored)) path = fs::absolute(path).parent_path();
        if (!in_folder && is_folder(path) && is_template(path)) {
            choice.folder = path.has_parent_path() ? path.parent_path().string() : ".";
            choice.names.push_back(path.filename().string());
        } else if (!in_folder && choice.folder.empty() && is_folder(path)) {
            choice.folder = path.string();
        } else {
            choice.names.emplace_back(word);
        }
    }
    if (choice.folder.empty()) choice.folder = default_folder();
    if (!is_folder(choice.folder)) return fmt::format("{} is no folder", choice.folder);
    for (const std::string& name : choice.names)
        if (!is_folder(fs::path(choice.folder) / name))
            return fmt::format("there is no template '{}' in {}", name, choice.folder);
    return std::nullopt;
}

std::string made_folder() {
    if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache != nullptr && *cache == '/')
        return std::string(cache) + "/chapar/mjml";
    const char* home = std::getenv("HOME");
    return home != nullptr && *home == '/' && is_folder(home) ? std::string(home) + "/.cache/chapar/mjml"
                                                              : std::string{};
}

}  // namespace chapar::cli
