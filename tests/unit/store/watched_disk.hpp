#pragma once
// SQLite's own file system with a look at each read and write before it is done. It is the usual one while installed.

#include <sqlite3.h>

#include <functional>

namespace chapar::store {

struct WatchedDisk {
    struct File {
        sqlite3_file base;
        bool is_database, is_log;
    };
    /// SQLITE_OK: go on. Any thread; set while no file is open.
    static inline std::function<int(const File&, std::int64_t offset, int amount)> before_read;
    static inline std::function<void(const File&)> before_write;

    static void install() {
        below_ = sqlite3_vfs_find(nullptr);
        own_ = *below_;
        own_.zName = "watched";
        own_.szOsFile = size_of_own() + below_->szOsFile;
        own_.xOpen = open;
        fill_methods();
        sqlite3_vfs_register(&own_, 1);
    }
    static void remove() {
        sqlite3_vfs_unregister(&own_);
        sqlite3_vfs_register(below_, 1);
        before_read = nullptr;
        before_write = nullptr;
    }

  private:
    static inline sqlite3_vfs own_{};
    static inline sqlite3_vfs* below_ = nullptr;
    static inline sqlite3_io_methods methods_{};

    static int size_of_own() { return static_cast<int>((sizeof(File) + 15) / 16 * 16); }
    static sqlite3_file* real(sqlite3_file* file) {
        return reinterpret_cast<sqlite3_file*>(reinterpret_cast<char*>(file) + size_of_own());
    }
    static void tell_write(sqlite3_file* file) {
        if (before_write) before_write(*reinterpret_cast<File*>(file));
    }
    static int open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out) {
        auto* mine = reinterpret_cast<File*>(file);
        const int code = below_->xOpen(below_, name, real(file), flags, out);
        mine->base.pMethods = real(file)->pMethods != nullptr ? &methods_ : nullptr;
        mine->is_database = (flags & SQLITE_OPEN_MAIN_DB) != 0;
        mine->is_log = (flags & SQLITE_OPEN_WAL) != 0;
        return code;
    }
#define PASS(name, parameters, arguments) methods_.name = [] parameters { return real(f)->pMethods->name arguments; }
    static void fill_methods() {
        methods_.iVersion = 3;
        methods_.xRead = [](sqlite3_file* f, void* to, int n, sqlite3_int64 at) {
            const int code = before_read ? before_read(*reinterpret_cast<File*>(f), at, n) : SQLITE_OK;
            return code == SQLITE_OK ? real(f)->pMethods->xRead(real(f), to, n, at) : code;
        };
        methods_.xWrite = [](sqlite3_file* f, const void* p, int n, sqlite3_int64 at) {
            tell_write(f);
            return real(f)->pMethods->xWrite(real(f), p, n, at);
        };
        methods_.xTruncate = [](sqlite3_file* f, sqlite3_int64 n) {
            tell_write(f);
            return real(f)->pMethods->xTruncate(real(f), n);
        };
        PASS(xClose, (sqlite3_file * f), (real(f)));
        PASS(xSync, (sqlite3_file * f, int how), (real(f), how));
        PASS(xFileSize, (sqlite3_file * f, sqlite3_int64 * n), (real(f), n));
        PASS(xLock, (sqlite3_file * f, int how), (real(f), how));
        PASS(xUnlock, (sqlite3_file * f, int how), (real(f), how));
        PASS(xCheckReservedLock, (sqlite3_file * f, int* n), (real(f), n));
        PASS(xFileControl, (sqlite3_file * f, int op, void* p), (real(f), op, p));
        PASS(xSectorSize, (sqlite3_file * f), (real(f)));
        PASS(xDeviceCharacteristics, (sqlite3_file * f), (real(f)));
        PASS(xShmMap, (sqlite3_file * f, int a, int b, int c, void volatile** p), (real(f), a, b, c, p));
        PASS(xShmLock, (sqlite3_file * f, int a, int b, int c), (real(f), a, b, c));
        PASS(xShmBarrier, (sqlite3_file * f), (real(f)));
        PASS(xShmUnmap, (sqlite3_file * f, int a), (real(f), a));
        PASS(xFetch, (sqlite3_file * f, sqlite3_int64 a, int b, void** p), (real(f), a, b, p));
        PASS(xUnfetch, (sqlite3_file * f, sqlite3_int64 a, void* p), (real(f), a, p));
    }
#undef PASS
};

}  // namespace chapar::store
