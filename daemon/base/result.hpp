#pragma once
// Expected failures are values: Result<T> is std::expected with one Error type.
// An Error is a code from one enum per folder and a sentence for a person. Thread-safe as any value.

#include <expected>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace chapar {

/// Each folder declares `enum class Code` and, beside it, `constexpr std::string_view error_domain(Code)`
/// (found by ADL), so that codes of two folders never compare equal.
template <class E>
concept ErrorEnum = std::is_enum_v<E> && requires(E code) {
    { error_domain(code) } -> std::convertible_to<std::string_view>;
};

class Error {
  public:
    template <ErrorEnum E>
    Error(E code, std::string message)
        : domain_(error_domain(code)), code_(static_cast<int>(code)), message_(std::move(message)) {}

    template <ErrorEnum E>
    bool is(E code) const {
        return code_ == static_cast<int>(code) && domain_ == error_domain(code);
    }
    std::string_view domain() const { return domain_; }
    int code() const { return code_; }
    const std::string& message() const { return message_; }

  private:
    std::string_view domain_;
    int code_;
    std::string message_;
};

template <class T>
using Result = std::expected<T, Error>;

template <ErrorEnum E>
std::unexpected<Error> fail(E code, std::string message) {
    return std::unexpected<Error>(Error(code, std::move(message)));
}

}  // namespace chapar
