#pragma once
// One plugin library: checked before a byte of it can run (attack S16), opened once, never closed. Any thread.

#include <string>

#include "base/result.hpp"
#include "plugin/host.hpp"
#include "plugin/instance.hpp"

namespace chapar::plugin {

/// A file descriptor that has an owner.
class File {
  public:
    explicit File(int fd = -1) : fd_(fd) {}
    File(File&& other) noexcept : fd_(other.release()) {}
    File& operator=(File&& other) noexcept;
    ~File();
    int get() const { return fd_; }
    int release();

  private:
    int fd_;
};

/// Opens `path` for reading when every component of it belongs to root or to us and nobody else may write it.
/// Symbolic links and relative paths are refused. Code::unsafe_path or not_found.
Result<File> open_safely(const std::string& path, OpenOptions options);

/// Reads the ELF headers of `file`: a whole shared object for this machine that needs no executable stack.
/// Code::refused.
Result<void> check_object(int file, const std::string& path);

/// Checks, loads in a child process, then here, asks for the table and checks that too. The library stays in the
/// process, whatever comes of it.
Result<const chapar_plugin*> load(const std::string& path, OpenOptions options);

/// The parts of a table that the daemon relies on. `path`: for the error's sentence.
Result<const chapar_plugin*> check_table(const chapar_plugin* table, const std::string& path);
Traits traits_of(const chapar_plugin& table);

}  // namespace chapar::plugin
