#include "plugin/settings_check.hpp"

#include <chapar/plugin.h>
#include <simdjson.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/json_parser.hpp"
#include "base/secret.hpp"
#include "plugin/library.hpp"
#include "plugin/scripted_host.hpp"

namespace chapar::plugin {
namespace {

std::string text_of(std::string_view json, const std::string& key) {
    simdjson::dom::parser parser;
    simdjson::dom::object settings;
    std::string_view text;
    if (parser.parse(json::begin_of(json), json.size()).get(settings) != simdjson::SUCCESS) return {};
    return settings[key].get(text) == simdjson::SUCCESS ? std::string(text) : std::string();
}

std::vector<std::pair<std::string, std::string>> named_secrets(std::string_view schema, std::string_view json) {
    std::vector<std::pair<std::string, std::string>> all;
    for (std::string& key : settings_of_type(schema, "secret"))
        if (std::string name = text_of(json, key); !name.empty()) all.emplace_back(std::move(key), std::move(name));
    return all;
}

/// Where `chapar config check` has no credentials of the unit, a credential can't be looked at; it is no mistake.
bool is_credential_of_the_unit(const std::string& name) {
    return !name.starts_with('/') && std::getenv("CREDENTIALS_DIRECTORY") == nullptr;
}

/// Lends the secrets to `host` and says which of them the start would refuse.
void check_secrets(std::string_view schema, std::string_view json, ScriptedHost& host,
                   std::vector<SettingProblem>& problems) {
    for (const auto& [key, name] : named_secrets(schema, json)) {
        if (is_credential_of_the_unit(name)) {
            host.set_secret(name, std::string(64, 'x'));
            continue;
        }
        const Result<Secret> secret = read_secret(name);
        if (!secret) {
            problems.push_back({key, secret.error().message()});
            host.set_secret(name, std::string(64, 'x'));  // so that the plugin's own words are heard too
        } else if (secret->empty()) {
            problems.push_back({key, "secret file " + name + " is empty: write the secret into it"});
        } else {
            host.set_secret(name, std::string(secret->reveal()));
        }
    }
}

void check_files(std::string_view json, std::vector<SettingProblem>& problems) {
    const std::string file = text_of(json, "ca_file");
    if (file.empty() || ::access(file.c_str(), R_OK) == 0) return;
    problems.push_back({"ca_file", file + " can't be read: " + std::strerror(errno)});
}

/// What the plugin says when it is made; empty: it takes the settings.
std::string try_to_make(const chapar_plugin& table, const std::string& json, ScriptedHost& host) {
    void* self = nullptr;
    try {
        const chapar_str config{json.data(), json.size()};
        const chapar_status status = table.create(&host, &ScriptedHost::api(), config, &self);
        if (status != CHAPAR_OK) return host.failure().empty() ? "the plugin refuses the settings" : host.failure();
        table.destroy(self);
    } catch (...) {
        return "the plugin threw an exception across the border";
    }
    return {};
}

}  // namespace

std::vector<SettingProblem> check_settings(const chapar_plugin& table, std::string_view config_json) {
    const Traits traits = traits_of(table);
    Normalised given = read_settings(config_json, traits.config_schema);
    std::vector<SettingProblem> problems = std::move(given.problems);
    ScriptedHost host;
    const bool fits_schema = problems.empty();
    check_secrets(traits.config_schema, config_json, host, problems);
    check_files(config_json, problems);
    // With a setting that does not fit its type the plugin would only say the same again.
    const std::string refused = fits_schema ? try_to_make(table, given.json, host) : std::string();
    const bool is_known = std::ranges::any_of(
        problems, [&](const SettingProblem& p) { return refused.find(p.text) != std::string::npos; });
    if (!refused.empty() && !is_known) problems.push_back({"", refused});
    return problems;
}

std::vector<std::pair<std::string, std::string>> secrets_in(const chapar_plugin& table, std::string_view config_json) {
    return named_secrets(traits_of(table).config_schema, config_json);
}

}  // namespace chapar::plugin
