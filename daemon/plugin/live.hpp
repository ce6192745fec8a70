#pragma once
// A running instance: the plugin's object, its strand, and everything that is under way for it. The address of its
// chapar_host part is what the plugin knows as its host; it stays valid until `destroy` has returned.
// Callable from any thread; calls into the plugin happen on the strand.

#include <chapar/plugin.h>

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "net/asio_quiet.hpp"

#include <boost/asio/steady_timer.hpp>

#include "base/secret.hpp"
#include "net/transfers.hpp"
#include "plugin/batch.hpp"
#include "plugin/host.hpp"
#include "plugin/host_part.hpp"
#include "plugin/strand.hpp"

namespace chapar::plugin {

class Live final : public chapar_host, public std::enable_shared_from_this<Live> {
  public:
    Live(const chapar_plugin& table, Traits traits, std::string name, std::shared_ptr<const Services> services);

    // The daemon's side.
    /// Creates and starts. The error carries the plugin's own sentence.
    Result<void> begin(const std::string& config_json);
    void send(std::vector<Outgoing> batch, Milliseconds deadline, Instance::Completed done);
    void inbound(HttpRequest request, std::function<void(HttpReply)> reply);
    void drain(Milliseconds limit, std::function<void(std::string)> drained);
    std::string stuck_in() const;
    const std::string& name() const { return name_; }
    const Traits& traits() const { return traits_; }
    const std::shared_ptr<Strand>& strand() const { return strand_; }

    // The plugin's side: the functions of chapar_host_api (services.cpp).
    static const chapar_host_api& api();
    static Live& of(chapar_host* host) { return *static_cast<Live*>(host); }
    void log(std::int32_t level, std::string_view text) const;
    void metric_add(std::string_view name, double delta, chapar_kvs labels);
    chapar_status post(void (*fn)(void*), void* arg);
    void complete(HandleId batch, std::uint32_t index, const chapar_result* result);
    chapar_status emit(HandleId inquiry, const chapar_event& event);
    chapar_status emit_then(const chapar_event& event, void (*done)(void*, std::int32_t), void* arg);
    void reply(HandleId inquiry, const chapar_http_response& response);
    void fail(std::string_view reason);
    chapar_status secret(std::string_view name, chapar_str* value);
    std::uint64_t timer_start(std::uint32_t after_ms, void (*fn)(void*), void* arg);
    void timer_cancel(std::uint64_t timer);
    std::uint64_t transfer_start(const chapar_transfer& transfer, chapar_transfer_done done, void* arg);
    void transfer_cancel(std::uint64_t transfer);

  private:
    using BatchPlace = std::shared_ptr<Batch>;
    /// A provider's request on its way; the reply goes when it is given and every event is durable.
    struct Inquiry {
        std::function<void(HttpReply)> reply;
        std::optional<HttpReply> answer;
        std::size_t waiting_events = 0;
        bool has_failed_event = false;
    };
    struct PendingTransfer {
        net::TransferId id = 0;
        chapar_transfer_done done = nullptr;
        void* arg = nullptr;
    };
    struct Drain {
        std::vector<std::function<void(std::string)>> waiting;
        Monotonic until{};
        std::unique_ptr<boost::asio::steady_timer> limit;  // of what runs on the strand
        std::unique_ptr<boost::asio::steady_timer> last;   // of the strand itself
        bool is_begun = false;                             // the plugin was told
        bool is_forced = false;
        bool is_ending = false;
        std::string still_held;  // when it was forced
    };

    /// Calls into the plugin: times it, keeps exceptions out, then frees what lived for the call only. The value: what
    /// it threw, or empty.
    template <class F>
    std::string call(const char* what, F&& f);
    std::string current_exception_text() const;
    void note_duration(const char* what, Monotonic began);
    void run_send(const BatchPlace& batch);
    void note_failure(std::string_view sentence);
    /// What the plugin said last, else its status.
    std::string failure_or(chapar_status status) const;
    void give_back(const BatchPlace& batch, chapar_status status);
    void close_batch(const BatchPlace& batch, const model::Outcome& why);
    void forget_batch(const Batch& batch);     // with mutex_ held; before its rest is closed
    void forget_deadline(const Batch& batch);  // with mutex_ held
    void arm_deadlines();                      // with mutex_ held
    void check_deadlines();
    void report_late(const std::string& attempt, const model::Outcome& outcome);
    void count_misuse(const char* what);
    void settle_inquiry(HandleId id);
    void finish_transfer(std::uint64_t id, net::TransferResult result);
    void run_inbound(HandleId id, const HttpRequest& request);
    void arm_limits(Monotonic until);  // with mutex_ held
    void start_drain();
    void check_drained();
    void force_drain();
    void answer_stuck();
    void end();
    /// The value: who waits for the end.
    std::vector<std::function<void(std::string)>> release_all();
    std::string held() const;  // with mutex_ held

    const chapar_plugin& table_;
    const Traits traits_;
    const std::string name_;
    const std::shared_ptr<const Services> services_;
    const boost::asio::any_io_executor executor_;
    std::shared_ptr<Strand> strand_;
    metrics::Histogram* durations_send_ = nullptr;
    metrics::Histogram* durations_other_ = nullptr;

    std::atomic<const char*> calling_{nullptr};  // the call that the plugin is in
    std::atomic<Monotonic::rep> calling_since_{0};

    // The strand's own.
    void* self_ = nullptr;
    bool is_created_ = false;
    std::vector<Secret> lent_secrets_;  // until the call returns

    mutable std::mutex mutex_;  // guards what follows; never held while calling out
    std::string failure_;       // the last sentence of `fail`, which any thread of the plugin may call
    std::uintptr_t last_id_ = 0;
    std::unordered_map<HandleId, BatchPlace> batches_;
    std::multimap<Monotonic, HandleId> deadlines_;
    std::unique_ptr<boost::asio::steady_timer> deadline_timer_;
    std::unordered_map<HandleId, Inquiry> inquiries_;
    std::unordered_map<std::uint64_t, std::unique_ptr<boost::asio::steady_timer>> timers_;
    std::unordered_map<std::uint64_t, PendingTransfer> transfers_;
    std::unordered_map<std::string, metrics::Counter*> counters_;
    std::size_t overdue_ = 0;  // messages that the plugin holds past their deadline
    std::optional<Drain> drain_;
    bool is_ended_ = false;
};

template <class F>
std::string Live::call(const char* what, F&& f) {
    Monotonic began = std::chrono::steady_clock::now();
    std::string thrown;
    calling_since_ = began.time_since_epoch().count();
    calling_ = what;
    try {
        f();
    } catch (...) {
        thrown = current_exception_text();
    }
    calling_ = nullptr;
    lent_secrets_.clear();
    note_duration(what, began);
    return thrown;
}

/// The daemon's own way to a Live: when the last owner lets go, the instance ends by itself.
class Handle final : public Instance {
  public:
    explicit Handle(std::shared_ptr<Live> live) : live_(std::move(live)) {}
    ~Handle() override;
    const std::string& name() const override { return live_->name(); }
    const Traits& traits() const override { return live_->traits(); }
    void send(std::vector<Outgoing> batch, Milliseconds deadline, Completed done) override;
    void inbound(HttpRequest request, std::function<void(HttpReply)> reply) override;
    void drain(Milliseconds limit, std::function<void(std::string still_held)> drained) override;
    std::string stuck_in() const override { return live_->stuck_in(); }

  private:
    std::shared_ptr<Live> live_;
};

}  // namespace chapar::plugin
