// chapard: arguments, then the composition root.

#include <malloc.h>

#include <cstdio>
#include <string>
#include <string_view>

#include "app/app.hpp"

namespace {

constexpr std::string_view usage =
    "usage: chapard [--config FILE]\n"
    "  --config FILE   the configuration (default /etc/chapar/chapar.toml)\n"
    "  --version       print the version\n"
    "SIGHUP reloads, SIGTERM drains and stops. See chapard(8).\n";

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
    chapar::app::App app(std::move(options));
    return app.run();
}
