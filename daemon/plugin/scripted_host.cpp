#include "plugin/scripted_host.hpp"

#include <algorithm>
#include <utility>

#include "plugin/batch.hpp"

namespace chapar::plugin {

void ScriptedHost::note(const std::string& violation) {
    if (std::ranges::find(violations_, violation) == violations_.end()) violations_.push_back(violation);
}

void ScriptedHost::enter(const char* service, bool strand_only) {
    if (is_closed_) note(std::string(service) + " was called after destroy had returned");
    if (strand_only && std::this_thread::get_id() != strand_) note(std::string(service) + " was called off the strand");
}

std::uint64_t ScriptedHost::enqueue(std::function<void()> run, bool is_timer, bool is_transfer) {
    std::lock_guard lock(mutex_);
    std::uint64_t id = ++last_id_;
    auto counted = [this, is_timer, is_transfer, run = std::move(run)] {
        {
            std::lock_guard inner(mutex_);
            if (is_timer) --timers_;
            if (is_transfer) --transfers_;
        }
        run();
    };
    queue_.push_back({id, std::move(counted), is_timer});
    if (is_timer) ++timers_;
    if (is_transfer) ++transfers_, ++transfers_started_;
    changed_.notify_one();
    return id;
}

void ScriptedHost::drop(std::uint64_t id) {
    std::lock_guard lock(mutex_);
    auto at = std::ranges::find(queue_, id, &Waiting::id);
    if (at == queue_.end()) return;
    if (at->is_timer) {
        --timers_;
    } else {
        --transfers_;
    }
    queue_.erase(at);
}

bool ScriptedHost::run_until(const std::function<bool()>& done, std::chrono::milliseconds limit) {
    auto until = std::chrono::steady_clock::now() + limit;
    while (!done()) {
        Waiting next;
        {
            std::unique_lock lock(mutex_);
            if (queue_.empty()) changed_.wait_for(lock, std::chrono::milliseconds(10));
            if (std::chrono::steady_clock::now() >= until) return false;
            if (queue_.empty()) continue;
            next = std::move(queue_.front());
            queue_.pop_front();
        }
        try {
            next.run();
        } catch (...) {
            std::lock_guard lock(mutex_);
            note("a callback threw an exception across the border");
        }
    }
    return true;
}

std::vector<ScriptedHost::Completion> ScriptedHost::completions() const {
    std::lock_guard lock(mutex_);
    return completions_;
}
std::size_t ScriptedHost::pending_timers() const {
    std::lock_guard lock(mutex_);
    return timers_;
}
std::size_t ScriptedHost::pending_transfers() const {
    std::lock_guard lock(mutex_);
    return transfers_;
}
std::size_t ScriptedHost::transfers_started() const {
    std::lock_guard lock(mutex_);
    return transfers_started_;
}
std::vector<int> ScriptedHost::replies() const {
    std::lock_guard lock(mutex_);
    return replies_;
}
std::string ScriptedHost::failure() const {
    std::lock_guard lock(mutex_);
    return failure_;
}
std::vector<std::string> ScriptedHost::violations() const {
    std::lock_guard lock(mutex_);
    return violations_;
}
void ScriptedHost::close() {
    std::lock_guard lock(mutex_);
    is_closed_ = true;
    queue_.clear();  // what is left would touch what has been destroyed
}

/// The functions of the table; a friend, so that they read like members.
struct ScriptedApi {
    static void log(chapar_host* h, std::int32_t, chapar_str) { check(h, "log", false); }
    static void metric_add(chapar_host* h, chapar_str name, double delta, chapar_kvs) {
        ScriptedHost& host = check(h, "metric_add", false);
        std::lock_guard lock(host.mutex_);
        if (name.size == 0 || !(delta >= 0)) host.note("a metric without a name, or a counter that goes down");
    }
    static chapar_status post(chapar_host* h, void (*fn)(void*), void* arg) {
        check(h, "post", false).enqueue([fn, arg] { fn(arg); }, false, false);
        return CHAPAR_OK;
    }
    static void complete(chapar_host* h, chapar_batch* batch, std::uint32_t index, const chapar_result* result) {
        ScriptedHost& host = check(h, "complete", false);
        std::lock_guard lock(host.mutex_);
        auto id = reinterpret_cast<std::uintptr_t>(batch);
        auto is_same = [&](const ScriptedHost::Completion& c) { return c.batch == id && c.index == index; };
        if (std::ranges::any_of(host.completions_, is_same)) host.note("a message was answered twice");
        bool is_good = result != nullptr && result->verdict >= CHAPAR_ACCEPTED && result->verdict <= CHAPAR_UNKNOWN &&
                       result->blame >= CHAPAR_NOBODY && result->blame <= CHAPAR_PROVIDER;
        if (!is_good) return host.note("a result with an impossible verdict or blame");
        host.completions_.push_back({id, index, result->verdict, result->blame, std::string(view(result->detail))});
        host.changed_.notify_one();
    }
    static chapar_status emit(chapar_host* h, chapar_inquiry*, const chapar_event* event) {
        check(h, "emit", false);
        return event == nullptr ? CHAPAR_INVALID : CHAPAR_OK;
    }
    static chapar_status emit_then(chapar_host* h, const chapar_event* event, void (*done)(void*, std::int32_t),
                                   void* arg) {
        ScriptedHost& host = check(h, "emit_then", false);
        if (event == nullptr || done == nullptr) return CHAPAR_INVALID;
        host.enqueue([done, arg] { done(arg, 1); }, false, false);
        return CHAPAR_OK;
    }
    static void reply(chapar_host* h, chapar_inquiry*, const chapar_http_response* response) {
        ScriptedHost& host = check(h, "reply", false);
        std::lock_guard lock(host.mutex_);
        host.replies_.push_back(response == nullptr ? 0 : response->status);
        host.changed_.notify_one();
    }
    static void fail(chapar_host* h, chapar_str reason) {
        ScriptedHost& host = check(h, "fail", true);
        std::lock_guard lock(host.mutex_);
        host.failure_ = view(reason);
    }
    static chapar_status secret(chapar_host* h, chapar_str name, chapar_str* value) {
        ScriptedHost& host = check(h, "secret", true);
        auto at = host.secrets_.find(std::string(view(name)));
        if (at == host.secrets_.end() || value == nullptr) return CHAPAR_UNAVAILABLE;
        *value = str(at->second);
        return CHAPAR_OK;
    }
    static std::uint64_t timer_start(chapar_host* h, std::uint32_t, void (*fn)(void*), void* arg) {
        return check(h, "timer_start", true).enqueue([fn, arg] { fn(arg); }, true, false);
    }
    static void timer_cancel(chapar_host* h, std::uint64_t id) { check(h, "timer_cancel", true).drop(id); }
    static std::uint64_t transfer_start(chapar_host* h, const chapar_transfer*, chapar_transfer_done done, void* arg) {
        ScriptedHost& host = check(h, "transfer_start", true);
        return host.enqueue([ending = host.ending_, done, arg] { finish(ending, done, arg); }, false, true);
    }
    static void transfer_cancel(chapar_host* h, std::uint64_t id) { check(h, "transfer_cancel", true).drop(id); }

