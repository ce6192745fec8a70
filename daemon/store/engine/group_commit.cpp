#include "store/engine/group_commit.hpp"

#include <algorithm>
#include <utility>

#include "base/log.hpp"
#include "store/rules/receipt_match.hpp"

namespace chapar::store::engine {
namespace {

constexpr auto upkeep_interval = std::chrono::milliseconds(100);
/// So many in one commit share its pages well enough: they need not wait for more.
constexpr std::size_t full_weight = 64;
/// So few may stay where new messages are committed; where more wait, there is enough to do.
constexpr std::size_t most_left = 32;

std::chrono::steady_clock::time_point steady_now() { return std::chrono::steady_clock::now(); }

}  // namespace

GroupCommit::GroupCommit(Database& database, Counters& counters, const Clock& clock, CommitOptions options)
    : database_(database), counters_(counters), clock_(clock), options_(std::move(options)) {
    memory_.tells_moves = static_cast<bool>(options_.moved);
    memory_.country = options_.country;
    memory_.zone = options_.zone.empty() ? nullptr : times::zone_clock(options_.zone);
    if (options_.shuffle != 0) shuffle_.emplace(options_.shuffle);
}

void GroupCommit::submit(std::unique_ptr<Write> write) {
    bool is_open = false;
    {
        const std::lock_guard lock(mutex_);
        is_open = !stop_;
        if (is_open) {
            const bool was_due = !queue_.empty() && (queued_weight_ >= full_weight || commit_at_ <= steady_now());
            const auto until = steady_now() + write->patience();
            const bool is_first = queue_.empty() || until < commit_at_;
            add({std::move(write), until});
            if (was_due || (!is_first && queued_weight_ < full_weight)) return;  // the committing thread knows
        }
    }
    if (is_open) {
        wake_.notify_one();
        return;
    }
    const Error closed(Code::closed, "the store is closed");
    write->answer(&closed);  // NOLINT(bugprone-use-after-move): it was moved only where the store is open
}

void GroupCommit::stop() {
    {
        const std::lock_guard lock(mutex_);
        stop_ = true;
    }
    wake_.notify_one();
}

bool GroupCommit::wait() {
    std::unique_lock lock(mutex_);
    const bool has_chores = database_.wants_upkeep();
    const auto chores_at = steady_now() + upkeep_interval;
    for (;;) {
        const auto time = steady_now();
        const bool is_due = !queue_.empty() && (queued_weight_ >= full_weight || commit_at_ <= time);
        if (stop_ || is_due || (has_chores && chores_at <= time)) break;
        if (queue_.empty() && !has_chores) {
            wake_.wait(lock);
        } else {
            auto until = has_chores ? chores_at : commit_at_;
            if (!queue_.empty()) until = std::min(until, commit_at_);
            wake_.wait_until(lock, until);
        }
    }
    return !queue_.empty() || !stop_;
}

void GroupCommit::add(Waiting waiting) {
    if (queue_.empty() || waiting.until < commit_at_) commit_at_ = waiting.until;
    queued_weight_ += waiting.write->weight();
    queue_.push_back(std::move(waiting));
}

GroupCommit::Group GroupCommit::take(bool may_leave) {
    const std::lock_guard lock(mutex_);
    const auto time = steady_now();
    const auto is_patient = [time](const Waiting& each) { return each.until > time; };
    bool is_news = may_leave && !stop_ && queued_weight_ < full_weight;
    std::size_t patient = 0;
    for (const auto& each : queue_) {
        if (is_patient(each)) patient += each.write->weight();
        is_news = is_news && (is_patient(each) || each.write->is_news());
    }
    const bool leaves = is_news && patient <= most_left;
    auto all = std::exchange(queue_, {});
    queued_weight_ = 0;
    Group out;
    for (auto& each : all) {
        if (leaves && is_patient(each))
            add(std::move(each));
        else
            out.push_back(std::move(each.write));
    }
    return out;
}

void GroupCommit::run(bool may_leave) {
    if (shuffle_) {
        while (step()) {
        }
        return;
    }
    auto waiting = take(may_leave);
    commit_all(waiting);
    database_.upkeep();
}

bool GroupCommit::step() {
    auto waiting = take(false);
    if (!shuffle_) {
        commit_all(waiting);
        database_.upkeep();
        return !waiting.empty();
    }
    shuffle_->add(std::move(waiting));
    const bool has_writes = shuffle_->has_writes();
    if (shuffle_->has_answers() && (!has_writes || shuffle_->coin())) {
        shuffle_->tell_one();
        return true;
    }
    if (!has_writes) return false;
    auto group = shuffle_->take();
    commit_group(group);
    return true;
}

void GroupCommit::commit_all(Group& waiting) {
    const auto limit = static_cast<std::size_t>(options_.max_weight);
    std::size_t begin = 0;
    while (begin < waiting.size()) {
        std::size_t end = begin;
        for (std::size_t weight = 0; end < waiting.size() && (end == begin || weight < limit); ++end)
            weight += waiting[end]->weight();
        commit_group(std::span(waiting).subspan(begin, end - begin));
        begin = end;
    }
}

void GroupCommit::commit_group(std::span<std::unique_ptr<Write>> group) {
    const auto failure = try_commit(group);
    if (failure && !disk_failed_ && group.size() > 1) {
        for (std::size_t i = 0; i < group.size(); ++i)
            commit_group(group.subspan(i, 1));
        return;
    }
    tell(failure);
    for (auto& write : group)
        answer(std::move(write), failure);
}

void GroupCommit::answer(std::unique_ptr<Write> write, const std::optional<Error>& failure) {
    if (!shuffle_) return write->answer(failure ? &*failure : nullptr);
    const bool is_behind_all = write->lanes().is_all;
    auto tell = [write = std::shared_ptr(std::move(write)), failure] { write->answer(failure ? &*failure : nullptr); };
    shuffle_->add_answer(std::move(tell), is_behind_all);
}

/// One line when the disk begins to refuse and one when it is over, however many commits lie between.
void GroupCommit::tell(const std::optional<Error>& failure) {
    if (failure && !(refusing_ && disk_failed_))
        log::error("store.write_failed", "nothing of this commit is kept: {}", failure->message());
    if (!failure && refusing_) log::info("store.recovered", "the store writes again");
    refusing_ = failure && disk_failed_;
}

std::optional<Error> GroupCommit::try_commit(std::span<std::unique_ptr<Write>> group) {
    disk_failed_ = true;
    if (auto refusal = database_.refusal()) return refusal;
    memory_.last_pool = {};  // a rollback may have undone it
    rules::Changes changes;
    if (!database_.begin()) return give_up(changes);
    if (database_.others_wrote()) memory_.roll_back();
    rules::Unit unit{database_.tables(), changes, memory_, counters_, clock_.now(), options_.self};
    const bool is_applied = apply_all(group, unit);
    fetches_ += unit.wanted.reads().fetches;
    singles_ += unit.wanted.reads().singles;
    if (!is_applied) return give_up(changes);
    if (!database_.commit(changes)) return give_up(changes);
    publish(changes);
    return std::nullopt;
}

/// Reports that follow each other have their rows read together; what another write reads is its own affair.
bool GroupCommit::apply_all(std::span<std::unique_ptr<Write>> group, rules::Unit& unit) {
    for (std::size_t i = 0, wanted = 0; i < group.size(); ++i) {
        std::vector<const model::Report*> reports;
        for (auto next = i; i >= wanted && next < group.size() && group[next]->report() != nullptr; ++next)
            reports.push_back(group[next]->report());
        if (!reports.empty()) {
            rules::want_reports(unit, reports);
            wanted = i + reports.size();
        } else if (i >= wanted) {
            unit.wanted.forget();
        }
        if (unit.tables.has_failed()) return false;
        group[i]->apply(unit);
        if (unit.tables.has_failed()) return false;
    }
    return true;
}

Error GroupCommit::give_up(const rules::Changes& changes) {
    auto failure = database_.roll_back(changes);
    memory_.roll_back();
    disk_failed_ = failure.is_of_the_disk;
    return std::move(failure.error);
}

/// Moves the memory on by what was committed, and tells those who want to know.
void GroupCommit::publish(rules::Changes& changes) {
    counters_.apply(changes.counts, clock_.monotonic());
    const bool has_news = database_.tables().feed().take_news();
    database_.committed(changes);
    if (options_.moved && !changes.moved.empty()) options_.moved(std::move(changes.moved));
    if (has_news && options_.fed) options_.fed();
}

}  // namespace chapar::store::engine
