#pragma once
// The SDK: derive from chapar::Plugin, override what your channel can do, end with one macro.
//
//     class Hello final : public chapar::Plugin {
//       public:
//         static constexpr chapar::Traits traits{.channels = {"sms"}, .max_in_flight = 64};
//         Hello(chapar::Host host, const chapar::Config& config) : host_(host) {}
//         void send(chapar::Batch batch) override {
//             for (chapar::Attempt& attempt : batch.split()) attempt.complete(chapar::Outcome::accepted());
//         }
//       private:
//         chapar::Host host_;
//     };
//     CHAPAR_PLUGIN(Hello, "hello", "1.0")
//
// C++20, header only. Nothing thrown crosses the border: an exception fails the call and is logged; what a batch still
// held is completed as UNKNOWN, because half-way must never look like "nothing was sent".

#include "chapar/config.hpp"
#include "chapar/host.hpp"
#include "chapar/plugin.h"
#include "chapar/values.hpp"

#include <array>
#include <cstdint>
#include <memory>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace chapar {

/// Names one call of `send` in `cancel`.
using BatchId = const void*;

/// One message of a batch, to be answered once. Move-only; destroyed unanswered it is completed as UNKNOWN.
/// `complete` may be called on any thread.
class Attempt {
  public:
    Attempt(detail::State* state, chapar_batch* batch, std::uint32_t index, const chapar_message* message)
        : state_(state), batch_(batch), index_(index), message_(message) {}
    Attempt(Attempt&& other) noexcept
        : state_(std::exchange(other.state_, nullptr)),
          batch_(other.batch_),
          index_(other.index_),
          message_(other.message_) {}
    Attempt& operator=(Attempt&& other) noexcept {
        if (this != &other) {
            abandon();
            state_ = std::exchange(other.state_, nullptr);
            batch_ = other.batch_;
            index_ = other.index_;
            message_ = other.message_;
        }
        return *this;
    }
    ~Attempt() { abandon(); }

    /// Valid until complete().
    Message message() const { return Message(message_); }
    BatchId batch() const { return batch_; }
    bool is_open() const { return state_ != nullptr; }
    void complete(const Outcome& outcome) {
        if (state_ == nullptr) return;
        chapar_result raw{};
        raw.struct_size = sizeof raw;
        raw.verdict = static_cast<chapar_verdict>(outcome.verdict);
        raw.blame = static_cast<chapar_blame>(outcome.blame);
        raw.retry_after_ms = static_cast<std::uint32_t>(outcome.retry_after.count());
        raw.provider_id = str(outcome.provider_id);
        raw.code = str(outcome.code);
        raw.detail = str(outcome.detail);
        raw.cost = str(outcome.cost);
        answer(raw);
    }

  private:
    void abandon() noexcept {
        if (state_ == nullptr) return;
        chapar_result raw{};
        raw.struct_size = sizeof raw;
        raw.verdict = CHAPAR_UNKNOWN;
        raw.detail = str("abandoned by plugin");
        answer(raw);
    }
    void answer(const chapar_result& raw) noexcept {
        detail::State* state = std::exchange(state_, nullptr);
        state->api->complete(state->host, batch_, index_, &raw);
    }
    detail::State* state_;
    chapar_batch* batch_;
    std::uint32_t index_;
    const chapar_message* message_;
};

/// What one `send` brought. Move-only; whatever is still in it when it is destroyed is completed as UNKNOWN.
class Batch {
  public:
    Batch(detail::State* state, chapar_batch* batch, const chapar_message* const* messages, std::uint32_t count)
        : id_(batch) {
        attempts_.reserve(count);
        for (std::uint32_t i = 0; i < count; ++i)
            attempts_.emplace_back(state, batch, i, messages[i]);
    }
    Batch(Batch&&) noexcept = default;
    Batch& operator=(Batch&&) noexcept = default;

    BatchId id() const { return id_; }
    std::size_t size() const { return attempts_.size(); }
    Message operator[](std::size_t i) const { return attempts_[i].message(); }
    void complete(std::size_t i, const Outcome& outcome) { attempts_[i].complete(outcome); }
    void complete_all(const Outcome& outcome) {
        for (Attempt& attempt : attempts_)
            attempt.complete(outcome);
    }
    /// The attempts one by one, to be answered separately. Use in a loop: for (Attempt& a : batch.split()).
    std::vector<Attempt>& split() { return attempts_; }

