#pragma once
// The search index: which messages have an address, a recipient, a route and so on. It is built behind the writer, in
// runs: each covers the messages of a range of keys, sorted by term, and is written once, in order. So an accepted
// message costs no random page, and a search looks into one chunk of each run. What is younger than the newest run is
// walked through. A term is a hash: what is found is always compared with the message itself.

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "store/sqlite/rows.hpp"

namespace chapar::store::sqlite {

enum class TermKind : std::uint8_t { address, recipient, tag, campaign, template_name, route, application };

/// Addresses are folded: all that have one key are one, and letters of any case of whatever else stands for one.
std::int64_t term_of(TermKind kind, std::string_view value);
std::string folded(std::string_view address);

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
};

/// The writer's side. Failures are the connection's fault.
class SearchWriter {
  public:
    explicit SearchWriter(Connection& connection);

    /// From now on what changes at messages up to `last` is told to the index, also while a run is made of them.
    void begin_run(MessageKey last);
    /// Entries of messages that were erased meanwhile are left out.
    void put(SearchChunk chunk);
    /// The run is whole: it is searched from now on.
    void end_run(const SearchRun& run);
    /// What a process has left unfinished.
    void drop_unfinished();

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
    void load();
    void drop_entries(MessageKey key, const std::vector<SearchEntry>& entries);
    void drop_from_run(std::int64_t run, const SearchEntry& entry);

    Connection& connection_;
    Statement put_chunk_, put_run_, drop_unfinished_, put_late_, drop_late_, late_of_, run_of_, find_chunk_,
        drop_chunk_;
    Statement oldest_run_, any_message_, chunks_of_, drop_run_, last_, any_late_;
    bool is_loaded_ = false;
    bool has_late_ = false;
    MessageKey whole_;                        // up to here there are runs
    MessageKey building_;                     // up to here a run is being made
    std::unordered_set<MessageKey> blanked_;  // of those
    std::vector<SearchEntry> forgotten_;      // single entries of those
};

}  // namespace chapar::store::sqlite
