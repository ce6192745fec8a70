// chapard: arguments, then the composition root.

#include <malloc.h>
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

/// A large text goes back to the system when it ends, instead of leaving a hole in the heap; glibc would raise the
/// threshold with each one that is freed.
constexpr int large_text = 256 << 10;

}  // namespace

int main(int argc, char** argv) {
    mallopt(M_MMAP_THRESHOLD, large_text);
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
