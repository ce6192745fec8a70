#include "bounce/receiver/maildir_watch.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>
#include <utility>

namespace chapar::bounce {
namespace {

constexpr std::size_t most_bytes = 1024 * 1024 + 1;  // more is never looked at

class Descriptor {
  public:
    explicit Descriptor(int fd) : fd_(fd) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    int get() const { return fd_; }
    bool is_open() const { return fd_ >= 0; }

  private:
    int fd_;
};

/// The beginning of a regular file; nothing: it is gone, or something else.
std::optional<std::string> content(const std::string& path) {
    // NONBLOCK: a pipe that somebody put there must not hold the thread.
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    struct stat kind{};
    if (!file.is_open() || ::fstat(file.get(), &kind) != 0 || !S_ISREG(kind.st_mode)) return std::nullopt;
    std::string out(std::min<std::size_t>(most_bytes, static_cast<std::size_t>(kind.st_size)), '\0');
    std::size_t size = 0;
    while (size < out.size()) {
        const auto got = ::read(file.get(), out.data() + size, out.size() - size);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return std::nullopt;
        if (got == 0) break;
        size += static_cast<std::size_t>(got);
    }
    out.resize(size);
    return out;
}

/// As readers do: what comes before the flags stays.
std::string seen_name(const std::string& name) { return name.contains(":2,") ? name : name + ":2,S"; }

}  // namespace

std::vector<std::string> MaildirWatch::names(std::size_t most, std::string& trouble) const {
    std::vector<std::string> out;
    const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir((path_ + "/new").c_str()), ::closedir);
    if (!folder) {
        trouble = path_ + "/new can't be read: " + std::strerror(errno);
        return out;
    }
    while (const dirent* entry = ::readdir(folder.get())) {
        std::string name = entry->d_name;
        if (name.front() != '.' && !under_way_.contains(name)) out.push_back(std::move(name));
    }
    // Names begin with the time: the oldest first.
    std::ranges::sort(out);
    if (out.size() > most) out.resize(most);
    return out;
}

std::string MaildirWatch::look(std::size_t most) {
    std::string trouble;
    for (auto& name : names(most, trouble)) {
        const auto mail = content(path_ + "/new/" + name);
        if (!mail) continue;
        under_way_.insert(name);
        take_(*mail, [this, name](bool is_taken) { answered(name, is_taken); });
    }
    return trouble;
}

void MaildirWatch::answered(const std::string& name, bool is_taken) {
    under_way_.erase(name);
    if (!is_taken) return;
    const auto from = path_ + "/new/" + name, folder = path_ + "/cur";
    if (::rename(from.c_str(), (folder + '/' + seen_name(name)).c_str()) == 0 || errno != ENOENT) return;
    // Either the mail is gone, which is fine, or `cur` is.
    ::mkdir(folder.c_str(), 0700);
    ::rename(from.c_str(), (folder + '/' + seen_name(name)).c_str());
}

}  // namespace chapar::bounce
