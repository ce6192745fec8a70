#include "plugin/live.hpp"

#include <boost/asio/post.hpp>

#include <exception>
#include <utility>

#include "base/log.hpp"

namespace chapar::plugin {
namespace {

constexpr auto grace_after_force = std::chrono::milliseconds(500);  // for what was cancelled to say so

std::vector<double> call_buckets() { return {0.0001, 0.001, 0.01, 0.1, 1, 10}; }

}  // namespace

Live::Live(const chapar_plugin& table, Traits traits, std::string name, std::shared_ptr<const Services> services)
    : table_(table),
      traits_(std::move(traits)),
      name_(std::move(name)),
      services_(std::move(services)),
      executor_(services_->executor),
      strand_((traits_.flags & CHAPAR_BLOCKING) != 0 ? Strand::on_own_thread() : Strand::on_executor(executor_)) {
    auto histogram = [this](const char* call) {
        return &services_->metrics.histogram("plugin_call_seconds", "Time that calls into a plugin took.",
                                             call_buckets(), {{"instance", name_}, {"call", call}});
    };
    durations_send_ = histogram("send");
    durations_other_ = histogram("other");
}

std::string Live::current_exception_text() const {
    try {
        throw;
    } catch (const std::exception& e) {
        return std::string("it threw: ") + e.what();
    } catch (...) {
        return "it threw an exception of unknown type";
    }
}

void Live::note_duration(const char* what, Monotonic began) {
    auto took = std::chrono::steady_clock::now() - began;
    bool is_send = std::string_view(what) == "send";
    (is_send ? durations_send_ : durations_other_)->observe(std::chrono::duration<double>(took).count());
    bool may_block = (traits_.flags & CHAPAR_BLOCKING) != 0;
    if (took < services_->slow_call || may_block) return;
    auto ms = std::chrono::duration_cast<Milliseconds>(took).count();
    log::warning("plugin.slow_call", "{} ({}): {} took {} ms; a plugin must not block", name_, table_.name, what, ms);
}

Result<void> Live::begin(const std::string& config_json) {
    Result<void> result;
    strand_->run_held([&] {
        chapar_status status = CHAPAR_INTERNAL;
        std::string thrown = call("create", [&] { status = table_.create(this, &api(), str(config_json), &self_); });
        is_created_ = thrown.empty() && status == CHAPAR_OK;
        if (is_created_ && table_.start != nullptr) {
            thrown = call("start", [&] { status = table_.start(self_); });
        }
        if (thrown.empty() && status == CHAPAR_OK) return;
        if (is_created_) call("destroy", [&] { table_.destroy(self_); });
        is_created_ = false;
        std::string why = !thrown.empty() ? thrown : !failure_.empty() ? failure_ : "status " + std::to_string(status);
        Code code = status == CHAPAR_INVALID ? Code::bad_config : Code::failed_to_start;
        result = chapar::fail(code, name_ + " (plugin " + table_.name + "): " + why);
    });
    if (result) {
        strand_->release();
    } else {
        release_all();
    }
    return result;
}

void Live::drain(Milliseconds limit, std::function<void(std::string)> drained) {
    bool posted = strand_->post([self = shared_from_this(), limit, drained] { self->start_drain(limit, drained); });
    if (!posted && drained) drained("");
}

void Live::start_drain(Milliseconds limit, std::function<void(std::string)> drained) {
    {
        std::lock_guard lock(mutex_);
        if (drain_ && limit > Milliseconds(0)) {  // already under way
            if (drained) boost::asio::post(executor_, [drained] { drained(""); });
            return;
        }
        if (!drain_) drain_.emplace().drained = std::move(drained);
        drain_->limit = std::make_unique<boost::asio::steady_timer>(executor_, limit);
        drain_->limit->async_wait([self = shared_from_this()](const boost::system::error_code& error) {
            if (!error) self->strand_->post([self] { self->force_drain(); });
        });
    }
    if (is_created_ && table_.drain != nullptr) call("drain", [&] { table_.drain(self_); });
    check_drained();
}

std::string Live::held() const {
    std::string text;
    auto add = [&](std::size_t count, const char* what) {
        if (count == 0) return;
        if (!text.empty()) text += ", ";
        text += std::to_string(count) + " " + what;
    };
    add(batches_.size(), "batches");
    add(transfers_.size(), "transfers");
    add(timers_.size(), "timers");
    add(inquiries_.size(), "inbound requests");
    return text;
}

void Live::check_drained() {
    {
        std::lock_guard lock(mutex_);
        bool is_busy = !batches_.empty() || !transfers_.empty() || !timers_.empty() || !inquiries_.empty();
        if (!drain_ || is_ended_ || is_busy) return;
    }
    strand_->post([self = shared_from_this()] { self->end(); });
}

/// The limit has passed: everything under way is cancelled, and has a moment to say how far it came.
void Live::force_drain() {
    std::vector<net::TransferId> transfers;
    std::vector<BatchPlace> batches;
    {
        std::lock_guard lock(mutex_);
        if (is_ended_ || !drain_) return;
        if (drain_->is_forced) {
            drain_->limit = nullptr;
        } else {
            drain_->is_forced = true;
            drain_->still_held = held();
            timers_.clear();
            for (const auto& [id, transfer] : transfers_)
                transfers.push_back(transfer.id);
            for (const auto& [id, batch] : batches_)
                batches.push_back(batch);
            drain_->limit = std::make_unique<boost::asio::steady_timer>(executor_, grace_after_force);
            drain_->limit->async_wait([self = shared_from_this()](const boost::system::error_code& error) {
                if (!error) self->strand_->post([self] { self->end(); });
            });
        }
    }
    for (net::TransferId id : transfers)
        services_->transfers.cancel(id);
    for (const BatchPlace& batch : batches) {
        if (is_created_ && table_.cancel != nullptr) call("cancel", [&] { table_.cancel(self_, batch->handle()); });
    }
    check_drained();
}

void Live::end() {
    std::optional<Drain> drain;
    {
        std::lock_guard lock(mutex_);
        if (is_ended_ || !drain_) return;
        drain = std::move(drain_);
        drain_.reset();
    }
    if (!drain->still_held.empty())
        log::warning("plugin.drain_forced", "{} ({}): ended although it still held {}", name_, table_.name,
                     drain->still_held);
    if (is_created_) call("destroy", [&] { table_.destroy(self_); });
    is_created_ = false;
    release_all();
    drain->limit = nullptr;
    if (drain->drained) drain->drained(std::move(drain->still_held));
}

/// After `destroy`: whatever is left gets its answer from the host.
void Live::release_all() {
    std::unordered_map<HandleId, BatchPlace> batches;
    std::unordered_map<HandleId, Inquiry> inquiries;
    std::vector<net::TransferId> transfers;
    {
        std::lock_guard lock(mutex_);
        is_ended_ = true;
        batches.swap(batches_);
        inquiries.swap(inquiries_);
        for (const auto& [id, transfer] : transfers_)
            transfers.push_back(transfer.id);
        transfers_.clear();
        timers_.clear();
        deadlines_.clear();
        deadline_timer_ = nullptr;
    }
    strand_->close();
    for (net::TransferId id : transfers)
        services_->transfers.cancel(id);
    model::Outcome unknown;
    unknown.detail = "the plugin's instance ended before it had an answer";
    for (const auto& [id, batch] : batches) {
        for (std::uint32_t index : batch->close_rest())
            batch->done()(index, unknown);
    }
    for (auto& [id, inquiry] : inquiries)
        inquiry.reply({503, {}, {}});
}

Handle::~Handle() { live_->drain(Milliseconds(0), nullptr); }
void Handle::send(std::vector<Outgoing> batch, Milliseconds deadline, Completed done) {
    live_->send(std::move(batch), deadline, std::move(done));
}
void Handle::inbound(HttpRequest request, std::function<void(HttpReply)> reply) {
    live_->inbound(std::move(request), std::move(reply));
}
void Handle::drain(Milliseconds limit, std::function<void(std::string still_held)> drained) {
    live_->drain(limit, std::move(drained));
}

}  // namespace chapar::plugin
