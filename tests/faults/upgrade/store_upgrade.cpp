// Opens a store, which brings an older one up, and closes it.
// usage: store_upgrade DATABASE [--kill-at-statement N | --kill-at-write N | --lose-write N]
// Prints "STATEMENTS WRITES WAITING SOUND DAMAGED": what the opening took until the store was there, and what it finds.
// --kill-at-...: the process kills itself when the N-th statement begins, or instead of the N-th write to a file.
// --lose-write: that write is said to be done and is not, which is what a test of the test needs.

#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "store/open_sqlite.hpp"

namespace {

using namespace chapar;

std::atomic<bool> opening{true};
std::atomic<long> statements{0}, writes{0};
long kill_at_statement = 0, kill_at_write = 0, lose_write = 0;

void die() { ::kill(::getpid(), SIGKILL); }

int on_statement(unsigned, void*, void*, void*) {
    if (opening && ++statements == kill_at_statement) die();
    return 0;
}

int on_connection(sqlite3* connection, const char**, const sqlite3_api_routines*) {
    return sqlite3_trace_v2(connection, SQLITE_TRACE_STMT, on_statement, nullptr);
}

/// True: the write is to be lost.
bool counts_write() {
    if (!opening) return false;
    const long number = ++writes;
    if (number == kill_at_write) die();
    return number == lose_write;
}

ssize_t write_at(int file, const void* bytes, size_t size, off_t at) {
    return counts_write() ? static_cast<ssize_t>(size) : ::pwrite(file, bytes, size, at);
}
ssize_t write_on(int file, const void* bytes, size_t size) {
    return counts_write() ? static_cast<ssize_t>(size) : ::write(file, bytes, size);
}
int truncate_to(int file, off_t size) { return counts_write() ? 0 : ::ftruncate(file, size); }
int remove_file(const char* path) { return counts_write() ? 0 : ::unlink(path); }

void replace_calls() {
    sqlite3_vfs* const vfs = sqlite3_vfs_find(nullptr);
    const auto put = [vfs](const char* name, auto function) {
        vfs->xSetSystemCall(vfs, name, reinterpret_cast<sqlite3_syscall_ptr>(function));
    };
    put("pwrite", write_at);
    put("pwrite64", write_at);
    put("write", write_on);
    put("ftruncate", truncate_to);
    put("unlink", remove_file);
}

struct Found {
    std::int64_t waiting = 0, sound = 0, damaged = 0;
};

Found look(store::Store& store) {
    Found out;
    const auto pools = store.pools();
    const auto counts = store.counts();
    if (!pools || !counts) std::exit(1);
    for (const auto& pool : *pools)
        out.waiting += pool.waiting;
    std::optional<MessageKey> below;
    do {
        const auto page = store.list({}, below, 500);
        if (!page) {
            std::fprintf(stderr, "%s\n", page.error().message().c_str());
            std::exit(1);
        }
        out.sound += static_cast<std::int64_t>(page->records.size());
        below = page->next;
    } while (below);
    std::int64_t all = 0;
    for (const auto count : counts->by_state)
        all += count;
    out.damaged = all - out.sound;
    return out;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2 && argc != 4) return std::fprintf(stderr, "usage: store_upgrade DATABASE [--kill-at-... N]\n"), 2;
    if (argc == 4) {
        const long number = std::atol(argv[3]);
        if (std::strcmp(argv[2], "--kill-at-statement") == 0) kill_at_statement = number;
        if (std::strcmp(argv[2], "--kill-at-write") == 0) kill_at_write = number;
        if (std::strcmp(argv[2], "--lose-write") == 0) lose_write = number;
    }
    sqlite3_initialize();
    replace_calls();
    sqlite3_auto_extension(reinterpret_cast<void (*)()>(on_connection));
    const SystemClock clock;
    store::SqliteOptions options;
    options.path = argv[1];
    options.country = "IR";
    auto opened = store::open_sqlite(options, clock);
    opening = false;
    if (!opened) return std::fprintf(stderr, "%s\n", opened.error().message().c_str()), 1;
    const Found found = look(**opened);
    (*opened)->close();
    std::printf("%ld %ld %lld %lld %lld\n", statements.load(), writes.load(), static_cast<long long>(found.waiting),
                static_cast<long long>(found.sound), static_cast<long long>(found.damaged));
    return 0;
}
