#include "sms/http/settings.hpp"

#include <algorithm>

namespace chapar::sms::http {
namespace {

std::string trimmed(std::string text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r'))
        text.pop_back();
    return text;
}

std::string secret(const Config& config, const Host& host, std::string_view key) {
    return config.has(key) ? trimmed(host.secret(config.string(key))) : std::string();
}

bool is_loopback(std::string_view url) {
    return url.starts_with("http://127.") || url.starts_with("http://localhost") || url.starts_with("http://[::1]");
}

/// "https://name:port", nothing behind it.
std::string origin(const Config& config) {
    auto url = config.string("endpoint", "");
    while (url.ends_with('/'))
        url.pop_back();
    if (url.empty()) return url;
    const auto scheme = url.find("://");
    const bool known = url.starts_with("https://") || url.starts_with("http://");
    if (!known || url.find_first_of("/?#@ \t\r\n", scheme + 3) != std::string::npos)
        throw BadConfig("the setting 'endpoint' must be https://HOST or https://HOST:PORT");
    return url;
}

std::string address(const Config& config, std::string_view key) {
    auto url = config.string(key, "");
    while (url.ends_with('/'))
        url.pop_back();
    const bool known = url.starts_with("https://") || url.starts_with("http://");
    if (!url.empty() && (!known || url.find_first_of("?# \t\r\n") != std::string::npos))
        throw BadConfig("the setting '" + std::string(key) + "' must be https://HOST/PATH, as the provider sees it");
    return url;
}

void read_options(const Config& config, Values& out) {
    for (const auto& entry : config.strings("options")) {
        const auto at = entry.find('=');
        if (at == std::string::npos || at == 0)
            throw BadConfig("the setting 'options' must be a list of \"NAME=VALUE\"");
        out["option." + entry.substr(0, at)] = entry.substr(at + 1);
    }
}

/// What the description asks for is there, and nothing that it does not know.
void check(const Settings& settings) {
    const auto& provider = settings.provider;
    const auto is_set = [&](const std::string& name) {
        if (name == "sender") return !settings.sender.empty();
        const auto at = settings.values.find(name);
        return at != settings.values.end() && !at->second.empty();
    };
    const auto written = [](const std::string& name) {
        return name.starts_with("option.") ? "'options' with \"" + name.substr(7) + "=...\"" : "'" + name + "'";
    };
    for (const auto& [name, what] : provider.required)
        if (!is_set(name)) throw BadConfig(provider.name + " needs the setting " + written(name) + ": " + what);
    for (const auto& [name, value] : settings.values)
        if (!value.empty() && !provider.required.contains(name) && !provider.optional.contains(name))
            throw BadConfig(provider.name + " knows no setting " + written(name) + " (" + provider.file + ")");
}

void check_webhook(const Settings& settings) {
    const auto& webhook = settings.provider.webhook;
    const bool is_signed = webhook.signature != Signature::none;
    const bool key_signs = webhook.signature == Signature::twilio;  // by the account's own key
    if (!settings.webhook_secret.empty() && (!is_signed || key_signs))
        throw BadConfig(settings.provider.name +
                        " signs its webhooks with no secret of their own: take 'webhook_secret' out");
    if (!settings.webhook_token.empty() && settings.webhook_token.find_first_of("/?#% \t") != std::string::npos)
        throw BadConfig("'webhook_token' must be one word: letters, digits, - and _");
    if (!settings.webhook_token.empty() && settings.webhook_token.size() < 16)
        throw BadConfig("'webhook_token' must have at least 16 characters: nothing else keeps strangers away");
}

}  // namespace

Settings read_settings(const Config& config, const Host& host) {
    Settings out;
    out.provider = load_description(
        description_path(config.string("provider"), config.string("provider_dir", "/usr/share/chapar/providers/sms")));
    out.sender = config.string("sender", "");
    out.source_allowed = config.strings("source_allowed");
    out.values["account"] = config.string("account", "");
    out.values["key"] = secret(config, host, "key");
    out.values["secret"] = secret(config, host, "secret");
    read_options(config, out.values);
    check(out);
    out.endpoint = origin(config);
    out.ca_file = config.string("ca_file", "");
    out.public_url = address(config, "public_url");
    out.webhook_token = secret(config, host, "webhook_token");
    out.webhook_secret = secret(config, host, "webhook_secret");
    check_webhook(out);
    out.text.smart = config.boolean("smart", false);
    out.stop_words = config.strings("stop_words");
    out.park = config.duration("receipt_park", out.park);
    if (out.endpoint.starts_with("http://") && !is_loopback(out.endpoint))
        host.warning("endpoint is http: account and messages travel unencrypted");
    return out;
}

}  // namespace chapar::sms::http