    static ScriptedHost& check(chapar_host* h, const char* service, bool strand_only) {
        ScriptedHost& host = ScriptedHost::of(h);
        std::lock_guard lock(host.mutex_);
        host.enter(service, strand_only);
        return host;
    }
    static void finish(const ScriptedHost::Ending& ending, chapar_transfer_done done, void* arg) {
        chapar_transfer_result raw{};
        raw.struct_size = sizeof raw;
        raw.phase = ending.phase;
        raw.code = ending.code;
        raw.reply = str(ending.reply);
        raw.timed_out = ending.timed_out ? 1 : 0;
        raw.error = str(ending.error);
        done(arg, &raw);
    }
};

const chapar_host_api& ScriptedHost::api() {
    using A = ScriptedApi;
    static constexpr chapar_host_api functions{sizeof(chapar_host_api),
                                               CHAPAR_ABI_MAJOR,
                                               CHAPAR_ABI_MINOR,
                                               A::log,
                                               A::metric_add,
                                               A::post,
                                               A::complete,
                                               A::emit,
                                               A::reply,
                                               A::fail,
                                               A::secret,
                                               A::timer_start,
                                               A::timer_cancel,
                                               A::transfer_start,
                                               A::transfer_cancel,
                                               A::emit_then};
    return functions;
}

}  // namespace chapar::plugin
