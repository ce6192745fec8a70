#pragma once
// The search index: which messages have an address, a recipient, a route and so on. It is built behind the writer, in
// runs: each covers the messages of a range of keys, sorted by term, and is written once, in order. So an accepted
// message costs no random page, and a search looks into one chunk of each run. Neighbouring runs are merged by levels
// (search_merge.hpp), so that there are few. What is younger than the newest run is walked through. A term is a hash:
// what is found is always compared with the message itself.
// A run is whole when it has a row. Chunks of a run without one are being made, or wait to be deleted.

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "store/sqlite/read_rows.hpp"

namespace chapar::store::sqlite {

enum class TermKind : std::uint8_t { address, recipient, tag, campaign, template_name, route, application };

/// Addresses are folded (store::folded).
std::int64_t term_of(TermKind kind, std::string_view value);

struct SearchEntry {
    std::int64_t term = 0;
    MessageKey key;
    auto operator<=>(const SearchEntry&) const = default;
};
/// The entries of a message, without its routes.
void add_entries(const model::Message& message, std::vector<SearchEntry>& out);

/// Part of a run: entries in ascending order. The first one names the chunk.
std::string encode_entries(const std::vector<SearchEntry>& entries);
/// Of bytes whose sum was right.
std::vector<SearchEntry> decode_entries(std::string_view bytes);
std::int64_t chunk_sum(std::int64_t run, const SearchEntry& first, std::string_view bytes);

struct SearchChunk {
    std::int64_t run = 0;
    std::vector<SearchEntry> entries;
};
struct SearchRun {
    std::int64_t run = 0;
    MessageKey first, last;
    int level = 0;
};

/// Which of `runs`, in the order of their keys, are worth one run of the next level: the oldest neighbours of the
/// lowest level that has enough of them, with smaller ones that stand between. Those `in_work` are not touched.
std::vector<SearchRun> next_merge(const std::vector<SearchRun>& runs, const std::set<std::int64_t>& in_work);

/// Whole runs in the order of their keys. On a fault: some.
std::vector<SearchRun> whole_runs(Connection& connection);
/// Runs that have chunks and no row.
std::vector<std::int64_t> loose_runs(Connection& connection);

/// The writer's side. Failures are the connection's fault.
class SearchWriter {
  public:
    explicit SearchWriter(Connection& connection);

    /// From now on what changes at messages up to `run.last` is told to the index, also while the run is made.
    void begin(const SearchRun& run);
    /// Entries of messages that were erased meanwhile are left out. False: the run was not begun on this connection.
    bool put(SearchChunk chunk);
    /// The runs are whole: they are searched from now on, in place of `parts`, whose chunks are loose then. False: one
    /// was not begun on this connection.
    bool end(const std::vector<SearchRun>& runs, const std::vector<SearchRun>& parts);
    /// Deletes up to `limit` chunks of a loose run; `in_work`: those that are being made.
    void sweep(std::int64_t run, const std::set<std::int64_t>& in_work, int limit);

    /// An attempt by `route` begins; only for messages that were indexed without it.
    void tried(MessageKey key, std::string_view route);
    /// The message loses what names a person.
    void blank(const model::Message& message);
    /// The message loses what `after` does not have of `before`.
    void change(const model::Message& before, const model::Message& after);
    /// The message is deleted.
    void drop(MessageKey key);
    /// Runs whose messages are all gone; at most `limit` chunks.
    void prune(int limit);
    /// After a rollback.
    void forget() { is_loaded_ = false; }

  private:
    /// A run that is being made.
    struct Build {
        MessageKey first, last;
        std::set<SearchEntry> gone;  // what was erased meanwhile
        bool is_ended = false;       // kept until the next one: the commit may be tried again
    };
    void load();
    void drop_entries(MessageKey key, const std::vector<SearchEntry>& entries);
    MessageKey covered() const;
    void store(const SearchChunk& chunk);
    void drop_from_run(std::int64_t run, const SearchEntry& entry);
    int drop_chunks(std::int64_t run, int limit);

    Connection& connection_;
    Statement put_chunk_, put_run_, put_late_, drop_late_, late_of_, run_of_, find_chunk_, drop_chunk_;
    Statement oldest_run_, any_message_, chunks_of_, drop_run_, is_whole_, last_, any_late_;
    bool is_loaded_ = false;
    bool has_late_ = false;
    MessageKey whole_;                      // up to here there are runs
    std::set<std::int64_t> loose_;          // may have chunks, and have no row
    std::map<std::int64_t, Build> builds_;  // also after a rollback
};

}  // namespace chapar::store::sqlite
