#include "plugin/live.hpp"

#include <boost/asio/post.hpp>

#include <exception>
#include <utility>

#include "base/log.hpp"

namespace chapar::plugin {
namespace {

constexpr auto grace_after_force = std::chrono::milliseconds(500);  // for what was cancelled to say so
constexpr auto grace_of_strand = std::chrono::seconds(2);           // then it counts as stuck

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
    log::warning("plugin.slow_call", "{} ({}): {} took {} ms; a plugin must not block", log::Field("route", name_),
                 log::Field("plugin", table_.name), log::Field("call", what), log::Field("ms", ms));
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
        std::string why = !thrown.empty() ? thrown : failure_or(status);
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
    bool is_ended = false, is_first = false;
    {
        std::lock_guard lock(mutex_);
        is_ended = is_ended_;
        if (!is_ended) {
            is_first = !drain_;
            if (is_first) drain_.emplace();
            if (drained) drain_->waiting.push_back(std::move(drained));
            const Monotonic until = std::chrono::steady_clock::now() + limit;
            if (is_first || until < drain_->until) arm_limits(until);
        }
    }
    if (is_ended && drained) drained("");
    if (is_first) strand_->post([self = shared_from_this()] { self->start_drain(); });
}

/// Outside the strand: a call that does not return must not keep the limit from passing.
void Live::arm_limits(Monotonic until) {
    drain_->until = until;
    drain_->limit = std::make_unique<boost::asio::steady_timer>(executor_, until);
    drain_->limit->async_wait([self = shared_from_this()](const boost::system::error_code& error) {
        if (!error) self->strand_->post([self] { self->force_drain(); });
    });
    drain_->last = std::make_unique<boost::asio::steady_timer>(executor_, until + grace_of_strand);
    drain_->last->async_wait([self = shared_from_this()](const boost::system::error_code& error) {
        if (!error) self->answer_stuck();
    });
}

void Live::start_drain() {
    if (is_created_ && table_.drain != nullptr) call("drain", [&] { table_.drain(self_); });
    {
        std::lock_guard lock(mutex_);
        if (drain_) drain_->is_begun = true;
    }
    check_drained();
}

std::string Live::stuck_in() const {
    {
        std::lock_guard lock(mutex_);
        if (is_ended_) return {};
    }
    const char* what = calling_;
    const std::string who = "plugin " + std::string(table_.name);
    if (what == nullptr) return who + " has not had its turn, because the threads of the plugins are busy";
    const Monotonic since{Monotonic::duration(calling_since_)};
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::steady_clock::now() - since);
    return who + " has not returned from " + what + " for " + std::to_string(seconds.count()) + " s";
}

/// The strand did not even come to force it: whoever waits is told. It still ends if the call returns.
void Live::answer_stuck() {
    std::string why = stuck_in();
    std::vector<std::function<void(std::string)>> waiting;
    {
        std::lock_guard lock(mutex_);
        if (is_ended_ || !drain_) return;
        waiting.swap(drain_->waiting);
        if (const std::string holds = held(); !holds.empty()) why += "; it holds " + holds;
    }
    for (auto& drained : waiting)
        drained(why);
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
        if (!drain_ || !drain_->is_begun || is_ended_ || is_busy) return;
    }
    strand_->post([self = shared_from_this()] { self->end(); });
}

/// The limit has passed: everything under way is cancelled, and has a moment to say how far it came.
void Live::force_drain() {
    std::vector<net::TransferId> transfers;
    std::vector<BatchPlace> batches;
    {
        std::lock_guard lock(mutex_);
        if (is_ended_ || !drain_ || drain_->is_forced) return;
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
    for (net::TransferId id : transfers)
        services_->transfers.cancel(id);
    for (const BatchPlace& batch : batches) {
        if (is_created_ && table_.cancel != nullptr) call("cancel", [&] { table_.cancel(self_, batch->handle()); });
    }
    check_drained();
}

void Live::end() {
    std::string still_held;
    {
        std::lock_guard lock(mutex_);
        if (is_ended_ || !drain_ || drain_->is_ending) return;
        drain_->is_ending = true;
        still_held = drain_->still_held;
    }
    if (!still_held.empty())
        log::warning("plugin.drain_forced", "{} ({}): ended although it still held {}", log::Field("route", name_),
                     log::Field("plugin", table_.name), still_held);
    if (is_created_) call("destroy", [&] { table_.destroy(self_); });
    is_created_ = false;
    for (auto& drained : release_all())
        drained(still_held);
}

/// After `destroy`: whatever is left gets its answer from the host. Nothing is left where it could be answered twice.
std::vector<std::function<void(std::string)>> Live::release_all() {
    std::vector<std::pair<BatchPlace, std::vector<std::uint32_t>>> closed;
    std::unordered_map<HandleId, Inquiry> inquiries;
    std::vector<net::TransferId> transfers;
    std::optional<Drain> drain;
    {
        std::lock_guard lock(mutex_);
        is_ended_ = true;
        for (auto& [id, batch] : batches_)
            closed.emplace_back(batch, batch->close_rest());
        batches_.clear();
        overdue_ = 0;
        inquiries.swap(inquiries_);
        for (const auto& [id, transfer] : transfers_)
            transfers.push_back(transfer.id);
        transfers_.clear();
        timers_.clear();
        deadlines_.clear();
        deadline_timer_ = nullptr;
        drain.swap(drain_);
    }
    strand_->close();
    for (net::TransferId id : transfers)
        services_->transfers.cancel(id);
    for (const auto& [batch, rest] : closed) {
        model::Outcome outcome;
        outcome.verdict = batch->is_handed_over() ? model::Verdict::unknown : model::Verdict::retry;
        outcome.detail = batch->is_handed_over() ? "the plugin's instance ended before it had an answer"
                                                 : "the instance ended before it saw the message; nothing was sent";
        for (std::uint32_t index : rest)
            batch->done()(index, outcome);
    }
    for (auto& [id, inquiry] : inquiries)
        inquiry.reply({503, {{"Retry-After", "5"}}, {}});
    return drain ? std::move(drain->waiting) : std::vector<std::function<void(std::string)>>{};
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
