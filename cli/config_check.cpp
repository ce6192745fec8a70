#include "cli/config_check.hpp"

#include <chapar/plugin.h>
#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <simdjson.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>

#include "base/json.hpp"
#include "base/secret.hpp"
#include "config/places.hpp"
#include "config/suggest.hpp"
#include "plugin/child.hpp"
#include "plugin/library.hpp"
#include "plugin/settings_check.hpp"
#include "seal/seal.hpp"
#include "webhook/definition.hpp"

namespace chapar::cli {
namespace {

constexpr std::chrono::seconds plugins_limit{60};

bool is_number(const std::string& text) {
    return !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
}

/// Where a unit of the daemon may be, and what is added to it.
std::vector<std::filesystem::path> unit_files() {
    std::vector<std::filesystem::path> files;
    std::error_code error;
    for (const std::filesystem::path root :
         {"/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system", "/usr/lib/systemd/system",
          "/lib/systemd/system"}) {
        if (std::filesystem::exists(root / "chapard.service", error)) files.push_back(root / "chapard.service");
        for (const auto& entry : std::filesystem::directory_iterator(root / "chapard.service.d", error))
            files.push_back(entry.path());
    }
    return files;
}

/// What is wrong with a credential as the daemon's unit names it; empty: nothing, or there is no unit on this machine.
std::string credential_problem(const std::string& name) {
    const auto files = unit_files();
    if (files.empty() || std::getenv("CREDENTIALS_DIRECTORY") != nullptr) return {};
    std::string source;
    for (const auto& file : files) {
        std::ifstream in(file);
        for (std::string line; std::getline(in, line);)
            for (const std::string key : {"LoadCredential=", "LoadCredentialEncrypted=", "SetCredential="})
                if (line.starts_with(key + name + ":")) source = line.substr(key.size() + name.size() + 1);
    }
    if (source.empty())
        return fmt::format(
            "secret \"{}\": the unit does not load it; add LoadCredential={}:FILE (systemctl edit chapard), "
            "or name an absolute path",
            name, name);
    struct stat info{};
    const bool is_seen = source.starts_with('/') && ::stat(source.c_str(), &info) == 0;
    if (is_seen && info.st_size == 0)
        return fmt::format("secret \"{}\": {} is empty: write the secret into it", name, source);
    const bool is_missing = !is_seen && source.starts_with('/') && errno == ENOENT;
    return is_missing ? fmt::format("secret \"{}\": {} of LoadCredential= is missing", name, source) : std::string();
}

class Surroundings {
  public:
    Surroundings(const std::string& file, const config::Settings& settings) : file_(file), settings_(settings) {}
    std::vector<config::Problem> run();

  private:
    void add(std::string text) { problems_.push_back({file_, 0, 0, std::move(text)}); }
    void check_folder(const std::string& folder, const std::string& key);
    void check_state_folder(const std::string& folder);
    void check_people();
    void check_socket();
    void check_web();
    void check_plugins();
    void check_webhooks();
    std::string judge_routes() const;

