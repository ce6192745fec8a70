#include "net/transfer_http.hpp"

#include "base/thread_name.hpp"

#include <atomic>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "net/transfer_http_call.hpp"

namespace chapar::net {
namespace {

struct CloseMulti {
    void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};
using Multi = std::unique_ptr<CURLM, CloseMulti>;

/// libcurl's global state is made once per process, before the first thread, and never taken down.
Multi make_multi() {
    static const CURLcode global = curl_global_init(CURL_GLOBAL_DEFAULT);
    CURLM* multi = global == CURLE_OK ? curl_multi_init() : nullptr;
    if (multi == nullptr) throw std::runtime_error("libcurl can't be initialised");
    return Multi(multi);
}

constexpr std::size_t spare_handles = 64;

}  // namespace

struct HttpEngine::Impl {
    explicit Impl(Transfers::Options o) : options(std::move(o)), multi(make_multi()) {
        curl_multi_setopt(multi.get(), CURLMOPT_MAX_HOST_CONNECTIONS, static_cast<long>(options.max_host_connections));
        curl_multi_setopt(multi.get(), CURLMOPT_MAX_TOTAL_CONNECTIONS, static_cast<long>(options.max_connections));
        thread = std::thread([this] {
            name_thread("out-http");
            run();
        });
    }
    void run() {
        while (!stopping) {
            take_submitted();
            int running = 0;
            curl_multi_perform(multi.get(), &running);
            take_finished();
            if (!stopping) curl_multi_poll(multi.get(), nullptr, 0, 1000, nullptr);
        }
        take_submitted();
        while (!calls.empty())
            remove(calls.begin()->first)->finish("the daemon is stopping");
        spare.clear();
    }
    void take_submitted() {
        std::vector<std::unique_ptr<HttpCall>> batch;
        std::vector<TransferId> ended;
        {
            std::lock_guard lock(mutex);
            batch.swap(submitted);
            ended.swap(cancelled);
        }
        for (auto& call : batch)
            add(std::move(call));
        for (TransferId id : ended) {
            if (std::unique_ptr<HttpCall> call = remove(id)) call->finish("cancelled");
        }
    }
    void add(std::unique_ptr<HttpCall> call) {
        Easy easy;
        if (!spare.empty()) {
            easy = std::move(spare.back());
            spare.pop_back();
        }
        if (!call->prepare(std::move(easy), options)) return call->finish("libcurl refused the request");
        if (curl_multi_add_handle(multi.get(), call->handle()) != CURLM_OK)
            return call->finish("libcurl is out of memory");
        TransferId id = call->id();
        calls.emplace(id, std::move(call));
    }
    std::unique_ptr<HttpCall> remove(TransferId id) {
        auto node = calls.extract(id);
        if (node.empty()) return nullptr;
        curl_multi_remove_handle(multi.get(), node.mapped()->handle());
        return std::move(node.mapped());
    }
    void take_finished() {
        int left = 0;
        while (CURLMsg* message = curl_multi_info_read(multi.get(), &left)) {
            if (message->msg != CURLMSG_DONE) continue;
            CURLcode code = message->data.result;
            HttpCall* call = nullptr;
            curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &call);
            std::unique_ptr<HttpCall> owned = remove(call->id());
            owned->finish(code);
            Easy easy = owned->release();
            curl_easy_reset(easy.get());
            if (spare.size() < spare_handles) spare.push_back(std::move(easy));
        }
    }

    Transfers::Options options;
    std::mutex mutex;  // guards submitted and cancelled
    std::vector<std::unique_ptr<HttpCall>> submitted;
    std::vector<TransferId> cancelled;
    std::atomic<bool> stopping = false;
    // The rest belongs to the thread. Handles go before the multi handle does.
    Multi multi;
    std::unordered_map<TransferId, std::unique_ptr<HttpCall>> calls;
    std::vector<Easy> spare;
    std::thread thread;
};

HttpEngine::HttpEngine(Transfers::Options options) : impl_(std::make_unique<Impl>(std::move(options))) {}

HttpEngine::~HttpEngine() {
    impl_->stopping = true;
    curl_multi_wakeup(impl_->multi.get());
    impl_->thread.join();
}

void HttpEngine::start(TransferId id, Transfer transfer, Transfers::Done done) {
    auto call = std::make_unique<HttpCall>(id, std::move(transfer), std::move(done), impl_->options.max_response_bytes);
    {
        std::lock_guard lock(impl_->mutex);
        impl_->submitted.push_back(std::move(call));
    }
    curl_multi_wakeup(impl_->multi.get());
}

void HttpEngine::cancel(TransferId id) {
    {
        std::lock_guard lock(impl_->mutex);
        impl_->cancelled.push_back(id);
    }
    curl_multi_wakeup(impl_->multi.get());
}

}  // namespace chapar::net