  private:
    BatchId id_;
    std::vector<Attempt> attempts_;
};

/// One inbound request, to be replied to once, now or later, on any thread. Unanswered it is replied to with 500.
class Inquiry {
  public:
    Inquiry(detail::State* state, chapar_inquiry* inquiry) : state_(state), inquiry_(inquiry) {}
    Inquiry(Inquiry&& other) noexcept : state_(std::exchange(other.state_, nullptr)), inquiry_(other.inquiry_) {}
    Inquiry& operator=(Inquiry&& other) noexcept {
        std::swap(state_, other.state_);
        std::swap(inquiry_, other.inquiry_);
        return *this;
    }
    ~Inquiry() {
        if (state_ != nullptr) reply(500);
    }

    /// Before `reply`. The reply waits until the event is durable.
    bool emit(const Event& event) { return Host(state_).emit(inquiry_, event); }
    void reply(int status, std::string_view body = {}, const std::vector<Field>& headers = {}) {
        if (state_ == nullptr) return;
        std::vector<chapar_kv> kvs = detail::to_kvs(headers);
        chapar_http_response raw{};
        raw.struct_size = sizeof raw;
        raw.status = status;
        raw.headers = {kvs.data(), kvs.size()};
        raw.body = str(body);
        detail::State* state = std::exchange(state_, nullptr);
        state->api->reply(state->host, inquiry_, &raw);
    }

  private:
    detail::State* state_;
    chapar_inquiry* inquiry_;
};

/// What the host should know before it creates an instance. A class has one: static constexpr chapar::Traits traits.
struct Traits {
    std::array<std::string_view, 8> channels{};  // names; the rest stays empty
    bool receipts = false;                       // outcomes are followed by events
    bool idempotent = false;                     // the provider drops repeats of one attempt id
    bool blocking = false;                       // calls may block: the instance gets a thread of its own
    bool carries_copies = false;                 // it sends to the copies of a mail
    std::uint32_t max_batch = 1;
    std::uint32_t max_linger_ms = 0;
    std::uint32_t max_in_flight = 1;
    std::string_view config_schema = "{}";  // see chapar_traits
};

/// The base of every plugin. A derived class has a constructor (Host, Config const&) that throws when the settings
/// can't work. All functions are called on the instance's strand, one at a time; don't block in them.
class Plugin {
  public:
    Plugin() = default;
    Plugin(const Plugin&) = delete;
    Plugin& operator=(const Plugin&) = delete;
    virtual ~Plugin() = default;
    /// After the constructor, before the first send. Throw when the instance can't work.
    virtual void start() {}
    /// Answer every attempt once, now or later. Call nothing that waits. A receiver (traits without channels) has none.
    virtual void send(Batch batch) { batch.complete_all(Outcome::rejected(Blame::nobody, "", "it sends nothing")); }
    /// Best effort: nobody waits for this batch any more.
    virtual void cancel(BatchId) {}
    /// Check who signed it, emit, reply.
    virtual void inbound(Inquiry inquiry, const HttpRequest&) { inquiry.reply(404); }
    /// Start nothing new; end timers and polls.
    virtual void drain() {}
};

namespace detail {

template <class T>
struct Instance {
    State state;
    std::unique_ptr<T> plugin;
};

template <class T>
struct Trampolines {
    using Self = Instance<T>;
    static Self& self(void* p) { return *static_cast<Self*>(p); }

