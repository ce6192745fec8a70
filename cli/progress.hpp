#pragma once
// A progress line on stderr: drawn only for a person (a terminal), at most ten times a second.

#include <chrono>
#include <cstdio>
#include <string>

namespace chapar::cli {

class Progress {
  public:
    /// `total` 0: not known. `always` draws it where stderr is no terminal, too.
    Progress(std::string label, long total, bool always);
    ~Progress();
    Progress(const Progress&) = delete;
    Progress& operator=(const Progress&) = delete;
    void update(long done, const std::string& note = {});
    double seconds() const;

  private:
    void draw(long done, const std::string& note);
    std::string label_;
    long total_;
    bool is_shown_, is_terminal_;
    std::chrono::steady_clock::time_point begun_, drawn_;
    long last_ = 0;
    std::string note_;
};

}  // namespace chapar::cli
