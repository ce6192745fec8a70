#include "render/catalogue.hpp"

#include "render/compiled.hpp"
#include "render/file_advice.hpp"
#include "render/folder.hpp"
#include "render/revisions.hpp"
#include "render/template.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <utility>

namespace chapar::render {

namespace {

using Loaded = std::shared_ptr<const LoadedTemplate>;
constexpr std::size_t cached_revisions = 256, cached_bytes = 16u << 20;
constexpr std::string_view locales = "locales";

struct Entry {
    Loaded loaded;       // the last good revision; nullptr: there was none
    std::string broken;  // why the newest edit is not it
};
using Snapshot = std::map<std::string, Entry, std::less<>>;

/// Whether an error with the sample data is the template's own. Without a sample, absent data explains most errors.
bool is_own_fault(const Error& error, const Variant& variant) {
    if (error.is(Code::aborted)) return false;
    const bool has_sample = !variant.front.sample.empty();
    return has_sample || error.is(Code::limit) || error.message().find("undefined filter") != std::string::npos;
}

/// What a template must do with its own sample before it serves: an unknown filter or a loop without end shows here.
std::string try_samples(const LoadedTemplate& loaded) {
    for (const CompiledChannel& channel : loaded.compiled().channels)
        for (const Variant& variant : channel.variants) {
            Input input;
            input.data_json = variant.sample_json;
            input.locale = variant.locale;
            const auto rendered = loaded.render_variant(variant, input);
            if (!rendered && is_own_fault(rendered.error(), variant)) return rendered.error().message();
        }
    return {};
}

class FolderCatalogue final : public Catalogue {
  public:
    FolderCatalogue(const std::string& folder, BundleSource load_bundle, const std::string& made_folder)
        : folder_(folder),
          mjml_({made_folder, {}, {}}),
          load_bundle_(std::move(load_bundle)),
          revisions_(cached_revisions, cached_bytes) {}

    std::vector<std::string> reload() override;
    void cancel() override { mjml_.cancel(); }
    std::shared_ptr<const Template> find(std::string_view name) const override;
    std::vector<TemplateInfo> list() const override;
    Result<std::shared_ptr<const Template>> pinned(std::string_view name, std::string_view revision) override;
    std::shared_ptr<const SiteFiles> site_files() const override {
        const std::lock_guard lock(mutex_);
        return site_files_;
    }

  private:
    void take_site_files();
    std::shared_ptr<const Snapshot> snapshot() const;
    Entry load(const std::string& name, const Folder::Files& files, Loaded last_good);
    const std::string* shared_source(const std::string& path) const;
    std::vector<std::string> troubles(const Snapshot& entries) const;

