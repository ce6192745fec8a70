#include "net/http_server.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <ctime>
#include <deque>
#include <future>
#include <optional>
#include <random>
#include <thread>
#include <unordered_map>

#include "base/log.hpp"
#include "base/thread_name.hpp"
#include "net/http_connection.hpp"
#include "net/http_problem.hpp"
#include "net/posted_work.hpp"
#include "net/unix_socket.hpp"

namespace chapar::net {
namespace asio = boost::asio;
namespace {

constexpr std::size_t read_size = 256 << 10;
constexpr Milliseconds accept_rest{200};
constexpr std::size_t most_turned_away = 128;

using Acceptor = asio::basic_socket_acceptor<asio::generic::stream_protocol>;

/// `prefix` begins the names: each server of the daemon has its own.
struct Metrics {
    Metrics(metrics::Registry& registry, const std::string& prefix)
        : connections(registry.gauge(prefix + "_connections", "Open connections of the socket")),
          accepted(registry.counter(prefix + "_connections_total", "Connections accepted since start")),
          refused(
              registry.counter(prefix + "_connections_refused_total", "Connections refused or closed to make room")),
          accept_errors(
              registry.counter(prefix + "_accept_errors_total", "Times accepting had to rest (file descriptors)")) {
        constexpr std::array<const char*, 4> classes = {"2xx", "3xx", "4xx", "5xx"};
        for (std::size_t i = 0; i < classes.size(); ++i)
            answers[i] = &registry.counter(prefix + "_requests_total", "Requests answered, by class of status",
                                           {{"status", classes[i]}});
    }
    metrics::Gauge& connections;
    metrics::Counter &accepted, &refused, &accept_errors;
    std::array<metrics::Counter*, 4> answers{};
};

}  // namespace

struct HttpServer::Impl final : ConnectionHost {
    struct Listener {
        Acceptor acceptor;
        asio::steady_timer rest;
        bool owned;
    };

    Impl(const Clock& c, metrics::Registry& registry, Handler& h, const std::string& prefix)
        : clock(c), handler_(h), metrics(registry, prefix), work(io.get_executor()), ticker(io), buffer(read_size) {}

    // ---- what connections share
    const HttpLimits& limits() const override { return limits_; }
    Monotonic now() const override { return clock.monotonic(); }
    std::string_view date_line() override;
    std::string new_request_id() override { return fmt::format("{:08x}-{:x}", run_, ++requests_); }
    Handler& handler() override { return handler_; }
    bool stopping() const override { return stopping_; }
    std::pair<char*, std::size_t> read_buffer() override { return {buffer.data(), buffer.size()}; }
    void want_turn_end() override {
        if (turn_wanted) return;
        turn_wanted = true;
        asio::post(io, [this] { end_turn(); });
    }
    void dirty(const std::shared_ptr<HttpConnection>& connection) override {
        dirty_connections.push_back(connection);
        want_turn_end();
    }
    void closed(HttpConnection& connection) override {
        const auto it = connections.find(&connection);
        if (it == connections.end()) {
            std::erase_if(turned_away, [&](const auto& each) { return each.get() == &connection; });
            return;
        }
        if (auto of_uid = by_uid.find(connection.peer().uid); of_uid != by_uid.end() && --of_uid->second == 0)
            by_uid.erase(of_uid);
        connections.erase(it);
        metrics.connections.set(static_cast<double>(connections.size()));
    }
    void count_request(int status) override {
        metrics.answers[static_cast<std::size_t>(std::clamp(status / 100 - 2, 0, 3))]->add();
    }

    const std::shared_ptr<RequestMemory>& memory() const override { return memory_; }

    const std::uint32_t run_ = std::random_device()();  // tells requests of this run from those of others
    std::uint64_t requests_ = 0;
    std::int64_t date_second_ = -1;
    std::string date_line_;

    void end_turn();
    void listen(int fd, bool owned);
    void accept(const std::shared_ptr<Listener>& listener);
    void accept_failed(const std::shared_ptr<Listener>& listener, const boost::system::error_code& error);
    void admit(HttpConnection::Socket socket);
    void turn_away(HttpConnection::Socket socket, const Peer& peer);
    std::vector<std::shared_ptr<HttpConnection>> all() const;
    bool make_room(std::optional<uid_t> of);
    void tick();
    void close_listeners();
    bool quiet() const;

