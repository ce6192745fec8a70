#include "store/sqlite/read_policy.hpp"

#include <algorithm>

#include "store/sqlite/usage.hpp"

namespace chapar::store::sqlite {

namespace {

using What = UseChange::What;

/// As the writer does it in its chunks (usage.cpp): of several uses of one message in one millisecond the one that came
/// least far is meant.
void apply(const UseChange& change, std::vector<model::Use>& uses) {
    const auto at = change.use.at;
    if (change.what == What::add || change.what == What::add_again) {
        uses.insert(std::ranges::upper_bound(uses, at, {}, &model::Use::at), change.use);
        return;
    }
    auto meant = uses.end();
    for (auto use = std::ranges::lower_bound(uses, at, {}, &model::Use::at); use != uses.end() && use->at == at; ++use)
        if (use->key == change.use.key && (meant == uses.end() || use->state < meant->state)) meant = use;
    if (meant == uses.end()) return;
    if (change.what == What::restate)
        meant->state = change.use.state;
    else if (meant->state == model::UseState::reserved)
        uses.erase(meant);
}

}  // namespace

ReadUses::ReadUses(Connection& connection)
    : connection_(connection),
      select_(connection, "SELECT first, entries, sum FROM usage WHERE scope = ?1 ORDER BY first DESC"),
      journal_(connection) {}

bool ReadUses::read(model::Scope scope, Timestamp from, std::vector<model::Use>& uses) {
    if (!journal_read_) journal_read_ = journal_.read();
    const auto& journal = *journal_read_;
    bool is_whole = connection_.fault() == 0 && !journal.damage.is_all &&
                    !std::ranges::binary_search(journal.damage.scopes, scope) &&
                    !(journal.lost_until && *journal.lost_until >= from);
    const auto since = std::min(from, journal.pending.oldest(scope).value_or(from));
    std::vector<Chunk> chunks;
    {
        auto rows = select_.query(scope);
        while (rows.next()) {
            chunks.push_back(read_chunk(rows, scope, Timestamp::max()));
            const Chunk& chunk = chunks.back();
            if (chunk.lost_until && *chunk.lost_until >= from) is_whole = false;
            if (chunk_start(chunk.name) < since) break;
        }
    }
    for (auto chunk = chunks.rbegin(); chunk != chunks.rend(); ++chunk)
        uses.insert(uses.end(), chunk->uses.begin(), chunk->uses.end());
    journal.pending.visit(scope, [&uses](const UseChange& change) { apply(change, uses); });
    return is_whole;
}

bool ReadUses::visit(model::Scope scope, Timestamp from, const std::function<bool(const model::Use&)>& visit) {
    std::vector<model::Use> uses;
    const bool is_whole = read(scope, from, uses);
    for (const auto& use : uses)
        if (use.at >= from && !visit(use)) break;
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
    people_.forget();
    return rules::TableLedger({uses_, kinds_, people_, states_, messages_, relations_}, {});
}

}  // namespace chapar::store::sqlite
