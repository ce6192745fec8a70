#include "plugin/library.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace chapar::plugin {

File& File::operator=(File&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
}
File::~File() {
    if (fd_ >= 0) ::close(fd_);
}
int File::release() { return std::exchange(fd_, -1); }

namespace {

enum class Place : std::uint8_t { above, folder, file };  // folder: the one that holds the file

/// Why it may not be trusted; empty: it may. In a sticky directory others can add names but can't replace ours, so it
/// will do above the plugin's own folder.
std::string distrust(const struct stat& info, Place place, OpenOptions options) {
    if (info.st_uid != 0 && info.st_uid != ::geteuid()) {
        return "belongs to user " + std::to_string(info.st_uid) + ": give it to root (chown root)";
    }
    bool others_write = (info.st_mode & (S_IWGRP | S_IWOTH)) != 0;
    bool is_sticky = place != Place::file && (info.st_mode & S_ISVTX) != 0;
    if (others_write && !(is_sticky && (place == Place::above || options.allow_sticky_folder))) {
        return "may be written by its group or by others: take that away (chmod go-w)";
    }
    return {};
}

std::unexpected<Error> cannot_open(const std::string& path) {
    int error = errno;
    if (error == ELOOP || error == ENOTDIR) {
        return fail(Code::unsafe_path, path + " is a symbolic link or no directory: name the real path");
    }
    Code code = error == ENOENT ? Code::not_found : Code::unsafe_path;
    return fail(code, path + " can't be opened: " + std::strerror(error));
}

/// Opens `name` inside `parent` without following links and judges it. `path`: for the sentence.
Result<File> step(const File& parent, const std::string& name, const std::string& path, Place place,
                  OpenOptions options) {
    const bool is_directory = place != Place::file;
    int flags = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | (is_directory ? O_DIRECTORY | O_PATH : O_NONBLOCK);
    File file(::openat(parent.get(), name.c_str(), flags));
    if (file.get() < 0) return cannot_open(path);
    struct stat info{};
    if (::fstat(file.get(), &info) != 0) return cannot_open(path);
    if (!is_directory && !S_ISREG(info.st_mode)) return fail(Code::unsafe_path, path + " is not a regular file");
    if (std::string why = distrust(info, place, options); !why.empty()) {
        return fail(Code::unsafe_path, path + " " + why);
    }
    return file;
}

}  // namespace

Result<File> open_safely(const std::string& path, OpenOptions options) {
    bool is_plain = path.starts_with('/') && !path.ends_with('/') && path.find("/../") == path.npos &&
                    path.find("/./") == path.npos && path.find("//") == path.npos && path.find('\0') == path.npos;
    if (!is_plain) return fail(Code::unsafe_path, path + " is not an absolute path without '.' and '..': write it out");
    Result<File> at = step(File(AT_FDCWD), "/", "/", Place::above, options);
    for (std::size_t begin = 1; at;) {
        std::size_t end = path.find('/', begin);
        bool is_last = end == path.npos;
        bool is_folder = !is_last && path.find('/', end + 1) == path.npos;
        Place place = is_last ? Place::file : is_folder ? Place::folder : Place::above;
        at = step(*at, path.substr(begin, end - begin), path.substr(0, end), place, options);
        if (is_last) break;
        begin = end + 1;
    }
    return at;
}

}  // namespace chapar::plugin
