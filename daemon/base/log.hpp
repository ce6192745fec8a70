#pragma once
// The log: every line carries a stable identifier that docs/messages.md explains to the operator.
// Callable from any thread. Text is escaped (no newline, no control or ANSI bytes, valid UTF-8): user data can't
// forge a line (attack S22). User data never is the format string.

#include <fmt/format.h>

#include <array>
#include <concepts>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

namespace chapar::log {

enum class Level { debug, info, warning, error };
enum class Format { human, json };

/// A part of a line that has a name: it is printed where its {} stands in the text, and is a member of its own in a
/// JSON line. `name` is a literal in lower case; a text must live as long as the call.
class Field {
  public:
    using Value = std::variant<std::string_view, std::int64_t, double>;

    Field() = default;
    Field(std::string_view name, std::string_view value) : name_(name), value_(value) {}
    Field(std::string_view name, double value) : name_(name), value_(value) {}
    Field(std::string_view name, std::integral auto value) : name_(name), value_(static_cast<std::int64_t>(value)) {}
    std::string_view name() const { return name_; }
    const Value& value() const { return value_; }

  private:
    std::string_view name_;
    Value value_;
};

/// Sets where and how lines go. `file` empty: standard error. Called at start and by reload.
/// A write that fails (disk full) is dropped and counted, never waited for (fault F8). A file that can't be opened is
/// said on standard error, where the lines then go. Calling it again reopens the file (log rotation).
void configure(Level level, Format format, const std::string& file);

bool enabled(Level level);
/// `id` is a literal such as "route.paused".
void write(Level level, std::string_view id, std::string_view text, std::span<const Field> fields = {});

/// Lines of one kind that are handed to the kernel together. A human line is its text and then every field as
/// name=value. For one thread; what can't be written at once is dropped and counted, as with single lines.
class Batch {
  public:
    Batch(Level level, std::string_view id);
    ~Batch() { flush(); }
    Batch(const Batch&) = delete;
    Batch& operator=(const Batch&) = delete;

    void add(std::string_view text, std::span<const Field> fields);
    void flush();

  private:
    const Level level_;
    const std::string_view id_;
    std::string lines_;
};

template <class... Args>
void event(Level level, std::string_view id, fmt::format_string<Args...> format, Args&&... args) {
    if (!enabled(level)) return;
    constexpr std::size_t count = (std::size_t{std::is_same_v<std::remove_cvref_t<Args>, Field>} + ... + 0);
    const auto text = fmt::vformat(format, fmt::make_format_args(args...));
    if constexpr (count == 0) {
        write(level, id, text);
    } else {
        std::array<Field, count> fields;
        std::size_t next = 0;
        const auto take = [&]<class T>(const T& arg) {
            if constexpr (std::is_same_v<T, Field>) fields[next++] = arg;
        };
        (take(args), ...);
        write(level, id, text, fields);
    }
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

template <>
struct fmt::formatter<chapar::log::Field> {
    static constexpr auto parse(fmt::format_parse_context& context) { return context.begin(); }
    template <class Context>
    auto format(const chapar::log::Field& field, Context& context) const {
        return std::visit([&](const auto& value) { return fmt::format_to(context.out(), "{}", value); }, field.value());
    }
};
