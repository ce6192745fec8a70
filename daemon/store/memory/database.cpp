#include "store/memory/database.hpp"

namespace chapar::store::memory {

bool MemoryDatabase::begin() {
    lock_ = std::unique_lock(data_.mutex);
    return !is_cut_ && (self_.epoch == 0 || !tables_.nodes().is_over(self_));
}

bool MemoryDatabase::commit(rules::Changes& changes) {
    if (refuses_ && refuses_()) return false;
    tables_.pools().count(changes.counts);
    tables_.tallies().count(changes.counts.tallies);
    tables_.nodes().keep_highest(self_.node, changes.counts.highest_key);
    tables_.undo().clear();
    data_.last_writer = self_;
    return true;
}

void MemoryDatabase::committed(const rules::Changes&) { lock_.unlock(); }

engine::Database::Failure MemoryDatabase::roll_back(const rules::Changes&) {
    const bool was_refused = !tables_.has_failed();
    const bool is_over = self_.epoch != 0 && tables_.nodes().is_over(self_);
    tables_.undo().roll_back();
    tables_.feed().forget();
    const bool was_cut = is_cut_;
    lock_.unlock();
    if (was_cut) return {Error(Code::closed, "the store was cut off"), true};
    if (is_over) return {Error(Code::ended, "this life of the node is over"), true};
    if (was_refused) return {Error(Code::unavailable, "the commit was refused"), true};
    return {Error(Code::unavailable, "a message of this key is there"), false};
}

void MemoryDatabase::cut() {
    const std::lock_guard lock(data_.mutex);
    is_cut_ = true;
}

}  // namespace chapar::store::memory
