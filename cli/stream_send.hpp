#pragma once
// Many messages in one request, and what came of each.

#include <functional>
#include <string>

#include "cli/command.hpp"

namespace chapar::cli {

struct StreamOptions {
    long total = 0;         // for the progress; 0: unknown
    bool progress = false;  // always shown
    bool is_file = false;   // a key that was used for another text was sent before: no refusal
    /// Names the message of an answer; empty: "message N".
    std::function<std::string()> name_next;
};

/// `next` as in stream(). Prints refusals and a summary; answers an exit code.
int send_stream(const Context& context, const std::function<bool(std::string&)>& next, const StreamOptions& options);

}  // namespace chapar::cli