    std::mutex reloading_;  // guards folder_ and locales_; taken before mutex_
    Folder folder_;
    Locales locales_;
    Mjml mjml_;
    BundleSource load_bundle_;
    Revisions revisions_;
    std::uint64_t site_changes_ = 0;  // that site_files_ has
    mutable std::mutex mutex_;        // guards snapshot_ and site_files_
    std::shared_ptr<const Snapshot> snapshot_ = std::make_shared<const Snapshot>();
    std::shared_ptr<const SiteFiles> site_files_ = std::make_shared<const SiteFiles>();
};

std::shared_ptr<const Snapshot> FolderCatalogue::snapshot() const {
    const std::lock_guard lock(mutex_);
    return snapshot_;
}

const std::string* FolderCatalogue::shared_source(const std::string& path) const {
    const std::size_t slash = path.find('/');
    const auto folder = folder_.subfolders().find(path.substr(0, slash));
    if (folder == folder_.subfolders().end()) return nullptr;
    const auto file = folder->second.find(path.substr(slash + 1));
    return file == folder->second.end() ? nullptr : file->second.text.get();
}

Entry FolderCatalogue::load(const std::string& name, const Folder::Files& files, Loaded last_good) {
    Entry entry{std::move(last_good), {}};
    if (!is_plain_name(name)) {
        entry.broken = fmt::format("{}:1:1: {}", name, folder_trouble(name));
        return entry;
    }
    std::map<std::string, std::string, std::less<>> sources;
    for (const auto& [file, source] : files) {
        if (!source.text) {
            entry.broken = source.trouble;
            return entry;
        }
        sources.emplace(file, *source.text);
    }
    CompileTools tools;
    tools.mjml = [this](const std::string&, const std::string& text) { return mjml_.make(text); };
    auto compiled =
        compile(name, sources, [this](const std::string& path) { return shared_source(path); }, locales_, tools);
    if (!compiled) {
        entry.broken = std::move(compiled.error());
        return entry;
    }
    auto loaded = std::make_shared<const LoadedTemplate>(std::move(*compiled));
    if (entry.loaded && entry.loaded->revision() == loaded->revision()) return entry;
    entry.broken = try_samples(*loaded);
    if (!entry.broken.empty()) return entry;
    if (entry.loaded) revisions_.insert(entry.loaded);
    entry.loaded = std::move(loaded);
    return entry;
}

void FolderCatalogue::take_site_files() {
    if (site_changes_ == folder_.site_changes()) return;
    auto next = std::make_shared<SiteFiles>();
    for (const auto& [folder, files] : folder_.site_folders()) {
        for (const auto& [file, source] : files) {
            if (!source.text) return;  // all of them or none
            next->emplace(fmt::format("{}/{}", folder, file), *source.text);
        }
    }
    site_changes_ = folder_.site_changes();
    const std::lock_guard publishing(mutex_);
    site_files_ = std::move(next);
}

std::vector<std::string> FolderCatalogue::troubles(const Snapshot& entries) const {
    std::vector<std::string> found;
    if (!folder_.trouble().empty()) found.push_back(folder_.trouble());
    const auto add_unread = [&found](const Folder::Files& files) {
        for (const auto& [file, source] : files)
            if (!source.text) found.push_back(source.trouble);
    };
    for (const auto& [name, files] : folder_.subfolders())
        if (is_shared_folder(name)) add_unread(files);
    for (const auto& [name, files] : folder_.site_folders())
        add_unread(files);
    if (!locales_.trouble.empty()) found.push_back(locales_.trouble);
    for (std::string& name : misnamed(folder_))
        found.push_back(std::move(name));
    for (const auto& [name, entry] : entries)
        if (!entry.broken.empty()) found.push_back(entry.broken);
    return found;
}

std::vector<std::string> FolderCatalogue::reload() {
    const std::lock_guard lock(reloading_);
    const auto current = snapshot();
    const std::set<std::string> changed = folder_.refresh();
    take_site_files();
    if (changed.empty()) return troubles(*current);
    const bool all = std::any_of(changed.begin(), changed.end(), is_shared_folder);
    if (changed.contains(std::string(locales))) locales_ = locales_in(folder_);
    auto next = std::make_shared<Snapshot>();
    for (const auto& [name, files] : folder_.subfolders()) {
        if (is_shared_folder(name) || files.empty()) continue;
        const auto known = current->find(name);
        const Entry previous = known == current->end() ? Entry{} : known->second;
        const bool keep = known != current->end() && !all && !changed.contains(name);
        next->emplace(name, keep ? previous : load(name, files, previous.loaded));
    }
    for (const auto& [name, entry] : *current)
        if (entry.loaded && !next->contains(name)) revisions_.insert(entry.loaded);
    std::vector<std::string> found = troubles(*next);
    const std::lock_guard publishing(mutex_);
    snapshot_ = std::move(next);
    return found;
}

std::shared_ptr<const Template> FolderCatalogue::find(std::string_view name) const {
    const auto entries = snapshot();
    const auto found = entries->find(name);
    return found == entries->end() ? nullptr : found->second.loaded;
}

std::vector<TemplateInfo> FolderCatalogue::list() const {
    std::vector<TemplateInfo> all;
    const auto entries = snapshot();
    for (const auto& [name, entry] : *entries) {
        TemplateInfo info;
        if (entry.loaded) info = entry.loaded->info();
        info.name = name;
        info.broken = entry.broken;
        all.push_back(std::move(info));
    }
    return all;
}

Result<std::shared_ptr<const Template>> FolderCatalogue::pinned(std::string_view name, std::string_view revision) {
    if (auto current = find(name); current && current->revision() == revision) return current;
    if (auto kept = revisions_.find(revision); kept && kept->name() == name) return kept;
    const auto lost = [&](std::string_view why) {
        return fail(Code::no_revision, fmt::format("revision {} of template '{}' {}", revision, name, why));
    };
    auto kept_text = load_bundle_ ? load_bundle_(revision) : std::optional<std::string>();
    if (!kept_text)
        return fail(Code::unavailable, fmt::format("revision {} of template '{}' can't be read now: {}", revision, name,
                                                   kept_text.error().message()));
    const std::optional<std::string> text = std::move(*kept_text);
    if (!text) return lost("is neither in the folder nor in the store");
    const std::optional<Bundle> bundle = read_bundle(*text);
    if (!bundle || bundle->name != name || revision_of(*text) != revision) return lost("is damaged in the store");
    std::map<std::string, std::string, std::less<>> own;
    Translations::Sources texts;
    for (const auto& [path, source] : bundle->files) {
        if (path.find('/') == std::string::npos) own.emplace(path, source);
        if (path.substr(0, path.find('/')) == locales) texts.emplace(path, source);
    }
    auto compiled = compile(
        bundle->name, own,
        [&](const std::string& path) -> const std::string* {
            const auto found = bundle->files.find(path);
            return found == bundle->files.end() ? nullptr : &found->second;
        },
        read_locales(std::move(texts)));
    if (!compiled) return fail(Code::broken_template, std::move(compiled.error()));
    auto loaded = std::make_shared<const LoadedTemplate>(std::move(*compiled));
    if (loaded->revision() != revision) return lost("was written by another version of Chapar");
    revisions_.insert(loaded);
    return loaded;
}

}  // namespace

bool is_shared_folder(std::string_view name) { return name == "_layouts" || name == "_partials" || name == locales; }

Locales locales_in(const Folder& folder) {
    Translations::Sources sources;
    if (const auto found = folder.subfolders().find(locales); found != folder.subfolders().end())
        for (const auto& [file, source] : found->second)
            if (source.text) sources.emplace(fmt::format("{}/{}", locales, file), *source.text);
    return read_locales(std::move(sources));
}

std::unique_ptr<Catalogue> open_catalogue(const std::string& folder, BundleSource load_bundle,
                                          const std::string& made_folder) {
    auto catalogue = std::make_unique<FolderCatalogue>(folder, std::move(load_bundle), made_folder);
    catalogue->reload();
    return catalogue;
}

}  // namespace chapar::render
