/// The settings of one email route. Values; made once by the constructor of the plugin.
#pragma once

#include "chapar/plugin.hpp"
#include "dkim.hpp"
#include "replies.hpp"
#include "seal/return_path.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chapar::email {

/// JSON for chapar_traits::config_schema; docs/email.md explains each key.
inline constexpr std::string_view settings_schema = R"json({
"host": {"type": "string", "required": true, "help": "name or address of the SMTP server"},
"port": {"type": "integer", "help": "465 with tls = implicit, else 587"},
"tls": {"type": "string", "default": "required", "help": "required (STARTTLS), implicit, opportunistic or none"},
"user": {"type": "string", "help": "for AUTH"},
"password": {"type": "secret", "help": "for AUTH"},
"ca_file": {"type": "string", "help": "PEM bundle to trust instead of the system's"},
"helo": {"type": "string", "help": "EHLO name; the host's own name by default"},
"from": {"type": "string", "help": "From of messages that bring none: a@b or Name <a@b>"},
"return_path": {"type": "string", "help": "envelope sender; the address in From by default"},
"seal_key": {"type": "secret", "help": "the site's key: each mail gets a return path of its own, return_path with a seal"},
"dkim_domain": {"type": "string", "help": "d= of the signatures"},
"dkim_selector": {"type": "string", "help": "selector of the RSA key"},
"dkim_key": {"type": "secret", "help": "RSA private key, PEM"},
"dkim_ed25519_selector": {"type": "string", "help": "selector of the Ed25519 key"},
"dkim_ed25519_key": {"type": "secret", "help": "Ed25519 private key, PEM"},
"dkim_threads": {"type": "integer", "default": 1, "help": "threads that sign, 1 to 64"},
"connect_timeout": {"type": "duration", "default": "30s", "help": "until connected and TLS is up"},
"timeout": {"type": "duration", "default": "120s", "help": "for one whole mail"},
"replies": {"type": "string", "help": "file of rules for replies, asked before the shipped ones"},
"connections": {"type": "integer", "default": 20, "help": "mails on their way at once, 1 to 256"}
})json";

struct Settings {
    std::string url;  ///< smtp://host:port or smtps://host:port
    Tls tls = Tls::required;
    bool is_local = false;  ///< the server is this machine: nothing leaves it
    std::string user, password, ca_file, helo;
    std::string from;                        ///< stands in when a message brings no From
    std::string return_path;                 ///< envelope sender; empty: the address in From
    std::optional<seal::ReturnPaths> seals;  ///< makes a return path for each attempt
    std::string dkim_domain;
    std::vector<DkimKey> dkim_keys;
    std::chrono::milliseconds connect_timeout{}, timeout{};
    std::size_t connections = 0;
    std::size_t signing_threads = 0;
    Rules replies;  ///< the route's own, before the shipped ones
};

/// Reads and checks the settings; secrets come from `host`. Throws BadConfig with a sentence for the operator.
Settings read_settings(const Config& config, const Host& host);

}  // namespace chapar::email
