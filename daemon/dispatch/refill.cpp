// Between the store, which holds the queue, and memory, which holds a window of it.

#include <atomic>
#include <boost/asio/post.hpp>
#include <future>

#include "base/log.hpp"
#include "dispatch/dispatcher.hpp"
#include "track/settle.hpp"

namespace chapar::dispatch {
namespace {

constexpr int doubt_batch = 500;
constexpr int sweep_batch = 5'000;
constexpr int follow_up_batch = 500;
constexpr int reconsider_page = 1'000;

/// The policy kept it back last, so other rules may say otherwise.
bool is_kept_back(const model::Progress& progress) {
    const auto trace = model::decode_trace(progress.trace);
    if (trace.empty()) return false;
    switch (trace.back().reason) {
        case model::Reason::quiet_hours:
        case model::Reason::capped:
        case model::Reason::too_soon:
        case model::Reason::zone_unknown:
        case model::Reason::arbitrating:
        case model::Reason::digest_waits:
            return true;
        default:
            return false;
    }
}

}  // namespace

void Dispatcher::accepted(store::AcceptedBatch batch) {
    auto shared = std::make_shared<store::AcceptedBatch>(std::move(batch));
    boost::asio::post(deps_.strand, [this, shared] {
        for (std::size_t i = 0; i < shared->messages.size(); ++i) {
            if (shared->results[i].kind == store::AcceptResult::Kind::accepted) take_new(shared->messages[i].message);
        }
        wake();
    });
}

void Dispatcher::take_new(model::Message& message) {
    queue::PoolState* pool = scheduler_.find_pool(message.class_name, message.application, message.campaign);
    const Timestamp now = deps_.clock.now();
    if (pool == nullptr) {
        auto known = deps_.store.pool_of(message.class_name, message.application, message.campaign);
        if (!known.has_value()) {
            maintain_at_ = {};  // look_again finds it in the store
            return;
        }
        pool = &scheduler_.pool(*known);
    }
    // Older ones wait in the store: they go first.
    const bool behind = pool->overflow && pool->look_at <= now;
    if (behind || pool->in_memory >= scheduler_.window()) {
        scheduler_.mark_overflow(*pool, now);
        return;
    }
    auto item = std::make_unique<queue::Item>();
    item->pool = pool;
    item->queued.progress.due = message.send_at;
    item->queued.message = std::move(message);
    scheduler_.add(std::move(item), now);
}

void Dispatcher::moved(MessageKey) {
    boost::asio::post(deps_.strand, [this] {
        look_again();
        wake();
    });
}

void Dispatcher::look_again() {
    if (looking_) return;
    looking_ = true;
    boost::asio::post(deps_.workers, [this] {
        auto pools = std::make_shared<Result<std::vector<store::PoolDepth>>>(deps_.store.pools());
        boost::asio::post(deps_.strand, [this, pools] {
            looking_ = false;
            if (!pools->has_value()) {
                log::warning("store.read_failed", "the waiting lines can't be read: {}", pools->error().message());
                return;
            }
            for (const auto& depth : **pools) {
                queue::PoolState& pool = scheduler_.pool(depth.pool);
                if (depth.waiting <= static_cast<std::int64_t>(pool.in_memory)) continue;
                scheduler_.mark_overflow(pool,
                                         depth.next_due.value_or(deps_.clock.now()) - queue::Scheduler::horizon / 2);
            }
            wake();
        });
    });
}

void Dispatcher::refill() {
    const Timestamp until = deps_.clock.now() + queue::Scheduler::horizon;
    for (const auto& [pool, asked] : scheduler_.hungry(deps_.clock.now())) {
        pool->loading = true;
        boost::asio::post(deps_.workers, [this, until, pool = pool, asked = asked, id = pool->pool.id] {
            auto rows = std::make_shared<Result<std::vector<store::Queued>>>(deps_.store.due(id, until, asked));
            boost::asio::post(deps_.strand, [this, pool, asked, rows] {
                pool->loading = false;
                if (!rows->has_value()) {
                    log::warning("store.read_failed", "waiting messages can't be read: {}", rows->error().message());
                    pool->look_at = deps_.clock.now() + Milliseconds{1'000};
                    return;
                }
                take(*pool, std::move(**rows), asked);
                wake();
            });
        });
    }
}

void Dispatcher::take(queue::PoolState& pool, std::vector<store::Queued> rows, int asked) {
    const Timestamp now = deps_.clock.now();
    pool.overflow = false;
    const bool all = static_cast<int>(rows.size()) < asked;
    for (store::Queued& row : rows) {
        if (scheduler_.is_known(row.message.id.key())) continue;
        auto item = std::make_unique<queue::Item>();
        item->pool = &pool;
        item->queued = std::move(row);
        if (!scheduler_.add(std::move(item), now)) break;
    }
    if (!all) scheduler_.mark_overflow(pool, now);
}

void Dispatcher::sweep_overdue() {
    boost::asio::post(deps_.workers, [this] {
        const Timestamp now = deps_.clock.now();
        const auto keys = deps_.store.overdue(now, sweep_batch);
        if (!keys.has_value()) return;  // the next sweep finds them again
        for (const MessageKey key : *keys) {
            store::Transition over;
            over.key = key;
            over.event = model::Event::expire;
            over.trace.push_back({now, model::Reason::expired, ""});
            deps_.store.move(std::move(over), [](Result<model::Progress>) {});
        }
        const bool more = static_cast<int>(keys->size()) == sweep_batch;
        boost::asio::post(deps_.strand, [this, more] {
            if (more) sweep_at_ = {};
        });
    });
}

void Dispatcher::sweep_follow_ups() {
    boost::asio::post(deps_.workers, [this] {
        const Timestamp now = deps_.clock.now();
        const auto due = deps_.store.follow_ups(now, follow_up_batch);
        if (!due.has_value()) return;  // the next sweep finds them again
        for (const auto& sent : *due) {
            auto change = track::fall_back(sent, now);
            if (!change) continue;
            deps_.store.move(std::move(*change), [this, key = sent.message.id.key()](Result<model::Progress> done) {
                if (done.has_value()) moved(key);
            });
        }
    });
}

/// Returns when the store has taken them: a million at once would stand in memory.
std::int64_t Dispatcher::ask_again(const store::Page& page) {
    struct Wait {
        std::atomic<std::int64_t> left{1};
        std::promise<void> over;
        void one_less() {
            if (--left == 0) over.set_value();
        }
    };
    auto wait = std::make_shared<Wait>();
    std::int64_t asked = 0;
    for (const auto& record : page.records) {
        if (!is_kept_back(record.progress)) continue;
        store::Transition again;
        again.key = record.message.id.key();
        again.due = deps_.clock.now();
        ++wait->left;
        ++asked;
        deps_.store.move(std::move(again), [wait](Result<model::Progress>) { wait->one_less(); });
    }
    wait->one_less();
    wait->over.get_future().get();
    return asked;
}

void Dispatcher::reconsider() {
    boost::asio::post(deps_.workers, [this] {
        store::ListFilter waiting;
        waiting.state = model::State::waiting;
        std::optional<MessageKey> below;
        std::int64_t asked = 0;
        do {
            const auto page = deps_.store.list(waiting, below, reconsider_page);
            if (!page.has_value()) {
                log::warning("store.read_failed", "waiting messages can't be read: {}", page.error().message());
                return;
            }
            asked += ask_again(*page);
            below = page->next;
        } while (below);
        log::info("policy.reconsidered", "{} waiting messages are asked again under the new rules", asked);
        moved({});
    });
}

Result<void> Dispatcher::resolve_in_doubt() {
    std::int64_t found = 0;
    while (true) {
        auto doubts = deps_.store.in_doubt(doubt_batch);
        if (!doubts.has_value()) return std::unexpected(doubts.error());
        if (doubts->empty()) break;
        std::vector<store::Settlement> settlements;
        for (const auto& doubt : *doubts) {
            const auto cls = class_settings(doubt.queued.message.class_name);
            const auto delay = queue::retry_delay(cls.backoff, doubt.queued.progress.attempts, std::nullopt, random_);
            settlements.push_back(track::resolve_in_doubt(doubt, cls, deps_.clock.now(), delay));
        }
        found += static_cast<std::int64_t>(settlements.size());
        auto answer = std::make_shared<std::promise<Result<std::vector<bool>>>>();
        deps_.store.settle(std::move(settlements),
                           [answer](Result<std::vector<bool>> r) { answer->set_value(std::move(r)); });
        auto applied = answer->get_future().get();
        if (!applied.has_value()) return std::unexpected(applied.error());
        if (std::find(applied->begin(), applied->end(), true) == applied->end()) {
            return fail(store::Code::corrupt, "attempts in doubt can't be resolved; see `chapar list --state sending`");
        }
    }
    if (found != 0) {
        log::warning("start.in_doubt",
                     "{} attempts of the last run ended without a known outcome; each class's on_doubt decides", found);
        deps_.metrics.counter("attempts_in_doubt_total", "Attempts found open at start.")
            .add(static_cast<double>(found));
    }
    return {};
}

}  // namespace chapar::dispatch
