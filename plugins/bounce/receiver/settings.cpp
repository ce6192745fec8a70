#include "bounce/receiver/settings.hpp"

#include <charconv>
#include <optional>

#include "email_rules/address.hpp"
#include "email_rules/text.hpp"

namespace chapar::bounce {
namespace {

std::size_t in_range(const Config& config, std::string_view key, std::int64_t lowest, std::int64_t highest) {
    const auto value = config.integer(key);
    if (value < lowest || value > highest)
        throw BadConfig("the setting '" + std::string(key) + "' must be " + std::to_string(lowest) + " to " +
                        std::to_string(highest));
    return static_cast<std::size_t>(value);
}

template <class Number>
std::optional<Number> number(std::string_view text, int base) {
    Number value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    return !text.empty() && error == std::errc() && end == text.data() + text.size() ? std::optional(value)
                                                                                     : std::nullopt;
}

/// "/run/x" or "127.0.0.1:2424" or "[::1]:2424".
void read_lmtp(const Config& config, Settings& out) {
    const auto text = config.string("lmtp", "");
    if (text.empty()) return;
    const auto mode = number<unsigned>(config.string("lmtp_mode", "0660"), 8);
    if (!mode || *mode > 0777) throw BadConfig("the setting 'lmtp_mode' must be permissions such as \"0660\"");
    out.socket_mode = *mode;
    if (text.starts_with('/')) {
        constexpr std::size_t longest = 100;  // of sun_path
        if (text.size() > longest) throw BadConfig("the setting 'lmtp': the path of a socket has at most 100 bytes");
        out.socket = text;
        return;
    }
    const auto colon = text.rfind(':');
    const auto port = colon == std::string::npos ? std::nullopt
                                                 : number<unsigned short>(std::string_view(text).substr(colon + 1), 10);
    if (!port || colon == 0)
        throw BadConfig("the setting 'lmtp' must be a path or ADDRESS:PORT such as \"127.0.0.1:2424\"");
    out.address = text.substr(0, colon);
    if (out.address.starts_with('[') && out.address.ends_with(']'))
        out.address = out.address.substr(1, out.address.size() - 2);
    out.port = *port;
}

seal::ReturnPaths read_seals(const Config& config, const Host& host, seal::Kind kind) {
    std::vector<std::string> keys;
    for (const char* name : {"seal_key", "seal_key_previous"})
        if (config.has(name)) keys.emplace_back(email::trim(host.secret(config.string(name))));
    auto made = seal::ReturnPaths::make(keys, kind);
    if (!made) throw BadConfig("the setting 'seal_key': " + made.error());
    return std::move(*made);
}

}  // namespace

Settings read_settings(const Config& config, const Host& host) {
    Settings out(read_seals(config, host, seal::Kind::return_path),
                 read_seals(config, host, seal::Kind::unsubscribe_mail));
    out.maildir = config.string("maildir", "");
    read_lmtp(config, out);
    for (const auto& domain : config.strings("domains")) {
        auto ascii = email::to_ascii_domain(domain);
        if (!ascii) throw BadConfig("the setting 'domains': \"" + domain + "\" is no domain: " + ascii.error());
        out.domains.push_back(std::move(*ascii));
    }
    if (!out.maildir.empty() && !out.maildir.starts_with('/'))
        throw BadConfig("the setting 'maildir' must be a path that begins with /");
    out.maildir_every = config.duration("maildir_every");
    if (out.maildir_every < std::chrono::milliseconds(100))
        throw BadConfig("the setting 'maildir_every' must be at least 100ms");
    out.timeout = config.duration("timeout");
    if (out.timeout < std::chrono::seconds(1)) throw BadConfig("the setting 'timeout' must be at least 1s");
    out.max_connections = in_range(config, "max_connections", 1, 1000);
    out.max_message = in_range(config, "max_message", 64 * 1024, 1024LL * 1024 * 1024);
    out.by.bounces = load_rules(config.string("rules", ""));
    if (config.has("replies")) out.by.replies = email::load_rules(config.string("replies"));
    return out;
}

}  // namespace chapar::bounce
