#pragma once
// One process per database: what is counted in memory is true only then.

#include <string>

#include "base/result.hpp"
#include "store/values.hpp"

namespace chapar::store::sqlite {

class FileLock {
  public:
    static Result<FileLock> take(const std::string& path);
    FileLock(FileLock&& other) noexcept;
    FileLock& operator=(FileLock&&) = delete;
    ~FileLock();

  private:
    explicit FileLock(int fd) : fd_(fd) {}
    int fd_;
};

}  // namespace chapar::store::sqlite
