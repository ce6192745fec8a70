#include "base/log.hpp"

#include "base/json.hpp"

#include <fmt/chrono.h>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <memory>
#include <mutex>

namespace chapar::log {
namespace {

constexpr std::size_t longest_text = 8192;  // bytes of one message; a longer one is cut, log volume stays bounded
constexpr std::size_t longest_batch = 64 << 10;

std::atomic<std::uint64_t> dropped_lines{0};
std::atomic<Level> lowest{Level::info};

/// What can't be written at once is dropped and counted. A pipe or socket whose reader stands still would block us, so
/// it is asked first and gets no more than it surely has room for.
class Sink {
  public:
    Sink(int fd, bool owned)
        : fd_(fd), owned_(owned), is_file_(type_of(fd) == S_IFREG), is_socket_(type_of(fd) == S_IFSOCK) {}
    ~Sink() {
        if (owned_) ::close(fd_);
    }
    Sink(const Sink&) = delete;
    Sink& operator=(const Sink&) = delete;

    /// Whole lines, each with its newline.
    void put(std::string_view lines) {
        const std::lock_guard lock(mutex_);
        while (!lines.empty()) {
            const auto part = lines.substr(0, is_file_ ? lines.size() : whole_lines(lines));
            lines.remove_prefix(part.size());
            put_part(part);
        }
    }

  private:
    static mode_t type_of(int fd) {
        struct stat st{};
        return ::fstat(fd, &st) == 0 ? st.st_mode & S_IFMT : 0;
    }
    /// As many as fit into PIPE_BUF, at least one.
    static std::size_t whole_lines(std::string_view lines) {
        if (lines.size() <= PIPE_BUF) return lines.size();
        const auto last = lines.substr(0, PIPE_BUF).rfind('\n');
        return (last == std::string_view::npos ? lines.find('\n') : last) + 1;
    }
    void put_part(std::string_view part) {
        std::string mended;
        const std::size_t lead = torn_ ? 1 : 0;  // the line before broke off: don't let this one hang on to it
        if (torn_) mended.append(1, '\n').append(part);
        const auto out = torn_ ? std::string_view(mended) : part;
        const auto taken = static_cast<std::size_t>(std::max<ssize_t>(writable() ? give(out) : -1, 0));
        if (taken != 0) torn_ = out[taken - 1] != '\n';
        const auto lost = part.substr(taken > lead ? taken - lead : 0);
        dropped_lines.fetch_add(static_cast<std::uint64_t>(std::count(lost.begin(), lost.end(), '\n')),
                                std::memory_order_relaxed);
    }
    ssize_t give(std::string_view bytes) const {
        return is_socket_ ? ::send(fd_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL)
                          : ::write(fd_, bytes.data(), bytes.size());
    }
    bool writable() const {
        pollfd p{.fd = fd_, .events = POLLOUT, .revents = 0};
        return ::poll(&p, 1, 0) == 1 && (p.revents & POLLOUT) != 0;
    }

    const int fd_;
    const bool owned_, is_file_, is_socket_;
    std::mutex mutex_;  // guards torn_, and keeps the lines of two threads apart
    bool torn_ = false;
};

struct Target {
    std::shared_ptr<Sink> sink;
    Format format = Format::human;
    bool journal = false;
};

/// systemd says which stream is the journal's (sd_journal: JOURNAL_STREAM is DEVICE:INODE of the file descriptor).
bool is_journal(int fd) {
    const char* stream = std::getenv("JOURNAL_STREAM");
    struct stat st{};
    if (stream == nullptr || ::fstat(fd, &st) != 0) return false;
    return fmt::format("{}:{}", st.st_dev, st.st_ino) == stream;
}

std::mutex target_mutex;  // guards the pointer; never held while writing

std::shared_ptr<const Target>& target_slot() {
    // Never destroyed: a thread may log while statics die.
    static auto& slot = *new std::shared_ptr<const Target>(std::make_shared<const Target>(
        Target{std::make_shared<Sink>(STDERR_FILENO, false), Format::human, is_journal(STDERR_FILENO)}));
    return slot;
}

std::shared_ptr<const Target> current_target() {
    const std::lock_guard lock(target_mutex);
    return target_slot();
}

constexpr std::array<std::string_view, 4> level_names{"debug", "info", "warning", "error"};
constexpr std::array<int, 4> syslog_priorities{7, 6, 4, 3};

std::string now_text() {
    const auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    const auto seconds = std::chrono::floor<std::chrono::seconds>(now);
    struct Stamp {
        std::chrono::sys_seconds of{};
        std::string text;
    };
    thread_local Stamp stamp;  // a busy second has thousands of lines
    if (stamp.of != seconds || stamp.text.empty())
        stamp = {seconds,
                 fmt::format("{:%Y-%m-%dT%H:%M:%S}", fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)))};
    return fmt::format("{}.{:03}Z", stamp.text, (now - seconds).count());
}

