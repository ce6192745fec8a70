#pragma once
// The way in of a message: JSON -> Submission -> decision -> one batch per turn of the loop -> the disk -> the answer.
// Everything runs on the server's thread but the store's `done`, which hands the accepted batch to dispatch and posts
// the answers back in one piece.

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "config/settings.hpp"
#include "ingress/preparer.hpp"
#include "ingress/quota.hpp"
#include "ingress/server.hpp"
#include "net/http_problem.hpp"

namespace chapar::ingress {

/// Who waits for a submission's end. Called once for each submission, on the server's thread, never within `submit`
/// unless the answer is a problem found there.
class Waiter {
  public:
    virtual ~Waiter() = default;
    /// `tag` is what `submit` was given.
    virtual void accepted(std::uint64_t tag, const MessageId& id, bool duplicate) = 0;
    virtual void refused(std::uint64_t tag, const net::Problem& problem) = 0;
    /// Every answer of one commit has been given.
    virtual void settled() {}
};

class Intake {
  public:
    /// `post` runs work on the server's thread, from any thread.
    Intake(const Deps& deps, std::function<void(std::function<void()>)> post);
    ~Intake();  // waits for the store's answers

    void set_settings(std::shared_ptr<const config::Settings> settings);
    const std::shared_ptr<const config::Settings>& settings() const { return settings_; }
    /// `body`: one JSON object. `application` must exist in the settings.
    void submit(const std::string& application, std::string body, const std::shared_ptr<Waiter>& waiter,
                std::uint64_t tag);
    /// Sends what was collected to the store.
    void flush();

    static constexpr std::size_t max_batch = 1024;

  private:
    struct Pending {
        std::shared_ptr<Waiter> waiter;
        std::uint64_t tag;
        Quota* quota;
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

    std::mutex mutex_;  // guards outstanding_
    std::condition_variable all_landed_;
    int outstanding_ = 0;  // calls of the store whose done has not run
};

}  // namespace chapar::ingress