    const std::string& file_;
    const config::Settings& settings_;
    std::vector<config::Problem> problems_;
};

void Surroundings::check_folder(const std::string& folder, const std::string& key) {
    struct stat info{};
    if (::stat(folder.c_str(), &info) != 0)
        return add(fmt::format("{} {} can't be read: {}", key, folder, std::strerror(errno)));
    if (!S_ISDIR(info.st_mode)) add(fmt::format("{} {} is no folder", key, folder));
}

/// As the start judges it, but for the folder's owner, who need not be the one that asks.
void Surroundings::check_state_folder(const std::string& folder) {
    struct stat info{};
    if (::stat(folder.c_str(), &info) != 0) return;  // the start makes it
    if ((info.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        add(fmt::format("the state folder {} may be written by others (mode {:04o}): chmod go-w {}", folder,
                        info.st_mode & 07777U, folder));
}

void Surroundings::check_people() {
    for (const auto& application : settings_.applications) {
        for (const auto& user : application.users)
            if (!is_number(user) && ::getpwnam(user.c_str()) == nullptr)
                add(fmt::format("application {}: there is no user {} on this machine", application.name, user));
        for (const auto& group : application.groups)
            if (!is_number(group) && ::getgrnam(group.c_str()) == nullptr)
                add(fmt::format("application {}: there is no group {} on this machine", application.name, group));
    }
}

/// Read as the start reads them; a credential of the unit is looked at where the unit names it.
void Surroundings::check_web() {
    const auto& web = settings_.web;
    for (const auto& [key, name] :
         {std::pair("seal_key", &web.seal_key), std::pair("seal_key_previous", &web.seal_key_previous)}) {
        if (name->empty()) continue;
        if (!name->starts_with('/') && std::getenv("CREDENTIALS_DIRECTORY") == nullptr) {
            if (const auto problem = credential_problem(*name); !problem.empty())
                add(fmt::format("web.{}: {}", key, problem));
            continue;
        }
        const auto secret = read_secret(*name);
        if (!secret.has_value())
            add(fmt::format("web.{}: {}", key, secret.error().message()));
        else if (secret->reveal().size() < seal::shortest_key)
            add(fmt::format("web.{}: a site key needs at least {} characters; `openssl rand -hex 32` makes one", key,
                            seal::shortest_key));
    }
}

void Surroundings::check_socket() {
    const auto& group = settings_.socket.group;
    if (!group.empty() && !is_number(group) && ::getgrnam(group.c_str()) == nullptr)
        add(fmt::format("socket.group: there is no group {} on this machine", group));
}

/// Plugins as the daemon would find them: by directory, then by name; the first of a name counts.
std::map<std::string, const chapar_plugin*, std::less<>> load_plugins(const std::vector<std::string>& directories,
                                                                      std::vector<std::string>& refused) {
    std::map<std::string, const chapar_plugin*, std::less<>> tables;
    for (const auto& directory : directories) {
        std::vector<std::string> paths;
        std::error_code error;
        for (const auto& entry : std::filesystem::directory_iterator(directory, error))
            if (entry.path().extension() == ".so") paths.push_back(entry.path().string());
        if (error) refused.push_back(fmt::format("plugin_dirs {} can't be read: {}", directory, error.message()));
        std::ranges::sort(paths);
        for (const auto& path : paths) {
            const auto table = plugin::load(path, {});
            if (table) tables.try_emplace((*table)->name, *table);
            if (!table) refused.push_back(table.error().message());
        }
    }
    return tables;
}

/// Runs in the child. One JSON array of [route, key, text].
std::string Surroundings::judge_routes() const {
    std::vector<std::string> refused;
    const auto tables = load_plugins(settings_.daemon.plugin_dirs, refused);
    std::vector<std::string_view> names;
    for (const auto& [name, table] : tables)
        names.push_back(name);
    json::Writer out;
    out.begin_array();
    const auto say = [&](std::string_view route, std::string_view key, std::string_view text) {
        out.begin_array().value(route).value(key).value(text).end_array();
    };
    bool needs_one = false;
    const auto judge = [&](const auto& route, std::string_view kind, bool is_receiver) {
        const auto found = tables.find(route.plugin);
        if (found == tables.end()) {
            needs_one = true;
            // Not a setting: where one is not found, the route's own `plugin` is the place.
            say(route.name, "plugin",
                fmt::format("{} {}: there is no plugin {}{}", kind, route.name, route.plugin,
                            config::suggestion(route.plugin, names)));
            return;
        }
        if ((found->second->send == nullptr) != is_receiver)
            say(route.name, "plugin",
                fmt::format("{} {}: the plugin {} {}", kind, route.name, route.plugin,
                            is_receiver ? "sends messages: it belongs to a [[route]]"
                                        : "sends nothing: it belongs to a [[receiver]]"));
        for (const auto& problem : plugin::check_settings(*found->second, route.config_json))
            say(route.name, problem.key, fmt::format("{} {}: {}", kind, route.name, problem.text));
        for (const auto& [key, name] : plugin::secrets_in(*found->second, route.config_json))
            if (const auto problem = credential_problem(name); !name.starts_with('/') && !problem.empty())
                say(route.name, key, fmt::format("{} {}: {}", kind, route.name, problem));
    };
    for (const auto& route : settings_.routes)
        judge(route, "route", false);
    for (const auto& receiver : settings_.receivers)
        judge(receiver, "receiver", true);
    // A file that is refused ends a start only when a route needs it.
    for (const auto& text : refused)
        if (needs_one) say("", "", text);
    return out.end_array().take();
}

void Surroundings::check_plugins() {
    if (settings_.routes.empty() && settings_.receivers.empty()) return;
    const plugin::ChildEnd end = plugin::run_in_child([this] { return judge_routes(); }, plugins_limit);
    if (!end.trouble.empty()) return add("a plugin " + end.trouble + " while its settings were looked at");
    simdjson::dom::parser parser;
    simdjson::dom::array all;
    if (parser.parse(end.said).get(all) != simdjson::SUCCESS) return;
    for (const simdjson::dom::element each : all) {
        const auto part = [&](std::size_t i) {
            std::string_view text;
            return each.at(i).get(text) == simdjson::SUCCESS ? text : std::string_view();
        };
        if (part(0).empty()) {
            add(std::string(part(2)));
        } else {
            problems_.push_back(config::problem_of_route(file_, part(0), part(1), std::string(part(2))));
        }
    }
}

/// Secrets that are files are read; of a credential the unit is looked at.
void Surroundings::check_webhooks() {
    const bool is_unit = std::getenv("CREDENTIALS_DIRECTORY") != nullptr;
    for (const auto& webhook : settings_.webhooks) {
        const auto add_at = [&](std::string_view key, const std::string& text) {
            problems_.push_back(config::problem_of_webhook(file_, webhook.name, key,
                                                           fmt::format("webhook {}: {}: {}", webhook.name, key, text)));
        };
        auto named = webhook.secrets;
        if (!webhook.signing_key.empty()) named.push_back(webhook.signing_key);
        const bool can_read =
            is_unit || std::ranges::all_of(named, [](const auto& name) { return name.starts_with('/'); });
        if (can_read) {
            if (const auto defined = webhook::define(webhook); !defined)
                add_at(defined.error().key, defined.error().text);
            continue;
        }
        if (const auto flaw = webhook::flaw_of(webhook)) add_at(flaw->key, flaw->text);
        for (const auto& name : named) {
            const auto problem = name.starts_with('/') ? std::string() : credential_problem(name);
            if (!problem.empty()) add_at("secrets", problem);
        }
    }
}

std::vector<config::Problem> Surroundings::run() {
    // A configuration that says nothing yet needs no templates.
    if (!settings_.applications.empty() || !settings_.routes.empty())
        check_folder(settings_.daemon.template_dir, "template_dir");
    const auto& state = settings_.daemon.state_dir;
    const auto store = std::filesystem::absolute(settings_.store.path).parent_path().string();
    check_state_folder(state);
    if (store != state && !settings_.store.path.empty()) check_state_folder(store);
    check_people();
    check_socket();
    check_web();
    check_plugins();
    check_webhooks();
    return std::move(problems_);
}

}  // namespace

std::vector<config::Problem> surroundings(const std::string& file, const config::Settings& settings) {
    return Surroundings(file, settings).run();
}

}  // namespace chapar::cli
