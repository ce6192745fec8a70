#pragma once
// A host for one plugin instance that follows a script: transfers end as told, timers run at once, nothing leaves the
// process. Everything the plugin does is noted. The strand is the thread that calls run_until; services marked "any
// thread" may be called from anywhere.

#include <chapar/plugin.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "plugin/host_part.hpp"

namespace chapar::plugin {

class ScriptedHost : public chapar_host {
  public:
    /// How every transfer ends.
    struct Ending {
        chapar_phase phase = CHAPAR_PHASE_ANSWERED;
        std::int32_t code = 250;
        std::string reply = "2.0.0 ok", error;
        bool timed_out = false;
    };
    struct Completion {
        std::uintptr_t batch = 0;
        std::uint32_t index = 0;
        chapar_verdict verdict = 0;
        chapar_blame blame = 0;
        std::string detail;
    };

    static const chapar_host_api& api();
    void set_ending(Ending ending) { ending_ = std::move(ending); }
    /// Secrets by name; others can't be read.
    void set_secret(const std::string& name, std::string value) { secrets_[name] = std::move(value); }

    /// Runs posted functions, timers and ends of transfers until `done` or `limit`. false: the limit came first.
    bool run_until(const std::function<bool()>& done, std::chrono::milliseconds limit);
    std::vector<Completion> completions() const;
    std::size_t pending_timers() const;
    std::size_t pending_transfers() const;
    std::size_t transfers_started() const;
    std::vector<int> replies() const;  // status codes
    std::string failure() const;
    /// Sentences about rules that were broken.
    std::vector<std::string> violations() const;
    /// From now on every call of a service is a violation.
    void close();

  private:
    friend struct ScriptedApi;
    struct Waiting {
        std::uint64_t id = 0;
        std::function<void()> run;
        bool is_timer = false;
    };
    static ScriptedHost& of(chapar_host* host) { return *static_cast<ScriptedHost*>(host); }
    void note(const std::string& violation);
    /// Checks that the call comes on the strand (for the services that ask for it) and before close().
    void enter(const char* service, bool strand_only);
    std::uint64_t enqueue(std::function<void()> run, bool is_timer, bool is_transfer);
    void drop(std::uint64_t id);

    Ending ending_;
    std::map<std::string, std::string> secrets_;
    mutable std::mutex mutex_;  // guards the rest
    std::condition_variable changed_;
    std::deque<Waiting> queue_;
    std::uint64_t last_id_ = 0;
    std::size_t timers_ = 0, transfers_ = 0, transfers_started_ = 0;
    std::vector<Completion> completions_;
    std::vector<int> replies_;
    std::vector<std::string> violations_;
    std::string failure_;
    std::thread::id strand_ = std::this_thread::get_id();
    bool is_closed_ = false;
};

}  // namespace chapar::plugin
