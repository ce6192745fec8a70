// Listing: newest first, over a bounded number of rows. What the search index knows is looked up in its runs; what is
// younger, and what no index helps with, is a walk over the dense progress rows, in which a message is read only when
// it may be shown.

#include <algorithm>
#include <limits>

#include "address/key.hpp"
#include "base/log.hpp"
#include "store/person.hpp"
#include "store/rows/list_match.hpp"
#include "store/sqlite/read_rows.hpp"
#include "store/sqlite/reader.hpp"

namespace chapar::store::sqlite {
namespace {

constexpr int rows_looked_at = 20'000;
constexpr int runs_looked_at = 1'000;
constexpr int messages_looked_at = 5'000;
constexpr std::size_t keys_a_run = 4'096;

bool agrees(const std::string& wanted, std::string_view is) { return wanted.empty() || wanted == is; }

/// What the pool alone can refuse. One that is not known may have been forgotten: the message itself is asked.
bool pool_matches(const std::optional<Pool>& pool, const ListFilter& filter) {
    if (!pool) return true;
    return agrees(filter.application, pool->application) && agrees(filter.class_name, pool->class_name) &&
           agrees(filter.campaign, pool->campaign);
}

/// The pools of one walk, so that the counters are asked once for each.
class PoolFilter {
  public:
    struct Answer {
        bool passes = false, is_known = false;
    };
    PoolFilter(const engine::Counters& counters, const ListFilter& filter) : counters_(counters), filter_(filter) {}
    Answer ask(PoolId id) {
        const auto found = known_.find(id);
        if (found != known_.end()) return found->second;
        const auto pool = counters_.pool(id);
        return known_[id] = {pool_matches(pool, filter_), pool.has_value()};
    }

