#include "connection.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace load {

Connection::Connection(Work& work, const std::string& socket_path)
    : work_(work),
      reader_([this](std::string_view piece) { body_piece(piece); }),
      fd_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, socket_path.c_str(), sizeof address.sun_path - 1);
    if (connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
        std::perror(socket_path.c_str());
        std::exit(1);
    }
}

Connection::~Connection() { close(fd_); }

void Connection::fail() {
    if (ended_) return;
    ended_ = true;
    work_.errors += unanswered();
}

void Connection::ready(bool readable) {
    if (readable) read();
    do {
        write();
        if (ended_ || wants_write()) return;
        out_.clear();
        sent_ = 0;
        fill();
    } while (wants_write());
}

void Connection::read() {
    static std::array<char, 262144> chunk;
    auto got = recv(fd_, chunk.data(), chunk.size(), MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) return fail();
    std::string_view rest(chunk.data(), static_cast<std::size_t>(got));
    while (!rest.empty()) {
        rest.remove_prefix(reader_.feed(rest));
        if (reader_.broken()) return fail();
        if (!reader_.done()) continue;
        response_done();
        reader_.next();
    }
}

void Connection::write() {
    while (wants_write()) {
        auto put = send(fd_, out_.data() + sent_, out_.size() - sent_, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (put < 0 && (errno == EAGAIN || errno == EINTR)) return;
        if (put < 0) return fail();
        sent_ += static_cast<std::size_t>(put);
    }
}

namespace {

class OnePerRequest final : public Connection {
  public:
    OnePerRequest(Work& work, const std::string& path, const std::string& target, std::size_t depth)
        : Connection(work, path), depth_(depth) {
        head_ = "POST " + target + " HTTP/1.1\r\nHost: chapar\r\nContent-Type: application/json\r\nContent-Length: " +
                std::to_string(work.message_size()) + "\r\n\r\n";
    }

  private:
    void fill() override {
        while (begun_.size() < depth_) {
            auto message = work_.next();
            if (message.empty()) break;
            out_ += head_;
            out_ += message;
            begun_.push_back(now());
        }
        if (begun_.empty()) ended_ = true;
    }
    void response_done() override {
        if (begun_.empty()) return;
        work_.latency_ms.push_back(static_cast<float>((now() - begun_.front()) * 1000));
        begun_.pop_front();
        bool good = reader_.status() >= 200 && reader_.status() < 300;
        ++(good ? work_.accepted : work_.refused);
        if (!good && work_.first_refusal.empty()) work_.first_refusal = body_;
        body_.clear();
    }
    void body_piece(std::string_view piece) override {
        if (reader_.status() >= 300) body_ += piece;
    }
    std::uint64_t unanswered() const override { return begun_.size(); }
    std::size_t depth_;
    std::string head_, body_;
    std::deque<double> begun_;
};

class Stream final : public Connection {
  public:
    Stream(Work& work, const std::string& path, const std::string& target, std::uint64_t lines)
        : Connection(work, path), lines_(lines) {
        out_ = "POST " + target +
               " HTTP/1.1\r\nHost: chapar\r\nContent-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n";
    }

  private:
    static constexpr std::size_t chunk_bytes = 131072;
    void fill() override {
        if (closed_) return;
        std::string chunk;
        chunk.reserve(chunk_bytes + work_.message_size() + 1);
        while (chunk.size() < chunk_bytes && sent_lines_ < lines_) {
            auto message = work_.next();
            if (message.empty()) {
                lines_ = sent_lines_;
                break;
            }
            chunk += message;
            chunk += '\n';
            ++sent_lines_;
        }
        if (!chunk.empty()) {
            std::array<char, 24> size{};
            std::snprintf(size.data(), size.size(), "%zx\r\n", chunk.size());
            out_ += size.data();
            out_ += chunk;
            out_ += "\r\n";
        }
        if (sent_lines_ >= lines_) {
            out_ += "0\r\n\r\n";
            closed_ = true;
        }
    }
    void response_done() override {
        work_.errors += unanswered();
        ended_ = true;
    }
    void body_piece(std::string_view piece) override {
        while (!piece.empty()) {
            auto end = piece.find('\n');
            line_ += piece.substr(0, end);
            if (end == std::string_view::npos) return;
            piece.remove_prefix(end + 1);
            bool good = line_.find("\"id\":") != std::string::npos && reader_.status() < 300;
            ++(good ? work_.accepted : work_.refused);
            ++answered_;
            if (!good && work_.first_refusal.empty()) work_.first_refusal = line_;
            line_.clear();
        }
    }
    std::uint64_t unanswered() const override { return sent_lines_ > answered_ ? sent_lines_ - answered_ : 0; }
    std::uint64_t lines_, sent_lines_ = 0, answered_ = 0;
    bool closed_ = false;
    std::string line_;
};

}  // namespace

std::unique_ptr<Connection> one_per_request(Work& work, const std::string& socket_path, const std::string& target,
                                            std::size_t depth) {
    return std::make_unique<OnePerRequest>(work, socket_path, target, depth);
}

std::unique_ptr<Connection> stream(Work& work, const std::string& socket_path, const std::string& target,
                                   std::uint64_t lines) {
    return std::make_unique<Stream>(work, socket_path, target, lines);
}

}  // namespace load
