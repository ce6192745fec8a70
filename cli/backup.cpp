// backup and restore: the only commands that read the store's file themselves, so they need no daemon.

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "base/json.hpp"
#include "cli/commands.hpp"
#include "cli/options.hpp"
#include "cli/progress.hpp"
#include "config/load.hpp"
#include "store/backup.hpp"

namespace chapar::cli {
namespace {

constexpr std::string_view default_file = "/etc/chapar/chapar.toml";

int complain(std::string_view command, const std::string& why) {
    std::fputs(fmt::format("chapar {}: {}\n", command, why).c_str(), stderr);
    return Exit::failed;
}

/// Where the store is: --database, else what the configuration says.
std::optional<std::string> database_of(std::string_view command, const Parsed& options) {
    if (options.has("database")) return options.get("database");
    const auto loaded = config::read(options.get("config", default_file));
    if (!loaded.ok()) {
        complain(command, loaded.problems.front().sentence());
        return std::nullopt;
    }
    const auto& settings = loaded.settings;
    return settings.store.path.empty() ? settings.daemon.state_dir + "/chapar.db" : settings.store.path;
}

bool exists(const std::string& path) {
    struct stat info{};
    return ::lstat(path.c_str(), &info) == 0;
}

bool agreed() {
    if (::isatty(STDIN_FILENO) == 0) {
        std::fputs("Say --yes to do it.\n", stderr);
        return false;
    }
    std::fputs("Put it back? Type yes: ", stderr);
    char answer[8] = {};
    return std::fgets(answer, sizeof answer, stdin) != nullptr && std::string_view(answer) == "yes\n";
}

void print(const Context& context, const store::Inspection& found, const std::string& file) {
    if (context.json) {
        json::Writer out;
        out.begin_object().member("file", file).member("schema", found.schema).member("waiting", found.waiting);
        out.member("journal_reaches_back", found.is_covered).member("over_since", found.known);
        out.member("held", found.is_covered ? found.in_doubt : found.waiting);
        std::puts(out.end_object().take().c_str());
        return;
    }
    std::puts(
        fmt::format("{} is whole (schema {}); {} messages wait in it.", file, found.schema, found.waiting).c_str());
    if (found.waiting == 0) return;
    std::puts(
        found.is_covered
            ? fmt::format("The journal reaches back to it: {} of them are over since, {} may have left and will be "
                          "held, the others go on.",
                          found.known, found.in_doubt)
                  .c_str()
            : "No journal reaches back to it: all of them will be held until `chapar release`.");
}

}  // namespace

int run_backup(Context& context, std::span<const std::string_view> args) {
    const auto options = parse_options("backup", args, {"config", "database"}, {"force", "progress"});
    if (!options) return Exit::usage;
    if (options->rest.size() != 1) {
        std::fputs("usage: chapar backup FILE [--force] [--progress] [--config FILE | --database FILE]\n", stderr);
        return Exit::usage;
    }
    const auto& file = options->rest[0];
    const auto database = database_of("backup", *options);
    if (!database) return Exit::failed;
    if (!options->has("force") && exists(file)) return complain("backup", file + " exists; --force replaces it");
    const auto fresh = fmt::format("{}.part-{}", file, ::getpid());
    Progress progress("backup", 0, options->has("progress"));
    const auto done = store::back_up(*database, fresh, [&](std::int64_t pages, std::int64_t all) {
        progress.update(static_cast<long>(pages), fmt::format("of {} pages", all));
        return true;
    });
    if (!done) return complain("backup", done.error().message());
    // A name that appeared meanwhile is not overwritten: link fails where rename would not.
    const bool named =
        options->has("force") ? ::rename(fresh.c_str(), file.c_str()) == 0 : ::link(fresh.c_str(), file.c_str()) == 0;
    const int error = errno;
    if (!options->has("force") || !named) ::unlink(fresh.c_str());
    if (!named) return complain("backup", file + ": " + std::strerror(error));
    const auto folder = file.find('/') == std::string::npos ? std::string(".") : file.substr(0, file.rfind('/') + 1);
    const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool lasts = fd >= 0 && ::fsync(fd) == 0;
    if (fd >= 0) ::close(fd);
    if (!lasts) return complain("backup", folder + ": " + std::strerror(errno));
    if (!context.json) std::puts(fmt::format("{} is written", file).c_str());
    return Exit::ok;
}

int run_restore(Context& context, std::span<const std::string_view> args) {
    const auto options = parse_options("restore", args, {"config", "database"}, {"yes", "dry-run"});
    if (!options) return Exit::usage;
    if (options->rest.size() != 1) {
        std::fputs("usage: chapar restore FILE [--yes | --dry-run] [--config FILE | --database FILE]\n", stderr);
        return Exit::usage;
    }
    const auto& file = options->rest[0];
    const auto database = database_of("restore", *options);
    if (!database) return Exit::failed;
    const auto found = store::inspect(file, *database);
    if (!found) return complain("restore", found.error().message());
    print(context, *found, file);
    if (options->has("dry-run")) return Exit::ok;
    if (!options->has("yes") && !agreed()) return Exit::failed;
    const auto kept = store::put_back(file, *database, SystemClock().now());
    if (!kept) return complain("restore", kept.error().message());
    if (!context.json && !kept->empty()) std::puts(fmt::format("The replaced store is kept as {}.", *kept).c_str());
    return Exit::ok;
}

}  // namespace chapar::cli