  private:
    const engine::Counters& counters_;
    const ListFilter& filter_;
    std::unordered_map<PoolId, Answer> known_;
};

/// The terms that leave the fewest; one of them is in each message that is looked for.
std::vector<std::int64_t> terms_of(const ListFilter& filter) {
    if (!filter.address.empty()) return {term_of(TermKind::address, filter.address)};
    std::vector<std::int64_t> out;
    for (const auto& name : filter.names) {
        const auto bare = std::string_view(name).substr(name.starts_with(joined_mark) ? 1 : 0);
        out.push_back(term_of(TermKind::recipient, bare));
        if (address::is_address(bare)) out.push_back(term_of(TermKind::address, bare));
    }
    if (!out.empty()) return out;
    if (!filter.recipient.empty()) return {term_of(TermKind::recipient, filter.recipient)};
    if (!filter.tag.empty()) return {term_of(TermKind::tag, filter.tag)};
    if (!filter.campaign.empty()) return {term_of(TermKind::campaign, filter.campaign)};
    if (!filter.template_name.empty()) return {term_of(TermKind::template_name, filter.template_name)};
    if (!filter.route.empty()) return {term_of(TermKind::route, filter.route)};
    if (!filter.application.empty()) return {term_of(TermKind::application, filter.application)};
    return {};
}

MessageKey first_key_of(Timestamp time) { return MessageKey{to_ms(time) << MessageId::order_bits}; }

}  // namespace

struct Reader::Walk {
    const ListFilter& filter;
    PoolFilter pools;
    Damage& damage;
    Page page;
    MessageKey below;  // everything from here on was looked at
    MessageKey since;  // nothing below is wanted
    std::size_t limit = 0;
    int looked = 0;         // rows, or runs and messages
    std::size_t bytes = 0;  // of the bodies
    bool is_full() const { return page.records.size() >= limit || bytes >= page_bytes; }
};

bool Reader::matches(MessageKey key, const ListFilter& filter, bool pool_is_known) {
    const bool needs_plan =
        !filter.address.empty() || !filter.template_name.empty() || !filter.names.empty() || filter.is_test.has_value();
    if (pool_is_known && filter.recipient.empty() && filter.tag.empty() && !needs_plan) return true;
    auto rows = narrow_.query(key.value);
    if (!rows.next()) return connection_->forgive_corruption();  // the full read says what is wrong
    if (!agrees(filter.recipient, rows.bytes(0))) return false;
    if (!pool_is_known && !(agrees(filter.application, rows.bytes(2)) && agrees(filter.class_name, rows.bytes(3)) &&
                            agrees(filter.campaign, rows.bytes(4))))
        return false;
    if (needs_plan) {
        const auto plan = model::decode_plan(rows.bytes(5));
        if (!plan_matches(plan, filter)) return false;
        if (!filter.names.empty() && !names_match(rows.bytes(0), plan, filter)) return false;
    }
    return filter.tag.empty() || rows.bytes(1).find('\n' + filter.tag + '\n') != std::string_view::npos;
}

bool Reader::was_tried_by(MessageKey key, const std::string& route) {
    auto rows = tried_by_.query(key.value, route);
    return rows.next();
}

void Reader::show(Walk& walk, MessageKey key) {
    Record record;
    {
        auto rows = progress_.query(key.value);
        if (!rows.next()) {
            if (connection_->forgive_corruption()) walk.damage.states.push_back(key);
            return;  // pruned
        }
        const auto row = read_progress(rows);
        if (!row) walk.damage.states.push_back(key);
        if (!row || (walk.filter.state && row->state != static_cast<std::int64_t>(*walk.filter.state))) return;
        const auto pool = walk.pools.ask(PoolId{row->pool});
        if (!pool.passes || !matches(key, walk.filter, pool.is_known)) return;
        record.progress = to_progress(*row);
    }
    if (!walk.filter.route.empty() && !was_tried_by(key, walk.filter.route)) return;
    if (message(key, record.message, &record.idempotency_key) == Found::sound) {
        walk.bytes += record.message.body.size();
        walk.page.records.push_back(std::move(record));
    } else if (connection_->fault() == 0) {
        walk.damage.messages.push_back(key);
    }
}

bool Reader::walk_rows(Walk& walk, MessageKey floor) {
    auto rows = list_.query(walk.below.value, floor.value);
    while (rows.next()) {
        if (walk.looked++ == rows_looked_at || walk.is_full()) return false;
        const MessageKey key{rows.integer(0)};
        walk.below = key;
        const auto row = read_progress(rows);
        if (!row) walk.damage.states.push_back(key);
        if (!row || (walk.filter.state && row->state != static_cast<std::int64_t>(*walk.filter.state))) continue;
        if (walk.pools.ask(PoolId{row->pool}).passes) show(walk, key);
    }
    return connection_->fault() == 0;
}

std::vector<MessageKey> Reader::keys_in(const SearchRun& run, std::int64_t term, MessageKey below) {
    std::vector<MessageKey> keys;
    auto rows = search_chunks_.query(run.run, term, below.value);
    while (rows.next()) {
        const SearchEntry first{rows.integer(0), MessageKey{rows.integer(1)}};
        if (chunk_sum(run.run, first, rows.bytes(2)) != rows.integer(3)) {
            log::error("store.row_damaged", "a part of the search index is damaged; what it names is found by its id");
        } else {
            const auto entries = decode_entries(rows.bytes(2));
            for (auto it = entries.rbegin(); it != entries.rend(); ++it) {
                if (it->term == term && it->key < below) keys.push_back(it->key);
            }
        }
        if (first.term != term || keys.size() >= keys_a_run) break;
    }
    return keys;
}

/// Attempts by a route that began after the run was made. True: there may be more of them below.
bool Reader::late_keys(const SearchRun& run, std::int64_t term, MessageKey below, std::vector<MessageKey>& keys) {
    // Where the run's own keys were cut off, later ones of both come with the next look.
    const MessageKey from = keys.size() >= keys_a_run ? keys.back() : run.first;
    std::vector<MessageKey> late;
    {
        auto rows = search_late_.query(term, from.value, run.last.value, below.value, static_cast<int>(keys_a_run));
        while (rows.next())
            late.push_back(MessageKey{rows.integer(0)});
    }
    const bool more = late.size() >= keys_a_run;
    if (more) std::erase_if(keys, [&](MessageKey key) { return key < late.back(); });
    keys.insert(keys.end(), late.begin(), late.end());
    std::ranges::sort(keys, std::greater{});
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    return more;
}

std::pair<std::vector<MessageKey>, bool> Reader::keys_with(const SearchRun& run, const std::vector<std::int64_t>& terms,
                                                           MessageKey below) {
    std::vector<MessageKey> keys;
    MessageKey whole_from;  // of a term that has more, those below are not known
    bool more = false;
    for (const auto term : terms) {
        const auto some = keys_in(run, term, below);
        if (some.size() >= keys_a_run) {
            more = true;
            whole_from = std::max(whole_from, some.back());
        }
        keys.insert(keys.end(), some.begin(), some.end());
    }
    if (terms.size() > 1) {
        std::erase_if(keys, [&](MessageKey key) { return key < whole_from; });
        std::ranges::sort(keys, std::greater{});
        keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    }
    return {std::move(keys), more};
}

bool Reader::walk_runs(Walk& walk, const std::vector<std::int64_t>& terms) {
    const bool has_late =
        !walk.filter.route.empty() && terms == std::vector{term_of(TermKind::route, walk.filter.route)};
    auto rows = search_runs_.query(walk.below.value);
    for (int runs = 0, messages = 0; rows.next(); ++runs) {
        if (runs == runs_looked_at) return false;
        const SearchRun run{rows.integer(0), MessageKey{rows.integer(1)}, MessageKey{rows.integer(2)}};
        if (run.last < walk.since) return true;
        for (bool more = true; more;) {
            auto [keys, has_more] = keys_with(run, terms, walk.below);
            more = has_more;
            if (has_late && late_keys(run, terms.front(), walk.below, keys)) more = true;
            for (const MessageKey key : keys) {
                if (key < walk.since) return true;
                if (walk.is_full() || ++messages > messages_looked_at) return false;
                walk.below = key;
                show(walk, key);
            }
        }
        if (walk.is_full()) return false;
        walk.below = std::min(walk.below, run.first);
    }
    return connection_->fault() == 0;
}

Result<Page> Reader::list(const ListFilter& filter, MessageKey below, int limit, const engine::Counters& counters,
                          Damage& damage) {
    const Snapshot snapshot(*this);
    Walk walk{
        filter, PoolFilter(counters, filter), damage, {}, below, {}, static_cast<std::size_t>(std::max(limit, 0))};
    if (filter.since) walk.since = first_key_of(*filter.since);
    if (filter.until) walk.below = std::min(walk.below, first_key_of(*filter.until));
    const auto terms = terms_of(filter);
    const bool has_terms = !terms.empty();
    MessageKey indexed;
    if (has_terms) {
        auto rows = search_last_.query();
        if (rows.next()) indexed = MessageKey{rows.integer(0)};
    }
    const auto floor = std::max(MessageKey{indexed.value + 1}, walk.since);
    bool is_over = walk_rows(walk, has_terms ? floor : walk.since);
    if (is_over && has_terms && walk.since <= indexed) {
        walk.below = std::min(walk.below, MessageKey{indexed.value + 1});
        is_over = walk_runs(walk, terms);
    }
    if (!is_over) walk.page.next = walk.below;
    if (connection_->fault() != 0) return broken(damage);
    return std::move(walk.page);
}

}  // namespace chapar::store::sqlite
