#include "store/sqlite/writer.hpp"

#include <sqlite3.h>
#include <sys/stat.h>

#include <algorithm>
#include <span>

#include "base/log.hpp"
#include "base/thread_name.hpp"

namespace chapar::store::sqlite {
namespace {

constexpr auto heal_interval = std::chrono::milliseconds(100);
constexpr auto journal_interval = std::chrono::seconds(1);
constexpr std::int64_t journal_file_bytes = 8 << 20;
constexpr Milliseconds readers_pause{100};
/// So many in one commit share its pages well enough: they need not wait for more.
constexpr std::size_t full_weight = 64;

std::chrono::steady_clock::time_point now() { return std::chrono::steady_clock::now(); }

int on_wal_grown(void* checkpointer, sqlite3*, const char*, int frames) {
    static_cast<Checkpointer*>(checkpointer)->note(frames);
    return SQLITE_OK;
}

}  // namespace

Result<std::unique_ptr<Writer>> Writer::start(Connect connect, const SqliteOptions& options, Tally& tally,
                                              const Clock& clock, Checkpointer* checkpointer, Audit* audit,
                                              ReaderPool* readers) {
    std::unique_ptr<Writer> writer(new Writer(std::move(connect), options, tally, clock, checkpointer, audit, readers));
    if (!writer->connect()) return std::unexpected(*writer->last_failure_);
    writer->file_ = writer->identity();
    writer->thread_ = std::thread([raw = writer.get()] {
        name_thread("store-writer");
        raw->loop();
    });
    return writer;
}

Writer::Writer(Connect connect, const SqliteOptions& options, Tally& tally, const Clock& clock,
               Checkpointer* checkpointer, Audit* audit, ReaderPool* readers)
    : connect_(std::move(connect)),
      options_(options),
      tally_(tally),
      clock_(clock),
      checkpointer_(checkpointer),
      audit_(audit),
      readers_(readers) {
    lasting_.tells_moves = static_cast<bool>(options_.moved);
    lasting_.country = options_.country;
}

bool Writer::connect() {
    session_.reset();
    auto connection = connect_();
    if (!connection) {
        last_failure_ = connection.error();
        return false;
    }
    if (checkpointer_) sqlite3_wal_hook((*connection)->raw(), &on_wal_grown, checkpointer_);
    session_ = std::make_unique<Session>(std::move(*connection), tally_, lasting_, clock_);
    if (session_->connection().fault() == 0) return true;
    last_failure_ = session_->connection().error();
    session_.reset();
    return false;
}

void Writer::submit(std::unique_ptr<Write> write) {
    bool is_open = false;
    {
        const std::lock_guard lock(mutex_);
        is_open = !stop_;
        if (is_open) {
            const bool was_due = !queue_.empty() && (queued_weight_ >= full_weight || commit_at_ <= now());
            const auto at = now() + write->patience();
            const bool is_first = queue_.empty() || at < commit_at_;
            if (is_first) commit_at_ = at;
            queued_weight_ += write->weight();
            queue_.push_back(std::move(write));
            if (was_due || (!is_first && queued_weight_ < full_weight)) return;  // the writer knows
        }
    }
    if (is_open) {
        wake_.notify_one();
        return;
    }
    const Error closed(Code::closed, "the store is closed");
    write->answer(&closed);  // NOLINT(bugprone-use-after-move): it was moved only where the store is open
}

void Writer::stop() {
    {
        const std::lock_guard lock(mutex_);
        stop_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
}

void Writer::loop() {
    Group waiting;
    while (take(waiting)) {
        if (!waiting.empty()) commit_all(waiting);
        waiting.clear();
        maintain();
    }
    session_.reset();
}

/// False: stopped and nothing is left. Empty: time to look after a broken disk or the WAL.
bool Writer::take(Group& waiting) {
    std::unique_lock lock(mutex_);
    const bool has_chores =
        broken_ || (checkpointer_ && checkpointer_->wants_finish()) || (journal_ && !journal_->is_whole());
    const auto chores_at = now() + heal_interval;
    for (;;) {
        const auto time = now();
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
    waiting.swap(queue_);
    queued_weight_ = 0;
    return !waiting.empty() || !stop_;
}

void Writer::commit_all(Group& waiting) {
    const auto limit = static_cast<std::size_t>(options_.max_batch);
    std::size_t begin = 0;
    while (begin < waiting.size()) {
        std::size_t end = begin;
        for (std::size_t weight = 0; end < waiting.size() && (end == begin || weight < limit); ++end)
            weight += waiting[end]->weight();
        commit_group(std::span(waiting).subspan(begin, end - begin));
        begin = end;
    }
}

void Writer::commit_group(std::span<std::unique_ptr<Write>> group) {
    const auto failure = try_commit(group);
    // A write that can't be done must not take its neighbours with it: each on its own then.
    if (failure && !disk_failed_ && group.size() > 1) {
        for (std::size_t i = 0; i < group.size(); ++i)
            commit_group(group.subspan(i, 1));
        return;
    }
    tell(failure);
    for (auto& write : group) {
        write->answer(failure ? &*failure : nullptr);
        write.reset();
    }
}

/// One line when the disk begins to refuse and one when it is over, however many commits lie between.
void Writer::tell(const std::optional<Error>& failure) {
    if (failure && !(refusing_ && disk_failed_))
        log::error("store.write_failed", "nothing of this commit is kept: {}", failure->message());
    if (!failure && refusing_) log::info("store.recovered", "the store writes again");
    refusing_ = failure && disk_failed_;
}

void Writer::tell(std::vector<Moved> moved) const {
    if (options_.moved && !moved.empty()) options_.moved(std::move(moved));
}

std::optional<Error> Writer::try_commit(std::span<std::unique_ptr<Write>> group) {
    disk_failed_ = true;
    if (broken_ && !heal()) return last_failure_;
    if (!session_->begin()) return give_up();
    for (auto& write : group) {
        write->apply(*session_);
        if (session_->connection().fault() != 0) return give_up();
    }
    if (!session_->commit()) return give_up();
    // Commits to a file without a name succeed, and are gone at the next start.
    if (auto gone = vanished()) {
        broken_ = true;
        session_->rollback();
        last_failure_ = gone;
        return gone;
    }
    session_->connection().note_cache();
    write_journal();
    tell(session_->publish());
    if (session_->take_news() && options_.fed) options_.fed();
    return std::nullopt;
}

std::optional<Error> Writer::give_up() {
    Connection& connection = session_->connection();
    Error error = connection.error();
    const int code = connection.fault();
    disk_failed_ = is_of_the_disk(code);
    if (is_io_error(code)) {
        broken_ = true;
        next_heal_ = clock_.monotonic() + heal_interval;
    }
    session_->rollback();
    last_failure_ = error;
    return error;
}

/// A new connection, and the whole WAL folded into the database and synced. Other connections keep the WAL's index
/// alive meanwhile, so the frames of the failed commit, which it does not list, are dropped and not recovered.
bool Writer::heal() {
    if (clock_.monotonic() < next_heal_) return false;
    next_heal_ = clock_.monotonic() + heal_interval;
    if (auto gone = vanished()) {
        last_failure_ = gone;
        return false;
    }
    if (!connect()) return false;
    Connection& connection = session_->connection();
    const auto busy = connection.number("PRAGMA wal_checkpoint(TRUNCATE)");
    if (connection.fault() != 0 || busy != 0) {
        last_failure_ =
            connection.fault() != 0 ? connection.error() : Error(Code::unavailable, "the write-ahead log is in use");
        connection.clear_fault();
        return false;
    }
    broken_ = false;
    return true;
}

void Writer::maintain() {
    if (broken_) {
        heal();
        return;
    }
    const auto damage = session_->take_damage();
    if (audit_) audit_->report(damage.rows, {}, damage.unreadable);
    if (journal_) mend_journal();
    if (!checkpointer_ || !checkpointer_->wants_finish()) return;
    finish_checkpoint();
    checkpointer_->finished();
}

/// The WAL begins anew only when nobody reads from it. Reads are short, but there may always be one: they stand still
/// for a moment. The file is cut to journal_size_limit then.
void Writer::finish_checkpoint() {
    Connection& connection = session_->connection();
    // Nothing can be folded that is newer than what somebody still reads, so they stand still first.
    const bool is_quiet = readers_ != nullptr && readers_->pause(readers_pause);
    const auto folded = checkpoint(connection);
    if (is_quiet && folded && folded->done == folded->frames) restart_wal(connection);
    if (readers_ != nullptr) readers_->resume();
}

void Writer::use_journal(std::unique_ptr<Journal> journal, std::int64_t mark, Milliseconds keep) {
    journal_ = std::move(journal);
    mark_ = mark;
    keep_journal_ = keep;
    journal_->drop_before(clock_.now() - keep);
}

/// Behind the commit and before its answers: nothing leaves that is not on disk here and there. When it fails, the
/// store itself remembers that the journal has a gap: sending goes on, and a backup that is restored then holds all.
void Writer::write_journal() {
    if (!journal_ || !journal_->is_whole()) return;
    for (const auto& step : session_->steps())
        journal_->note(step.key, step.before, step.now, step.attempts);
    if (journal_->flush()) return;
    tell(session_->publish());
    put_mark(JournalState::broken);
}

bool Writer::put_mark(JournalState state) {
    if (!session_->begin()) return give_up(), false;
    session_->put_mark(mark_, state);
    if (!session_->commit()) return give_up(), false;
    tell(session_->publish());
    return true;
}

/// A new file when this one is full, or when the last one failed.
void Writer::mend_journal() {
    const bool was_whole = journal_->is_whole();
    if (was_whole && journal_->file_bytes() < journal_file_bytes) return;
    if (clock_.monotonic() < next_journal_) return;
    next_journal_ = clock_.monotonic() + journal_interval;
    ++mark_;
    if (!put_mark(was_whole ? JournalState::whole : JournalState::broken)) return;
    if (!journal_->begin(mark_, journal_->number() + 1, !was_whole)) return;
    if (!was_whole && !put_mark(JournalState::whole)) return;
    journal_->drop_before(clock_.now() - keep_journal_);
}

Writer::FileIdentity Writer::identity() const {
    struct stat info{};
    if (stat(options_.path.c_str(), &info) != 0) return {};
    return {static_cast<std::uint64_t>(info.st_dev), static_cast<std::uint64_t>(info.st_ino)};
}

std::optional<Error> Writer::vanished() const {
    if (identity() == file_) return std::nullopt;
    return Error(Code::unavailable, options_.path + " was removed or replaced while it was open");
}

}  // namespace chapar::store::sqlite
