#include "net/transfer_smtp.hpp"

#include "base/thread_name.hpp"

#include "net/asio_quiet.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <condition_variable>
#include <map>
#include <mutex>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include "net/transfer_smtp_pool.hpp"

namespace chapar::net {
namespace {

constexpr auto tick_interval = std::chrono::milliseconds(100);

/// Transfers with equal keys share connections.
using PeerKey =
    std::tuple<std::string, std::uint16_t, bool, TlsMode, std::string, std::string, std::string, std::string>;

PeerKey key_of(const Url& url, const Transfer& t) {
    return {url.host, url.port, url.scheme == Url::Scheme::smtps, t.tls, t.user, t.password, t.ca_file, t.helo};
}

struct Submission {
    Url url;
    std::unique_ptr<SmtpJob> job;
};

}  // namespace

struct SmtpEngine::Impl {
    explicit Impl(Transfers::Options o)
        : options(std::move(o)), timer(loop), thread([this] {
              name_thread("out-smtp");
              run();
          }) {}

    void run() {
        loop.run();
        pools.clear();
    }
    void submit(Submission submission) {
        bool is_first = false;
        {
            std::lock_guard lock(mutex);
            is_first = submitted.empty();
            submitted.push_back(std::move(submission));
        }
        if (is_first) asio::post(loop, [this] { take_submitted(); });
    }
    void take_submitted() {
        std::vector<Submission> batch;
        {
            std::lock_guard lock(mutex);
            batch.swap(submitted);
        }
        std::vector<std::shared_ptr<SmtpPool>> touched;
        for (Submission& s : batch) {
            std::shared_ptr<SmtpPool>& pool = pool_of(s);
            pool->add(std::move(s.job));
            if (touched.empty() || touched.back() != pool) touched.push_back(pool);
        }
        for (const auto& pool : touched) {
            if (stopping)
                pool->stop("the daemon is stopping");
            else
                pool->pump();
        }
        if (!ticking) tick();
    }
    std::shared_ptr<SmtpPool>& pool_of(const Submission& s) {
        Transfer& t = s.job->transfer;
        std::shared_ptr<SmtpPool>& pool = pools[key_of(s.url, t)];
        if (!pool) {
            std::size_t limit = t.max_response_bytes != 0 ? t.max_response_bytes : options.max_response_bytes;
            SmtpPeer peer{s.url, t.tls, t.user, t.password, t.ca_file, t.helo, limit};
            pool = std::make_shared<SmtpPool>(loop, std::move(peer), options);
        }
        return pool;
    }
    /// Runs while there is a pool with anything in it.
    void tick() {
        Monotonic now = std::chrono::steady_clock::now();
        for (auto at = pools.begin(); at != pools.end();) {
            at->second->tick(now);
            at = at->second->is_empty() ? pools.erase(at) : std::next(at);
        }
        ticking = !pools.empty();
        if (!ticking) return;
        timer.expires_after(tick_interval);
        timer.async_wait([this](const boost::system::error_code& error) {
            if (!error) tick();
        });
    }
    void stop() {
        stopping = true;
        for (const auto& [key, pool] : pools)
            pool->stop("the daemon is stopping");
        work.reset();
    }

    Transfers::Options options;
    asio::io_context loop{1};
    asio::executor_work_guard<asio::io_context::executor_type> work{loop.get_executor()};
    asio::steady_timer timer;
    std::map<PeerKey, std::shared_ptr<SmtpPool>> pools;  // loop thread only
    bool ticking = false, stopping = false;              // loop thread only
    std::mutex mutex;                                    // guards submitted
    std::vector<Submission> submitted;
    std::thread thread;
};

SmtpEngine::SmtpEngine(Transfers::Options options) : impl_(std::make_unique<Impl>(std::move(options))) {}

SmtpEngine::~SmtpEngine() {
    asio::post(impl_->loop, [impl = impl_.get()] { impl->stop(); });
    impl_->thread.join();
}

void SmtpEngine::start(TransferId id, const Url& url, Transfer transfer, Transfers::Done done) {
    auto job = std::make_unique<SmtpJob>();
    job->id = id;
    job->deadline = std::chrono::steady_clock::now() + transfer.timeout;
    job->transfer = std::move(transfer);
    job->transfer.body = smtp_body(std::move(job->transfer.body));
    if (job->transfer.helo.empty()) job->transfer.helo = impl_->options.helo;
    job->done = std::move(done);
    impl_->submit({url, std::move(job)});
}

void SmtpEngine::cancel(TransferId id) {
    asio::post(impl_->loop, [impl = impl_.get(), id] {
        for (const auto& [key, pool] : impl->pools) {
            if (pool->cancel(id)) return;
        }
    });
}

}  // namespace chapar::net
