#include "plugin/host.hpp"

#include <chapar/plugin.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <mutex>
#include <system_error>
#include <utility>

#include "base/log.hpp"
#include "plugin/library.hpp"
#include "plugin/live.hpp"
#include "plugin/schema.hpp"

namespace chapar::plugin {
namespace {

constexpr auto patience = std::chrono::seconds(2);

struct Opened {
    const chapar_plugin* table = nullptr;
    LibraryInfo info;
};

Result<std::vector<std::string>> objects_in(const std::string& directory) {
    std::error_code error;
    std::filesystem::directory_iterator at(directory, error), end;
    if (error) return fail(Code::not_found, directory + " can't be read: " + error.message());
    std::vector<std::string> paths;
    for (; at != end; at.increment(error)) {
        if (error) return fail(Code::not_found, directory + " can't be read: " + error.message());
        if (at->path().extension() == ".so") paths.push_back(at->path().string());
    }
    std::ranges::sort(paths);
    return paths;
}

}  // namespace

struct Host::Impl {
    std::shared_ptr<const Services> services;
    mutable std::mutex mutex;  // guards what follows; entries of opened stay for good
    std::map<std::string, Opened, std::less<>> opened;
    std::vector<std::shared_ptr<Strand>> own_threads;  // of blocking instances, so that they are joined

    void keep(const std::shared_ptr<Strand>& strand) {
        std::lock_guard lock(mutex);
        std::erase_if(own_threads, [](const auto& old) { return old->is_closed(); });
        own_threads.push_back(strand);
    }

    Result<LibraryInfo> add(const chapar_plugin* table, const std::string& path) {
        Opened entry{table, {table->name, table->version, path, traits_of(*table)}};
        std::lock_guard lock(mutex);
        auto [at, is_new] = opened.emplace(entry.info.name, entry);
        if (is_new) return entry.info;
        std::string other = at->second.info.path.empty() ? "built in" : at->second.info.path;
        return fail(Code::refused,
                    path + " is another plugin called " + entry.info.name + "; the first one stays: " + other);
    }
    const Opened* find(std::string_view name) const {
        std::lock_guard lock(mutex);
        auto at = opened.find(name);
        return at == opened.end() ? nullptr : &at->second;
    }
    Result<const Opened*> require(std::string_view name) const {
        if (const Opened* found = find(name)) return found;
        std::string known;
        std::lock_guard lock(mutex);
        for (const auto& [other, entry] : opened)
            known += (known.empty() ? "" : ", ") + other;
        std::string hint = known.empty() ? "none is loaded; see [daemon] plugin_dirs" : "loaded: " + known;
        return fail(Code::not_found, "there is no plugin '" + std::string(name) + "' (" + hint + ")");
    }
};

Host::Host(Services services) : impl_(std::make_unique<Impl>()) {
    impl_->services = std::make_shared<const Services>(std::move(services));
}
Host::~Host() {
    // An instance that was let go ends on its thread, using the daemon's services to its last moment.
    const auto until = std::chrono::steady_clock::now() + patience;
    for (const auto& strand : impl_->own_threads)
        strand->wait_ended(std::chrono::duration_cast<Milliseconds>(until - std::chrono::steady_clock::now()));
}

Result<LibraryInfo> Host::add_builtin(Entry entry) {
    Result<const chapar_plugin*> table = check_table(entry(CHAPAR_ABI_MAJOR, CHAPAR_ABI_MINOR), "the built-in plugin");
    if (!table) return std::unexpected(table.error());
    return impl_->add(*table, "");
}

Result<LibraryInfo> Host::open(const std::string& path, OpenOptions options) {
    Result<const chapar_plugin*> table = load(path, options);
    if (!table) return std::unexpected(table.error());
    Result<LibraryInfo> info = impl_->add(*table, path);
    if (info)
        log::info("plugin.loaded", "plugin {} {} from {}", log::Field("plugin", info->name),
                  log::Field("version", info->version), log::Field("file", path));
    return info;
}

std::vector<Error> Host::open_all(const std::vector<std::string>& directories, OpenOptions options) {
    std::vector<Error> problems;
    auto note = [&](const Error& error) {
        log::error("plugin.not_loaded", "{}", error.message());
        problems.push_back(error);
    };
    for (const std::string& directory : directories) {
        Result<std::vector<std::string>> paths = objects_in(directory);
        if (!paths) note(paths.error());
        if (!paths) continue;
        for (const std::string& path : *paths) {
            bool is_known = std::ranges::any_of(libraries(), [&](const LibraryInfo& l) { return l.path == path; });
            if (is_known) continue;
            if (Result<LibraryInfo> info = open(path, options); !info) note(info.error());
        }
    }
    return problems;
}

std::vector<LibraryInfo> Host::libraries() const {
    std::vector<LibraryInfo> all;
    std::lock_guard lock(impl_->mutex);
    for (const auto& [name, entry] : impl_->opened)
        all.push_back(entry.info);
    return all;
}

const Traits* Host::traits(std::string_view name) const {
    const Opened* found = impl_->find(name);
    return found == nullptr ? nullptr : &found->info.traits;
}

Result<std::string> Host::check_config(std::string_view plugin, std::string_view config_json) const {
    Result<const Opened*> found = impl_->require(plugin);
    if (!found) return std::unexpected(found.error());
    return normalise(config_json, (*found)->info.traits.config_schema);
}

Result<std::shared_ptr<Instance>> Host::create(std::string_view plugin, std::string instance_name,
                                               std::string_view config_json) {
    Result<const Opened*> found = impl_->require(plugin);
    if (!found) return std::unexpected(found.error());
    Result<std::string> config = normalise(config_json, (*found)->info.traits.config_schema);
    if (!config)
        return fail(Code::bad_config,
                    instance_name + " (plugin " + std::string(plugin) + "): " + config.error().message());
    auto live =
        std::make_shared<Live>(*(*found)->table, (*found)->info.traits, std::move(instance_name), impl_->services);
    if (Result<void> begun = live->begin(*config); !begun) return std::unexpected(begun.error());
    if ((live->traits().flags & CHAPAR_BLOCKING) != 0) impl_->keep(live->strand());
    return std::make_shared<Handle>(std::move(live));
}

}  // namespace chapar::plugin
