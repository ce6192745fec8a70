#include "render/lint.hpp"

#include "render/folder.hpp"
#include "render/line_index.hpp"
#include "render/lint_source.hpp"
#include "render/lint_template.hpp"
#include "render/mjml.hpp"

#include <fmt/format.h>

#include <optional>
#include <set>

namespace chapar::render {

namespace {

using Sources = std::map<std::string, std::string, std::less<>>;

/// One folder of templates.
class FolderLinter {
  public:
    FolderLinter(const std::string& path, const std::string& made_folder)
        : folder_(path), mjml_({made_folder, {}, {}}) {}
    std::vector<Finding> run();

  private:
    void look(const std::string& name, const Folder::Files& files);
    std::optional<std::string> try_template(const std::string& name, const Folder::Files& files);
    void say_broken(const std::string& trouble);
    const std::string* text_of(const std::string& path) const;

    Folder folder_;
    Locales locales_;
    Mjml mjml_;
    std::set<Finding> found_;
};

const std::string* FolderLinter::text_of(const std::string& path) const {
    const std::size_t slash = path.find('/');
    const auto found = folder_.subfolders().find(path.substr(0, slash));
    if (found == folder_.subfolders().end() || slash == std::string::npos) return nullptr;
    const auto file = found->second.find(path.substr(slash + 1));
    return file == found->second.end() ? nullptr : file->second.text.get();
}

void FolderLinter::say_broken(const std::string& trouble) {
    Finding finding = finding_of(trouble, "broken");
    if (const std::string* text = text_of(finding.file)) finding.source = LineIndex(*text).line(finding.line);
    found_.insert(std::move(finding));
}

std::optional<std::string> FolderLinter::try_template(const std::string& name, const Folder::Files& files) {
    Sources sources;
    for (const auto& [file, source] : files) {
        if (!source.text) return source.trouble;
        sources.emplace(file, *source.text);
    }
    if (!is_plain_name(name)) return name + ":1:1: a template's name is made of letters, digits, '-' and '_'";
    const auto shared = [this](const std::string& path) { return text_of(path); };
    const auto make = [this](const std::string&, const std::string& text) { return mjml_.make(text); };
    const auto compiled = compile(name, sources, shared, locales_, {make, false});
    if (!compiled) return compiled.error();
    const auto marked = compile(name, sources, shared, locales_, {make, true});
    if (!marked) return marked.error();
    TemplateLinter(*compiled, *marked, found_).run();
    return std::nullopt;
}

void FolderLinter::look(const std::string& name, const Folder::Files& files) {
    if (auto trouble = try_template(name, files)) say_broken(*trouble);
}

std::vector<Finding> FolderLinter::run() {
    folder_.refresh();
    if (!folder_.trouble().empty()) say_broken(folder_.trouble());
    locales_ = locales_in(folder_);
    if (!locales_.trouble.empty()) say_broken(locales_.trouble);
    for (const auto& [name, files] : folder_.subfolders()) {
        if (is_shared_folder(name)) {
            for (const auto& [file, source] : files)
                if (!source.text) say_broken(source.trouble);
        } else if (!files.empty()) {
            look(name, files);
        }
    }
    return {found_.begin(), found_.end()};
}

}  // namespace

std::vector<Finding> lint(const std::string& path, const std::string& made_folder) {
    return FolderLinter(path, made_folder).run();
}

}  // namespace chapar::render
