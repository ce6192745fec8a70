#pragma once
// A file descriptor with an owner.

#include <unistd.h>

#include <utility>

namespace chapar::basic {

class Descriptor {
  public:
    Descriptor() = default;
    /// `fd` below 0: none, as the calls that open one answer when they fail.
    explicit Descriptor(int fd) : fd_(fd) {}
    Descriptor(Descriptor&& other) noexcept : fd_(other.release()) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        reset(other.release());
        return *this;
    }
    ~Descriptor() { reset(); }

    int get() const { return fd_; }
    bool is_open() const { return fd_ >= 0; }
    /// The caller owns it from now on.
    int release() { return std::exchange(fd_, -1); }
    void reset(int fd = -1) {
        if (const int old = std::exchange(fd_, fd); old >= 0) ::close(old);
    }

  private:
    int fd_ = -1;
};

}  // namespace chapar::basic