std::string bounded(std::string_view text) {
    auto safe = escape(text.substr(0, longest_text));
    if (text.size() > longest_text) safe += fmt::format(" ... ({} bytes in all)", text.size());
    return safe;
}

/// name=value, the value in quotes where it would not be one word.
void append_pair(std::string& out, const Field& field) {
    ((out += ' ') += field.name()) += '=';
    const auto* text = std::get_if<std::string_view>(&field.value());
    if (text == nullptr) {
        fmt::format_to(std::back_inserter(out), "{}", field);
        return;
    }
    const auto safe = bounded(*text);
    if (!safe.empty() && safe.find_first_of(" \"=\\") == std::string::npos) {
        out += safe;
        return;
    }
    out += '"';
    for (const char c : safe) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    out += '"';
}

void add_member(json::Writer& line, const Field& field) {
    std::visit(
        [&](const auto& value) {
            if constexpr (std::is_same_v<std::remove_cvref_t<decltype(value)>, std::string_view>)
                line.member(field.name(), bounded(value));
            else
                line.member(field.name(), value);
        },
        field.value());
}

/// With its newline. `pairs`: a human line tells the fields after its text.
std::string line_for(const Target& target, Level level, std::string_view id, std::string_view text,
                     std::span<const Field> fields, bool pairs) {
    const auto index = static_cast<std::size_t>(level);
    auto line = target.journal ? fmt::format("<{}>", syslog_priorities[index]) : std::string();
    if (target.format == Format::json) {
        json::Writer object;
        object.begin_object().member("time", now_text()).member("level", level_names[index]);
        object.member("id", id).member("text", text);
        for (const auto& field : fields)
            add_member(object, field);
        return line + object.end_object().take() + '\n';
    }
    if (!target.journal) line += fmt::format("{} {} ", now_text(), level_names[index]);
    line += fmt::format("{}: {}", id, text);
    if (pairs) {
        for (const auto& field : fields)
            append_pair(line, field);
    }
    return line += '\n';
}

}  // namespace

void configure(Level level, Format format, const std::string& file) {
    Target next;
    next.format = format;
    int fd = STDERR_FILENO;
    int problem = 0;
    if (!file.empty()) {
        fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0640);
        if (fd < 0) {
            problem = errno;
            fd = STDERR_FILENO;
        }
    }
    next.journal = fd == STDERR_FILENO && is_journal(fd);
    next.sink = std::make_shared<Sink>(fd, fd != STDERR_FILENO);
    {
        const std::lock_guard lock(target_mutex);
        target_slot() = std::make_shared<const Target>(std::move(next));
    }
    lowest.store(level, std::memory_order_relaxed);
    if (problem != 0) {
        error("log.file_unusable", "{}: {}; lines go to standard error instead", file, std::strerror(problem));
    }
}

bool enabled(Level level) { return level >= lowest.load(std::memory_order_relaxed); }

void write(Level level, std::string_view id, std::string_view text, std::span<const Field> fields) {
    if (!enabled(level)) return;
    const auto target = current_target();
    target->sink->put(line_for(*target, level, id, bounded(text), fields, false));
}

Batch::Batch(Level level, std::string_view id) : level_(level), id_(id) {}

void Batch::add(std::string_view text, std::span<const Field> fields) {
    if (!enabled(level_)) return;
    lines_ += line_for(*current_target(), level_, id_, bounded(text), fields, true);
    if (lines_.size() >= longest_batch) flush();
}

void Batch::flush() {
    if (lines_.empty()) return;
    current_target()->sink->put(lines_);
    lines_.clear();
}

std::uint64_t dropped() { return dropped_lines.load(std::memory_order_relaxed); }

}  // namespace chapar::log
