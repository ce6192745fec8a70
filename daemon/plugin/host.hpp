#pragma once
// The daemon's side of the plugin border: opens libraries once (and never closes them), makes instances of them and
// serves them. The path of a library is checked before a byte of it can run (attack S16).
// Owns the libraries; what the services refer to must outlive every instance.

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "base/result.hpp"
#include "model/report.hpp"
#include "plugin/instance.hpp"

extern "C" struct chapar_plugin;
namespace boost::asio {
class any_io_executor;
}
namespace chapar::net {
class Transfers;
}

namespace chapar::plugin {

/// What instances need from the daemon. All of it is callable from any thread.
struct Services {
    /// Runs the instances' strands; more than one thread may run it.
    const boost::asio::any_io_executor& executor;
    net::Transfers& transfers;
    metrics::Registry& metrics;
    const Clock& clock;
    /// Takes what a plugin emitted (of the report, what chapar_event has); calls `durable` once, when it is on disk
    /// (true) or could not be stored (false). The reply of an inbound request waits for that.
    std::function<void(std::string_view instance, model::Report event, std::function<void(bool)> durable)> events;
    Milliseconds slow_call{100};  // a call into a plugin that takes longer is logged
};

struct LibraryInfo {
    std::string name, version, path;  // path empty: built in
    Traits traits;
};

struct OpenOptions {
    /// Accept a plugin's own folder that others may write when its sticky bit is set (/tmp). For checks and tests.
    bool allow_sticky_folder = false;
};

/// Callable from any thread.
class Host {
  public:
    using Entry = const chapar_plugin* (*)(std::uint16_t host_major, std::uint16_t host_minor);

    explicit Host(Services services);
    ~Host();
    Host(const Host&) = delete;
    Host& operator=(const Host&) = delete;

    /// A plugin that is linked in.
    Result<LibraryInfo> add_builtin(Entry entry);
    /// One library file. An error says what is wrong and how to mend it; nothing of the file has run then, except
    /// with Code::wrong_abi, no_entry and refused.
    Result<LibraryInfo> open(const std::string& path, OpenOptions options = {});
    /// Every NAME.so of `directories`, in order of name; the first of a name wins. Problems are logged and returned,
    /// and don't keep the others out.
    std::vector<Error> open_all(const std::vector<std::string>& directories, OpenOptions options = {});
    std::vector<LibraryInfo> libraries() const;
    /// The traits of plugin `name`; nullptr: not open.
    const Traits* traits(std::string_view name) const;

    /// Checks `config_json` (the table [route.settings] as one JSON object) against the plugin's schema without
    /// creating anything. The value is the flat object that the plugin would get.
    Result<std::string> check_config(std::string_view plugin, std::string_view config_json) const;
    /// Creates and starts an instance; blocks while the plugin does. The instance is drained by its owner before it is
    /// let go; let go without, it is destroyed as soon as its strand is free.
    Result<std::shared_ptr<Instance>> create(std::string_view plugin, std::string instance_name,
                                             std::string_view config_json);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace chapar::plugin
