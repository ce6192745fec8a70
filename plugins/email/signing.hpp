/// Threads that sign. An RSA signature costs more than everything else in a mail, so it never runs on the strand.
/// `add` is called on the strand; the task's `finish` runs there too, or on the worker when the instance is ending.
#pragma once

#include "chapar/plugin.hpp"
#include "chapar/urgent_first.hpp"
#include "dkim.hpp"

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace chapar::email {

class SigningThreads {
  public:
    struct Task {
        virtual ~Task() = default;
        virtual void sign(DkimSigner& signer) = 0;  ///< on a worker
        virtual void finish() = 0;                  ///< on the strand
        virtual void give_up() = 0;                 ///< on a worker: the strand takes nothing more
    };

    /// Throws BadConfig when a key can't be used.
    SigningThreads(Host host, const std::string& domain, const std::vector<DkimKey>& keys, std::size_t threads);
    SigningThreads(const SigningThreads&) = delete;
    SigningThreads& operator=(const SigningThreads&) = delete;
    /// Tasks that wait still are given up.
    ~SigningThreads();

    void add(std::shared_ptr<Task> task, bool is_urgent);

  private:
    void run(const std::stop_token& stop, DkimSigner& signer);

    Host host_;
    std::mutex mutex_;  ///< guards waiting_
    std::condition_variable_any arrived_;
    UrgentFirst<std::shared_ptr<Task>> waiting_;
    std::vector<DkimSigner> signers_;  ///< one for each thread
    std::vector<std::jthread> threads_;
};

}  // namespace chapar::email
