#include "net/transfer_smtp_pool.hpp"

#include <openssl/err.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <exception>
#include <utility>

#include "base/log.hpp"

namespace chapar::net {
namespace {

constexpr auto as_values = asio::as_tuple(asio::use_awaitable);
constexpr auto name_lifetime = std::chrono::seconds(30);       // how long a resolved name is believed
constexpr auto pause_after_refusal = std::chrono::seconds(5);  // before one connection more is tried again
constexpr auto pause_after_login = std::chrono::minutes(1);    // the same, when it refused our credentials
constexpr auto resolver_grace = std::chrono::milliseconds(500);
constexpr int most_urgent_in_a_row = 3;  // while others wait: they are not to starve

Monotonic now() { return std::chrono::steady_clock::now(); }

}  // namespace

void SmtpPool::finish(std::unique_ptr<SmtpJob> job, TransferResult result) {
    if (job->is_cancelled && !result.error.empty()) result.error = "cancelled";
    job->done(std::move(result));
}

void SmtpPool::add(std::unique_ptr<SmtpJob> job) {
    Queue& queue = queue_of(*job);
    queue.push_back(std::move(job));
}

/// How many more sessions ordinary messages may have. While the peer refuses more, what it has granted is all there is.
std::size_t SmtpPool::room_for_ordinary() const {
    const std::size_t all = now() < no_new_before_ ? members_.size() : options_.max_host_connections;
    const std::size_t kept = all < 4 ? 0 : std::max<std::size_t>(1, all / 16);
    return all - kept > busy_ordinary_ ? all - kept - busy_ordinary_ : 0;
}

std::size_t SmtpPool::startable() const { return urgent_.size() + std::min(ordinary_.size(), room_for_ordinary()); }

/// The next message for a session without one, or none.
std::unique_ptr<SmtpJob> SmtpPool::take_next(Member& member) {
    const bool may_be_ordinary = !ordinary_.empty() && room_for_ordinary() > 0;
    if (urgent_.empty() && !may_be_ordinary) return nullptr;
    member.is_ordinary = urgent_.empty() || (may_be_ordinary && urgent_in_a_row_ >= most_urgent_in_a_row);
    urgent_in_a_row_ = member.is_ordinary || ordinary_.empty() ? 0 : urgent_in_a_row_ + 1;
    if (member.is_ordinary) ++busy_ordinary_;
    Queue& queue = member.is_ordinary ? ordinary_ : urgent_;
    std::unique_ptr<SmtpJob> job = std::move(queue.front());
    queue.pop_front();
    return job;
}

void SmtpPool::release(Member& member) {
    if (std::exchange(member.is_ordinary, false)) --busy_ordinary_;
}

void SmtpPool::pump() {
    if (stopping_) return;
    std::size_t woken = 0;
    const std::size_t wanted = startable();
    while (woken < wanted && !parked_.empty()) {
        Place member = std::move(parked_.back());
        parked_.pop_back();
        std::exchange(member->wake, nullptr)();
        ++woken;
    }
    // Those that were just woken will take one message each; connecting ones count as well.
    bool may_open = now() >= no_new_before_;
    while (may_open && wanted > woken + connecting_ && members_.size() < options_.max_host_connections) {
        const Queue& first = urgent_.empty() ? ordinary_ : urgent_;
        open(first.front()->transfer.connect_timeout);
    }
}

void SmtpPool::open(Milliseconds connect_timeout) {
    Place member = std::make_shared<Member>(loop_, peer_, sizes_);
    member->establish_until = now() + connect_timeout;
    members_.push_back(member);
    ++connecting_;
    asio::co_spawn(loop_, run(member), [pool = shared_from_this(), member](std::exception_ptr error) {
        pool->remove(member);
        if (error == nullptr) return pool->pump();
        log::error("smtp.session_broke", "a session with {} ended by an exception",
                   log::Field("host", pool->peer_.url.host));
        TransferResult result;
        result.phase = Phase::sent;  // nobody can say how far it came
        result.error = "internal error in the SMTP session";
        if (member->job) finish(std::move(member->job), std::move(result));
        pool->pump();
    });
}

void SmtpPool::remove(const Place& member) {
    if (!member->is_lost) --(member->is_established ? established_ : connecting_);
    member->is_lost = true;
    release(*member);
    std::erase(parked_, member);
    members_.remove(member);
}

asio::awaitable<void> SmtpPool::run(Place member) {
    co_await asio::post(loop_, asio::use_awaitable);  // not inside pump(), which spawned it
    bool ok = co_await establish(member);
    if (member->is_lost) co_return;
    if (!ok) {
        failed(member, member->session.take_failure());
        co_return;
    }
    --connecting_;
    ++established_;
    member->is_established = true;
    co_await serve(member);
}

asio::awaitable<Endpoints> SmtpPool::resolve(std::string& problem) {
    if (!endpoints_.empty() && now() < endpoints_until_) co_return endpoints_;
    boost::system::error_code is_name;
    asio::ip::address address = asio::ip::make_address(peer_.url.host, is_name);
    Endpoints found;
    if (!is_name) {
        found.emplace_back(address, peer_.url.port);
        co_return found;
    }
    asio::ip::tcp::resolver resolver(loop_);
    std::string port = std::to_string(peer_.url.port);
    auto [error, results] = co_await resolver.async_resolve(peer_.url.host, port, as_values);
    for (const auto& entry : results)
        found.push_back(entry.endpoint());
    if (error || found.empty()) {
        problem = "can't resolve " + peer_.url.host + ": " + error.message();
    } else {
        endpoints_ = found;
        endpoints_until_ = now() + name_lifetime;
    }
    co_return found;
}

asio::awaitable<bool> SmtpPool::establish(Place member) {
    std::string problem;
    Endpoints endpoints = co_await resolve(problem);
    TransferResult failure;
    asio::ssl::context* tls = nullptr;
    if (problem.empty()) {
        failure.phase = Phase::tls;
        tls = tls_context(problem);
    }
    if (!problem.empty()) {
        failure.error = std::move(problem);
        if (!member->is_lost) failed(member, std::move(failure));
        co_return false;
    }
    co_return co_await member->session.establish(std::move(endpoints), tls, member->establish_until);
}

asio::awaitable<void> SmtpPool::serve(Place member) {
    SmtpSession& session = member->session;
    while (session.is_usable() && !stopping_) {
        member->job = take_next(*member);
        if (member->job == nullptr) {
            co_await park(member);
            if (startable() == 0 && member->parked_at == Monotonic{}) break;  // told to end
            continue;
        }
        TransferResult result;
        bool is_final = co_await session.exchange(*member->job, result);
        release(*member);
        if (is_final || stopping_ || member->job->is_cancelled) {
            finish(std::move(member->job), std::move(result));
            continue;
        }
        member->job->was_stale = true;
        Queue& queue = queue_of(*member->job);
        queue.push_front(std::move(member->job));
    }
    co_await session.quit();
}

namespace {
/// Hands the handler to the member as its way to wake up. Holds no captures (GCC 12 and co_await).
struct StoreWake {
    template <class Handler, class Member>
    void operator()(Handler handler, Member* member) const {
        member->wake = [handler = std::move(handler)]() mutable { asio::post(std::move(handler)); };
    }
};
}  // namespace

asio::awaitable<void> SmtpPool::park(Place member) {
    member->parked_at = now();
    member->session.wire().set_deadline(Monotonic::max());
    parked_.push_back(member);
    StoreWake store;
    co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(store, asio::use_awaitable, member.get());
}

/// A session could not be established. When others are, the peer just refuses one more and the messages wait for those;
/// when there is none, every waiting message has its answer.
void SmtpPool::failed(const Place& member, TransferResult why) {
    member->is_lost = true;
    --connecting_;
    endpoints_until_ = {};
    // Sessions that are logged in go on with a password that was changed since; more logins would lock the account.
    const bool is_login = why.phase == Phase::auth && why.code != 0;
    no_new_before_ = now() + (is_login ? Milliseconds(pause_after_login) : Milliseconds(pause_after_refusal));
    if (established_ > 0) return;
    if (connecting_ > 0 && why.phase == Phase::connect && why.code != 0) return;  // the others may be let in
    no_new_before_ = {};
    fail_waiting(why);
}

void SmtpPool::fail_waiting(const TransferResult& why) {
    for (Queue* queue : {&urgent_, &ordinary_}) {
        for (auto& job : std::exchange(*queue, {}))
            finish(std::move(job), why);
    }
}

asio::ssl::context* SmtpPool::tls_context(std::string& problem) {
    bool is_needed = peer_.url.scheme == Url::Scheme::smtps || peer_.tls != TlsMode::none;
    if (tls_ || !is_needed) return tls_.get();
    auto made = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_client);
    SSL_CTX_set_min_proto_version(made->native_handle(), TLS1_2_VERSION);
    boost::system::error_code error;
    if (peer_.ca_file.empty()) {
        made->set_default_verify_paths(error);
    } else {
        made->load_verify_file(peer_.ca_file, error);
    }
    if (error) {
        problem = "can't read the certificates of " + (peer_.ca_file.empty() ? "the system" : peer_.ca_file) + ": " +
                  error.message();
        return nullptr;
    }
    tls_ = std::move(made);
    return tls_.get();
}

