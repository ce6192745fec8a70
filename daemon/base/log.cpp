#include "base/log.hpp"

#include "base/json.hpp"

#include <fmt/format.h>
#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>

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
class LineSink final : public spdlog::sinks::base_sink<std::mutex> {
  public:
    LineSink(int fd, bool owned)
        : fd_(fd), owned_(owned), is_file_(type_of(fd) == S_IFREG), is_socket_(type_of(fd) == S_IFSOCK) {}
    ~LineSink() override {
        if (owned_) ::close(fd_);
    }
    LineSink(const LineSink&) = delete;
    LineSink& operator=(const LineSink&) = delete;

    /// Appends a line as it is written, for whoever writes many at once.
    void append_line(spdlog::level::level_enum level, std::string_view text, std::string& lines) {
        const std::lock_guard lock(mutex_);
        spdlog::memory_buf_t line;
        formatter_->format({"", level, {text.data(), text.size()}}, line);
        lines.append(line.data(), line.size());
    }
    /// Whole lines, each with its newline.
    void put_lines(std::string_view lines) {
        const std::lock_guard lock(mutex_);
        put(lines);
    }

  protected:
    void sink_it_(const spdlog::details::log_msg& message) override {
        spdlog::memory_buf_t line;
        formatter_->format(message, line);
        put({line.data(), line.size()});
    }
    void flush_() override {}

  private:
    /// Whole lines, each with its newline.
    void put(std::string_view lines) {
        while (!lines.empty()) {
            const auto part = lines.substr(0, is_file_ ? lines.size() : whole_lines(lines));
            lines.remove_prefix(part.size());
            put_part(part);
        }
    }

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
    bool torn_ = false;  // as everything here: guarded by the base's mutex, which keeps the lines of two threads apart
};

/// What systemd's journal takes for the level of a line: "<6>".
class SyslogPriority final : public spdlog::custom_flag_formatter {
  public:
    void format(const spdlog::details::log_msg& message, const std::tm&, spdlog::memory_buf_t& out) override {
        out.push_back(message.level >= spdlog::level::err    ? '3'
                      : message.level >= spdlog::level::warn ? '4'
                      : message.level >= spdlog::level::info ? '6'
                                                             : '7');
    }
    std::unique_ptr<spdlog::custom_flag_formatter> clone() const override { return std::make_unique<SyslogPriority>(); }
};

/// Where lines go, and how.
struct LogTarget {
    std::shared_ptr<LineSink> sink;
    std::shared_ptr<spdlog::logger> logger;
    Format format = Format::human;
};

constexpr spdlog::level::level_enum level_of(Level level) {
    switch (level) {
        case Level::debug:
            return spdlog::level::debug;
        case Level::info:
            return spdlog::level::info;
        case Level::warning:
            return spdlog::level::warn;
        case Level::error:
            return spdlog::level::err;
    }
    return spdlog::level::err;
}

/// What stands around a line's own text. Times are UTC; a JSON line's text are its members and the closing brace.
std::string pattern(Format format, bool journal) {
    const std::string priority = journal ? "<%*>" : "";
    constexpr std::string_view time = "%Y-%m-%dT%H:%M:%S.%eZ";
    if (format == Format::json) return fmt::format(R"({}{{"time":"{}","level":"%l",%v)", priority, time);
    return journal ? priority + "%v" : fmt::format("{} %l %v", time);
}

LogTarget make_target(int fd, bool owned, Format format, bool journal) {
    LogTarget out{std::make_shared<LineSink>(fd, owned), nullptr, format};
    auto formatter = std::make_unique<spdlog::pattern_formatter>(spdlog::pattern_time_type::utc, "\n");
    formatter->add_flag<SyslogPriority>('*').set_pattern(pattern(format, journal));
    out.sink->set_formatter(std::move(formatter));
    out.logger = std::make_shared<spdlog::logger>("chapar", out.sink);
    out.logger->set_level(spdlog::level::trace);  // `lowest` has judged
    return out;
}

/// systemd says which stream is the journal's (sd_journal: JOURNAL_STREAM is DEVICE:INODE of the file descriptor).
bool is_journal(int fd) {
    const char* stream = std::getenv("JOURNAL_STREAM");
    struct stat st{};
    if (stream == nullptr || ::fstat(fd, &st) != 0) return false;
    return fmt::format("{}:{}", st.st_dev, st.st_ino) == stream;
}

std::mutex target_mutex;  // guards the pointer; never held while writing

std::shared_ptr<const LogTarget>& target_slot() {
    // Never destroyed: a thread may log while statics die.
    static auto& slot = *new std::shared_ptr<const LogTarget>(
        std::make_shared<const LogTarget>(make_target(STDERR_FILENO, false, Format::human, is_journal(STDERR_FILENO))));
    return slot;
}

std::shared_ptr<const LogTarget> current_target() {
    const std::lock_guard lock(target_mutex);
    return target_slot();
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

/// A line's own text. `pairs`: a human line tells the fields after its text.
std::string text_for(Format format, std::string_view id, std::string_view text, std::span<const Field> fields,
                     bool pairs) {
    if (format == Format::json) {
        json::Writer object;
        object.begin_object().member("id", id).member("text", text);
        for (const auto& field : fields)
            add_member(object, field);
        return object.end_object().take().substr(1);  // the brace stands before the time
    }
    auto out = fmt::format("{}: {}", id, text);
    if (pairs) {
        for (const auto& field : fields)
            append_pair(out, field);
    }
    return out;
}

}  // namespace

void configure(Level level, Format format, const std::string& file) {
    int fd = STDERR_FILENO;
    int problem = 0;
    if (!file.empty()) {
        fd = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0640);
        if (fd < 0) {
            problem = errno;
            fd = STDERR_FILENO;
        }
    }
    const bool is_stderr = fd == STDERR_FILENO;
    auto next = std::make_shared<const LogTarget>(make_target(fd, !is_stderr, format, is_stderr && is_journal(fd)));
    {
        const std::lock_guard lock(target_mutex);
        target_slot() = std::move(next);
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
    const auto line = text_for(target->format, id, bounded(text), fields, false);
    target->logger->log(level_of(level), spdlog::string_view_t(line.data(), line.size()));
}

Batch::Batch(Level level, std::string_view id) : level_(level), id_(id) {}

void Batch::add(std::string_view text, std::span<const Field> fields) {
    if (!enabled(level_)) return;
    const auto target = current_target();
    target->sink->append_line(level_of(level_), text_for(target->format, id_, bounded(text), fields, true), lines_);
    if (lines_.size() >= longest_batch) flush();
}

void Batch::flush() {
    if (lines_.empty()) return;
    current_target()->sink->put_lines(lines_);
    lines_.clear();
}

std::uint64_t dropped() { return dropped_lines.load(std::memory_order_relaxed); }

}  // namespace chapar::log
