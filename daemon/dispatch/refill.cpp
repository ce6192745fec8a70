// Between the store, which holds the queue, and memory, which holds a window of it.

#include <algorithm>
#include <boost/asio/post.hpp>
#include <future>
#include <utility>

#include "base/log.hpp"
#include "dispatch/dispatcher.hpp"
#include "dispatch/sender.hpp"
#include "track/settle.hpp"

namespace chapar::dispatch {
namespace {

constexpr int doubt_batch = 500;
constexpr int sweep_batch = 5'000;
constexpr int follow_up_batch = 500;
/// Pools whose rows are read and not yet taken: each may bring store::page_bytes.
constexpr std::size_t most_loading = 2;

}  // namespace

void Dispatcher::accepted(store::AcceptedBatch batch) {
    auto shared = std::make_shared<store::AcceptedBatch>(std::move(batch));
    boost::asio::post(deps_.strand, [this, shared] {
        auto items = std::make_shared<std::vector<queue::ItemPtr>>();
        for (std::size_t i = 0; i < shared->messages.size(); ++i) {
            if (shared->results[i].kind != store::AcceptResult::Kind::accepted) continue;
            model::Progress progress;
            progress.due = shared->messages[i].message.send_at;
            items->push_back(queue::make_item({std::move(shared->messages[i].message), std::move(progress)}));
        }
        if (lined_->empty()) return take_new(std::move(*items));
        // Their senders are read from their requests, so not here; one thread does it, which keeps their order.
        boost::asio::post(deps_.reads, [this, items, lined = lined_] {
            for (auto& item : *items)
                note_senders(*item, *lined, deps_.catalogue);
            boost::asio::post(deps_.strand, [this, items] { take_new(std::move(*items)); });
        });
    });
}

void Dispatcher::take_new(std::vector<queue::ItemPtr> items) {
    for (auto& item : items)
        take_new(std::move(item));
    wake();
}

void Dispatcher::take_new(queue::ItemPtr item) {
    const auto& message = item->queued.message;
    queue::PoolState* pool = scheduler_.find_pool(message.class_name, message.application, message.campaign);
    const Timestamp now = deps_.clock.now();
    if (pool == nullptr) {
        auto known = deps_.queue.pool_of(message.class_name, message.application, message.campaign);
        if (!known.has_value()) {
            maintain_at_ = {};  // look_again finds it in the store
            look_at_ = {};
            return;
        }
        pool = &scheduler_.pool(*known);
    }
    // Older ones wait in the store: they go first.
    const bool behind = pool->loading || (pool->overflow && pool->look_at <= now);
    if (behind || !scheduler_.has_room(*pool, item->body_bytes)) {
        scheduler_.mark_overflow(*pool, now);
        return;
    }
    item->pool = pool;
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
    boost::asio::post(deps_.reads, [this] {
        const Monotonic begun = deps_.clock.monotonic();
        auto pools = std::make_shared<Result<std::vector<store::PoolDepth>>>(deps_.queue.pools());
        const auto took = deps_.clock.monotonic() - begun;
        boost::asio::post(deps_.strand, [this, pools, took] {
            looking_ = false;
            // Where many lines wait the look is long, and is taken the less often.
            constexpr int share = 50;
            look_at_ = deps_.clock.monotonic() + took * share;
            if (!pools->has_value()) {
                log::warning("store.read_failed", "the waiting lines can't be read: {}", pools->error().message());
                return;
            }
            watch_progress(**pools);
            publish_gauges(**pools);
            look_through(**pools);
            wake();
        });
    });
}

/// A line that is due later than the scheduler looks ahead is left to a later look.
void Dispatcher::look_through(const std::vector<store::PoolDepth>& pools) {
    const Timestamp now = deps_.clock.now();
    for (const auto& depth : pools) {
        const Timestamp due = depth.next_due.value_or(now);
        auto* pool = scheduler_.find_pool(depth.pool.class_name, depth.pool.application, depth.pool.campaign);
        if (pool == nullptr && due > now + queue::Scheduler::horizon) continue;
        if (pool == nullptr) pool = &scheduler_.pool(depth.pool);
        pool->pool.id = depth.pool.id;  // the store may have forgotten it meanwhile, and made it anew
        if (depth.waiting <= static_cast<std::int64_t>(pool->in_memory())) continue;
        scheduler_.mark_overflow(*pool, due - queue::Scheduler::horizon / 2);
    }
}

void Dispatcher::refill() {
    const Timestamp now = deps_.clock.now();
    if (loading_ >= most_loading) return;
    for (const auto& [hungry, rows_wanted] : scheduler_.hungry(now, most_loading - loading_)) {
        ++loading_;
        scheduler_.set_loading(*hungry, true);
        std::vector<MessageKey> known(hungry->known.begin(), hungry->known.end());
        auto work = [this, until = now + queue::Scheduler::horizon, pool = hungry, asked = rows_wanted,
                     id = hungry->pool.id, known = std::move(known), lined = lined_]() mutable {
            std::sort(known.begin(), known.end());
            auto rows = deps_.queue.due(id, until, asked, known);
            auto items = std::make_shared<Result<std::vector<queue::ItemPtr>>>();
            if (rows.has_value()) {
                for (auto& row : *rows) {
                    (*items)->push_back(queue::make_item(std::move(row), pool));
                    note_senders(*(*items)->back(), *lined, deps_.catalogue);
                }
            } else {
                *items = std::unexpected(rows.error());
            }
            boost::asio::post(deps_.strand, [this, pool, asked, items] {
                --loading_;
                scheduler_.set_loading(*pool, false);
                if (items->has_value()) {
                    take(*pool, std::move(**items), asked);
                } else {
                    log::warning("store.read_failed", "waiting messages can't be read: {}", items->error().message());
                    scheduler_.mark_overflow(*pool, deps_.clock.now() + Milliseconds{1'000});
                }
                wake();
            });
        };
        boost::asio::post(deps_.reads, std::move(work));
    }
}

void Dispatcher::take(queue::PoolState& pool, std::vector<queue::ItemPtr> items, int asked) {
    const Timestamp now = deps_.clock.now();
    std::size_t bytes = 0;
    for (const auto& item : items)
        bytes += item->body_bytes;
    const bool all = static_cast<int>(items.size()) < asked && bytes < store::page_bytes;
    for (auto& item : items) {
        if (!scheduler_.add(std::move(item), now)) break;
    }
    if (!all) scheduler_.mark_overflow(pool, now);
}

void Dispatcher::sweep_overdue() {
    if (std::exchange(sweeping_, true)) return;
    boost::asio::post(deps_.upkeep, [this] {
        const Timestamp now = deps_.clock.now();
        const auto keys = deps_.queue.overdue(now, sweep_batch);
        const bool more = keys.has_value() && static_cast<int>(keys->size()) == sweep_batch;
        if (keys.has_value()) {  // else the next sweep finds them again
            for (const MessageKey key : *keys) {
                store::Transition over;
                over.key = key;
                over.event = model::Event::expire;
                over.trace.push_back({now, model::Reason::expired, ""});
                deps_.messages.move(std::move(over), [](Result<model::Progress>) {});
            }
        }
        boost::asio::post(deps_.strand, [this, more] {
            sweeping_ = false;
            if (more) sweep_at_ = {};
        });
    });
}

void Dispatcher::sweep_follow_ups() {
    if (std::exchange(following_up_, true)) return;
    boost::asio::post(deps_.upkeep, [this] {
        const Timestamp now = deps_.clock.now();
        const auto due = deps_.queue.follow_ups(now, follow_up_batch);
        if (due.has_value()) {  // else the next sweep finds them again
            for (const auto& sent : *due) {
                auto change = track::fall_back(sent, now);
                if (!change) continue;
                deps_.messages.move(std::move(*change),
                                    [this, key = sent.message.id.key()](Result<model::Progress> done) {
                                        if (done.has_value()) moved(key);
                                    });
            }
        }
        boost::asio::post(deps_.strand, [this] { following_up_ = false; });
    });
}

std::vector<store::Settlement> Dispatcher::resolve(const std::vector<store::InDoubt>& doubts, bool is_alone,
                                                   Doubts& count) {
    std::vector<store::Settlement> out;
    for (const auto& doubt : doubts) {
        const auto& message = doubt.queued.message;
        const auto cls = class_settings(message.class_name);
        const auto delay = queue::retry_delay(cls.backoff, doubt.queued.progress.attempts, std::nullopt, random_);
        // The last time counts only against a message that nothing else can be guilty for.
        const int before = alone_.deaths(message.id.key());
        const int deaths = before + 1 < track::poison_deaths || is_alone ? before + 1 : before;
        out.push_back(track::resolve_in_doubt(doubt, cls, deps_.clock.now(), delay, deaths));
        if (out.back().deaths != 0) {
            alone_.suspect(message.id.key(), deaths);
            ++count.again;
            continue;
        }
        alone_.acquit(message.id.key());
        ++count.held;
        if (out.back().event != model::Event::quarantine) continue;
        ++count.poison;
        log::error("message.poison",
                   "message {} is held: the daemon ended {} times while route {} had it in hand, the last time with "
                   "nothing else. chapar explain {}",
                   log::Field("message", message.id.text()), log::Field("deaths", deaths),
                   log::Field("route", doubt.attempt.route), message.id.text());
    }
    return out;
}

Result<void> Dispatcher::resolve_in_doubt() {
    auto suspects = deps_.queue.suspects();
    if (!suspects.has_value()) return std::unexpected(suspects.error());
    for (const auto& [key, deaths] : *suspects)
        alone_.suspect(key, deaths);
    Doubts count;
    while (true) {
        auto doubts = deps_.queue.in_doubt(doubt_batch);
        if (!doubts.has_value()) return std::unexpected(doubts.error());
        if (doubts->empty()) break;
        const bool is_alone = doubts->size() == 1 && count.again + count.held == 0;
        auto settlements = resolve(*doubts, is_alone, count);
        std::vector<track::OutcomeLine> lines;
        for (std::size_t i = 0; i < doubts->size(); ++i) {
            const auto& doubt = (*doubts)[i];
            lines.push_back(
                track::line_of(doubt.queued.message, doubt.queued.progress.step, doubt.attempt.route, settlements[i]));
        }
        auto answer = std::make_shared<std::promise<Result<std::vector<bool>>>>();
        deps_.queue.settle(std::move(settlements),
                           [answer](Result<std::vector<bool>> r) { answer->set_value(std::move(r)); });
        auto applied = answer->get_future().get();
        if (!applied.has_value()) return std::unexpected(applied.error());
        for (std::size_t i = applied->size(); i-- > 0;) {
            if (!(*applied)[i]) lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(i));
        }
        if (deps_.outcomes != nullptr) deps_.outcomes->put(std::move(lines));
        if (std::find(applied->begin(), applied->end(), true) == applied->end()) {
            return fail(store::Code::corrupt, "attempts in doubt can't be resolved; see `chapar list --state sending`");
        }
    }
    const auto found = count.again + count.held;
    if (found == 0) return {};
    log::warning("start.in_doubt",
                 "{} attempts of the last run ended without a known outcome: {} go again, each alone; {} are held, {} "
                 "of them as poison",
                 log::Field("attempts", found), log::Field("again", count.again), log::Field("held", count.held),
                 log::Field("poison", count.poison));
    deps_.metrics.counter("attempts_in_doubt_total", "Attempts found open at start.").add(static_cast<double>(found));
    return {};
}

}  // namespace chapar::dispatch