bool SmtpPool::cancel(TransferId id) {
    auto is_it = [id](const std::unique_ptr<SmtpJob>& job) { return job != nullptr && job->id == id; };
    for (Queue* queue : {&urgent_, &ordinary_}) {
        const auto at = std::ranges::find_if(*queue, is_it);
        if (at == queue->end()) continue;
        std::unique_ptr<SmtpJob> job = std::move(*at);
        queue->erase(at);
        TransferResult result;
        result.error = "cancelled";
        finish(std::move(job), std::move(result));
        return true;
    }
    for (const Place& member : members_) {
        if (!is_it(member->job)) continue;
        member->job->is_cancelled = true;
        member->session.wire().close();
        return true;
    }
    return false;
}

void SmtpPool::tick(Monotonic moment) {
    for (const Place& member : std::vector<Place>(members_.begin(), members_.end())) {
        bool is_idle = member->wake != nullptr && moment - member->parked_at > options_.idle_timeout;
        if (is_idle) {
            std::erase(parked_, member);
            member->parked_at = {};
            std::exchange(member->wake, nullptr)();
        }
        member->session.wire().check_deadline(moment);
        // The wire keeps its own deadline; only the resolver can't be interrupted.
        bool is_connecting = !member->is_established && !member->is_lost;
        if (is_connecting && moment >= member->establish_until + resolver_grace) {
            TransferResult why;
            why.timed_out = true;
            why.error = "the name " + peer_.url.host + " could not be resolved in time";
            failed(member, std::move(why));
        }
    }
    for (Queue* queue : {&urgent_, &ordinary_})
        end_late(*queue, moment);
    pump();
}

/// What has waited for a session until its deadline: nothing of it has left.
void SmtpPool::end_late(Queue& queue, Monotonic moment) {
    auto is_late = [moment](const auto& job) { return moment >= job->deadline; };
    if (std::ranges::none_of(queue, is_late)) return;
    for (auto& job : std::exchange(queue, {})) {
        if (!is_late(job)) {
            queue.push_back(std::move(job));
            continue;
        }
        TransferResult why;
        why.phase = Phase::connect;
        why.timed_out = true;
        why.error = "no free connection to " + peer_.url.host + " in time";
        finish(std::move(job), std::move(why));
    }
}

void SmtpPool::stop(const std::string& why) {
    stopping_ = true;
    TransferResult result;
    result.error = why;
    fail_waiting(result);
    for (const Place& member : std::vector<Place>(members_.begin(), members_.end())) {
        if (member->wake) {
            member->parked_at = {};
            std::exchange(member->wake, nullptr)();
        } else {
            member->session.wire().close();
        }
    }
    parked_.clear();
}

}  // namespace chapar::net