    const Clock& clock;
    Handler& handler_;
    Metrics metrics;
    asio::io_context io{1};
    asio::executor_work_guard<asio::io_context::executor_type> work;
    asio::steady_timer ticker;
    std::vector<char> buffer;
    HttpLimits limits_;
    const std::shared_ptr<RequestMemory> memory_ = std::make_shared<RequestMemory>();
    std::vector<std::shared_ptr<Listener>> listeners;
    std::unordered_map<HttpConnection*, std::shared_ptr<HttpConnection>> connections;
    std::unordered_map<uid_t, std::uint32_t> by_uid;
    std::deque<std::shared_ptr<HttpConnection>> turned_away;  // being told so; they count nowhere
    std::vector<std::shared_ptr<HttpConnection>> dirty_connections, flushing;
    bool turn_wanted = false;
    bool stopping_ = false;
    std::atomic<std::int64_t> last_tick{0};  // monotonic ms; 0: not running
    std::atomic<std::int64_t> tick_every{1000};
    PostedWork posted;
    std::thread thread;
};

/// Of RFC 9110, 6.6.1; written once a second.
std::string_view HttpServer::Impl::date_line() {
    const auto second = to_ms(clock.now()) / 1000;
    if (second == date_second_) return date_line_;
    constexpr std::array<const char*, 7> days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array<const char*, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const std::time_t time = second;
    std::tm utc{};
    ::gmtime_r(&time, &utc);
    date_second_ = second;
    date_line_ = fmt::format(
        "Date: {}, {:02} {} {} {:02}:{:02}:{:02} GMT\r\n", days.at(static_cast<std::size_t>(utc.tm_wday)), utc.tm_mday,
        months.at(static_cast<std::size_t>(utc.tm_mon)), utc.tm_year + 1900, utc.tm_hour, utc.tm_min, utc.tm_sec);
    return date_line_;
}

void HttpServer::Impl::end_turn() {
    turn_wanted = false;
    handler_.turn_ended();
    // Flushing may go on with requests that waited, which asks for another turn.
    flushing.swap(dirty_connections);
    for (const auto& connection : flushing)
        connection->flush();
    flushing.clear();
}

void HttpServer::Impl::listen(int fd, bool owned) {
    auto listener = std::make_shared<Listener>(Listener{Acceptor(io), asio::steady_timer(io), owned});
    boost::system::error_code error;
    sockaddr address{};
    socklen_t size = sizeof address;
    if (::getsockname(fd, &address, &size) != 0) address.sa_family = AF_UNIX;
    listener->acceptor.assign(asio::generic::stream_protocol(address.sa_family, 0), fd, error);
    if (!error) listener->acceptor.non_blocking(true, error);
    if (error) {
        log::error("socket.listen", "the listening socket cannot be used: {}", error.message());
        return;
    }
    listeners.push_back(listener);
    accept(listener);
}

void HttpServer::Impl::accept(const std::shared_ptr<Listener>& listener) {
    if (!listener->acceptor.is_open()) return;
    listener->acceptor.async_accept(
        [this, listener](const boost::system::error_code& error, HttpConnection::Socket socket) {
            if (error) return accept_failed(listener, error);
            admit(std::move(socket));
            accept(listener);
        });
}

/// Out of descriptors or memory: rest instead of spinning (fault F13), and let go of somebody who wants nothing.
void HttpServer::Impl::accept_failed(const std::shared_ptr<Listener>& listener,
                                     const boost::system::error_code& error) {
    if (error == asio::error::operation_aborted || stopping_) return;
    if (error == asio::error::connection_aborted || error == asio::error::interrupted) return accept(listener);
    if (metrics.accept_errors.value() == 0)
        log::warning("socket.accept", "connections wait because accepting failed: {}", error.message());
    metrics.accept_errors.add();
    make_room(std::nullopt);
    listener->rest.expires_after(accept_rest);
    listener->rest.async_wait([this, listener](const boost::system::error_code& stopped) {
        if (!stopped) accept(listener);
    });
}

void HttpServer::Impl::admit(HttpConnection::Socket socket) {
    metrics.accepted.add();
    const Peer peer = peer_of(socket.native_handle());
    const auto of_uid = by_uid.find(peer.uid);
    const bool uid_full = of_uid != by_uid.end() && of_uid->second >= limits_.max_connections_per_uid;
    const bool full = connections.size() >= limits_.max_connections;
    const bool has_room = !uid_full && !full ? true : make_room(uid_full ? std::optional(peer.uid) : std::nullopt);
    boost::system::error_code ignored;
    socket.non_blocking(true, ignored);
    if (!has_room) return turn_away(std::move(socket), peer);
    auto connection = std::make_shared<HttpConnection>(*this, std::move(socket), peer);
    connections.emplace(connection.get(), connection);
    ++by_uid[peer.uid];
    metrics.connections.set(static_cast<double>(connections.size()));
    handler_.admitted(peer, [weak = std::weak_ptr(connection)] {
        if (const auto alive = weak.lock()) alive->start();
    });
}

/// Closing at once would reset the connection of a client that has already asked, and take the answer from it.
void HttpServer::Impl::turn_away(HttpConnection::Socket socket, const Peer& peer) {
    metrics.refused.add();
    static const std::string text = [] {
        const auto body = to_json({503, "too-many-connections", "too many connections are open; try again", {}, {}});
        return "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json\r\nRetry-After: 1\r\n"
               "Connection: close\r\nContent-Length: " +
               std::to_string(body.size()) + "\r\n\r\n" + body;
    }();
    if (turned_away.size() >= most_turned_away) {
        const auto oldest = turned_away.front();
        oldest->close();
    }
    turned_away.push_back(std::make_shared<HttpConnection>(*this, std::move(socket), peer));
    turned_away.back()->turn_away(text);
}

std::vector<std::shared_ptr<HttpConnection>> HttpServer::Impl::all() const {
    std::vector<std::shared_ptr<HttpConnection>> out(turned_away.begin(), turned_away.end());
    out.reserve(out.size() + connections.size());
    for (const auto& [pointer, connection] : connections)
        out.push_back(connection);
    return out;
}

/// Closes the connection that has asked for nothing for longest: of `of`, or of the uid that holds most.
bool HttpServer::Impl::make_room(std::optional<uid_t> of) {
    if (!of) {
        const auto most = std::max_element(by_uid.begin(), by_uid.end(),
                                           [](const auto& a, const auto& b) { return a.second < b.second; });
        if (most == by_uid.end()) return false;
        of = most->first;
    }
    std::shared_ptr<HttpConnection> victim;
    const auto when = now();
    for (const auto& [pointer, connection] : connections) {
        if (connection->peer().uid != *of || !connection->is_dispensable(when)) continue;
        if (!victim || connection->dispensable_since() < victim->dispensable_since()) victim = connection;
    }
    if (!victim) return false;
    metrics.refused.add();
    victim->close();
    return true;
}

void HttpServer::Impl::tick() {
    const auto when = now();
    last_tick = std::chrono::duration_cast<Milliseconds>(when.time_since_epoch()).count();
    const auto every = std::clamp(limits_.idle_timeout / 8, Milliseconds{20}, Milliseconds{1000});
    tick_every = every.count();
    for (const auto& connection : all())
        connection->tick(when);
    ticker.expires_after(every);
    ticker.async_wait([this](const boost::system::error_code& error) {
        if (!error) tick();
    });
}

void HttpServer::Impl::close_listeners() {
    stopping_ = true;
    for (const auto& listener : listeners) {
        boost::system::error_code ignored;
        listener->rest.cancel();
        if (listener->owned)
            listener->acceptor.close(ignored);
        else
            listener->acceptor.release(ignored);  // its owner goes on listening for our successor
    }
    listeners.clear();
    for (const auto& connection : all())
        connection->stop();
}

bool HttpServer::Impl::quiet() const {
    return std::all_of(connections.begin(), connections.end(), [](const auto& c) { return c.second->is_quiet(); });
}

HttpServer::HttpServer(const Clock& clock, metrics::Registry& metrics, Handler& handler,
                       const std::string& metric_prefix)
    : impl_(std::make_unique<Impl>(clock, metrics, handler, metric_prefix)) {}

HttpServer::~HttpServer() { stop(); }

void HttpServer::set_limits(const HttpLimits& limits) {
    asio::post(impl_->io, [impl = impl_.get(), limits] {
        impl->limits_ = limits;
        impl->memory_->set_most(limits.max_held);
        if (impl->last_tick != 0) impl->tick();
    });
}

void HttpServer::start(std::vector<int> listening, bool owned) {
    asio::post(impl_->io, [impl = impl_.get(), listening = std::move(listening), owned] {
        for (const int fd : listening)
            impl->listen(fd, owned);
        impl->tick();
    });
    impl_->thread = std::thread([impl = impl_.get()] {
        name_thread("in-http");
        impl->io.run();
    });
}

void HttpServer::post(std::function<void()> work) {
    if (impl_->posted.add(std::move(work))) asio::post(impl_->io, [impl = impl_.get()] { impl->posted.run(); });
}

void HttpServer::stop_accepting() {
    asio::post(impl_->io, [impl = impl_.get()] { impl->close_listeners(); });
}

bool HttpServer::drain(Milliseconds limit) {
    if (!impl_->thread.joinable()) return true;
    // Every 5 ms is often enough for something that happens once in a daemon's life.
    const auto until = std::chrono::steady_clock::now() + limit;
    for (;;) {
        auto answer = std::make_shared<std::promise<bool>>();
        auto quiet = answer->get_future();
        asio::post(impl_->io, [impl = impl_.get(), answer] { answer->set_value(impl->quiet()); });
        if (quiet.wait_until(until) == std::future_status::ready && quiet.get()) return true;
        if (std::chrono::steady_clock::now() >= until) return false;
        std::this_thread::sleep_for(Milliseconds{5});
    }
}

void HttpServer::stop() {
    if (!impl_->thread.joinable()) return impl_->posted.close();
    asio::post(impl_->io, [impl = impl_.get()] {
        impl->close_listeners();
        for (const auto& connection : impl->all())
            connection->close();
        impl->ticker.cancel();
        impl->work.reset();
        impl->io.stop();
    });
    impl_->thread.join();
    impl_->posted.close();  // it may own this server: kept here, both would stay for ever
}

Milliseconds HttpServer::lag() const {
    const auto last = impl_->last_tick.load();
    if (last == 0) return Milliseconds{0};
    const auto now = std::chrono::duration_cast<Milliseconds>(impl_->clock.monotonic().time_since_epoch()).count();
    return Milliseconds{std::max<std::int64_t>(0, now - last - impl_->tick_every.load())};
}

}  // namespace chapar::net
