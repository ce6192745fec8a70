#pragma once
// The host's services to one instance. A Host is a cheap handle; copies mean the same host. It is valid until the
// plugin object is destroyed. Services marked "any thread" may be called from anywhere, the others only on the
// instance's strand (inside a call or callback of the host).

#include "chapar/config.hpp"
#include "chapar/plugin.h"
#include "chapar/values.hpp"

#include <chrono>
#include <cstdint>
#include <exception>
#include <initializer_list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <vector>

namespace chapar {

/// std::function that need not be copyable, so that it may own an Attempt.
template <class... Args>
class Callback {
  public:
    Callback() = default;
    template <class F>
        requires(!std::is_same_v<std::remove_cvref_t<F>, Callback>)
    Callback(F&& f) : held_(std::make_unique<Held<std::remove_cvref_t<F>>>(std::forward<F>(f))) {}
    explicit operator bool() const { return held_ != nullptr; }
    void operator()(Args... args) { held_->call(args...); }

  private:
    struct Any {
        virtual ~Any() = default;
        virtual void call(Args... args) = 0;
    };
    template <class F>
    struct Held final : Any {
        explicit Held(F f) : function(std::move(f)) {}
        void call(Args... args) override { function(args...); }
        F function;
    };
    std::unique_ptr<Any> held_;
};

namespace detail {

struct State;

/// The host has told the operator already what is wrong; only the call has to end.
struct AlreadyTold : BadConfig {
    using BadConfig::BadConfig;
};

/// A callback that the host will call by address; owned by State until it has run.
template <class... Args>
struct Pending {
    State* state = nullptr;
    std::uint64_t id = 0;
    Callback<Args...> run;
};
using PendingTimer = Pending<>;
using PendingTransfer = Pending<const TransferResult&>;
using PendingEvent = Pending<bool>;

/// What belongs to one instance beside the plugin object itself; lives a little longer than it.
struct State {
    chapar_host* host = nullptr;
    const chapar_host_api* api = nullptr;
    std::unordered_map<std::uint64_t, std::unique_ptr<PendingTimer>> timers;        // strand only
    std::unordered_map<std::uint64_t, std::unique_ptr<PendingTransfer>> transfers;  // strand only
    std::mutex events_mutex;  // guards what follows; never held while calling out
    std::unordered_map<std::uint64_t, std::unique_ptr<PendingEvent>> events;
    std::uint64_t last_event = 0;

    void fail(std::string_view reason) noexcept { api->fail(host, str(reason)); }
    void log(LogLevel level, std::string_view text) noexcept {
        api->log(host, static_cast<std::int32_t>(level), str(text));
    }
};

/// Runs `f`; whatever it throws ends here. Nothing may cross the border.
template <class F>
chapar_status guarded(State& state, const char* where, F&& f) noexcept {
    auto report = [&](const char* what) noexcept {
        state.fail(what);
        state.log(LogLevel::error, where);
        state.log(LogLevel::error, what);
    };
    try {
        f();
        return CHAPAR_OK;
    } catch (const AlreadyTold&) {
        return CHAPAR_INVALID;
    } catch (const BadConfig& e) {
        report(e.what());
        return CHAPAR_INVALID;
    } catch (const std::exception& e) {
        report(e.what());
    } catch (...) {
        report("an exception of unknown type");
    }
    return CHAPAR_INTERNAL;
}

inline void run_timer(void* arg) noexcept {
    State& state = *static_cast<PendingTimer*>(arg)->state;
    auto node = state.timers.extract(static_cast<PendingTimer*>(arg)->id);
    if (!node.empty()) guarded(state, "a timer's callback threw:", [&] { node.mapped()->run(); });
}

inline void run_transfer(void* arg, const chapar_transfer_result* result) noexcept {
    State& state = *static_cast<PendingTransfer*>(arg)->state;
    auto node = state.transfers.extract(static_cast<PendingTransfer*>(arg)->id);
    if (node.empty()) return;
    guarded(state, "a transfer's callback threw:", [&] { node.mapped()->run(TransferResult(result)); });
}

inline void run_event(void* arg, std::int32_t is_durable) noexcept {
    State& state = *static_cast<PendingEvent*>(arg)->state;
    std::unique_lock lock(state.events_mutex);
    auto node = state.events.extract(static_cast<PendingEvent*>(arg)->id);
    lock.unlock();
    if (!node.empty()) guarded(state, "an event's callback threw:", [&] { node.mapped()->run(is_durable != 0); });
}

inline void run_post(void* arg) noexcept {
    std::unique_ptr<PendingTimer> node(static_cast<PendingTimer*>(arg));
    guarded(*node->state, "a posted function threw:", [&] { node->run(); });
}

inline std::vector<chapar_kv> to_kvs(const std::vector<Field>& fields) {
    std::vector<chapar_kv> kvs;
    kvs.reserve(fields.size());
    for (auto [key, value] : fields)
        kvs.push_back({str(key), str(value)});
    return kvs;
}

}  // namespace detail

class Host {
  public:
    explicit Host(detail::State* state) : state_(state) {}

