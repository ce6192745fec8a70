#include "store/memory/database.hpp"

namespace chapar::store::memory {

bool MemoryDatabase::begin() {
    lock_ = std::unique_lock(data_.mutex);
    return true;
}

bool MemoryDatabase::commit(rules::Changes& changes) {
    if (refuses_ && refuses_()) return false;
    tables_.pools().count(changes.counts);
    tables_.undo().clear();
    lock_.unlock();
    return true;
}

engine::Database::Failure MemoryDatabase::roll_back(const rules::Changes&) {
    const bool was_refused = !tables_.has_failed();
    tables_.undo().roll_back();
    tables_.feed().forget();
    lock_.unlock();
    if (was_refused) return {Error(Code::unavailable, "the commit was refused"), true};
    return {Error(Code::unavailable, "a message of this key is there"), false};
}

}  // namespace chapar::store::memory
