#pragma once
// What systemd is told and what it hands over, without libsystemd: sd_notify(3) and sd_listen_fds(3) are a datagram and
// two environment variables. Without systemd all of it does nothing. notify: any thread; listen_fds: once, at start.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chapar::app::systemd {

/// Sends lines such as "READY=1\nSTATUS=..." to $NOTIFY_SOCKET. False: nobody listens.
bool notify(std::string_view state);

/// How often the watchdog wants to hear of us ($WATCHDOG_USEC, where $WATCHDOG_PID is this process); nullopt: never.
std::optional<std::chrono::microseconds> watchdog();

/// How long to wait from one word to the watchdog to the next: never more than half of what it allows.
std::chrono::milliseconds ping_interval(std::optional<std::chrono::microseconds> watchdog,
                                        std::chrono::milliseconds usual);

/// RELOADING=1 with the monotonic time, which Type=notify-reload (systemd 253) wants; READY=1 ends it.
bool notify_reloading();

/// The sockets that systemd opened for us (LISTEN_PID is this process), close-on-exec, in the unit's order. Removes the
/// variables, so that no child takes them for its own.
std::vector<int> listen_fds();

}  // namespace chapar::app::systemd