    // Any thread.
    void log(LogLevel level, std::string_view text) const { state_->log(level, text); }
    void debug(std::string_view text) const { log(LogLevel::debug, text); }
    void info(std::string_view text) const { log(LogLevel::info, text); }
    void warning(std::string_view text) const { log(LogLevel::warning, text); }
    void error(std::string_view text) const { log(LogLevel::error, text); }
    /// Adds to a counter; the host prefixes the name and adds the instance's labels.
    void metric(std::string_view name, double delta = 1, const std::vector<Field>& labels = {}) const {
        std::vector<chapar_kv> kvs = detail::to_kvs(labels);
        state_->api->metric_add(state_->host, str(name), delta, {kvs.data(), kvs.size()});
    }
    /// Runs `f` on the strand, later. false: the instance is ending and `f` was dropped.
    bool post(Callback<> f) const {
        auto node = std::make_unique<detail::PendingTimer>(detail::PendingTimer{state_, 0, std::move(f)});
        if (state_->api->post(state_->host, detail::run_post, node.get()) != CHAPAR_OK) return false;
        [[maybe_unused]] const auto* owned = node.release();  // by run_post now
        return true;
    }
    /// An event that no request brought (polling, socket protocols). false: the host could not take it.
    bool emit(const Event& event) const { return emit(nullptr, event); }
    /// The same; `done` runs once on the strand with whether the event is durable, unless the instance ends first. A
    /// host of 1.0 can't say: it counts as durable when it was taken. false: not taken, `done` was dropped.
    bool emit(const Event& event, Callback<bool> done) const {
        if (!CHAPAR_HAS(chapar_host_api, state_->api, emit_then)) {
            return emit(event) && post([f = std::make_shared<Callback<bool>>(std::move(done))] { (*f)(true); });
        }
        detail::PendingEvent* node = nullptr;
        {
            std::lock_guard lock(state_->events_mutex);
            const std::uint64_t id = ++state_->last_event;
            auto made = std::make_unique<detail::PendingEvent>(detail::PendingEvent{state_, id, std::move(done)});
            node = state_->events.emplace(id, std::move(made)).first->second.get();
        }
        const chapar_event raw = to_raw(event);
        if (state_->api->emit_then(state_->host, &raw, detail::run_event, node) == CHAPAR_OK) return true;
        std::lock_guard lock(state_->events_mutex);
        state_->events.erase(node->id);
        return false;
    }

