#pragma once
// The way in of a message: JSON -> Submission -> decision -> one batch per turn of the loop -> the disk -> the answer.
// Everything runs on the server's thread but the store's `done`, which hands the accepted batch to dispatch and posts
// the answers back in one piece.

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "config/settings.hpp"
#include "ingress/alarm.hpp"
#include "ingress/preparer.hpp"
#include "ingress/quota.hpp"
#include "ingress/readers.hpp"
#include "ingress/server.hpp"
#include "net/http_problem.hpp"

namespace chapar::ingress {

/// What became of a submission that is on disk.
struct Taken {
    MessageId id;
    bool is_duplicate = false;  // of the message of that id
    bool is_test = false;
};
/// Its members as JSON, for the answer.
std::string taken_members(const Taken& taken);

/// Who waits for a submission's end. Called once for each submission, on the server's thread, never within `submit`
/// unless the answer is a problem found there.
class Waiter {
  public:
    virtual ~Waiter() = default;
    /// `tag` is what `submit` was given.
    virtual void accepted(std::uint64_t tag, const Taken& taken) = 0;
    virtual void refused(std::uint64_t tag, const net::Problem& problem) = 0;
    /// Every answer of one commit has been given.
    virtual void settled() {}
};

/// One message as it came. What comes by the same `line` is taken in its order.
struct Incoming {
    std::string application;  // must exist in the settings, or it is refused
    std::string body;         // one JSON object
    std::shared_ptr<Waiter> waiter;
    std::uint64_t tag = 0;
    const void* line = nullptr;
    std::string idempotency_key = {};  // of the request's head; empty: none
    bool can_wait = false;             // over the rate it waits for its turn, instead of being refused
};

/// How much of an application's rate is left.
struct RateState {
    std::uint64_t quota = 0;        // messages in `window`
    std::uint64_t left = 0;         // now
    std::chrono::seconds window{};  // in which the whole quota comes back
    std::chrono::seconds reset{};   // until it is there again
};

class Intake {
  public:
    /// `post` runs work on the server's thread, from any thread.
    Intake(const Deps& deps, std::function<void(std::function<void()>)> post);
    ~Intake();  // waits for the store's answers

    void set_settings(std::shared_ptr<const config::Settings> settings);
    const std::shared_ptr<const config::Settings>& settings() const { return settings_; }
    /// Never waits: what needs a read of the store first (a recipient named by id, a key that may be known) is read
    /// elsewhere, and whatever comes by the same line after it waits its turn.
    void submit(Incoming incoming);
    /// Nothing: the application has no rate.
    std::optional<RateState> rate_of(const std::string& application);
    /// Sends what was collected to the store, and what must be read to the reader.
    void flush();

    static constexpr std::size_t max_batch = 1024;
    static constexpr std::size_t max_reads = 256;  // in one go

  private:
    /// Waits for its turn on its line, or for what is read for it.
    struct Held {
        Incoming incoming;
        bool is_ready = false;
        std::optional<Preparer::Read> read;
        Preparer::Profile profile;            // the answer to a read of a profile
        std::optional<MessageId> first;       // the answer to a read of a key
        bool is_test = false;                 // meaningful with `first`
        std::optional<net::Problem> problem;  // what is answered where the key is not known
    };
    using HeldPtr = std::shared_ptr<Held>;
    using HeldPtrs = std::vector<HeldPtr>;

    /// Why a submission is not taken yet: something has to be read, or its turn has not come.
    struct Later {
        std::optional<Preparer::Read> read;
        Milliseconds wait{0};
    };
    void hold(Incoming incoming, std::optional<Later> later);
    void postpone(const HeldPtr& held, Later later);
    /// Nothing: it is taken or refused.
    std::optional<Later> take(Incoming& incoming, const Preparer::Profile* profile);
    void read_for(const HeldPtr& held, Preparer::Read read);
    void ask_key(Incoming& incoming, Preparer::Refused refused);
    void start_reads();
    void reads_done(const HeldPtrs& reads);
    void answer_key(const Held& held);
    void go_on(const void* line);
    void refuse(const Incoming& incoming, const net::Problem& problem);
    struct Pending {
        std::shared_ptr<Waiter> waiter;
        std::uint64_t tag;
        Quota* quota;
        bool is_test;
    };
    using Pendings = std::vector<Pending>;
    void keep_revision(const render::Template& program);
    void deliver(const Pendings& waiting, const std::vector<store::AcceptResult>& results);
    void deliver_failure(const Pendings& waiting, const Error& error);
    void count_refusal(std::string_view type);

    const Deps& deps_;
    std::function<void(std::function<void()>)> post_;
    std::shared_ptr<const config::Settings> settings_;
    Preparer preparer_;
    Quotas quotas_;
    metrics::Histogram& commit_seconds_;
    metrics::Registry& registry_;
    std::vector<std::pair<std::string_view, metrics::Counter*>> refusals_;
    std::unordered_set<std::string> kept_revisions_;

    std::vector<store::NewMessage> batch_;
    Pendings pendings_;

    std::unordered_map<const void*, std::deque<HeldPtr>> lines_;  // those with something that waits
    HeldPtrs to_read_;
    std::mutex mutex_;  // guards outstanding_
    std::condition_variable all_landed_;
    int outstanding_ = 0;  // calls of the store whose done has not run, and reads
    Alarm alarm_;
    Readers reader_{1};  // last: its thread ends before what it uses
};

}  // namespace chapar::ingress
