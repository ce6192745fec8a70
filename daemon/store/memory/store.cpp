#include "store/memory/store.hpp"

#include <algorithm>

#include "store/person.hpp"
#include "store/rows/list_match.hpp"
#include "store/rules/erase.hpp"

namespace chapar::store {
namespace memory {
namespace {

constexpr int rows_looked_at = 20'000;

engine::CountSnapshot counts_of(const Content& tables) {
    engine::CountSnapshot out;
    for (const auto& [id, pool] : tables.pools)
        out.pools.push_back(pool);
    for (const auto& [of, count] : tables.counts)
        out.counts.push_back({of.first, of.second, count});
    out.highest = tables.highest;
    return out;
}

bool is_listed(const Content& tables, MessageKey key, const State& state, const ListFilter& filter) {
    const auto kept = tables.messages.find(key);
    if (kept == tables.messages.end() || !matches(kept->second.message, state.progress.state, filter)) return false;
    if (filter.route.empty()) return true;
    return std::ranges::any_of(attempts_of(tables, key), [&](const auto& each) { return each.route == filter.route; });
}

/// The places of one pool with a due time from `from` up to `until`.
template <class Visit>
void each_place(const Content& tables, std::int64_t pool, std::int64_t from, std::int64_t until, Visit visit) {
    const MessageKey lowest{std::numeric_limits<std::int64_t>::min()};
    for (auto at = tables.live.lower_bound({{pool, from}, lowest});
         at != tables.live.end() && at->first.pool == pool && at->first.due <= until; ++at) {
        if (!visit(at->second)) return;
    }
}

std::vector<Queued> queued_at(const Content& tables, std::int64_t pool, std::int64_t from, std::int64_t until,
                              int limit, const std::function<bool(MessageKey, const State&)>& is_wanted) {
    std::vector<Queued> out;
    std::size_t bytes = 0;
    each_place(tables, pool, from, until, [&](MessageKey key) {
        if (static_cast<int>(out.size()) >= limit || bytes >= page_bytes) return false;
        const auto& state = tables.states.at(key);
        const auto kept = tables.messages.find(key);
        if (kept == tables.messages.end() || !is_wanted(key, state)) return true;
        bytes += kept->second.message.body.size();
        out.push_back({kept->second.message, state.progress});
        return true;
    });
    return out;
}

}  // namespace

MemoryStore::MemoryStore(Data& data, const MemoryOptions& options, const Clock& clock)
    : Writes(clock), data_(data), database_(data, options.refuses) {
    counters_.load(counts_of(data.tables), clock.monotonic());
    engine::CommitOptions commit;
    commit.max_weight = options.max_batch;
    commit.moved = options.moved;
    commit.country = options.country;
    begin_writing(database_, std::move(commit));
    forget_people({}, {}, {});  // whom an earlier store did not finish with
}

void MemoryStore::erase_person(std::string application, Person person,
                               Done<std::vector<std::pair<std::string, std::int64_t>>> done) {
    forget_people(application, marked_names(person), std::move(done));
}

/// All at once: a store in memory is small.
void MemoryStore::forget_people(const std::string& application, std::vector<std::string> names,
                                Done<std::vector<std::pair<std::string, std::int64_t>>> done) {
    rules::ForgottenNames all;
    for (auto& name : names)
        all.insert({application, std::move(name)});
    auto work = [this, all = std::move(all)](rules::Unit& unit) {
        auto forgotten = all;
        if (forgotten.empty())
            for (auto& [of, name] : unit.tables.erasures().people())
                forgotten.insert({std::move(of), std::move(name)});
        rules::Erased found;
        for (const auto& name : forgotten)
            found += rules::begin_erasure(unit, name);
        std::vector<MessageKey> theirs, copies;
        for (const auto& [key, kept] : data_.tables.messages) {
            const auto& message = kept.message;
            if (rules::name_in(forgotten, message.application, message.recipient, message.plan, unit.memory.country))
                theirs.push_back(key);
            else if (rules::copy_in(forgotten, message.application, message.plan))
                copies.push_back(key);
        }
        found += rules::erase_messages(unit, theirs);
        found += rules::erase_copies(unit, forgotten, copies);
        for (const auto& name : forgotten)
            rules::end_erasure(unit, name);
        return rules::counts_of(found);
    };
    commit().submit<std::vector<std::pair<std::string, std::int64_t>>>(1, std::move(done), std::move(work));
}

// ---- messages -----------------------------------------------------------------------------------------------------

Result<Record> MemoryStore::find(MessageId id) {
    return read([&](Content& tables) -> Result<Record> {
        const auto kept = tables.messages.find(id.key());
        const auto state = tables.states.find(id.key());
        if (kept == tables.messages.end() || state == tables.states.end() || kept->second.message.id != id)
            return fail(Code::not_found, "no such message");
        return Record{kept->second.message, state->second.progress, attempts_of(tables, id.key()),
                      kept->second.idempotency_key};
    });
}

Result<Page> MemoryStore::list(const ListFilter& filter, std::optional<MessageKey> below, int limit) {
    return read([&](Content& tables) -> Result<Page> {
        const auto key_of = [](Timestamp at) { return MessageKey{to_ms(at) << MessageId::order_bits}; };
        MessageKey last = below.value_or(MessageKey{std::numeric_limits<std::int64_t>::max()});
        if (filter.until) last = std::min(last, key_of(*filter.until));
        const MessageKey since = filter.since ? key_of(*filter.since) : MessageKey{0};
        Page page;
        std::size_t bytes = 0;
        int looked = 0;
        auto at = tables.states.lower_bound(last);
        for (; at != tables.states.begin() && std::prev(at)->first >= since; --at) {
            const bool is_full = static_cast<int>(page.records.size()) >= limit || bytes >= page_bytes;
            if (is_full || looked++ == rows_looked_at) {
                page.next = at == tables.states.end() ? last : at->first;
                return page;
            }
            const auto& [key, state] = *std::prev(at);
            if (!is_listed(tables, key, state, filter)) continue;
            const auto& kept = tables.messages.at(key);
            bytes += kept.message.body.size();
            page.records.push_back({kept.message, state.progress, {}, kept.idempotency_key});
        }
        return page;
    });
}

// ---- the queue ----------------------------------------------------------------------------------------------------

Result<std::vector<Queued>> MemoryStore::due(PoolId pool, Timestamp until, int limit,
                                             std::span<const MessageKey> known) {
    return read([&](Content& tables) -> Result<std::vector<Queued>> {
        const auto is_new = [&](MessageKey key, const State&) {
            return !std::binary_search(known.begin(), known.end(), key);
        };
        return queued_at(tables, pool.value, 0, std::min(to_ms(until), held_due - 1), limit, is_new);
    });
}

Result<std::vector<PoolDepth>> MemoryStore::pools() {
    return read([&](Content& tables) -> Result<std::vector<PoolDepth>> {
        auto out = counters_.waiting().pools;
        for (auto& depth : out) {
            depth.next_due.reset();
            each_place(tables, depth.pool.id.value, 0, held_due - 1, [&](MessageKey key) {
                depth.next_due = tables.states.at(key).progress.due;
                return false;
            });
        }
        return out;
    });
}

Result<std::vector<InDoubt>> MemoryStore::in_doubt(int limit) {
    return read([&](Content& tables) -> Result<std::vector<InDoubt>> {
        std::vector<InDoubt> out;
        for (const PoolId pool : counters_.sending()) {
            const int more = limit - static_cast<int>(out.size());
            const auto all = [](MessageKey, const State&) { return true; };
            for (auto& queued : queued_at(tables, pool.value, sending_due, sending_due, more, all)) {
                auto attempts = attempts_of(tables, queued.message.id.key());
                if (!attempts.empty()) out.push_back({std::move(queued), std::move(attempts.back())});
            }
        }
        return out;
    });
}

Result<std::vector<std::pair<MessageKey, int>>> MemoryStore::suspects() {
    return read([](Content& tables) -> Result<std::vector<std::pair<MessageKey, int>>> {
        std::vector<std::pair<MessageKey, int>> out;
        for (const auto& [key, suspect] : tables.suspects) {
            const auto state = tables.states.find(key);
            if (suspect.deaths == 0 || state == tables.states.end()) continue;
            const auto now = state->second.progress.state;
            if (now == model::State::waiting || now == model::State::sending) out.emplace_back(key, suspect.deaths);
        }
        return out;
    });
}

Result<std::vector<MessageKey>> MemoryStore::overdue(Timestamp now, int limit) {
    const std::lock_guard sweeping(overdue_mutex_);
    return read([&](Content& tables) -> Result<std::vector<MessageKey>> {
        std::vector<MessageKey> out;
        for (auto at = tables.live.upper_bound(overdue_); at != tables.live.end(); ++at) {
            overdue_ = *at;
            const auto& state = tables.states.at(at->second);
            const bool can_expire = at->first.pool != following_pool && state.progress.state != model::State::sending;
            if (can_expire && state.expires <= to_ms(now)) out.push_back(at->second);
            if (static_cast<int>(out.size()) >= limit) return out;
        }
        overdue_ = first_place();
        return out;
    });
}

Result<std::vector<Queued>> MemoryStore::follow_ups(Timestamp until, int limit) {
    return read([&](Content& tables) -> Result<std::vector<Queued>> {
        const auto is_alive = [&](MessageKey, const State& state) { return state.expires > to_ms(until); };
        return queued_at(tables, following_pool, 1, to_ms(until), limit, is_alive);
    });
}

Result<std::vector<model::Message>> MemoryStore::collected(MessageKey leader) {
    return read([&](Content& tables) -> Result<std::vector<model::Message>> {
        std::vector<model::Message> out;
        for (auto at = tables.carried.lower_bound({leader, MessageKey{0}});
             at != tables.carried.end() && at->first == leader; ++at) {
            if (const auto kept = tables.messages.find(at->second); kept != tables.messages.end())
                out.push_back(kept->second.message);
        }
        return out;
    });
}

}  // namespace memory

MemoryPlace::MemoryPlace() : data_(std::make_unique<memory::Data>()) {}
MemoryPlace::~MemoryPlace() = default;

void MemoryPlace::crash(std::unique_ptr<Store>& store) {
    auto kept = [this] {
        const std::lock_guard lock(data_->mutex);
        return data_->tables;
    }();
    store.reset();
    data_->tables = std::move(kept);
}

std::unique_ptr<Store> open_memory(MemoryPlace& place, const MemoryOptions& options, const Clock& clock) {
    return std::make_unique<memory::MemoryStore>(place.data(), options, clock);
}

}  // namespace chapar::store
