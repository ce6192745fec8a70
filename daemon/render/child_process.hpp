#pragma once
// A program as a filter: text in, text out, within a time and an amount. No shell, no inherited descriptors, a bare
// environment. The call waits and does not belong on a thread that serves others. Callable from any thread.

#include <atomic>
#include <chrono>
#include <cstddef>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace chapar::render {

struct ChildLimits {
    std::chrono::milliseconds time{20'000};
    std::size_t output_bytes = 4u << 20;              // of either stream
    const std::atomic<bool>* is_cancelled = nullptr;  // looked at several times a second; the child is ended then
};

struct ChildResult {
    int status = 0;  // of its exit; 128 + the signal that ended it
    std::string out, err;
};

/// `arguments`: after the program's name. `environment`: "NAME=value" each. The failure is a sentence without its
/// subject: "can't be started: ...", "took longer than 20 s".
std::expected<ChildResult, std::string> run_child(const std::string& program, const std::vector<std::string>& arguments,
                                                  const std::vector<std::string>& environment, std::string_view input,
                                                  const ChildLimits& limits = {});

/// The path of `name` among the folders of `path` ("/usr/bin:/bin"); empty: there is none.
std::string find_program(std::string_view name, std::string_view path);

}  // namespace chapar::render
