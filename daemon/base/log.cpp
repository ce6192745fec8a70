#include "base/log.hpp"

#include "base/json.hpp"

#include <fmt/chrono.h>
#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <mutex>

namespace chapar::log {
namespace {

constexpr std::size_t longest_text = 8192;  // bytes of one message; a longer one is cut, log volume stays bounded

std::atomic<std::uint64_t> dropped_lines{0};
std::atomic<Level> lowest{Level::info};

/// One line is one write(2). What can't be written at once is dropped and counted.
class LineSink final : public spdlog::sinks::base_sink<std::mutex> {
  public:
    explicit LineSink(int fd, bool owned) : fd_(fd), owned_(owned) {}
    ~LineSink() override {
        if (owned_) ::close(fd_);
    }
    LineSink(const LineSink&) = delete;
    LineSink& operator=(const LineSink&) = delete;

  protected:
    void sink_it_(const spdlog::details::log_msg& message) override {
        line_.clear();
        if (torn_) line_ += '\n';  // the line before broke off: don't let this one hang on to it
        line_.append(message.payload.data(), message.payload.size());
        line_ += '\n';
        const auto written = writable() ? ::write(fd_, line_.data(), line_.size()) : ssize_t{-1};
        if (written == static_cast<ssize_t>(line_.size())) {
            torn_ = false;
            return;
        }
        if (written > 0) torn_ = true;
        dropped_lines.fetch_add(1, std::memory_order_relaxed);
    }
    void flush_() override {}

  private:
    /// A pipe or socket whose reader stands still would block us: ask first.
    bool writable() const {
        pollfd p{.fd = fd_, .events = POLLOUT, .revents = 0};
        return ::poll(&p, 1, 0) == 1 && (p.revents & POLLOUT) != 0;
    }

    int fd_;
    bool owned_;
    bool torn_ = false;
    std::string line_;
};

struct Target {
    std::shared_ptr<spdlog::logger> logger;
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

std::shared_ptr<spdlog::logger> make_logger(int fd, bool owned) {
    auto logger = std::make_shared<spdlog::logger>("chapar", std::make_shared<LineSink>(fd, owned));
    logger->set_formatter(std::make_unique<spdlog::pattern_formatter>("%v"));
    logger->set_level(spdlog::level::trace);  // enabled() has already chosen
    return logger;
}

std::mutex target_mutex;  // guards the pointer; never held while writing

std::shared_ptr<const Target>& target_slot() {
    // Never destroyed: a thread may log while statics die.
    static auto& slot = *new std::shared_ptr<const Target>(std::make_shared<const Target>(
        Target{make_logger(STDERR_FILENO, false), Format::human, is_journal(STDERR_FILENO)}));
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
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)),
                       (now - seconds).count());
}

std::string line_for(const Target& target, Level level, std::string_view id, std::string_view text) {
    const auto index = static_cast<std::size_t>(level);
    const auto priority = target.journal ? fmt::format("<{}>", syslog_priorities[index]) : std::string();
    if (target.format == Format::json) {
        json::Writer line;
        line.begin_object().member("time", now_text()).member("level", level_names[index]);
        line.member("id", id).member("text", text).end_object();
        return priority + line.take();
    }
    if (target.journal) return fmt::format("{}{}: {}", priority, id, text);
    return fmt::format("{} {} {}: {}", now_text(), level_names[index], id, text);
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
    next.logger = make_logger(fd, fd != STDERR_FILENO);
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

void write(Level level, std::string_view id, std::string_view text) {
    if (!enabled(level)) return;
    const bool cut = text.size() > longest_text;
    auto safe = escape(text.substr(0, longest_text));
    if (cut) safe += fmt::format(" ... ({} bytes in all)", text.size());
    const auto target = current_target();
    const auto line = line_for(*target, level, id, safe);
    target->logger->log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
}

std::uint64_t dropped() { return dropped_lines.load(std::memory_order_relaxed); }

}  // namespace chapar::log
