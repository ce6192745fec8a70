#include "control.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>

namespace sink {

Listener::Listener(Loop& loop, std::uint16_t port, std::function<void(int)> accepted)
    : loop_(loop), fd_(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)), accepted_(std::move(accepted)) {
    int on = 1;
    setsockopt(fd_, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (bind(fd_, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(fd_, 1024) != 0 ||
        getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
        std::perror("listen");
        std::exit(1);
    }
    port_ = ntohs(address.sin_port);
    loop_.add(fd_, EPOLLIN, *this);
}

Listener::~Listener() { close(fd_); }

void Listener::ready(std::uint32_t) {
    while (true) {
        int fd = accept4(fd_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0) return;
        int on = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        accepted_(fd);
    }
}

ControlSession::ControlSession(Shared& shared, int fd, std::function<void(ControlSession*)> ended)
    : shared_(shared), fd_(fd), ended_(std::move(ended)) {
    shared_.loop.add(fd_, EPOLLIN, *this);
}

ControlSession::~ControlSession() { close(fd_); }

void ControlSession::ready(std::uint32_t) {
    std::array<char, 4096> chunk;
    auto got = recv(fd_, chunk.data(), chunk.size(), 0);
    if (got < 0) return;
    if (got == 0) {
        shared_.loop.remove(fd_);
        shared_.loop.later([this] { ended_(this); });
        return;
    }
    in_.append(chunk.data(), static_cast<std::size_t>(got));
    for (auto end = in_.find('\n'); end != std::string::npos; end = in_.find('\n')) {
        auto line = in_.substr(0, end);
        in_.erase(0, end + 1);
        auto reply = answer(line) + "\n";
        if (send(fd_, reply.data(), reply.size(), MSG_NOSIGNAL) < 0) return;
    }
}

std::string ControlSession::answer(const std::string& line) {
    if (line.starts_with("rule ")) {
        std::string why;
        auto rule = parse_rule(std::string_view(line).substr(5), why);
        if (!rule) return "error " + why;
        shared_.script.add(std::move(*rule));
        return "ok";
    }
    if (line == "clear") {
        shared_.script.clear();
        return "ok";
    }
    if (line == "rules") {
        std::string out = "[";
        for (const auto& rule : shared_.script.rules()) {
            if (out.size() > 1) out += ',';
            out += "{\"rule\":";
            append_json(out, rule.source);
            out += ",\"seen\":" + std::to_string(rule.seen) + ",\"fired\":" + std::to_string(rule.fired) + "}";
        }
        return out + "]";
    }
    if (line == "stats") return shared_.journal.totals_json();
    if (line.starts_with("greylist ")) {
        shared_.options.greylist_seconds = std::atof(line.c_str() + 9);
        return "ok";
    }
    if (line == "stop") {
        shared_.loop.stop();
        return "ok";
    }
    return "error unknown command";
}

Server::Server(Shared& shared, std::uint16_t port, std::uint16_t control_port)
    : smtp_(shared.loop, port,
            [this, &shared](int fd) {
                auto session =
                    std::make_unique<Session>(shared, fd, [this](Session* ended) { sessions_.erase(ended); });
                sessions_.emplace(session.get(), std::move(session));
            }),
      control_(shared.loop, control_port, [this, &shared](int fd) {
          auto session =
              std::make_unique<ControlSession>(shared, fd, [this](ControlSession* ended) { controls_.erase(ended); });
          controls_.emplace(session.get(), std::move(session));
      }) {}

}  // namespace sink
