/// The settings of the bounces receiver. Values; made once by the constructor of the plugin.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "bounce/judge.hpp"
#include "chapar/plugin.hpp"
#include "seal/return_path.hpp"

namespace chapar::bounce {

/// JSON for chapar_traits::config_schema; docs/bounces.md explains each key.
inline constexpr std::string_view settings_schema = R"json({
"lmtp": {"type": "string", "help": "where LMTP is listened to: the path of a Unix socket, or ADDRESS:PORT"},
"lmtp_mode": {"type": "string", "default": "0660", "help": "permissions of the Unix socket"},
"domains": {"type": "strings", "help": "domains that mail is taken for by LMTP; all by default"},
"maildir": {"type": "string", "help": "a Maildir whose new mails are read"},
"maildir_every": {"type": "duration", "default": "2s", "help": "how often the Maildir is looked at"},
"seal_key": {"type": "secret", "required": true, "help": "the site's key: the one that the email routes seal with"},
"seal_key_previous": {"type": "secret", "help": "the key before it, while its bounces still come"},
"rules": {"type": "string", "help": "file of rules for bounces, asked before the shipped ones"},
"replies": {"type": "string", "help": "file of rules for replies, asked before the shipped ones"},
"max_connections": {"type": "integer", "default": 50, "help": "LMTP connections at once, 1 to 1000"},
"max_message": {"type": "integer", "default": 33554432, "help": "the largest mail in bytes, from 65536"},
"timeout": {"type": "duration", "default": "5m", "help": "how long an LMTP connection may be silent"}
})json";

struct Settings {
    Settings(seal::ReturnPaths site, seal::ReturnPaths to_unsubscribe)
        : seals(std::move(site)), mailboxes(std::move(to_unsubscribe)) {}

    std::string socket;  ///< path of a Unix socket; empty: `address`
    unsigned socket_mode = 0660;
    std::string address;  ///< of TCP; empty: no LMTP
    unsigned short port = 0;
    std::vector<std::string> domains;
    std::string maildir;
    std::chrono::milliseconds maildir_every{}, timeout{};
    std::size_t max_connections = 0, max_message = 0;
    Judgement by;
    seal::ReturnPaths seals;
    seal::ReturnPaths mailboxes;  ///< of List-Unsubscribe

    bool has_lmtp() const { return !socket.empty() || !address.empty(); }
};

/// Reads and checks the settings; secrets come from `host`. Throws BadConfig with a sentence for the operator.
Settings read_settings(const Config& config, const Host& host);

}  // namespace chapar::bounce
