#pragma once
// A VFS of SQLite that gathers what a transaction appends to the write-ahead log, and hands it to the system in few
// large writes. SQLite itself writes each frame by two calls; with small pages most of a bulk commit was system calls.
//
// It is for one connection: the writer's, with `synchronous = FULL`. SQLite syncs the log before it publishes a commit,
// and the buffer is handed over before the sync, so no other connection is ever told of a frame that is not in the
// file. An error of such a late write is told by that sync (or by whichever call needed the file), and the commit
// fails.

namespace chapar::store::sqlite {

/// The name of the VFS, for sqlite3_open_v2; registered at the first call. Nullptr, which names the usual one: it could
/// not be registered. Any thread.
const char* gathering_vfs();

}  // namespace chapar::store::sqlite
