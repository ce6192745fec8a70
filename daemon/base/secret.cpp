#include "base/secret.hpp"

#include "basic/descriptor.hpp"

#include <fmt/format.h>
#include <openssl/crypto.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace chapar {
namespace {

constexpr off_t largest_secret = 1 << 20;

/// Overwrites the whole buffer: a moved-from short string keeps its bytes, and so does spare capacity.
void wipe(std::string& value) {
    value.resize(value.capacity());
    OPENSSL_cleanse(value.data(), value.size());
    value.clear();
}

bool is_plain_name(std::string_view name) {
    return !name.empty() && name.find('/') == std::string_view::npos && name != "." && name != ".." &&
           name.find('\0') == std::string_view::npos;
}

bool has_parent_step(std::string_view path) {
    return ("/" + std::string(path) + "/").find("/../") != std::string::npos;
}

Result<std::string> path_of(std::string_view name) {
    if (name.starts_with('/') && !has_parent_step(name) && name.find('\0') == std::string_view::npos) {
        return std::string(name);
    }
    if (!is_plain_name(name)) {
        return fail(SecretCode::bad_name,
                    "a secret is named by a plain name (a systemd credential) or an absolute path without \"..\"");
    }
    const char* directory = std::getenv("CREDENTIALS_DIRECTORY");
    if (directory == nullptr || *directory == '\0') {
        return fail(
            SecretCode::missing,
            fmt::format("secret \"{}\": no CREDENTIALS_DIRECTORY is set; add LoadCredential={}:FILE to the unit, "
                        "or name an absolute path",
                        name, name));
    }
    return fmt::format("{}/{}", directory, name);
}

/// Reads at most `size` bytes; a short file is what it is.
Result<Secret> read_all(int fd, off_t size, const std::string& path) {
    std::string value(static_cast<std::size_t>(size), '\0');
    std::size_t have = 0;
    while (have < value.size()) {
        const auto got = ::read(fd, value.data() + have, value.size() - have);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) {
            const int problem = errno;
            wipe(value);
            return fail(SecretCode::unreadable, fmt::format("secret file {}: {}", path, std::strerror(problem)));
        }
        if (got == 0) break;
        have += static_cast<std::size_t>(got);
    }
    value.resize(have);
    if (value.ends_with('\n')) value.pop_back();
    if (value.ends_with('\r')) value.pop_back();
    return Secret(std::move(value));
}

}  // namespace

Secret::Secret(std::string value) : value_(std::move(value)) { wipe(value); }

Secret::Secret(Secret&& other) noexcept : value_(std::move(other.value_)) { wipe(other.value_); }

Secret& Secret::operator=(Secret&& other) noexcept {
    if (this == &other) return *this;
    wipe(value_);
    value_ = std::move(other.value_);
    wipe(other.value_);
    return *this;
}

Secret::~Secret() { wipe(value_); }

Result<Secret> read_secret(std::string_view name) {
    const auto path = path_of(name);
    if (!path) return std::unexpected(path.error());
    const basic::Descriptor file{::open(path->c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
    if (!file.is_open()) {
        const auto code = errno == ENOENT || errno == ENOTDIR ? SecretCode::missing : SecretCode::unreadable;
        return fail(code, fmt::format("secret file {}: {}", *path, std::strerror(errno)));
    }
    struct stat st{};
    if (::fstat(file.get(), &st) != 0 || !S_ISREG(st.st_mode) || st.st_size > largest_secret) {
        return fail(SecretCode::unreadable, fmt::format("secret file {}: not a regular file of at most 1 MiB", *path));
    }
    if (name.starts_with('/') && (st.st_mode & S_IRWXO) != 0) {
        return fail(SecretCode::readable_by_others,
                    fmt::format("secret file {}: mode {:04o} lets others at it; chmod o= {}", *path,
                                st.st_mode & 07777U, *path));
    }
    return read_all(file.get(), st.st_size, *path);
}

}  // namespace chapar
