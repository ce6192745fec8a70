#pragma once
// A value that does not print: passwords, keys. Wiped when destroyed. Movable, not copyable by accident.

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace chapar {

enum class SecretCode { missing, readable_by_others, unreadable, bad_name };
constexpr std::string_view error_domain(SecretCode) { return "secret"; }

class Secret {
  public:
    Secret() = default;
    explicit Secret(std::string value);
    Secret(Secret&&) noexcept;
    Secret& operator=(Secret&&) noexcept;
    Secret(const Secret&) = delete;
    Secret& operator=(const Secret&) = delete;
    ~Secret();
    /// The value itself: for the one call that needs it, never for a log.
    std::string_view reveal() const { return value_; }
    bool empty() const { return value_.empty(); }

  private:
    std::string value_;
};

/// Reads secret `name`: `$CREDENTIALS_DIRECTORY/name`, or, when `name` is an absolute path, that file, which must not
/// be readable or writable by others (a group may). Regular files of at most 1 MiB. One trailing newline is dropped.
/// Names with '/' (not absolute) or ".." are refused.
Result<Secret> read_secret(std::string_view name);

}  // namespace chapar
