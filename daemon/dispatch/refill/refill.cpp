#include "dispatch/refill/refill.hpp"

#include <algorithm>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <utility>

#include "base/log.hpp"
#include "dispatch/sender.hpp"
#include "policy/request_fields.hpp"

namespace chapar::dispatch {
namespace {

/// Pools whose rows are read and not yet taken: each may bring store::page_bytes.
constexpr std::size_t most_loading = 2;
constexpr Milliseconds read_pause{1'000};

/// A version that did not store them accepted the message: they are read from its request here, on a worker.
void add_fields(model::Message& message, const ActiveConfig& config) {
    if (!message.fields.empty()) return;
    const auto fields = policy::read_fields(message.body, config.settings.daemon.country, config.data_paths);
    message.fields = model::encode(fields, message.plan);
}

}  // namespace

Refill::Refill(Deps deps, std::function<void()> on_change, Seen on_look)
    : deps_(deps), on_change_(std::move(on_change)), on_look_(std::move(on_look)) {}

void Refill::take_accepted(store::AcceptedBatch batch) {
    auto items = std::make_shared<std::vector<queue::ItemPtr>>();
    for (std::size_t i = 0; i < batch.messages.size(); ++i) {
        if (batch.results[i].kind != store::AcceptResult::Kind::accepted) continue;
        model::Progress progress;
        progress.due = batch.messages[i].message.send_at;
        items->push_back(queue::make_item({std::move(batch.messages[i].message), std::move(progress)}));
    }
    if (deps_.config->lined.empty()) return take_new(std::move(*items));
    // Their senders are read from their requests, so not here; one thread does it, which keeps their order.
    boost::asio::post(deps_.reads, [this, items, config = deps_.config] {
        for (auto& item : *items)
            note_senders(*item, config->lined, deps_.catalogue);
        boost::asio::post(deps_.strand, [this, items] { take_new(std::move(*items)); });
    });
}

void Refill::take_new(std::vector<queue::ItemPtr> items) {
    for (auto& item : items)
        take_new(std::move(item));
    on_change_();
}

void Refill::take_new(queue::ItemPtr item) {
    const auto& message = item->queued.message;
    queue::PoolState* pool = deps_.scheduler.find_pool(message.class_name, message.application, message.campaign);
    const Timestamp now = deps_.clock.now();
    if (pool == nullptr) {
        auto known = deps_.queue.pool_of(message.class_name, message.application, message.campaign);
        if (!known.has_value()) return look();  // which finds it in the store
        pool = &deps_.scheduler.pool(*known);
    }
    // Older ones wait in the store: they go first.
    const bool behind = pool->loading || (pool->overflow && pool->look_at <= now);
    if (behind || !deps_.scheduler.has_room(*pool, item->body_bytes)) {
        deps_.scheduler.mark_overflow(*pool, now);
        return;
    }
    item->pool = pool;
    deps_.scheduler.add(std::move(item), now);
}

void Refill::fill() {
    if (loading_ >= most_loading) return;
    for (const auto& [hungry, rows_wanted] :
         deps_.scheduler.pools_to_refill(deps_.clock.now(), most_loading - loading_))
        read_pool(*hungry, rows_wanted);
}

void Refill::read_pool(queue::PoolState& hungry, int rows_wanted) {
    ++loading_;
    deps_.scheduler.set_loading(hungry, true);
    std::vector<MessageKey> known(hungry.known.begin(), hungry.known.end());
    auto work = [this, until = deps_.clock.now() + queue::Scheduler::horizon, pool = &hungry, asked = rows_wanted,
                 id = hungry.pool.id, known = std::move(known), config = deps_.config]() mutable {
        std::sort(known.begin(), known.end());
        auto rows = deps_.queue.due(id, until, asked, known);
        auto items = std::make_shared<Result<std::vector<queue::ItemPtr>>>();
        if (rows.has_value()) {
            for (auto& row : *rows) {
                add_fields(row.message, *config);
                (*items)->push_back(queue::make_item(std::move(row), pool));
                note_senders(*(*items)->back(), config->lined, deps_.catalogue);
            }
        } else {
            *items = std::unexpected(rows.error());
        }
        boost::asio::post(deps_.strand, [this, pool, asked, items] { take(*pool, std::move(*items), asked); });
    };
    boost::asio::post(deps_.reads, std::move(work));
}

void Refill::take(queue::PoolState& pool, Result<std::vector<queue::ItemPtr>> items, int asked) {
    const Timestamp now = deps_.clock.now();
    --loading_;
    deps_.scheduler.set_loading(pool, false);
    if (!items.has_value()) {
        log::warning("store.read_failed", "waiting messages can't be read: {}", items.error().message());
        deps_.scheduler.mark_overflow(pool, now + read_pause);
        return on_change_();
    }
    std::size_t bytes = 0;
    for (const auto& item : *items)
        bytes += item->body_bytes;
    const bool all = static_cast<int>(items->size()) < asked && bytes < store::page_bytes;
    for (auto& item : *items) {
        if (!deps_.scheduler.add(std::move(item), now)) break;
    }
    if (!all) deps_.scheduler.mark_overflow(pool, now);
    on_change_();
}

void Refill::look_if_due() {
    if (deps_.clock.monotonic() >= look_at_) look();
}

void Refill::look() {
    if (looking_) return;
    looking_ = true;
    boost::asio::post(deps_.reads, [this] {
        const Monotonic begun = deps_.clock.monotonic();
        auto pools = std::make_shared<Result<std::vector<store::PoolDepth>>>(deps_.queue.pools());
        const auto took = deps_.clock.monotonic() - begun;
        boost::asio::post(deps_.strand, [this, pools, took] { looked(std::move(*pools), took); });
    });
}

void Refill::looked(Result<std::vector<store::PoolDepth>> pools, Monotonic::duration took) {
    looking_ = false;
    // Where many lines wait the look is long, and is taken the less often.
    constexpr int share = 50;
    look_at_ = deps_.clock.monotonic() + took * share;
    if (!pools.has_value()) {
        log::warning("store.read_failed", "the waiting lines can't be read: {}", pools.error().message());
        return;
    }
    on_look_(*pools);
    note_depths(*pools);
    on_change_();
}

/// A line that is due later than the scheduler looks ahead is left to a later look.
void Refill::note_depths(const std::vector<store::PoolDepth>& pools) {
    const Timestamp now = deps_.clock.now();
    for (const auto& depth : pools) {
        const Timestamp due = depth.next_due.value_or(now);
        auto* pool = deps_.scheduler.find_pool(depth.pool.class_name, depth.pool.application, depth.pool.campaign);
        if (pool == nullptr && due > now + queue::Scheduler::horizon) continue;
        if (pool == nullptr) pool = &deps_.scheduler.pool(depth.pool);
        pool->pool.id = depth.pool.id;  // the store may have forgotten it meanwhile, and made it anew
        if (depth.waiting <= static_cast<std::int64_t>(pool->in_memory())) continue;
        deps_.scheduler.mark_overflow(*pool, due - queue::Scheduler::horizon / 2);
    }
}

}  // namespace chapar::dispatch
