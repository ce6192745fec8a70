#include "app/state_folder.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "base/log.hpp"
#include "plugin/instance.hpp"
#include "store/values.hpp"

namespace chapar::app {
namespace {

namespace fs = std::filesystem;

/// The group too: the users of applications are in the daemon's own, to reach its socket.
bool others_can_write(const struct stat& info) { return (info.st_mode & (S_IWGRP | S_IWOTH)) != 0; }

struct Cure {
    std::string_view said;  // by SQLite
    std::string_view todo;
    bool is_permanent;
};
constexpr std::array cures = {
    Cure{"not a database", "it is another kind of file: move it away, or name the right one in [store] path", true},
    Cure{"malformed", "restore a backup, or move the file away and begin with an empty queue", true},
    Cure{"disk is full", "make room on its file system", false},
    Cure{"Permission denied", "give the file and its folder to the daemon's user: chown -R chapar:", true},
    Cure{"unable to open", "give the file and its folder to the daemon's user: chown -R chapar:", true},
    Cure{"readonly", "give the file and its folder to the daemon's user: chown -R chapar:", true},
    Cure{"Read-only file system", "mount it writable, or name another folder in [daemon] state_dir", true},
    Cure{"Is a directory", "name a file in [store] path", true},
    Cure{"Not a directory", "name a folder that can be in [daemon] state_dir", true},
    Cure{"another process", "stop the other chapard, or give this one a state_dir of its own", false},
};

const Cure* cure_for(std::string_view message) {
    const auto found = std::ranges::find_if(
        cures, [&](const Cure& cure) { return message.find(cure.said) != std::string_view::npos; });
    return found == cures.end() ? nullptr : &*found;
}

Result<void> make_folder(const fs::path& folder) {
    std::error_code error;
    if (fs::is_directory(folder, error)) return {};
    fs::create_directories(folder, error);
    if (error) return fail(StateCode::unusable, fmt::format("{} can't be made: {}", folder.string(), error.message()));
    if (::chmod(folder.c_str(), S_IRWXU) != 0)
        return fail(StateCode::unusable, fmt::format("{}: {}", folder.string(), std::strerror(errno)));
    return {};
}

/// Whose it is decides what helps: root must not take away the folder of the unit's user.
std::string cure_of_owner(const fs::path& folder, uid_t owner) {
    if (::geteuid() == 0) return fmt::format("start chapard by its unit, or as user {}", owner);
    return fmt::format("start chapard as that user, or: chown -R {} {}", ::geteuid(), folder.string());
}

Result<void> refuse_open_folder(const fs::path& folder) {
    struct stat info{};
    if (::stat(folder.c_str(), &info) != 0)
        return fail(StateCode::unusable, fmt::format("{}: {}", folder.string(), std::strerror(errno)));
    if (info.st_uid != ::geteuid() && info.st_uid != 0)
        return fail(StateCode::unsafe, fmt::format("the state folder {} belongs to user {}: {}", folder.string(),
                                                   info.st_uid, cure_of_owner(folder, info.st_uid)));
    if (others_can_write(info))
        return fail(
            StateCode::unsafe,
            fmt::format("the state folder {} may be written by others (mode {:04o}), who could put in their own "
                        "queue: chmod go-w {}",
                        folder.string(), info.st_mode & 07777U, folder.string()));
    return {};
}

}  // namespace

Result<void> keep_private(const std::string& database, const std::string& state_dir) {
    const fs::path path = fs::absolute(database);
    const fs::path folder = path.parent_path();
    if (auto made = make_folder(folder); !made) return made;
    if (auto safe = refuse_open_folder(folder); !safe) return safe;
    std::error_code error;
    if (fs::is_directory(state_dir, error))
        if (auto safe = refuse_open_folder(state_dir); !safe) return safe;
    for (const char* ending : {"", "-wal", "-shm", ".lock"}) {
        const std::string file = path.string() + ending;
        struct stat info{};
        const bool is_open = ::lstat(file.c_str(), &info) == 0 && S_ISREG(info.st_mode) && (info.st_mode & 077U) != 0;
        // One of another user stays as it is; opening it will say so.
        if (is_open) static_cast<void>(::chmod(file.c_str(), info.st_mode & 0700U) == 0);
    }
    return {};
}

Error explain_store(const std::string& database, const Error& error) {
    const std::string& said = error.message();
    const Cure* cure = cure_for(said);
    std::string text = said.find(database) == std::string::npos ? database + ": " + said : said;
    if (cure != nullptr) text += fmt::format(". Cure: {}", cure->todo);
    if (cure != nullptr && cure->todo.ends_with("chapar:")) text += " " + fs::absolute(database).parent_path().string();
    if (error.is(store::Code::incompatible) || (cure != nullptr && cure->is_permanent))
        return {StateCode::unusable, std::move(text)};
    return {store::Code::unavailable, std::move(text)};
}

bool is_permanent(const Error& error) {
    return error.domain() == error_domain(plugin::Code{}) || error.domain() == error_domain(StateCode{});
}

void warn_of_surroundings() {
    const bool has_unit = std::getenv("INVOCATION_ID") != nullptr || std::getenv("NOTIFY_SOCKET") != nullptr;
    if (::geteuid() == 0 && !has_unit)
        log::warning("start.as_root",
                     "chapard runs as root outside of a unit; a user of its own is enough: systemctl start chapard, or "
                     "setpriv --reuid chapar --regid chapar --init-groups chapard");
}

}  // namespace chapar::app
