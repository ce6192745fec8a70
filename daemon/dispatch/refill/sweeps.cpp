#include "dispatch/refill/sweeps.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <utility>

#include "track/settle.hpp"

namespace chapar::dispatch {
namespace {

constexpr Milliseconds overdue_interval{20'000};  // nothing outlives its expiry by a minute
constexpr int overdue_batch = 5'000;
constexpr int follow_up_batch = 500;

}  // namespace

Sweeps::Sweeps(Deps deps, std::function<void()> on_moved) : deps_(deps), on_moved_(std::move(on_moved)) {}

void Sweeps::sweep() {
    const Monotonic now = deps_.clock.monotonic();
    if (!std::exchange(is_going_on_, true)) boost::asio::post(deps_.upkeep, [this] { go_on(); });
    if (now < overdue_at_) return;
    overdue_at_ = now + overdue_interval;
    if (!std::exchange(is_ending_, true)) boost::asio::post(deps_.upkeep, [this] { end_overdue(); });
}

void Sweeps::end_overdue() {
    const Timestamp now = deps_.clock.now();
    const auto keys = deps_.queue.overdue(now, overdue_batch);
    const bool has_more = keys.has_value() && static_cast<int>(keys->size()) == overdue_batch;
    if (keys.has_value()) {  // else the next sweep finds them again
        for (const MessageKey key : *keys) {
            store::Transition over;
            over.key = key;
            over.event = model::Event::expire;
            over.trace.push_back({now, model::Reason::expired, ""});
            deps_.messages.move(std::move(over), [](Result<model::Progress>) {});
        }
    }
    boost::asio::post(deps_.strand, [this, has_more] {
        is_ending_ = false;
        if (has_more) overdue_at_ = {};
    });
}

void Sweeps::go_on() {
    const Timestamp now = deps_.clock.now();
    const auto due = deps_.queue.follow_ups(now, follow_up_batch);
    if (due.has_value()) {  // else the next sweep finds them again
        for (const auto& sent : *due) {
            auto change = track::fall_back(sent, now);
            if (!change) continue;
            deps_.messages.move(std::move(*change), [this](Result<model::Progress> done) {
                if (done.has_value()) boost::asio::post(deps_.strand, [this] { on_moved_(); });
            });
        }
    }
    boost::asio::post(deps_.strand, [this] { is_going_on_ = false; });
}

}  // namespace chapar::dispatch
