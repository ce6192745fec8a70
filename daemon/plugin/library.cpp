#include "plugin/library.hpp"

#include <chapar/plugin.h>
#include <dlfcn.h>
#include <unistd.h>

#include <chrono>
#include <utility>

#include "plugin/child.hpp"

namespace chapar::plugin {
namespace {

#ifdef __SANITIZE_ADDRESS__
// A fork of a process with threads may leave its allocator locked: a child that waits there says nothing of the plugin.
constexpr std::chrono::seconds trial_limit{2};
constexpr bool believes_silence = false;
#else
constexpr std::chrono::seconds trial_limit{10};
constexpr bool believes_silence = true;
#endif

/// What the dynamic linker says, with the file's name in place of the descriptor's.
std::string linker_error(const std::string& descriptor, const std::string& path) {
    const char* said = ::dlerror();
    std::string text = said == nullptr ? "unknown error" : said;
    if (std::size_t at = text.find(descriptor); at != text.npos) text.replace(at, descriptor.size(), path);
    if (text.find("cannot enable executable stack") != text.npos) text += ": link it with -z noexecstack";
    if (text.find("cannot restore segment prot") != text.npos || text.find("text relocation") != text.npos) {
        text += ": build it with -fPIC";
    }
    return text;
}

std::string_view view(chapar_str s) { return {s.data == nullptr ? "" : s.data, s.size}; }

/// By descriptor: what was checked is what is loaded. The descriptor stays open for good, because the linker remembers
/// a library by the name it was opened with, and a number used again would be the same name.
Result<const chapar_plugin*> open_object(int file, const std::string& path) {
    std::string descriptor = "/proc/self/fd/" + std::to_string(file);
    void* library = ::dlopen(descriptor.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (library == nullptr) {
        ::close(file);
        return fail(Code::refused, linker_error(descriptor, path));
    }
    void* symbol = ::dlsym(library, "chapar_plugin_entry");
    if (symbol == nullptr) {
        return fail(Code::no_entry, path +
                                        " exports no chapar_plugin_entry: end it with CHAPAR_PLUGIN(...), or mark "
                                        "the function CHAPAR_EXPORT");
    }
    auto entry = reinterpret_cast<Host::Entry>(symbol);
    return check_table(entry(CHAPAR_ABI_MAJOR, CHAPAR_ABI_MINOR), path);
}

/// The linker and the library's own start-up code believe what the file says. What is wrong with it beyond its headers
/// ends a child, not the daemon.
Result<void> try_in_child(int file, const std::string& path) {
    const auto work = [&]() -> std::string {
        const Result<const chapar_plugin*> table = open_object(file, path);
        if (table) static_cast<void>(traits_of(**table));
        return table ? "" : std::to_string(static_cast<int>(table.error().code())) + " " + table.error().message();
    };
    const ChildEnd end = run_in_child(work, trial_limit);
    if (end.is_late && !believes_silence) return {};
    if (!end.trouble.empty()) {
        return fail(Code::refused, path + " " + end.trouble +
                                       " when it was loaded for a trial: it is damaged, or its " +
                                       "start-up code is at fault; copy it again, or build it again");
    }
    if (end.said.empty()) return {};
    const std::size_t blank = end.said.find(' ');
    return fail(static_cast<Code>(std::stoi(end.said.substr(0, blank))), end.said.substr(blank + 1));
}

}  // namespace

Result<const chapar_plugin*> load(const std::string& path, OpenOptions options) {
    Result<File> file = open_safely(path, options);
    if (!file) return std::unexpected(file.error());
    if (Result<void> ok = check_object(file->get(), path); !ok) return std::unexpected(ok.error());
    if (Result<void> ok = try_in_child(file->get(), path); !ok) return std::unexpected(ok.error());
    return open_object(file->release(), path);
}

Result<const chapar_plugin*> check_table(const chapar_plugin* table, const std::string& path) {
    if (table == nullptr) {
        return fail(Code::wrong_abi, path + " does not speak version " + std::to_string(CHAPAR_ABI_MAJOR) +
                                         " of the plugin interface: build it against this release's header");
    }
    if (table->abi_major != CHAPAR_ABI_MAJOR || !CHAPAR_HAS(chapar_plugin, table, drain)) {
        return fail(Code::wrong_abi, path + " was built for version " + std::to_string(table->abi_major) + "." +
                                         std::to_string(table->abi_minor) + " of the plugin interface, this is " +
                                         std::to_string(CHAPAR_ABI_MAJOR) + "." + std::to_string(CHAPAR_ABI_MINOR));
    }
    const chapar_traits* traits = table->traits;
    bool is_whole =
        table->name != nullptr && *table->name != '\0' && table->version != nullptr && table->create != nullptr &&
        table->destroy != nullptr && traits != nullptr && (table->send != nullptr || traits->channel_count == 0) &&
        CHAPAR_HAS(chapar_traits, traits, config_schema) && traits->max_batch >= 1 && traits->max_in_flight >= 1;
    if (!is_whole) {
        return fail(Code::refused,
                    path +
                        " has an incomplete table: name, version, traits (max_batch and max_in_flight at "
                        "least 1), create, destroy and, with channels, send must be there");
    }
    return table;
}

Traits traits_of(const chapar_plugin& table) {
    const chapar_traits& raw = *table.traits;
    Traits traits;
    for (std::uint32_t i = 0; i < raw.channel_count; ++i)
        traits.channels.emplace_back(view(raw.channels[i]));
    traits.flags = raw.flags;
    traits.max_batch = raw.max_batch;
    traits.max_linger_ms = raw.max_linger_ms;
    traits.max_in_flight = raw.max_in_flight;
    traits.config_schema = view(raw.config_schema);
    return traits;
}

}  // namespace chapar::plugin
