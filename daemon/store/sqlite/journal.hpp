#pragma once
// What left and what became of it, kept apart from the database: a backup that is put back does not know it, the
// journal does. Files <database>.left-NNNNNN beside the database, appended to only; a file is full at some size and
// gone when it is older than what a backup may be. One record of 12 bytes for each change of a message's state, one
// write for each commit, behind it: what stands here is in the database too, unless that is older than the journal.
// Before the answer to a commit that begins attempts, or ends what waited, the records are on disk (fdatasync); what
// only settles attempts is not waited for: where it is lost, the journal says less, and more is held.
// Writer's thread only; `Journal::read` before that.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.hpp"
#include "base/ids.hpp"
#include "base/result.hpp"
#include "model/state.hpp"
#include "store/rules/restored.hpp"

namespace chapar::store::sqlite {

/// What the files say of a store that stands at `mark`.
struct Told {
    std::int64_t last_mark = 0;  // that the journal was begun anew with; 0: there is no journal of this store
    bool is_covered = false;     // nothing is missing since `mark`
    std::unordered_map<std::int64_t, rules::LastKnown> last;  // by key, since `mark`
    int next_file = 1;
};

class Journal {
  public:
    Journal(std::string database, std::string store_id) : prefix_(std::move(database)), id_(std::move(store_id)) {}
    ~Journal();
    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;

    /// Looks at the files; those that are damaged or of another store cover nothing.
    static Told read(const std::string& database, std::string_view store_id, std::int64_t mark);

    /// A new file. `has_gap`: what came before is not whole.
    bool begin(std::int64_t mark, int number, bool has_gap);
    /// In the transaction that is open; `before`: the state that it leaves.
    void note(MessageKey key, model::State before, model::State now, int attempts);
    void forget() { staged_.clear(), must_last_ = false; }
    /// Behind the commit. False: from here on the journal is not whole, until `begin`.
    bool flush();
    bool is_whole() const { return fd_ >= 0; }
    std::int64_t file_bytes() const { return bytes_; }
    int number() const { return number_; }
    /// Deletes files whose last record is older.
    void drop_before(Timestamp before) const;

  private:
    std::string file_name(int number) const;
    void close();

    const std::string prefix_, id_;
    int fd_ = -1;
    int number_ = 0;
    std::int64_t bytes_ = 0;
    std::string staged_;
    bool must_last_ = false;
};

}  // namespace chapar::store::sqlite
