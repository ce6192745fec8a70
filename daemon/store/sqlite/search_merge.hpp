#pragma once
// Neighbouring runs of the search index become one, chunk by chunk: no more than a chunk of each is in memory, and none
// is read in a transaction that lasts. What is erased meanwhile is told to the writer (search.hpp).

#include <optional>
#include <vector>

#include "store/sqlite/search.hpp"

namespace chapar::store::sqlite {

class Merge {
  public:
    /// `parts` in the order of their keys; the run that they become is `number`.
    Merge(std::int64_t number, std::vector<SearchRun> parts);

    const SearchRun& run() const { return run_; }
    const std::vector<SearchRun>& parts() const { return parts_; }

    /// The next chunks, in order; fewer than `chunks`: these are the last ones. Nothing: a part can't be read, which is
    /// the connection's fault, or is damaged().
    std::optional<std::vector<SearchChunk>> next(Connection& connection, std::size_t chunks, std::size_t entries);
    /// The part whose chunk does not match its sum, or can't be read by SQLite.
    const std::optional<SearchRun>& damaged() const { return damaged_; }

  private:
    struct Source {
        std::vector<SearchEntry> entries;  // of one chunk
        std::size_t at = 0;
        bool is_over = false;
    };
    bool fill(Connection& connection, Statement& chunk, std::size_t part);

    SearchRun run_;
    std::vector<SearchRun> parts_;
    std::vector<Source> sources_;  // of each part
    std::optional<SearchRun> damaged_;
};

}  // namespace chapar::store::sqlite
