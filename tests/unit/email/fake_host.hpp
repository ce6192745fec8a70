/// A scripted host for plugins that are linked in: it keeps what they ask for, and a test answers.
/// One thread but for `post`, which may be called from any.
#pragma once

#include "chapar/plugin.hpp"

#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <vector>

struct chapar_host {
    struct Result {
        std::uint32_t index = 0;
        chapar::Verdict verdict{};
        chapar::Blame blame{};
        std::string code, detail, provider_id;
        std::uint32_t retry_after_ms = 0;
    };
    struct Transfer {
        std::uint64_t id = 0;
        std::string url, body, mail_from, rcpt_to, user, password, ca_file, helo;
        std::int32_t tls = 0;
        bool smtp_utf8 = false;
        bool copies = false;
        chapar_transfer_done done = nullptr;
        void* arg = nullptr;
    };

    struct Timer {
        std::uint64_t id = 0;
        std::uint32_t after_ms = 0;
        void (*fn)(void*) = nullptr;
        void* arg = nullptr;
    };
    struct Event {
        std::string attempt, kind, address, code, detail, dedupe_key;
    };

    std::map<std::string, std::string, std::less<>> secrets;
    std::deque<Timer> timers;
    std::vector<Event> events;
    bool keeps_events = true;  // what `done` of an event is told
    std::vector<Result> results;
    std::deque<Transfer> transfers;
    std::string failure;
    std::vector<std::string> log;
    bool accepts_transfers = true, accepts_posts = true;
    std::uint64_t last_id = 0;
    std::mutex mutex;
    std::condition_variable posted;
    std::deque<std::pair<void (*)(void*), void*>> posts;

    static const chapar_host_api* api() {
        static const chapar_host_api table = [] {
            chapar_host_api raw{};
            raw.struct_size = sizeof raw;
            raw.abi_major = CHAPAR_ABI_MAJOR;
            raw.log = [](chapar_host* h, std::int32_t, chapar_str s) { h->log.emplace_back(chapar::view(s)); };
            raw.metric_add = [](chapar_host*, chapar_str, double, chapar_kvs) {};
            raw.fail = [](chapar_host* h, chapar_str s) { h->failure = chapar::view(s); };
            raw.complete = complete;
            raw.secret = secret;
            raw.timer_start = [](chapar_host* h, std::uint32_t after_ms, void (*fn)(void*), void* arg) {
                h->timers.push_back({++h->last_id, after_ms, fn, arg});
                return h->last_id;
            };
            raw.timer_cancel = [](chapar_host* h, std::uint64_t id) {
                std::erase_if(h->timers, [id](const Timer& t) { return t.id == id; });
            };
            raw.emit_then = emit_then;
            raw.post = post;
            raw.transfer_start = transfer_start;
            raw.transfer_cancel = [](chapar_host* h, std::uint64_t id) {
                std::erase_if(h->transfers, [id](const Transfer& t) { return t.id == id; });
            };
            return raw;
        }();
        return &table;
    }

    /// Ends the oldest transfer.
    void answer(chapar::Phase phase, int code, std::string_view reply, std::string_view error = {},
                bool timed_out = false, const std::vector<chapar::Field>& refused = {}) {
        const Transfer transfer = transfers.front();
        transfers.pop_front();
        chapar_transfer_result raw{};
        raw.struct_size = sizeof raw;
        raw.phase = static_cast<chapar_phase>(phase);
        raw.code = code;
        raw.reply = chapar::str(reply);
        raw.error = chapar::str(error);
        raw.timed_out = timed_out ? 1 : 0;
        std::vector<chapar_kv> kvs;
        for (const auto& [address, words] : refused)
            kvs.push_back({chapar::str(address), chapar::str(words)});
        raw.refused = {kvs.data(), kvs.size()};
        transfer.done(transfer.arg, &raw);
    }

    /// Ends the oldest transfer with a reply of HTTP.
    void answer_http(int code, std::string_view body, const std::vector<chapar::Field>& headers = {}) {
        const Transfer transfer = transfers.front();
        transfers.pop_front();
        std::vector<chapar_kv> kvs;
        for (const auto& [name, value] : headers)
            kvs.push_back({chapar::str(name), chapar::str(value)});
        chapar_transfer_result raw{};
        raw.struct_size = sizeof raw;
        raw.phase = CHAPAR_PHASE_ANSWERED;
        raw.code = code;
        raw.headers = {kvs.data(), kvs.size()};
        raw.body = chapar::str(body);
        transfer.done(transfer.arg, &raw);
    }

    /// Runs the oldest timer and answers how long it would have waited.
    std::uint32_t run_timer() {
        const Timer timer = timers.front();
        timers.pop_front();
        timer.fn(timer.arg);
        return timer.after_ms;
    }

    /// Waits for one posted call and runs it.
    void run_post() {
        std::unique_lock lock(mutex);
        posted.wait(lock, [this] { return !posts.empty(); });
        const auto [fn, arg] = posts.front();
        posts.pop_front();
        lock.unlock();
        fn(arg);
    }

