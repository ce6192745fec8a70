#pragma once
// The npm program `mjml`, which makes HTML of MJML: once for each text, never for a message. What it made is kept in
// memory and, given a folder, on the disk by the hash of text and program, so that a start does not do it again.
// The program runs as a child without a shell, within a time and an amount of output, and reads no files that a
// template names. Callable from any thread; a call that has to run the program takes about a second.

#include <atomic>
#include <expected>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "render/child_process.hpp"

namespace chapar::render {

struct MjmlOutput {
    struct Remark {
        unsigned line = 1;
        std::string sentence;  // "mj-text: Attribute colour is illegal"
    };
    std::string html;
    std::vector<Remark> remarks;  // what it did not like and left out
};

class Mjml {
  public:
    struct Options {
        std::string folder;   // of what is kept; empty: in memory only
        std::string program;  // empty: $CHAPAR_MJML, else `mjml` in $PATH
        ChildLimits limits;
    };
    Mjml() = default;
    explicit Mjml(Options options) : options_(std::move(options)) {}
    /// The failure is a sentence.
    std::expected<MjmlOutput, std::string> make(const std::string& text);
    /// The program is ended where it runs and not begun any more.
    void cancel() { is_cancelled_ = true; }

  private:
    std::string program() const;
    Options options_;
    std::mutex mutex_;  // guards made_
    std::map<std::string, MjmlOutput> made_;
    std::atomic<bool> is_cancelled_{false};
};

/// As one text for a bundle or a file, and back (nullopt: it is none).
std::string write_mjml_output(const MjmlOutput& output);
bool read_mjml_output(std::string_view text, MjmlOutput& output);

}  // namespace chapar::render
