#include "client.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace chapar::ingress::test {
namespace {
#ifdef __SANITIZE_THREAD__
constexpr int patience = 50'000;  // the server is ten times as slow there
#else
constexpr int patience = 5'000;
#endif
}  // namespace

std::string Answer::header(std::string_view name) const {
    const auto at = head.find("\r\n" + std::string(name) + ": ");
    if (at == std::string::npos) return {};
    const auto begin = at + name.size() + 4;
    return head.substr(begin, head.find("\r\n", begin) - begin);
}

std::string Answer::text(std::string_view name) const {
    const auto key = '"' + std::string(name) + "\":\"";
    const auto at = body.find(key);
    if (at == std::string::npos) return {};
    const auto begin = at + key.size();
    return body.substr(begin, body.find('"', begin) - begin);
}

namespace {

int connect_tcp(const std::string& where) {
    const auto colon = where.rfind(':');
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(std::stoi(where.substr(colon + 1))));
    ::inet_pton(AF_INET, where.substr(0, colon).c_str(), &address.sin_addr);
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
    ::close(fd);
    return -1;
}

}  // namespace

Client::Client(const std::string& path)
    : fd_(path.starts_with('/') ? ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0) : connect_tcp(path)) {
    if (!path.starts_with('/')) return;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        ::close(fd_);
        fd_ = -1;
    }
}

Client::Client(Client&& other) noexcept : fd_(std::exchange(other.fd_, -1)), buffer_(std::move(other.buffer_)) {}

Client::~Client() {
    if (fd_ >= 0) ::close(fd_);
}

bool Client::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

void Client::request(std::string_view method, std::string_view target, std::string_view body, const Headers& headers) {
    std::string out(method);
    out += ' ';
    out += target;
    out += " HTTP/1.1\r\n";
    const auto is_host = [](const auto& header) { return header.first == "Host"; };
    if (std::ranges::none_of(headers, is_host)) out += "Host: chapar\r\n";
    bool has_type = false;
    for (const auto& [name, value] : headers) {
        out += name + ": " + value + "\r\n";
        has_type = has_type || name == "Content-Type";
    }
    if (!body.empty() && !has_type) out += "Content-Type: application/json\r\n";
    if (!body.empty()) out += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    send(out + "\r\n" + std::string(body));
}

bool Client::wait_ready() {
    pollfd poll_fd{fd_, POLLIN | POLLOUT, 0};
    return ::poll(&poll_fd, 1, patience) == 1;
}

bool Client::fill(int ms) {
    pollfd poll_fd{fd_, POLLIN, 0};
    if (::poll(&poll_fd, 1, ms) != 1) return false;
    char bytes[65536];
    const auto got = ::recv(fd_, bytes, sizeof bytes, 0);
    if (got <= 0) return false;
    buffer_.append(bytes, static_cast<std::size_t>(got));
    return true;
}

std::string Client::take_chunks() {
    std::string out;
    for (;;) {
        std::size_t line;
        while ((line = buffer_.find("\r\n")) == std::string::npos) {
            if (!fill(patience)) return out;
        }
        const auto size = std::strtoul(buffer_.c_str(), nullptr, 16);
        while (buffer_.size() < line + 2 + size + 2) {
            if (!fill(patience)) return out;
        }
        out += buffer_.substr(line + 2, size);
        buffer_.erase(0, line + 2 + size + 2);
        if (size == 0) return out;
    }
}

Answer Client::read() {
    Answer answer;
    std::size_t end;
    while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
        if (!fill(patience)) return answer;
    }
    answer.head = buffer_.substr(0, end + 2);
    buffer_.erase(0, end + 4);
    answer.status = std::atoi(answer.head.c_str() + 9);
    if (answer.header("Transfer-Encoding") == "chunked") {
        answer.body = take_chunks();
        return answer;
    }
    const auto length = std::strtoul(answer.header("Content-Length").c_str(), nullptr, 10);
    while (buffer_.size() < length) {
        if (!fill(patience)) break;
    }
    answer.body = buffer_.substr(0, length);
    buffer_.erase(0, length);
    return answer;
}

bool Client::closes_within(int ms) {
    pollfd poll_fd{fd_, POLLIN, 0};
    if (::poll(&poll_fd, 1, ms) != 1) return false;
    char byte;
    return ::recv(fd_, &byte, 1, MSG_PEEK) <= 0;
}

void Client::half_close() { ::shutdown(fd_, SHUT_WR); }

std::string Client::peek(int ms) {
    while (fill(ms)) {
    }
    return buffer_;
}

}  // namespace chapar::ingress::test
