#include "render/lint.hpp"

#include "render/file_advice.hpp"
#include "render/folder.hpp"
#include "render/line_index.hpp"
#include "render/lint_source.hpp"
#include "render/lint_template.hpp"
#include "render/lint_words.hpp"
#include "render/locale.hpp"
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
    FolderLinter(const std::string& path, const LintTools& tools)
        : folder_(path), tools_(tools), mjml_({tools.made_folder, {}, {}}) {}
    LintReport run();

  private:
    void look(const std::string& name, const Folder::Files& files);
    std::optional<std::string> try_template(const std::string& name, const Folder::Files& files);
    void say(const std::string& trouble, std::string_view rule);
    void say_broken(const std::string& trouble) { say(trouble, "broken"); }
    void look_at_names();
    void look_at_translations();
    std::string nearest_file(std::string_view trouble) const;
    const std::string* text_of(const std::string& path) const;

    Folder folder_;
    const LintTools& tools_;
    Locales locales_;
    Mjml mjml_;
    std::vector<std::string> templates_;
    std::set<Finding> found_;
};

const std::string* FolderLinter::text_of(const std::string& path) const {
    const std::size_t slash = path.find('/');
    const auto found = folder_.subfolders().find(path.substr(0, slash));
    if (found == folder_.subfolders().end() || slash == std::string::npos) return nullptr;
    const auto file = found->second.find(path.substr(slash + 1));
    return file == found->second.end() ? nullptr : file->second.text.get();
}

void FolderLinter::say(const std::string& trouble, std::string_view rule) {
    Finding finding = finding_of(trouble, rule);
    if (const std::string* text = text_of(finding.file)) finding.source = LineIndex(*text).line(finding.line);
    found_.insert(std::move(finding));
}

std::optional<std::string> FolderLinter::try_template(const std::string& name, const Folder::Files& files) {
    Sources sources;
    for (const auto& [file, source] : files) {
        if (!source.text) return source.trouble;
        // One that should have another name is told of, and the others are looked at.
        if (!intended_name(name, file)) sources.emplace(file, *source.text);
    }
    if (sources.empty()) return std::nullopt;
    if (!is_plain_name(name)) return fmt::format("{}:1:1: {}", name, folder_trouble(name));
    const auto shared = [this](const std::string& path) { return text_of(path); };
    const auto make = [this](const std::string&, const std::string& text) { return mjml_.make(text); };
    const auto compiled = compile(name, sources, shared, locales_, {make, false});
    if (!compiled) return compiled.error();
    const auto marked = compile(name, sources, shared, locales_, {make, true});
    if (!marked) return marked.error();
    TemplateLinter(*compiled, *marked, tools_, found_).run();
    return std::nullopt;
}

void FolderLinter::look(const std::string& name, const Folder::Files& files) {
    if (auto trouble = try_template(name, files)) say_broken(*trouble + nearest_file(*trouble));
}

/// "there is no file _partials/buton.liquid": the one that was meant, perhaps.
std::string FolderLinter::nearest_file(std::string_view trouble) const {
    constexpr std::string_view before = "there is no file ";
    const std::size_t at = trouble.find(before);
    if (at == std::string_view::npos) return {};
    const std::string_view path = trouble.substr(at + before.size());
    const std::size_t slash = path.find('/');
    const auto subfolder = folder_.subfolders().find(path.substr(0, slash));
    if (slash == std::string_view::npos || subfolder == folder_.subfolders().end()) return {};
    std::vector<std::string_view> known;
    for (const auto& [file, source] : subfolder->second)
        known.push_back(file);
    const std::string_view near = nearest(path.substr(slash + 1), known);
    return near.empty() ? "" : fmt::format("; did you mean '{}'?", near.substr(0, near.rfind('.')));
}

void FolderLinter::look_at_names() {
    for (const std::string& trouble : misnamed(folder_))
        say(trouble, "file-name");
}

/// Persian texts that all templates share.
void FolderLinter::look_at_translations() {
    const auto locales = folder_.subfolders().find("locales");
    if (locales == folder_.subfolders().end()) return;
    for (const auto& [file, source] : locales->second) {
        if (!source.text || !(file.starts_with("fa.") || file.starts_with("fa-"))) continue;
        const LineIndex lines(*source.text);
        look_at_letters(*source.text, [&](std::size_t at, std::string_view rule, std::string sentence) {
            const Place place = lines.place(at);
            found_.insert({"locales/" + file, place.line, place.column, std::string(rule), std::move(sentence),
                           std::string(lines.line(place.line))});
        });
    }
}

LintReport FolderLinter::run() {
    folder_.refresh();
    if (!folder_.trouble().empty()) say_broken(folder_.trouble());
    locales_ = locales_in(folder_);
    if (!locales_.trouble.empty()) say_broken(locales_.trouble);
    look_at_names();
    look_at_translations();
    for (const auto& [name, files] : folder_.subfolders()) {
        const auto meant = intended_folder(name);
        if (is_shared_folder(name)) {
            for (const auto& [file, source] : files)
                if (!source.text) say_broken(source.trouble);
        } else if (!files.empty() && !(meant && is_shared_folder(*meant))) {
            templates_.push_back(name);
            look(name, files);
        }
    }
    return {{found_.begin(), found_.end()}, std::move(templates_)};
}

}  // namespace

LintReport lint(const std::string& path, const LintTools& tools) { return FolderLinter(path, tools).run(); }

}  // namespace chapar::render
