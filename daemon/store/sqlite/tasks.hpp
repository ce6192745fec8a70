#pragma once
// Writes as they wait for the writer: the work, its result, and whom to tell.

#include <future>
#include <memory>
#include <utility>
#include <vector>

#include "store/sqlite/writer.hpp"

namespace chapar::store::sqlite {

/// `work(Session&)` returns T or Result<T>; it may run more than once and must not consume what it captured.
template <class T, class Work>
class Task final : public Write {
  public:
    Task(std::size_t weight, Work work, Done<T> done, Milliseconds patience = Milliseconds{0})
        : weight_(weight), patience_(patience), work_(std::move(work)), done_(std::move(done)) {}
    void apply(Session& session) override { result_.emplace(work_(session)); }
    void answer(const Error* failure) override {
        if (!done_) return;
        if (failure) {
            done_(std::unexpected(*failure));
        } else {
            done_(std::move(*result_));
        }
    }
    std::size_t weight() const override { return weight_; }
    Milliseconds patience() const override { return patience_; }

  private:
    const std::size_t weight_;
    const Milliseconds patience_;
    Work work_;
    Done<T> done_;
    std::optional<Result<T>> result_;
};

/// Waits until what `work(Session&)` did is committed. Not on the writer's own thread, which would wait for itself.
template <class Work>
Result<bool> commit_and_wait(Writer& writer, std::size_t weight, Work work, Milliseconds patience = Milliseconds{0}) {
    std::promise<Result<bool>> told;
    auto answer = [&told](Result<bool> result) { told.set_value(std::move(result)); };
    writer.submit(std::make_unique<Task<bool, Work>>(weight, std::move(work), std::move(answer), patience));
    return told.get_future().get();
}

class AcceptTask final : public Write {
  public:
    AcceptTask(std::vector<NewMessage> batch, Done<AcceptedBatch> done)
        : batch_(std::move(batch)), done_(std::move(done)) {}
    void apply(Session& session) override { results_ = session.accept(batch_); }
    void answer(const Error* failure) override {
        if (!done_) return;
        if (failure) {
            done_(std::unexpected(*failure));
        } else {
            done_(AcceptedBatch{std::move(batch_), std::move(results_)});
        }
    }
    std::size_t weight() const override { return batch_.size(); }

  private:
    std::vector<NewMessage> batch_;
    std::vector<AcceptResult> results_;
    Done<AcceptedBatch> done_;
};

}  // namespace chapar::store::sqlite
