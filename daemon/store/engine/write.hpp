#pragma once
// Writes as they wait for their commit: the work, its result, and whom to tell.

#include <cstdint>
#include <future>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "store/acceptance.hpp"
#include "store/rules/accept.hpp"
#include "store/rules/transactions.hpp"
#include "store/rules/unit.hpp"

namespace chapar::store::engine {

/// What a write is about, as numbers of messages and persons: two that share one apply in the order in which they were
/// submitted.
struct Lanes {
    bool is_all = true;  // about anything
    std::vector<std::uint64_t> of;
};

/// May be applied more than once: a group that failed is tried again one by one.
class Write {
  public:
    virtual ~Write() = default;
    virtual void apply(rules::Unit& unit) = 0;
    /// `failure` null: committed.
    virtual void answer(const Error* failure) = 0;
    virtual std::size_t weight() const { return 1; }
    /// How long it may wait for others to share its commit; it delays none of them.
    virtual Milliseconds patience() const { return Milliseconds{0}; }
    /// It is about new messages only, so it may be committed before earlier writes that wait for company. (A message
    /// that a new one replaces is then replaced before its lease, which is refused.)
    virtual bool is_news() const { return false; }
    /// What it applies, if that is one report: the rows of neighbours are read at once.
    virtual const model::Report* report() const { return nullptr; }
    /// Asked only where order is given up (LaneShuffle).
    virtual Lanes lanes() const { return {}; }
};

/// `work(Unit&)` returns T or Result<T>; it must not consume what it captured.
template <class T, class Work>
class Task final : public Write {
  public:
    Task(std::size_t weight, Work work, Done<T> done, Milliseconds patience = Milliseconds{0}, Lanes lanes = {})
        : weight_(weight),
          patience_(patience),
          lanes_(std::move(lanes)),
          work_(std::move(work)),
          done_(std::move(done)) {}
    void apply(rules::Unit& unit) override { result_.emplace(work_(unit)); }
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
    Lanes lanes() const override { return lanes_; }

  private:
    const std::size_t weight_;
    const Milliseconds patience_;
    const Lanes lanes_;
    Work work_;
    Done<T> done_;
    std::optional<Result<T>> result_;
};

class AcceptTask final : public Write {
  public:
    AcceptTask(std::vector<NewMessage> batch, Done<AcceptedBatch> done, Lanes lanes = {})
        : batch_(std::move(batch)), lanes_(std::move(lanes)), done_(std::move(done)) {}
    void apply(rules::Unit& unit) override { results_ = rules::accept(unit, batch_); }
    void answer(const Error* failure) override {
        if (!done_) return;
        if (failure) {
            done_(std::unexpected(*failure));
        } else {
            done_(AcceptedBatch{std::move(batch_), std::move(results_)});
        }
    }
    std::size_t weight() const override { return batch_.size(); }
    bool is_news() const override { return true; }
    Lanes lanes() const override { return lanes_; }

  private:
    std::vector<NewMessage> batch_;
    const Lanes lanes_;
    std::vector<AcceptResult> results_;
    Done<AcceptedBatch> done_;
};

class ReportTask final : public Write {
  public:
    ReportTask(model::Report report, Done<Reported> done, Lanes lanes)
        : report_(std::move(report)), lanes_(std::move(lanes)), done_(std::move(done)) {}
    void apply(rules::Unit& unit) override { result_ = rules::write_report(unit, report_); }
    void answer(const Error* failure) override {
        if (!done_) return;
        if (failure) {
            done_(std::unexpected(*failure));
        } else {
            done_(result_);
        }
    }
    const model::Report* report() const override { return &report_; }
    Lanes lanes() const override { return lanes_; }

  private:
    const model::Report report_;
    const Lanes lanes_;
    Reported result_;
    Done<Reported> done_;
};

}  // namespace chapar::store::engine
