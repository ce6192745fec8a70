#include "app/systemd.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>

namespace chapar::app::systemd {
namespace {

constexpr int first_fd = 3;  // SD_LISTEN_FDS_START
constexpr int most_fds = 64;

/// The whole number in variable `name`; -1: none.
template <class Number = int>
Number number_in(const char* name) {
    const char* text = std::getenv(name);
    if (text == nullptr) return -1;
    const std::string_view view(text);
    Number value = -1;
    const auto [end, error] = std::from_chars(view.data(), view.data() + view.size(), value);
    return error == std::errc() && end == view.data() + view.size() ? value : -1;
}

}  // namespace

bool notify(std::string_view state) {
    const char* path = std::getenv("NOTIFY_SOCKET");
    if (path == nullptr || (path[0] != '/' && path[0] != '@')) return false;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::size_t length = std::strlen(path);
    if (length >= sizeof address.sun_path) return false;
    std::memcpy(address.sun_path, path, length);
    if (path[0] == '@') address.sun_path[0] = '\0';  // the abstract name space
    const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return false;
    const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length);
    const auto sent = ::sendto(fd, state.data(), state.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
                               reinterpret_cast<const sockaddr*>(&address), size);
    ::close(fd);
    return sent == static_cast<ssize_t>(state.size());
}

bool notify_reloading() {
    const auto now = std::chrono::steady_clock::now().time_since_epoch();  // CLOCK_MONOTONIC, as systemd's
    return notify(fmt::format("RELOADING=1\nMONOTONIC_USEC={}",
                              std::chrono::duration_cast<std::chrono::microseconds>(now).count()));
}

std::optional<std::chrono::microseconds> watchdog() {
    const auto period = number_in<std::int64_t>("WATCHDOG_USEC");
    const bool is_other = std::getenv("WATCHDOG_PID") != nullptr && number_in("WATCHDOG_PID") != ::getpid();
    if (period <= 0 || is_other) return std::nullopt;
    return std::chrono::microseconds(period);
}

std::chrono::milliseconds ping_interval(std::optional<std::chrono::microseconds> watchdog,
                                        std::chrono::milliseconds usual) {
    constexpr std::chrono::milliseconds least{1};
    if (!watchdog) return usual;
    return std::clamp(std::chrono::floor<std::chrono::milliseconds>(*watchdog / 3), least, usual);
}

std::vector<int> listen_fds() {
    const int pid = number_in("LISTEN_PID");
    const int count = number_in("LISTEN_FDS");
    for (const char* name : {"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"})
        ::unsetenv(name);
    std::vector<int> fds;
    if (pid != ::getpid() || count <= 0 || count > most_fds) return fds;
    for (int fd = first_fd; fd < first_fd + count; ++fd) {
        const int flags = ::fcntl(fd, F_GETFD);
        if (flags < 0) break;  // the variables promise more than there is
        ::fcntl(fd, F_SETFD, flags | FD_CLOEXEC);
        fds.push_back(fd);
    }
    return fds;
}

}  // namespace chapar::app::systemd
