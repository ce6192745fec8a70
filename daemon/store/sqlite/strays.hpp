#pragma once
// Reports that can't be applied yet: early ones, whose attempt has no outcome, and unknown ones, whose id no answer has
// named. The rows are on disk, what finds them in memory: a settlement without strays costs nothing. Unknown ones are
// bounded; the oldest go first. Writer's thread only; failures are the connection's fault.

#include <cstdint>
#include <map>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "model/report.hpp"
#include "store/sqlite/sql.hpp"

namespace chapar::store::sqlite {

class Strays {
  public:
    explicit Strays(Connection& connection);

    enum class Kept : std::uint8_t { fresh, repeated };
    Kept keep_early(const model::Report& report, Timestamp now);
    Kept keep_unknown(const model::Report& report, Timestamp now);
    bool is_empty() const { return is_loaded_ && known_.empty(); }
    /// Those that wait for this message's attempt to end, oldest first. They are gone from here.
    std::vector<model::Report> take_early(MessageKey key);
    /// Those with this id in normal form.
    std::vector<model::Report> take_unknown(std::string_view route, std::string_view normal_id);
    /// Noted before `before`; how many went.
    std::int64_t prune(Timestamp before, int limit);
    void drop_address(std::string_view address);
    /// After a rollback.
    void forget() { is_loaded_ = false; }

  private:
    struct Known {
        std::int64_t scope = 0;  // of the message or of the id
        std::uint64_t content = 0;
        bool is_early = false;
    };
    void load();
    Kept keep(const model::Report& report, std::int64_t scope, bool is_early, Timestamp now);
    std::vector<model::Report> take(std::int64_t scope, bool is_early);
    void drop(std::int64_t number);

    Connection& connection_;
    Statement insert_, select_one_, all_, old_, by_address_, delete_;
    bool is_loaded_ = false;
    std::map<std::int64_t, Known> known_;                           // by row
    std::unordered_multimap<std::int64_t, std::int64_t> by_scope_;  // row
    std::size_t unknown_ = 0;
};

}  // namespace chapar::store::sqlite
