#include "store/sqlite/wal_buffer.hpp"

#include <sqlite3.h>

#include <array>
#include <cstring>
#include <new>
#include <utility>

namespace chapar::store::sqlite {
namespace {

constexpr std::size_t most_gathered = 128 << 10;

/// All of its memory is there from the beginning: what fails to grow would throw, and SQLite is C.
struct Gathered {
    std::size_t size = 0;
    std::array<char, most_gathered> bytes;
};

/// SQLite gives the memory, the file of the usual VFS lies behind it.
struct GatheringFile {
    sqlite3_file base;
    Gathered* gathered;  // what stands at `from` and is not in the file yet
    sqlite3_int64 from;
    bool gathers;

    sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

GatheringFile& file_of(sqlite3_file* file) { return *reinterpret_cast<GatheringFile*>(file); }

/// What can't be written is gone from the buffer: SQLite takes the transaction back, and writes its frames anew.
int hand_over(GatheringFile& file) {
    if (file.gathered->size == 0) return SQLITE_OK;
    const auto size = static_cast<int>(std::exchange(file.gathered->size, 0));
    return file.real()->pMethods->xWrite(file.real(), file.gathered->bytes.data(), size, file.from);
}

int close(sqlite3_file* handle) {
    auto& file = file_of(handle);
    const int written = hand_over(file);
    delete file.gathered;
    file.gathered = nullptr;
    const int closed = file.real()->pMethods->xClose(file.real());
    return written != SQLITE_OK ? written : closed;
}

int write(sqlite3_file* handle, const void* bytes, int count, sqlite3_int64 at) {
    auto& file = file_of(handle);
    const auto size = static_cast<std::size_t>(count);
    auto& gathered = *file.gathered;
    const bool goes_on = at == file.from + static_cast<sqlite3_int64>(gathered.size);
    if (gathered.size != 0 && (!goes_on || gathered.size + size > most_gathered)) {
        if (const int code = hand_over(file); code != SQLITE_OK) return code;
    }
    if (!file.gathers || size > most_gathered) return file.real()->pMethods->xWrite(file.real(), bytes, count, at);
    if (gathered.size == 0) file.from = at;
    std::memcpy(gathered.bytes.data() + gathered.size, bytes, size);
    gathered.size += size;
    return SQLITE_OK;
}

/// `call` on the real file, once all that was written is in it.
template <class Call>
int after_writing(sqlite3_file* handle, Call call) {
    auto& file = file_of(handle);
    const int code = hand_over(file);
    return code != SQLITE_OK ? code : call(file.real());
}

int read(sqlite3_file* handle, void* bytes, int count, sqlite3_int64 at) {
    return after_writing(handle, [&](sqlite3_file* real) { return real->pMethods->xRead(real, bytes, count, at); });
}
int truncate(sqlite3_file* handle, sqlite3_int64 size) {
    return after_writing(handle, [&](sqlite3_file* real) { return real->pMethods->xTruncate(real, size); });
}
int sync(sqlite3_file* handle, int flags) {
    return after_writing(handle, [&](sqlite3_file* real) { return real->pMethods->xSync(real, flags); });
}
int file_size(sqlite3_file* handle, sqlite3_int64* size) {
    return after_writing(handle, [&](sqlite3_file* real) { return real->pMethods->xFileSize(real, size); });
}
int lock(sqlite3_file* handle, int level) {
    return after_writing(handle, [&](sqlite3_file* real) { return real->pMethods->xLock(real, level); });
}
int unlock(sqlite3_file* handle, int level) {
    return after_writing(handle, [&](sqlite3_file* real) { return real->pMethods->xUnlock(real, level); });
}
int check_reserved_lock(sqlite3_file* handle, int* is_reserved) {
    return after_writing(handle,
                         [&](sqlite3_file* real) { return real->pMethods->xCheckReservedLock(real, is_reserved); });
}
int file_control(sqlite3_file* handle, int operation, void* argument) {
    return after_writing(handle,
                         [&](sqlite3_file* real) { return real->pMethods->xFileControl(real, operation, argument); });
}
int sector_size(sqlite3_file* handle) {
    auto* real = file_of(handle).real();
    return real->pMethods->xSectorSize(real);
}
int device_characteristics(sqlite3_file* handle) {
    auto* real = file_of(handle).real();
    return real->pMethods->xDeviceCharacteristics(real);
}

constexpr sqlite3_io_methods methods = {
    .iVersion = 1,
    .xClose = close,
    .xRead = read,
    .xWrite = write,
    .xTruncate = truncate,
    .xSync = sync,
    .xFileSize = file_size,
    .xLock = lock,
    .xUnlock = unlock,
    .xCheckReservedLock = check_reserved_lock,
    .xFileControl = file_control,
    .xSectorSize = sector_size,
    .xDeviceCharacteristics = device_characteristics,
    .xShmMap = nullptr,
    .xShmLock = nullptr,
    .xShmBarrier = nullptr,
    .xShmUnmap = nullptr,
    .xFetch = nullptr,
    .xUnfetch = nullptr,
};

sqlite3_vfs* usual_vfs = nullptr;

/// All files but the log are the usual VFS's own, in the same memory.
int open(sqlite3_vfs*, sqlite3_filename name, sqlite3_file* handle, int flags, int* opened_flags) {
    if ((flags & SQLITE_OPEN_WAL) == 0) return usual_vfs->xOpen(usual_vfs, name, handle, flags, opened_flags);
    auto& file = file_of(handle);
    file.base.pMethods = nullptr;
    const int code = usual_vfs->xOpen(usual_vfs, name, file.real(), flags, opened_flags);
    if (code != SQLITE_OK) return code;
    file.gathered = new (std::nothrow) Gathered;
    if (file.gathered == nullptr) {
        file.real()->pMethods->xClose(file.real());
        return SQLITE_NOMEM;
    }
    // Otherwise SQLite fills a sector up behind its sync, and publishes what it wrote there.
    const int device = file.real()->pMethods->xDeviceCharacteristics(file.real());
    file.gathers = (device & SQLITE_IOCAP_POWERSAFE_OVERWRITE) != 0;
    file.from = 0;
    file.base.pMethods = &methods;
    return SQLITE_OK;
}

const char* register_vfs() {
    static sqlite3_vfs vfs;
    usual_vfs = sqlite3_vfs_find(nullptr);
    if (usual_vfs == nullptr) return nullptr;
    vfs = *usual_vfs;
    vfs.zName = "chapar-gathering";
    vfs.szOsFile = static_cast<int>(sizeof(GatheringFile)) + usual_vfs->szOsFile;
    vfs.pNext = nullptr;
    vfs.xOpen = open;
    return sqlite3_vfs_register(&vfs, 0) == SQLITE_OK ? vfs.zName : nullptr;
}

}  // namespace

const char* gathering_vfs() {
    static const char* const name = register_vfs();
    return name;
}

}  // namespace chapar::store::sqlite