  private:
    static chapar_status emit_then(chapar_host* h, const chapar_event* e, void (*done)(void*, std::int32_t),
                                   void* arg) {
        const auto text = [](chapar_str s) { return std::string(chapar::view(s)); };
        h->events.push_back(
            {text(e->attempt), text(e->kind), text(e->address), text(e->code), text(e->detail), text(e->dedupe_key)});
        done(arg, h->keeps_events ? 1 : 0);
        return CHAPAR_OK;
    }
    static void complete(chapar_host* h, chapar_batch*, std::uint32_t index, const chapar_result* r) {
        const std::scoped_lock lock(h->mutex);
        h->results.push_back({index, static_cast<chapar::Verdict>(r->verdict), static_cast<chapar::Blame>(r->blame),
                              std::string(chapar::view(r->code)), std::string(chapar::view(r->detail)),
                              std::string(chapar::view(r->provider_id)), r->retry_after_ms});
        h->posted.notify_all();
    }
    static chapar_status secret(chapar_host* h, chapar_str name, chapar_str* value) {
        const auto found = h->secrets.find(chapar::view(name));
        if (found == h->secrets.end()) {
            h->failure = "there is no secret " + std::string(chapar::view(name));  // as the daemon does
            return CHAPAR_INVALID;
        }
        *value = chapar::str(found->second);
        return CHAPAR_OK;
    }
    static chapar_status post(chapar_host* h, void (*fn)(void*), void* arg) {
        const std::scoped_lock lock(h->mutex);
        if (!h->accepts_posts) return CHAPAR_UNAVAILABLE;
        h->posts.emplace_back(fn, arg);
        h->posted.notify_all();
        return CHAPAR_OK;
    }
    static std::uint64_t transfer_start(chapar_host* h, const chapar_transfer* t, chapar_transfer_done done,
                                        void* arg) {
        if (!h->accepts_transfers) return 0;
        const auto text = [](chapar_str s) { return std::string(chapar::view(s)); };
        std::string recipients;
        for (std::uint32_t i = 0; i < t->rcpt_count; ++i)
            recipients += (i == 0 ? "" : " ") + text(t->rcpt_to[i]);
        h->transfers.push_back({++h->last_id, text(t->url), text(t->body), text(t->mail_from), recipients,
                                text(t->user), text(t->password), text(t->ca_file), text(t->helo), t->tls,
                                t->smtp_utf8 == 1, (t->flags & CHAPAR_COPIES) != 0, done, arg});
        return h->last_id;
    }
};

namespace chapar::test {

/// A message as the host hands it over; content and headers may be changed before `raw` is taken.
struct TestMessage {
    std::string id = "01900000-0000-7000-8000-000000000000", attempt = id + ".1", channel = "email";
    std::string address = "ali@example.org", locale = "fa-IR";
    std::vector<std::pair<std::string, std::string>> content{
        {"subject", "Hello"}, {"text", "Hello"}, {"from", "Shop <shop@example.com>"}};
    std::vector<std::pair<std::string, std::string>> headers;
    bool urgent = false;
    std::vector<Copy> copies;

    const chapar_message* raw() {
        kvs_.clear();
        for (const auto* list : {&content, &headers})
            for (const auto& [key, value] : *list)
                kvs_.push_back({str(key), str(value)});
        raw_ = {};
        raw_.struct_size = sizeof raw_;
        raw_.id = str(id);
        raw_.attempt = str(attempt);
        raw_.channel = str(channel);
        raw_.address = str(address);
        raw_.locale = str(locale);
        raw_.flags = urgent ? CHAPAR_URGENT : 0;
        raw_.content = {kvs_.data(), content.size()};
        raw_.headers = {kvs_.data() + content.size(), headers.size()};
        copies_.clear();
        copy_pointers_.clear();
        for (const auto& copy : copies)
            copies_.push_back({sizeof(chapar_copy), str(copy.address), str(copy.name), copy.hidden ? 1U : 0U});
        for (const auto& copy : copies_)
            copy_pointers_.push_back(&copy);
        raw_.copies = copy_pointers_.data();
        raw_.copy_count = copies_.size();
        return &raw_;
    }

  private:
    std::vector<chapar_kv> kvs_;
    std::vector<chapar_copy> copies_;
    std::vector<const chapar_copy*> copy_pointers_;
    chapar_message raw_{};
};

/// One instance of a linked-in plugin; destroyed with the object.
class Instance {
  public:
    Instance(chapar_host& host, const chapar_plugin* plugin, std::string_view config) : plugin_(plugin) {
        status = plugin->create(&host, chapar_host::api(), str(config), &self_);
        if (status == CHAPAR_OK && plugin->start != nullptr) status = plugin->start(self_);
    }
    Instance(const Instance&) = delete;
    ~Instance() { destroy(); }
    void destroy() {
        if (self_ != nullptr) plugin_->destroy(std::exchange(self_, nullptr));
    }
    void send(std::initializer_list<TestMessage*> messages, std::uintptr_t batch = 1) {
        std::vector<const chapar_message*> raw;
        for (TestMessage* message : messages)
            raw.push_back(message->raw());
        plugin_->send(self_, reinterpret_cast<chapar_batch*>(batch), raw.data(),
                      static_cast<std::uint32_t>(raw.size()));
    }
    void drain() { plugin_->drain(self_); }
    void cancel(std::uintptr_t batch = 1) { plugin_->cancel(self_, reinterpret_cast<chapar_batch*>(batch)); }
    chapar_status status = CHAPAR_INTERNAL;

  private:
    const chapar_plugin* plugin_;
    void* self_ = nullptr;
};

}  // namespace chapar::test
