#pragma once
// Work that may crash, done in a child process first. The child has one thread, no signal handler of ours and no core
// file; it dies with its parent. Any thread may call; it waits for the child.

#include <chrono>
#include <functional>
#include <string>

namespace chapar::plugin {

struct ChildEnd {
    std::string said;      // what the work returned, when it came to its end
    std::string trouble;   // else: "crashed (SIGSEGV)", "did not end within 10 s", ...
    bool is_late = false;  // it was ended by force
};

/// Runs `work` in a fork. What it changes in memory is lost, what it prints is not.
ChildEnd run_in_child(const std::function<std::string()>& work, std::chrono::seconds limit);

}  // namespace chapar::plugin
