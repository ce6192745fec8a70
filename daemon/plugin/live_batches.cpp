// Batches: handed over, answered, closed by their deadline.
#include "plugin/live.hpp"

#include <algorithm>
#include <utility>

namespace chapar::plugin {
namespace {

constexpr std::size_t most_overdue = 1000;  // messages past their deadline that a plugin may sit on

model::Outcome not_sent(std::string why, model::Blame blame) {
    model::Outcome outcome;
    outcome.verdict = model::Verdict::retry;
    outcome.blame = blame;
    outcome.code = "plugin";
    outcome.detail = std::move(why);
    return outcome;
}

model::Outcome in_doubt(std::string why) {
    model::Outcome outcome;
    outcome.blame = model::Blame::provider;
    outcome.code = "plugin";
    outcome.detail = std::move(why);
    return outcome;
}

}  // namespace

void Live::send(std::vector<Outgoing> messages, Milliseconds deadline, Instance::Completed done) {
    Monotonic until = std::chrono::steady_clock::now() + deadline;
    BatchPlace batch;
    std::string refused;
    auto blame = model::Blame::none;  // an instance that a reload replaces says nothing about the provider
    {
        std::lock_guard lock(mutex_);
        batch = std::make_shared<Batch>(++last_id_, std::move(messages), until, std::move(done));
        if (is_ended_ || drain_) refused = "the instance is ending; nothing was sent";
        if (overdue_ >= most_overdue) {
            refused = "the plugin sits on too many messages past their deadline; nothing was sent";
            blame = model::Blame::provider;
        }
        if (refused.empty() && batch->size() != 0) {
            batches_.emplace(batch->id(), batch);
            deadlines_.emplace(until, batch->id());
            if (deadlines_.begin()->second == batch->id()) arm_deadlines();
        }
    }
    bool posted = refused.empty() && strand_->post([self = shared_from_this(), batch] { self->run_send(batch); });
    if (refused.empty()) refused = "the instance has ended; nothing was sent";
    if (!posted) close_batch(batch, not_sent(refused, blame));
}

void Live::run_send(const BatchPlace& batch) {
    if (!is_created_) return;  // `end` has answered for it
    bool is_over = false;      // its deadline passed while it waited for the strand
    {
        std::lock_guard lock(mutex_);
        is_over = batch->is_closed();
        if (is_over)
            forget_batch(*batch);
        else
            batch->note_handed_over();
    }
    if (is_over) return check_drained();
    note_failure("");
    batch->note_time_left(std::chrono::steady_clock::now());
    if (table_.send == nullptr) return give_back(batch, CHAPAR_UNSUPPORTED);  // a receiver
    chapar_status status = CHAPAR_OK;
    std::string thrown =
        call("send", [&] { status = table_.send(self_, batch->handle(), batch->messages(), batch->size()); });
    if (!thrown.empty()) {
        count_misuse("exception");
        note_failure(thrown);
    }
    bool is_half_way = !thrown.empty();
    if (is_half_way || status != CHAPAR_OK) give_back(batch, is_half_way ? CHAPAR_OK : status);
}

void Live::note_failure(std::string_view sentence) {
    const std::lock_guard lock(mutex_);
    failure_ = sentence;
}

std::string Live::failure_or(chapar_status status) const {
    const std::lock_guard lock(mutex_);
    return failure_.empty() ? "status " + std::to_string(status) : failure_;
}

/// After an error return nothing was sent, unless an answer came before it or it threw (status CHAPAR_OK): then nobody
/// can say how far it came.
void Live::give_back(const BatchPlace& batch, chapar_status status) {
    bool has_answers = false;
    {
        std::lock_guard lock(mutex_);
        has_answers = batch->has_answers();
    }
    const std::string why = failure_or(status);
    bool is_certain = status != CHAPAR_OK && !has_answers;
    close_batch(batch, is_certain ? not_sent("the plugin did not take it: " + why, model::Blame::provider)
                                  : in_doubt("the plugin failed half-way: " + why));
}

/// The plugin has nothing more to do with it.
void Live::close_batch(const BatchPlace& batch, const model::Outcome& why) {
    std::vector<std::uint32_t> closed;
    {
        std::lock_guard lock(mutex_);
        forget_batch(*batch);
        closed = batch->close_rest();
    }
    for (std::uint32_t index : closed)
        batch->done()(index, why);
    check_drained();
}

void Live::complete(HandleId id, std::uint32_t index, const chapar_result* result) {
    BatchPlace batch;
    Batch::Answer answer = Batch::Answer::no_such_index;
    bool is_settled = false;
    {
        std::lock_guard lock(mutex_);
        if (auto at = batches_.find(id); at != batches_.end()) {
            batch = at->second;
            answer = batch->answer(index);
            if (answer == Batch::Answer::late) --overdue_;
            is_settled = batch->is_settled();
            if (is_settled) forget_batch(*batch);
        }
    }
    switch (answer) {
        case Batch::Answer::first:
            batch->done()(index, outcome_of(result));
            break;
        case Batch::Answer::late:
            report_late(batch->attempt(index), outcome_of(result));
            break;
        case Batch::Answer::again:
        case Batch::Answer::no_such_index:
            count_misuse("double_completion");
            break;
    }
    if (is_settled) check_drained();
}

/// An answer after the deadline becomes what a receipt would be.
void Live::report_late(const std::string& attempt, const model::Outcome& outcome) {
    count_misuse("late_completion");
    model::Report event;
    switch (outcome.verdict) {
        case model::Verdict::accepted:
            event.kind = "accepted";
            break;
        case model::Verdict::delivered:
            event.kind = "delivered";
            break;
        case model::Verdict::rejected:
            event.kind = "failed";
            break;
        case model::Verdict::retry:
            event.kind = "not_sent";
            break;
        case model::Verdict::unknown:
            return;
    }
    event.attempt = AttemptId::parse(attempt);
    event.provider_id = outcome.provider_id;
    event.code = outcome.code;
    event.detail = outcome.detail;
    event.dedupe_key = attempt + ":late";
    event.at = services_->clock.now();
    if (services_->events) services_->events(name_, std::move(event), [](bool) {});
}

/// What the plugin sat on past the deadline goes with it.
void Live::forget_batch(const Batch& batch) {
    if (batches_.erase(batch.id()) == 0) return;
    overdue_ -= batch.overdue();
    forget_deadline(batch);
}

void Live::forget_deadline(const Batch& batch) {
    auto [begin, end] = deadlines_.equal_range(batch.deadline());
    for (auto at = begin; at != end; ++at) {
        if (at->second == batch.id()) return void(deadlines_.erase(at));
    }
}

void Live::arm_deadlines() {
    if (deadlines_.empty()) return;
    if (!deadline_timer_) deadline_timer_ = std::make_unique<boost::asio::steady_timer>(executor_);
    deadline_timer_->expires_at(deadlines_.begin()->first);
    deadline_timer_->async_wait([weak = weak_from_this()](const boost::system::error_code& error) {
        auto self = weak.lock();
        if (!error && self) self->check_deadlines();
    });
}

void Live::check_deadlines() {
    std::vector<BatchPlace> overdue;
    std::vector<std::vector<std::uint32_t>> closed;
    {
        std::lock_guard lock(mutex_);
        Monotonic now = std::chrono::steady_clock::now();
        while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
            auto at = batches_.find(deadlines_.begin()->second);
            deadlines_.erase(deadlines_.begin());
            if (at == batches_.end()) continue;
            // It stays in batches_: the plugin still holds its messages and may still answer.
            overdue.push_back(at->second);
            closed.push_back(at->second->close_rest());
            overdue_ += closed.back().size();
        }
        arm_deadlines();
    }
    for (std::size_t i = 0; i < overdue.size(); ++i) {
        for (std::uint32_t index : closed[i])
            overdue[i]->done()(index, in_doubt("no word from the plugin within the deadline"));
        strand_->post([self = shared_from_this(), batch = overdue[i]] {
            bool can_cancel = self->is_created_ && self->table_.cancel != nullptr;
            if (can_cancel) self->call("cancel", [&] { self->table_.cancel(self->self_, batch->handle()); });
        });
    }
}

}  // namespace chapar::plugin
