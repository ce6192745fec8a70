#include "store/sqlite/journal_start.hpp"

#include <algorithm>
#include <span>

#include "base/log.hpp"
#include "store/rules/restored.hpp"

namespace chapar::store::sqlite {
namespace {

constexpr std::size_t restore_batch = 2'000;

/// What the journal knows of messages that this store has in an earlier state.
Result<bool> take_over(engine::GroupCommit& commit, const Told& told) {
    std::int64_t over = 0;
    std::int64_t held = 0;
    std::vector<std::pair<MessageKey, rules::LastKnown>> all;
    all.reserve(told.last.size());
    for (const auto& [key, known] : told.last)
        all.emplace_back(MessageKey{key}, known);
    for (std::size_t from = 0; from < all.size(); from += restore_batch) {
        const auto part = std::span(all).subspan(from, std::min(restore_batch, all.size() - from));
        const auto done = commit.now<std::vector<rules::TakeOver>>(1, [part](rules::Unit& unit) {
            std::vector<rules::TakeOver> out;
            for (const auto& [key, known] : part)
                out.push_back(rules::take_over_known(unit, key, known));
            return out;
        });
        if (!done) return std::unexpected(done.error());
        over += std::ranges::count(*done, rules::TakeOver::over) + std::ranges::count(*done, rules::TakeOver::again);
        held += std::ranges::count(*done, rules::TakeOver::doubt);
    }
    if (over + held != 0)
        log::warning("store.restored",
                     "this store is older than its journal: {} messages are settled as the journal knows them, {} are "
                     "held because they may have left since (chapar release)",
                     over, held);
    return true;
}

Result<bool> hold_all(engine::GroupCommit& commit, const char* why) {
    std::int64_t held = 0;
    std::optional<MessageKey> after = MessageKey{0};
    while (after) {
        using Page = std::pair<std::int64_t, std::optional<MessageKey>>;
        const auto done = commit.now<Page>(1, [from = *after](rules::Unit& unit) {
            return rules::hold_restored(unit, from, static_cast<int>(restore_batch));
        });
        if (!done) return std::unexpected(done.error());
        held += done->first;
        after = done->second;
    }
    if (held != 0)
        log::warning("store.restored_blind", "{}: all {} messages that waited are held (chapar release)", why, held);
    return true;
}

}  // namespace

Result<bool> keep_journal(SqliteDatabase& database, engine::GroupCommit& commit, const std::string& path,
                          const Identity& identity, Milliseconds keep) {
    const auto told = Journal::read(path, identity.id, identity.mark);
    const bool is_first = identity.journal == JournalState::none;
    Result<bool> settled = true;
    if (told.is_covered)
        settled = take_over(commit, told);
    else if (!is_first)
        settled = hold_all(commit, "this store's journal is missing, or does not reach back to it");
    else if (told.next_file != 1)
        settled = hold_all(commit, "this store is older than the journal that was kept here");
    if (!settled) return settled;
    const bool has_gap = !told.is_covered || identity.journal == JournalState::broken;
    const auto mark = std::max(identity.mark, told.last_mark) + 1;
    const auto marked = commit.now<bool>(1, [&database, mark](rules::Unit&) {
        database.put_mark(mark, JournalState::whole);
        return true;
    });
    if (!marked) return marked;
    auto journal = std::make_shared<std::unique_ptr<Journal>>(std::make_unique<Journal>(path, identity.id));
    if (!(*journal)->begin(mark, told.next_file, has_gap))
        return fail(Code::unavailable, path + ": the journal of what left can't be written");
    return commit.now<bool>(1, [&database, journal, mark, keep](rules::Unit&) {
        if (*journal) {
            database.use_journal(std::move(*journal), mark, keep);
        }
        return true;
    });
}

}  // namespace chapar::store::sqlite
