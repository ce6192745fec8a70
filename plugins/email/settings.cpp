#include "settings.hpp"

#include "email_rules/address.hpp"
#include "email_rules/guard.hpp"
#include "email_rules/text.hpp"

namespace chapar::email {

namespace {

Tls read_tls(std::string_view name) {
    if (name == "required" || name == "implicit") return Tls::required;
    if (name == "opportunistic") return Tls::opportunistic;
    if (name == "none") return Tls::none;
    throw BadConfig("the setting 'tls' must be required, implicit, opportunistic or none");
}

std::int64_t in_range(const Config& config, std::string_view key, std::int64_t otherwise, std::int64_t highest) {
    const auto value = config.integer(key, otherwise);
    if (value < 1 || value > highest)
        throw BadConfig("the setting '" + std::string(key) + "' must be 1 to " + std::to_string(highest));
    return value;
}

std::string read_host(const Config& config) {
    const auto& host = config.string("host");
    const bool fits = !host.empty() && host.find_first_of(" \t\r\n/@?#%\\\"<>") == std::string::npos;
    if (!fits) throw BadConfig("the setting 'host' must be a name or an address");
    return host.contains(':') && !host.starts_with('[') ? '[' + host + ']' : host;
}

/// This machine itself. "127.0.0.1.example" is a name like any other.
bool is_loopback(std::string_view host) {
    const bool is_number = host.find_first_not_of("0123456789.") == std::string_view::npos;
    return host == "localhost" || host == "[::1]" || (is_number && host.starts_with("127."));
}

std::vector<DkimKey> read_keys(const Config& config, const Host& host) {
    std::vector<DkimKey> keys;
    for (const auto& [selector, key] :
         {std::pair{"dkim_selector", "dkim_key"}, {"dkim_ed25519_selector", "dkim_ed25519_key"}}) {
        if (config.has(selector) != config.has(key))
            throw BadConfig(std::string("the settings '") + selector + "' and '" + key + "' go together");
        if (config.has(key)) keys.push_back({config.string(selector), host.secret(config.string(key))});
    }
    if (!keys.empty() && !config.has("dkim_domain")) throw BadConfig("a DKIM key needs the setting 'dkim_domain'");
    if (keys.empty() && config.has("dkim_domain"))
        throw BadConfig("the setting 'dkim_domain' needs a key and its selector");
    return keys;
}

void check_addresses(const Settings& settings) {
    if (!settings.from.empty()) {
        const auto from = parse_mailbox(settings.from);
        if (!from) throw BadConfig("the setting 'from' is refused: " + from.error());
    }
    if (!settings.return_path.empty()) {
        const auto sender = parse_address(settings.return_path);
        if (!sender) throw BadConfig("the setting 'return_path' is refused: " + sender.error());
    }
}

/// A password that anybody on the way may read is a mistake, never a wish.
void check_password(const Settings& settings, const Config& config, std::string_view host) {
    if (config.has("user") != config.has("password")) throw BadConfig("the settings 'user' and 'password' go together");
    if (settings.user.empty() || settings.tls == Tls::required || is_loopback(host)) return;
    throw BadConfig("with a password 'tls' must be required or implicit, or the password may travel in the clear");
}

std::optional<seal::ReturnPaths> read_seals(const Config& config, const Host& host, std::string_view return_path) {
    if (!config.has("seal_key")) return std::nullopt;
    if (return_path.empty()) throw BadConfig("the setting 'seal_key' needs 'return_path': that is what gets the seal");
    if (return_path.find('@') > seal::ReturnPaths::longest_local)
        throw BadConfig("with 'seal_key' what stands before the @ of 'return_path' has at most " +
                        std::to_string(seal::ReturnPaths::longest_local) + " bytes: the seal follows it");
    const std::string key(trim(host.secret(config.string("seal_key"))));
    auto made = seal::ReturnPaths::make({&key, 1});
    if (!made) throw BadConfig("the setting 'seal_key': " + made.error());
    return std::move(*made);
}

}  // namespace

Settings read_settings(const Config& config, const Host& host) {
    Settings settings;
    const std::string tls = config.string("tls", "required");
    settings.tls = read_tls(tls);
    const auto name = read_host(config);
    const auto port = in_range(config, "port", tls == "implicit" ? 465 : 587, 65535);
    settings.url = (tls == "implicit" ? "smtps://" : "smtp://") + name + ':' + std::to_string(port);
    settings.is_local = is_loopback(name);
    settings.user = config.string("user", "");
    if (config.has("password")) settings.password = host.secret(config.string("password"));
    settings.ca_file = config.string("ca_file", "");
    settings.helo = config.string("helo", "");
    settings.from = config.string("from", "");
    settings.return_path = config.string("return_path", "");
    settings.dkim_domain = config.string("dkim_domain", "");
    settings.dkim_keys = read_keys(config, host);
    settings.connect_timeout = config.duration("connect_timeout", std::chrono::seconds(30));
    settings.timeout = config.duration("timeout", std::chrono::seconds(120));
    settings.connections = static_cast<std::size_t>(in_range(config, "connections", 20, 256));
    settings.signing_threads = static_cast<std::size_t>(in_range(config, "dkim_threads", 1, 64));
    if (config.has("replies")) settings.replies = load_rules(config.string("replies"));
    check_addresses(settings);
    settings.seals = read_seals(config, host, settings.return_path);
    check_password(settings, config, name);
    if (!header_flaw(settings.helo).empty() || settings.helo.contains(' '))
        throw BadConfig("the setting 'helo' must be a host name");
    return settings;
}

}  // namespace chapar::email