    // The strand only.
    /// Says in a sentence why the instance can't work.
    void fail(std::string_view reason) const { state_->fail(reason); }
    /// The content of the secret file `name` (the value of a setting of type secret). Throws BadConfig when unreadable.
    std::string secret(std::string_view name) const {
        chapar_str value{};
        if (state_->api->secret(state_->host, str(name), &value) != CHAPAR_OK) {
            throw detail::AlreadyTold("the secret '" + std::string(name) + "' can't be read");
        }
        return std::string(view(value));
    }
    /// Runs `f` once after `wait`; returns an id for cancel_timer.
    std::uint64_t timer(std::chrono::milliseconds wait, Callback<> f) const {
        auto node = std::make_unique<detail::PendingTimer>(detail::PendingTimer{state_, 0, std::move(f)});
        auto ms = static_cast<std::uint32_t>(wait.count() < 0 ? 0 : wait.count());
        return keep(state_->timers, state_->api->timer_start(state_->host, ms, detail::run_timer, node.get()), node);
    }
    void cancel_timer(std::uint64_t id) const {
        state_->api->timer_cancel(state_->host, id);
        state_->timers.erase(id);
    }
    /// Starts an HTTP or SMTP exchange; `done` runs exactly once on the strand, also when the request was refused
    /// (Phase::refused), unless it is cancelled. Returns an id for cancel_transfer; 0: the instance is ending, `done`
    /// was dropped.
    std::uint64_t transfer(const Transfer& t, Callback<const TransferResult&> done) const {
        std::vector<chapar_kv> headers = detail::to_kvs(t.headers);
        std::vector<chapar_str> recipients;
        recipients.reserve(t.rcpt_to.size());
        for (std::string_view r : t.rcpt_to)
            recipients.push_back(str(r));
        chapar_transfer raw = to_raw(t);
        raw.headers = {headers.data(), headers.size()};
        raw.rcpt_to = recipients.data();
        raw.rcpt_count = static_cast<std::uint32_t>(recipients.size());
        auto node = std::make_unique<detail::PendingTransfer>(detail::PendingTransfer{state_, 0, std::move(done)});
        std::uint64_t id = state_->api->transfer_start(state_->host, &raw, detail::run_transfer, node.get());
        return keep(state_->transfers, id, node);
    }
    void cancel_transfer(std::uint64_t id) const {
        state_->api->transfer_cancel(state_->host, id);
        state_->transfers.erase(id);
    }

  private:
    friend class Inquiry;

    bool emit(chapar_inquiry* inquiry, const Event& e) const {
        const chapar_event raw = to_raw(e);
        return state_->api->emit(state_->host, inquiry, &raw) == CHAPAR_OK;
    }
    static chapar_event to_raw(const Event& e) {
        chapar_event raw{};
        raw.struct_size = sizeof raw;
        raw.attempt = str(e.attempt);
        raw.provider_id = str(e.provider_id);
        raw.kind = str(e.kind);
        raw.address = str(e.address);
        raw.code = str(e.code);
        raw.detail = str(e.detail);
        raw.at_ms = e.at_ms;
        raw.dedupe_key = str(e.dedupe_key);
        raw.cost = str(e.cost);
        raw.blame = static_cast<std::int64_t>(e.blame);
        return raw;
    }
    static chapar_transfer to_raw(const Transfer& t) {
        chapar_transfer raw{};
        raw.struct_size = sizeof raw;
        raw.url = str(t.url);
        raw.method = str(t.method);
        raw.body = str(t.body);
        raw.mail_from = str(t.mail_from);
        raw.user = str(t.user);
        raw.password = str(t.password);
        raw.ca_file = str(t.ca_file);
        raw.tls = static_cast<std::int32_t>(t.tls);
        raw.connect_timeout_ms = static_cast<std::uint32_t>(t.connect_timeout.count());
        raw.timeout_ms = static_cast<std::uint32_t>(t.timeout.count());
        raw.smtp_utf8 = t.smtp_utf8 ? 1 : 0;
        raw.helo = str(t.helo);
        raw.max_response_bytes = t.max_response_bytes;
        raw.flags = 0;
        if (t.urgent) raw.flags |= CHAPAR_URGENT;
        if (t.copies) raw.flags |= CHAPAR_COPIES;
        raw.envelope_id = str(t.envelope_id);
        return raw;
    }
    template <class Map, class Node>
    std::uint64_t keep(Map& map, std::uint64_t id, std::unique_ptr<Node>& node) const {
        if (id == 0) return 0;
        node->id = id;
        map.emplace(id, std::move(node));
        return id;
    }
    detail::State* state_;
};

}  // namespace chapar
