#include "store/memory/store.hpp"

#include <algorithm>
#include <stdexcept>

#include "address/key.hpp"
#include "store/person.hpp"
#include "store/rows/list_match.hpp"
#include "store/rules/erase.hpp"

namespace chapar::store {
namespace memory {
namespace {

constexpr int rows_looked_at = 20'000;
constexpr auto longest_silence = std::chrono::seconds(10);  // of a node that lives

/// A node of this name begins a life. New ids are later than any that was accepted, whoever accepted it.
Joined join(Data& data, const std::string& name, const Clock& clock) {
    const std::lock_guard lock(data.mutex);
    auto& nodes = data.tables.nodes;
    auto own = std::ranges::find_if(nodes, [&](const auto& each) { return each.second.name == name; });
    if (own == nodes.end()) {
        const NodeId id{static_cast<std::int64_t>(nodes.size())};
        if (id.value >= most_nodes) throw std::length_error("too many nodes for one store");
        own = nodes.emplace(id, MemoryNode{.name = name}).first;
    }
    MemoryNode& node = own->second;
    ++node.epoch;
    node.is_living = true;
    node.valid_until = clock.monotonic() + longest_silence;
    Joined out{{own->first, node.epoch}, {}};
    for (const auto& [id, each] : nodes)
        out.ids_after = std::max(out.ids_after, each.highest_key);
    return out;
}

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
    : Writes(clock, data.counters),
      data_(data),
      joined_(join(data, options.node, clock)),
      is_stepped_(options.stepped),
      database_(data, options.refuses, joined_.owner) {
    {
        const std::lock_guard lock(data.mutex);
        counters_.load(counts_of(data.tables), clock.monotonic());
    }
    engine::CommitOptions commit;
    commit.max_weight = options.max_batch;
    commit.moved = options.moved;
    commit.country = options.country;
    commit.zone = options.zone;
    commit.self = joined_.owner;
    commit.shuffle = options.shuffle;
    begin_writing(database_, std::move(commit), !is_stepped_);
    (void)take_ended();
    forget_people({}, {}, {});  // whom an earlier store did not finish with
}

void MemoryStore::close() {
    if (closed_.exchange(true)) return;
    if (is_stepped_ && database_.is_cut()) return;  // nobody is left to be told
    end_writing();
    const std::lock_guard lock(data_.mutex);
    if (database_.is_cut() || is_over(data_.tables, joined_.owner)) return;
    data_.tables.nodes.at(joined_.owner.node).is_living = false;
}

std::vector<std::uint64_t> MemoryStore::persons_of(MessageKey key) {
    std::vector<std::uint64_t> out;
    const std::lock_guard lock(data_.mutex);
    const auto kept = data_.tables.messages.find(key);
    if (kept == data_.tables.messages.end()) return out;
    const auto add = [&](const std::string& name) { out.push_back(std::hash<std::string>()(address::key(name))); };
    add(kept->second.message.recipient);
    for (const auto& step : kept->second.message.plan)
        add(step.address);
    return out;
}

void MemoryStore::beat(Done<std::int64_t> done) {
    const auto work = [this](rules::Unit& unit) {
        const auto now = clock_.monotonic();
        static_cast<MemoryTables&>(unit.tables).nodes().beat(unit.self, now, now + longest_silence);
        return true;
    };
    auto told = [this, done = std::move(done)](const Result<bool>& beaten) {
        done(beaten ? Result<std::int64_t>(take_ended()) : std::unexpected(beaten.error()));
    };
    commit().submit<bool>(1, std::move(told), work);
}

std::int64_t MemoryStore::take_ended() {
    const std::lock_guard lock(data_.mutex);
    const auto ended = std::ranges::count_if(others_, [&](const auto& life) { return is_over(data_.tables, life); });
    others_.clear();
    for (const auto& [id, node] : data_.tables.nodes)
        if (node.is_living && id != joined_.owner.node) others_.push_back({id, node.epoch});
    return ended;
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

Result<std::vector<Orphan>> MemoryStore::orphans(int limit) {
    return read([&](Content& tables) -> Result<std::vector<Orphan>> {
        std::vector<Orphan> out;
        const auto is_orphan = [&](MessageKey, const State& state) { return is_over(tables, state.owner); };
        for (const PoolId pool : counters_.sending()) {
            const int more = limit - static_cast<int>(out.size());
            for (auto& queued : queued_at(tables, pool.value, sending_due, sending_due, more, is_orphan)) {
                const auto key = queued.message.id.key();
                auto attempts = attempts_of(tables, key);
                if (attempts.empty()) continue;
                out.push_back({std::move(queued), std::move(attempts.back()), tables.states.at(key).owner});
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
    static_cast<memory::MemoryStore&>(*store).cut();
    store.reset();
}

bool MemoryPlace::step(Store& store) { return static_cast<memory::MemoryStore&>(store).step(); }

std::unique_ptr<Store> open_memory(MemoryPlace& place, const MemoryOptions& options, const Clock& clock) {
    return std::make_unique<memory::MemoryStore>(place.data(), options, clock);
}

}  // namespace chapar::store
