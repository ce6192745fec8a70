#pragma once
// The whole configuration as typed, validated values. Plain data: loaded by config/load.hpp, copied freely, immutable
// once applied.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"

namespace chapar::config {

enum class Priority : std::uint8_t { critical = 0, high = 1, normal = 2, bulk = 3 };
enum class OnDoubt : std::uint8_t { retry, hold };

struct DaemonSettings {
    std::string state_dir = "/var/lib/chapar";
    std::string template_dir = "/etc/chapar/templates";
    std::vector<std::string> plugin_dirs = {"/usr/lib/chapar/plugins"};
    std::string timezone = "Asia/Tehran";  // of the site; a recipient's own comes first
    std::string locale = "fa-IR";          // when neither message nor recipient names one
    Milliseconds stop_timeout{20'000};     // SIGTERM: how long work in flight may take
    bool operator==(const DaemonSettings&) const = default;
};

struct LogSettings {
    std::string level = "info";    // debug, info, warning, error
    std::string format = "human";  // human, json
    std::string file;              // empty: standard error (the journal)
    bool operator==(const LogSettings&) const = default;
};

struct SocketSettings {
    std::string path = "/run/chapar/chapar.sock";  // unless systemd passes one
    std::string mode = "0660";
    std::string group;                 // empty: unchanged
    std::uint64_t max_body = 1 << 20;  // bytes of one request or one NDJSON line
    std::uint64_t max_header = 16 << 10;
    std::uint32_t max_depth = 32;     // JSON nesting
    std::uint32_t max_keys = 10'000;  // JSON object members in one message
    std::uint32_t max_connections = 1024;
    Milliseconds idle_timeout{60'000};  // also the longest a header or body may dribble
    bool operator==(const SocketSettings&) const = default;
};

struct StoreSettings {
    std::string path;  // empty: STATE_DIR/chapar.db
    Milliseconds keep_finished{std::chrono::hours(24 * 30)};
    bool operator==(const StoreSettings&) const = default;
};

struct QueueSettings {
    std::uint32_t window = 4096;  // messages of one pool held in memory
    bool operator==(const QueueSettings&) const = default;
};

struct Backoff {
    Milliseconds first{30'000};
    Milliseconds max{std::chrono::hours(1)};
    bool operator==(const Backoff&) const = default;
};

struct ClassSettings {
    std::string name;
    Priority priority = Priority::normal;
    double share = 0;  // guaranteed part of a route below stricter classes, 0..0.5
    Milliseconds max_age{std::chrono::hours(72)};
    std::uint32_t max_attempts = 20;
    Backoff backoff;
    OnDoubt on_doubt = OnDoubt::hold;
    bool operator==(const ClassSettings&) const = default;
};

struct ApplicationSettings {
    std::string name;
    std::vector<std::string> users, groups;                       // names or numbers; the kernel says who calls
    std::vector<std::string> classes, channels, templates, from;  // "*" allows all; from: addresses or "*@domain"
    double rate = 0;                                              // messages a second, 0: no limit
    std::uint64_t queue_depth = 0;                                // messages waiting at most, 0: no limit
    double weight = 1;                                            // fair share against other applications of a class
    bool operator_role = false;          // `operator = true`: sees every application's messages, pauses routes, reloads
    std::vector<std::string> headers;    // custom mail headers that it may set, e.g. "X-Order"
    std::uint64_t attachment_limit = 0;  // bytes a message, decoded; 0: none allowed
    bool operator==(const ApplicationSettings&) const = default;
};

struct RouteSettings {
    std::string name;
    std::string channel;
    std::string plugin;                 // the plugin's name, found in plugin_dirs
    std::uint32_t order = 0;            // position in the file: earlier ones are preferred
    std::vector<std::string> classes;   // empty: all
    double rate = 0;                    // messages a second, 0: no limit
    std::uint32_t max_in_flight = 0;    // 0: what the plugin's traits say
    std::uint32_t per_destination = 0;  // most in flight towards one destination (mail domain), 0: half of the route's
    std::uint32_t reserve = 0;          // in-flight places only class priority critical may use; 0: a tenth
    Milliseconds deadline{std::chrono::minutes(10)};  // an attempt without a word is UNKNOWN then
    std::string config_json;                          // [route.settings] as JSON, handed to the plugin
    bool operator==(const RouteSettings&) const = default;
};

struct Settings {
    DaemonSettings daemon;
    LogSettings log;
    SocketSettings socket;
    StoreSettings store;
    QueueSettings queue;
    std::map<std::string, ClassSettings> classes;  // otp, transactional and marketing always exist
    std::vector<ApplicationSettings> applications;
    std::vector<RouteSettings> routes;
    bool operator==(const Settings&) const = default;
};

}  // namespace chapar::config
