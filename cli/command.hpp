#pragma once
// One command of `chapar` is one function in one file; main.cpp holds the table.

#include <span>
#include <string>
#include <string_view>

namespace chapar::cli {

/// Exit codes, the same for every command (documented in chapar.1).
enum Exit : int {
    ok = 0,
    failed = 1,       // what was asked for did not succeed (a check found problems, a message was refused)
    usage = 2,        // the words of the command are off
    unreachable = 3,  // the daemon does not answer at the socket
    not_found = 4,
};

struct Context {
    std::string socket = "/run/chapar/chapar.sock";  // --socket, or $CHAPAR_SOCKET
    std::string application;                         // --application: who is spoken for; empty: the daemon knows
    bool json = false;                               // --json
};

/// `args`: what follows the command's name. Prints to stdout, errors to stderr.
using Run = int (*)(Context& context, std::span<const std::string_view> args);

struct Command {
    std::string_view name, summary, usage;
    Run run;
};

int run_render(Context&, std::span<const std::string_view>);    // render.cpp
int run_template(Context&, std::span<const std::string_view>);  // template.cpp
int run_plugin(Context&, std::span<const std::string_view>);    // plugin.cpp
int run_config(Context&, std::span<const std::string_view>);    // config.cpp
int run_sms(Context&, std::span<const std::string_view>);       // sms.cpp
int run_cost(Context&, std::span<const std::string_view>);      // cost.cpp
int run_phone(Context&, std::span<const std::string_view>);     // phone.cpp
int run_bounce(Context&, std::span<const std::string_view>);    // bounce.cpp

}  // namespace chapar::cli
