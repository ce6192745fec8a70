#pragma once
// The log: every line carries a stable identifier that docs/messages.md explains to the operator.
// Callable from any thread. Text is escaped (no newline, no control or ANSI bytes, valid UTF-8): user data can't
// forge a line (attack S22). User data never is the format string.

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace chapar::log {

enum class Level { debug, info, warning, error };
enum class Format { human, json };

/// Sets where and how lines go. `file` empty: standard error. Called at start and by reload.
/// A write that fails (disk full) is dropped and counted, never waited for (fault F8). A file that can't be opened is
/// said on standard error, where the lines then go. Calling it again reopens the file (log rotation).
void configure(Level level, Format format, const std::string& file);

bool enabled(Level level);
/// `id` is a literal such as "route.paused".
void write(Level level, std::string_view id, std::string_view text);

template <class... Args>
void event(Level level, std::string_view id, fmt::format_string<Args...> format, Args&&... args) {
    if (enabled(level)) write(level, id, fmt::format(format, std::forward<Args>(args)...));
}
template <class... Args>
void debug(std::string_view id, fmt::format_string<Args...> f, Args&&... args) {
    event(Level::debug, id, f, std::forward<Args>(args)...);
}
template <class... Args>
void info(std::string_view id, fmt::format_string<Args...> f, Args&&... args) {
    event(Level::info, id, f, std::forward<Args>(args)...);
}
template <class... Args>
void warning(std::string_view id, fmt::format_string<Args...> f, Args&&... args) {
    event(Level::warning, id, f, std::forward<Args>(args)...);
}
template <class... Args>
void error(std::string_view id, fmt::format_string<Args...> f, Args&&... args) {
    event(Level::error, id, f, std::forward<Args>(args)...);
}

/// Lines lost so far because they could not be written at once.
std::uint64_t dropped();

/// One line's text made safe for a terminal and a log file.
std::string escape(std::string_view text);

}  // namespace chapar::log
