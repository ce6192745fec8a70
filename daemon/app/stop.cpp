// The orderly end and its limit: stop accepting, drain, flush, close. What a plugin does not return from is named and
// left behind; everything that was acknowledged is on disk then.

#include <unistd.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <future>
#include <thread>

#include "app/app.hpp"
#include "app/signals.hpp"
#include "app/systemd.hpp"
#include "base/log.hpp"

namespace chapar::app {
namespace {

constexpr Milliseconds doors_close{5'000};          // requests under way
constexpr Milliseconds instance_drain{5'000};       // of every instance at once
constexpr Milliseconds least_drain{500};            // even when nothing is left of the limit
constexpr Milliseconds answer_of_drain{4'000};      // it tells of what is stuck within this, unless all threads are
constexpr Milliseconds overrun_after{10'000};       // behind the limit: then the stop itself is stuck
constexpr Milliseconds answer_of_endpoints{1'000};  // what has none by then is sent again at the next start
constexpr Milliseconds store_close{5'000};          // when the stop itself is stuck

Milliseconds left_until(Monotonic until, Monotonic now) {
    return std::max(std::chrono::duration_cast<Milliseconds>(until - now), Milliseconds{0});
}

}  // namespace

void App::listen_to_signals() {
    Signals::Handlers handlers;
    handlers.reload = [this] {
        if (!reload_wanted_.exchange(true)) boost::asio::post(main_, [this] { reload(); });
    };
    handlers.stop = [this](int number) {
        log::info("stop.begun", "signal {}: no new work; what is in flight ends", number);
        systemd::notify("STOPPING=1\nSTATUS=draining");
        stopping_ = true;
        main_.stop();
    };
    handlers.limit = [this] { return settings()->daemon.stop_timeout + overrun_after; };
    handlers.overrun = [this] { overrun(); };
    signals_ = std::make_unique<Signals>(std::move(handlers));
}

/// The stop itself is stuck, or the start or a reload that it waits for. The main thread is not asked any more.
void App::overrun() {
    log::error("stop.forced", "the stop did not end in time; it is stuck at: {}", phase_.load());
    std::promise<void> closed;
    auto is_closed = closed.get_future();
    std::thread([this, closed = std::move(closed)]() mutable {
        if (auto* store = open_store_.load()) store->close();
        closed.set_value();
    }).detach();
    is_closed.wait_for(store_close);
    ::_exit(failure);
}

int App::stop() {
    stopping_ = true;
    if (signals_) signals_->guard();
    const auto until = clock_.monotonic() + settings()->daemon.stop_timeout;
    close_doors(until);
    drain_dispatch(until);
    close_webhooks(until);
    close_deliveries(until);
    const bool all_ended = end_instances(until);
    phase_ = "the queue";
    if (strand_thread_.joinable()) {
        strand_.stop();
        strand_thread_.join();
        if (reports_) reports_->flush();
    }
    if (!all_ended) leave();
    phase_ = "the workers";
    end_threads();
    close_store();
    host_.reset();
    dispatcher_.reset();
    transfers_.reset();
    deliveries_.reset();
    catalogue_.reset();
    store_.reset();
    signals_.reset();
    return success;
}

void App::close_doors(Monotonic until) {
    phase_ = "the socket";
    if (webhooks_) webhooks_->stop_accepting();
    if (web_) web_->stop_accepting();
    if (server_) server_->stop_accepting();
    if (server_) server_->drain(std::min(left_until(until, clock_.monotonic()), doors_close));
}

/// After the messages: a request that a plugin is stuck in must not use up their time.
void App::close_webhooks(Monotonic until) {
    phase_ = "the webhooks";
    if (webhooks_) webhooks_->drain(std::min(left_until(until, clock_.monotonic()), doors_close));
    phase_ = "links and pages";
    if (web_) web_->drain(std::min(left_until(until, clock_.monotonic()), doors_close));
    // Whoever reads the metrics asks all of them how late they are, so nobody may read them when the first of them
    // goes.
    phase_ = "the socket";
    if (metrics_listener_) metrics_listener_->stop();
    if (server_) server_->stop();
    metrics_listener_.reset();
    webhooks_.reset();
    web_.reset();
    if (pages_) pages_->stop();
    if (hit_keeper_) hit_keeper_->stop();  // what came until now is written
    server_.reset();
}

void App::close_deliveries(Monotonic until) {
    phase_ = "webhooks on their way";
    fed_deliveries_ = nullptr;
    if (deliveries_) deliveries_->stop(std::min(left_until(until, clock_.monotonic()), answer_of_endpoints));
}

void App::drain_dispatch(Monotonic until) {
    if (!dispatcher_ || !strand_thread_.joinable()) return;
    phase_ = "messages in flight";
    auto idle = std::make_shared<std::promise<std::int64_t>>();
    dispatcher_->stop(left_until(until, clock_.monotonic()), [idle](std::int64_t left) { idle->set_value(left); });
    if (const auto left = idle->get_future().get(); left != 0)
        log::warning("stop.in_doubt", "{} attempts had no answer within the stop limit; they are in doubt", left);
}

/// Every instance that lives, at the same time. False: some plugin does not return.
bool App::end_instances(Monotonic until) {
    phase_ = "the plugins";
    main_.restart();
    main_.poll();  // instances that a reload has just taken out of use
    for (auto& route : routes_)
        retiring_.push_back(std::move(route.instance));
    routes_.clear();
    for (auto& receiver : receivers_)
        retiring_.push_back(std::move(receiver.instance));
    receivers_.clear();
    const auto limit = std::clamp(left_until(until, clock_.monotonic()), least_drain, instance_drain);
    std::vector<std::future<std::string>> answers;
    for (const auto& instance : retiring_) {
        auto drained = std::make_shared<std::promise<std::string>>();
        answers.push_back(drained->get_future());
        instance->drain(limit, [drained](std::string held) { drained->set_value(std::move(held)); });
    }
    const auto answered_by = std::chrono::steady_clock::now() + limit + answer_of_drain;
    bool all_ended = true;
    for (std::size_t i = 0; i < answers.size(); ++i) {
        const auto& name = retiring_[i]->name();
        const bool is_answered = answers[i].wait_until(answered_by) == std::future_status::ready;
        const auto held = is_answered ? answers[i].get() : std::string();
        if (const auto stuck = retiring_[i]->stuck_in(); !stuck.empty()) {
            all_ended = false;
            log::error("plugin.stuck", "route {}: {}", log::Field("route", name), stuck);
        } else if (!held.empty()) {
            log::warning("plugin.held", "route {}: {}", log::Field("route", name), held);
        }
    }
    if (all_ended) retiring_.clear();
    return all_ended;
}

void App::close_store() {
    phase_ = "the store";
    outcomes_->drain();
    if (store_) store_->close();
    outcomes_->drain();
    open_store_ = nullptr;
}

/// A thread is inside a plugin and will not come back: nothing that it may touch can be taken down.
void App::leave() {
    close_store();
    log::error("stop.forced",
               "a plugin does not return; the process ends without it, everything acknowledged is on disk");
    ::_exit(failure);
}

}  // namespace chapar::app
