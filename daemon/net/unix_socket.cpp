#include "net/unix_socket.hpp"

#include "net/tcp_socket.hpp"

#include "basic/descriptor.hpp"

#include <fmt/format.h>
#include <grp.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>

namespace chapar::net {
namespace {

constexpr int backlog = 4096;

using basic::Descriptor;

std::string reason() { return std::strerror(errno); }

bool somebody_serves(const sockaddr_un& address) {
    const Descriptor probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    return ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 || errno == EAGAIN;
}

Result<void> clear_stale(const std::string& path, const sockaddr_un& address) {
    struct stat status{};
    if (::lstat(path.c_str(), &status) != 0) return {};
    if (!S_ISSOCK(status.st_mode)) return fail(UnixCode::bind, fmt::format("{} exists and is not a socket", path));
    if (somebody_serves(address)) return fail(UnixCode::in_use, fmt::format("{} is served by another process", path));
    if (::unlink(path.c_str()) != 0) return fail(UnixCode::bind, fmt::format("cannot replace {}: {}", path, reason()));
    return {};
}

std::optional<gid_t> group_id(const std::string& name) {
    gid_t number = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (error == std::errc{} && end == name.data() + name.size()) return number;
    std::vector<char> buffer(16384);
    group entry{};
    group* found = nullptr;
    if (::getgrnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found) != 0 || !found) return std::nullopt;
    return entry.gr_gid;
}

Result<void> set_owner_and_mode(const std::string& path, mode_t mode, const std::string& group) {
    if (!group.empty()) {
        const auto gid = group_id(group);
        if (!gid) return fail(UnixCode::group, fmt::format("there is no group {}", group));
        if (::chown(path.c_str(), static_cast<uid_t>(-1), *gid) != 0)
            return fail(UnixCode::group, fmt::format("cannot give {} to group {}: {}", path, group, reason()));
    }
    if (::chmod(path.c_str(), mode) != 0)
        return fail(UnixCode::mode, fmt::format("cannot set the mode of {}: {}", path, reason()));
    return {};
}

}  // namespace

Result<int> listen_unix(const std::string& path, const std::string& mode_text, const std::string& group) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path)
        return fail(UnixCode::bind, fmt::format("{} is longer than a socket's path may be ({} bytes)", path,
                                                sizeof address.sun_path - 1));
    path.copy(address.sun_path, path.size());
    unsigned mode = 0;
    const auto [end, error] = std::from_chars(mode_text.data(), mode_text.data() + mode_text.size(), mode, 8);
    if (error != std::errc{} || end != mode_text.data() + mode_text.size() || mode > 0777)
        return fail(UnixCode::mode, fmt::format("socket mode {} is not an octal mode such as 0660", mode_text));
    if (auto cleared = clear_stale(path, address); !cleared) return std::unexpected(cleared.error());
    Descriptor fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (fd.get() < 0) return fail(UnixCode::bind, fmt::format("cannot make a socket: {}", reason()));
    if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
        return fail(UnixCode::bind, fmt::format("cannot bind {}: {}", path, reason()));
    // Before listen nobody can connect, whatever the umask made of the file.
    if (auto owned = set_owner_and_mode(path, mode, group); !owned) {
        ::unlink(path.c_str());
        return std::unexpected(owned.error());
    }
    if (::listen(fd.get(), backlog) != 0)
        return fail(UnixCode::bind, fmt::format("cannot listen on {}: {}", path, reason()));
    return fd.release();
}

Peer peer_of(int connected) {
    ucred credentials{};
    socklen_t size = sizeof credentials;
    if (::getsockopt(connected, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) return {};
    if (credentials.uid == static_cast<uid_t>(-1)) return {.address = peer_address(connected)};  // TCP: nobody's
    return {credentials.uid, credentials.gid};
}

Identity identify(const Peer& peer) {
    Identity out;
    out.uid = peer.uid;
    std::vector<char> buffer(16384);
    passwd entry{};
    passwd* found = nullptr;
    if (::getpwuid_r(peer.uid, &entry, buffer.data(), buffer.size(), &found) == 0 && found) {
        out.user = entry.pw_name;
        int count = 64;
        out.groups.resize(64);
        if (::getgrouplist(entry.pw_name, entry.pw_gid, out.groups.data(), &count) < 0) {
            out.groups.resize(static_cast<std::size_t>(count));
            ::getgrouplist(entry.pw_name, entry.pw_gid, out.groups.data(), &count);
        }
        out.groups.resize(static_cast<std::size_t>(count));
    }
    // The group the process really runs with counts too (newgrp, SupplementaryGroups of a unit's main group).
    if (std::find(out.groups.begin(), out.groups.end(), peer.gid) == out.groups.end()) out.groups.push_back(peer.gid);
    for (const auto gid : out.groups) {
        group group_entry{};
        group* group_found = nullptr;
        if (::getgrgid_r(gid, &group_entry, buffer.data(), buffer.size(), &group_found) == 0 && group_found)
            out.group_names.emplace_back(group_entry.gr_name);
    }
    return out;
}

}  // namespace chapar::net
