// chapard: arguments, then the composition root.

#include <sys/stat.h>

#include <cstdio>
#include <exception>
#include <latch>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <vector>

#include "app/app.hpp"

namespace {

constexpr std::string_view usage =
    "usage: chapard [--config FILE]\n"
    "  --config FILE   the configuration (default /etc/chapar/chapar.toml)\n"
    "  --version       print the version\n"
    "SIGHUP reloads, SIGTERM drains and stops. See chapard(8).\n";

/// The parts of the daemon start threads of their own, some in constructors that have no way to say no. So it is tried
/// here, where nothing is open yet. Empty: there may be as many as a daemon without routes needs.
std::string missing_threads() {
    constexpr int needed = 22;
    std::latch done(1);
    std::vector<std::thread> threads;
    std::string why;
    try {
        for (int i = 0; i < needed; ++i)
            threads.emplace_back([&done] { done.wait(); });
    } catch (const std::system_error& error) {
        why = std::string("a thread can't be started: ") + error.code().message() + ". It needs " +
              std::to_string(needed) +
              ": raise TasksMax= of the unit, or the limit of processes (ulimit -u) of its user";
    }
    done.count_down();
    for (auto& thread : threads)
        thread.join();
    return why;
}

}  // namespace

/// jemalloc reads this name before main (jemalloc(3), TUNING). What is freed goes back to the system two seconds later,
/// by one thread of jemalloc's own; four heaps are enough for the few threads that work hard (docs/decisions/0020).
extern "C" const char* malloc_conf;
const char* malloc_conf =
    "background_thread:true,max_background_threads:1,narenas:4,dirty_decay_ms:2000,muzzy_decay_ms:0";

int main(int argc, char** argv) {
    chapar::app::Options options;
    options.version = CHAPAR_VERSION;
    for (int i = 1; i < argc; ++i) {
        const std::string_view word = argv[i];
        if (word == "--config" && i + 1 < argc) {
            options.config_path = argv[++i];
        } else if (word == "--version") {
            std::printf("chapard %s\n", CHAPAR_VERSION);
            return 0;
        } else if (word == "--help") {
            std::fputs(usage.data(), stdout);
            return 0;
        } else {
            std::fprintf(stderr, "chapard: unknown argument %s\n%s", argv[i], usage.data());
            return 2;
        }
    }
    // What it writes is its own: the database with everybody's messages, its log. Sockets get the mode of [socket].
    ::umask(S_IRWXG | S_IRWXO);
    if (const std::string why = missing_threads(); !why.empty()) {
        std::fprintf(stderr, "chapard: start.failed: %s\n", why.c_str());
        return chapar::app::failure;
    }
    try {
        chapar::app::App app(std::move(options));
        return app.run();
    } catch (const std::exception& broken) {
        std::fprintf(stderr, "chapard: start.failed: %s\n", broken.what());
        return chapar::app::failure;
    }
}
