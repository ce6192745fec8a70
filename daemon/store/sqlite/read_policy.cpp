#include "store/sqlite/read_policy.hpp"

#include <algorithm>

#include "store/sqlite/usage.hpp"

namespace chapar::store::sqlite {

ReadUses::ReadUses(Connection& connection)
    : select_(connection, "SELECT first, entries, sum FROM usage WHERE scope = ?1 ORDER BY first DESC") {}

bool ReadUses::visit(model::Scope scope, Timestamp from, const std::function<bool(const model::Use&)>& visit) {
    std::vector<Chunk> chunks;
    bool is_whole = true;
    {
        auto rows = select_.query(scope);
        while (rows.next()) {
            chunks.push_back(read_chunk(rows, scope, Timestamp::max()));
            const Chunk& chunk = chunks.back();
            if (chunk.lost_until && *chunk.lost_until >= from) is_whole = false;
            if (chunk_start(chunk.name) < from) break;
        }
    }
    for (auto chunk = chunks.rbegin(); chunk != chunks.rend(); ++chunk) {
        for (const auto& use : chunk->uses) {
            if (use.at >= from && !visit(use)) return is_whole;
        }
    }
    return is_whole;
}

bool ReadUses::summed(model::Scope scope, std::span<const Timestamp> edges,
                      const std::function<bool(const model::Use&)>& visit,
                      const std::function<void(const model::Total&)>&) {
    return this->visit(scope, *std::ranges::min_element(edges), visit);
}

ReadPolicy::ReadPolicy(Connection& connection)
    : uses_(connection),
      kinds_(connection),
      people_(connection),
      states_(connection, nullptr),
      messages_(connection, nullptr, nullptr),
      relations_(connection) {}

rules::TableLedger ReadPolicy::ledger() {
    kinds_.forget_now_and_then();
    return rules::TableLedger({uses_, kinds_, people_, states_, messages_, relations_}, {});
}

}  // namespace chapar::store::sqlite
