#include "ingress/server.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <atomic>

#include "base/log.hpp"
#include "ingress/front.hpp"
#include "net/http_server.hpp"
#include "net/unix_socket.hpp"

namespace chapar::ingress {
namespace {

net::HttpLimits limits_of(const config::SocketSettings& socket) {
    net::HttpLimits limits;
    limits.max_body = socket.max_body;
    limits.max_header = static_cast<std::uint32_t>(socket.max_header);
    limits.max_connections = socket.max_connections;
    // One caller can't shut the others out (attack S34).
    limits.max_connections_per_uid = std::max<std::uint32_t>(1, socket.max_connections - socket.max_connections / 4);
    limits.idle_timeout = socket.idle_timeout;
    return limits;
}

ino_t inode_of(const std::string& path) {
    struct stat status{};
    return ::stat(path.c_str(), &status) == 0 ? status.st_ino : 0;
}

}  // namespace

struct Server::Impl {
    explicit Impl(Deps d) : deps(std::move(d)), front(deps) {
        http = std::make_shared<net::HttpServer>(deps.clock, deps.metrics, front);
        front.attach(http);
        front.set_settings(deps.settings());
        http->set_limits(limits_of(deps.settings()->socket));
    }
    void remove_own_socket();

    const Deps deps;
    Front front;
    std::shared_ptr<net::HttpServer> http;
    std::string path;  // of the socket file that we made
    ino_t inode = 0;
    std::atomic<bool> serving{false};
};

Server::Server(Deps deps) : impl_(std::make_unique<Impl>(std::move(deps))) {}

Server::~Server() { stop(); }

void Server::stop() {
    stop_accepting();
    impl_->http->stop();
    impl_->front.finish();
}

Result<void> Server::start(std::vector<int> listen_fds) {
    const bool owned = listen_fds.empty();
    if (owned) {
        const auto settings = impl_->deps.settings();
        const auto& socket = settings->socket;
        auto fd = net::listen_unix(socket.path, socket.mode, socket.group);
        if (!fd) return fail(Code::socket, fd.error().message());
        listen_fds.push_back(*fd);
        impl_->path = socket.path;
        impl_->inode = inode_of(socket.path);
    }
    impl_->http->start(std::move(listen_fds), owned);
    impl_->serving = true;
    return {};
}

void Server::submit(std::string application, std::string body, std::function<void(SubmittedMessage)> done) {
    impl_->http->post([impl = impl_.get(), application = std::move(application), body = std::move(body),
                       done = std::move(done)]() mutable {
        impl->front.submit(std::move(application), std::move(body), std::move(done));
    });
}

void Server::reconfigured() {
    auto settings = impl_->deps.settings();
    impl_->http->set_limits(limits_of(settings->socket));
    impl_->http->post([impl = impl_.get(), settings] { impl->front.set_settings(settings); });
}

void Server::Impl::remove_own_socket() {
    // A successor may have bound the same path already.
    if (!path.empty() && inode_of(path) == inode) ::unlink(path.c_str());
    path.clear();
}

void Server::stop_accepting() {
    if (!impl_->serving.exchange(false)) return;
    impl_->remove_own_socket();
    impl_->http->stop_accepting();
    impl_->front.stop_waiting();
}

bool Server::drain(Milliseconds limit) { return impl_->http->drain(limit); }
Milliseconds Server::lag() const { return impl_->http->lag(); }
bool Server::serving() const { return impl_->serving; }

}  // namespace chapar::ingress