    static chapar_status create(chapar_host* host, const chapar_host_api* api, chapar_str config, void** out) noexcept {
        State early;
        early.host = host;
        early.api = api;
        return guarded(early, "the constructor threw:", [&] {
            auto made = std::make_unique<Self>();
            made->state.host = host;
            made->state.api = api;
            made->plugin = std::make_unique<T>(Host(&made->state), Config(view(config)));
            *out = made.release();
        });
    }
    static void destroy(void* p) noexcept {
        std::unique_ptr<Self> owned(static_cast<Self*>(p));
        guarded(owned->state, "the destructor threw:", [&] { owned->plugin.reset(); });
        // Callbacks may hold attempts, which answer through `state` while they are destroyed.
        owned->state.transfers.clear();
        owned->state.timers.clear();
        owned->state.events.clear();
    }
    static chapar_status start(void* p) noexcept {
        return guarded(self(p).state, "start threw:", [&] { self(p).plugin->start(); });
    }
    static chapar_status send(void* p, chapar_batch* batch, const chapar_message* const* messages,
                              std::uint32_t count) noexcept {
        guarded(self(p).state,
                "send threw:", [&] { self(p).plugin->send(Batch(&self(p).state, batch, messages, count)); });
        return CHAPAR_OK;  // also after a throw: the batch has closed the rest as UNKNOWN
    }
    static void cancel(void* p, chapar_batch* batch) noexcept {
        guarded(self(p).state, "cancel threw:", [&] { self(p).plugin->cancel(batch); });
    }
    static chapar_status inbound(void* p, chapar_inquiry* inquiry, const chapar_http_request* request) noexcept {
        guarded(self(p).state, "inbound threw:", [&] {
            self(p).plugin->inbound(Inquiry(&self(p).state, inquiry), HttpRequest(request));
        });
        return CHAPAR_OK;  // the inquiry has replied 500 by itself
    }
    static void drain(void* p) noexcept {
        guarded(self(p).state, "drain threw:", [&] { self(p).plugin->drain(); });
    }
};

template <class T>
const chapar_traits* traits_of() {
    static const auto channels = [] {
        std::array<chapar_str, 8> names{};
        for (std::size_t i = 0; i < names.size(); ++i)
            names[i] = str(T::traits.channels[i]);
        return names;
    }();
    static const chapar_traits traits = [] {
        const Traits& from = T::traits;
        chapar_traits raw{};
        raw.struct_size = sizeof raw;
        raw.channels = channels.data();
        while (raw.channel_count < channels.size() && channels[raw.channel_count].size != 0)
            ++raw.channel_count;
        if (from.receipts) raw.flags |= CHAPAR_RECEIPTS;
        if (from.idempotent) raw.flags |= CHAPAR_IDEMPOTENT;
        if (from.blocking) raw.flags |= CHAPAR_BLOCKING;
        if (from.carries_copies) raw.flags |= CHAPAR_CARRIES_COPIES;
        raw.max_batch = from.max_batch;
        raw.max_linger_ms = from.max_linger_ms;
        raw.max_in_flight = from.max_in_flight;
        raw.config_schema = str(from.config_schema);
        return raw;
    }();
    return &traits;
}

template <class T>
const chapar_plugin* table_of(const char* name, const char* version) {
    static const chapar_plugin table = [&] {
        using Call = Trampolines<T>;
        chapar_plugin raw{};
        raw.struct_size = sizeof raw;
        raw.abi_major = CHAPAR_ABI_MAJOR;
        raw.abi_minor = CHAPAR_ABI_MINOR;
        raw.name = name;
        raw.version = version;
        raw.traits = traits_of<T>();
        raw.create = Call::create;
        raw.destroy = Call::destroy;
        raw.start = Call::start;
        raw.drain = Call::drain;
        // A function that the class did not override is NULL in the table: "cannot".
        constexpr bool is_receiver = T::traits.channels[0].empty();
        static_assert(is_receiver || !std::is_same_v<decltype(&T::send), decltype(&Plugin::send)>,
                      "a plugin with channels sends");
        if constexpr (!is_receiver) raw.send = Call::send;
        if constexpr (!std::is_same_v<decltype(&T::cancel), decltype(&Plugin::cancel)>) raw.cancel = Call::cancel;
        if constexpr (!std::is_same_v<decltype(&T::inbound), decltype(&Plugin::inbound)>) raw.inbound = Call::inbound;
        return raw;
    }();
    return &table;
}

}  // namespace detail
}  // namespace chapar

/// The name of the entry point. A build that links the plugin in, instead of loading it, defines another one:
/// -DCHAPAR_ENTRY=chapar_builtin_email.
#ifndef CHAPAR_ENTRY
#define CHAPAR_ENTRY chapar_plugin_entry
#endif

#define CHAPAR_PLUGIN(Class, plugin_name, plugin_version)                                                 \
    extern "C" CHAPAR_EXPORT const chapar_plugin* CHAPAR_ENTRY(std::uint16_t host_major, std::uint16_t) { \
        if (host_major != CHAPAR_ABI_MAJOR) return nullptr;                                               \
        return chapar::detail::table_of<Class>(plugin_name, plugin_version);                              \
    }
