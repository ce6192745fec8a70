#include "bounce/receiver/lmtp_server.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <utility>

namespace chapar::bounce {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

constexpr std::size_t read_size = 16 * 1024;
constexpr auto pause_after_trouble = std::chrono::milliseconds(200);

std::string own_name() {
    std::array<char, HOST_NAME_MAX + 1> name{};
    return ::gethostname(name.data(), name.size() - 1) == 0 && name[0] != '\0' ? name.data() : "localhost";
}

}  // namespace

/// One client. Owned by the server's set and by its own handlers.
class LmtpServer::Connection : public std::enable_shared_from_this<Connection> {
  public:
    Connection(LmtpServer& server, Socket socket)
        : server_(server),
          socket_(std::move(socket)),
          timer_(server.io_),
          session_(server.host_, server.settings_.domains, limits_of(server.settings_)) {}

    void start() {
        out_ = session_.greeting();
        send();
    }

    /// Closed now, or when the mail that it is at has its answer.
    void stop() {
        is_stopping_ = true;
        if (!session_.is_idle() || is_sending_) return;
        out_ = "421 4.3.2 shutting down\r\n";
        is_ending_ = true;
        send();
    }
    void close() {
        error_code ignored;
        socket_.close(ignored);
        timer_.cancel();
    }

  private:
    static LmtpLimits limits_of(const Settings& settings) {
        LmtpLimits out;
        out.message = settings.max_message;
        return out;
    }

    void arm() {
        timer_.expires_after(server_.settings_.timeout);
        timer_.async_wait([self = shared_from_this()](error_code error) {
            if (!error) self->end();
        });
    }

    void receive() {
        arm();
        socket_.async_read_some(asio::buffer(buffer_), [self = shared_from_this()](error_code error, std::size_t size) {
            if (error) return self->end();
            self->pending_.append(self->buffer_.data(), size);
            self->go_on();
        });
    }

    /// Works on what was received, until a mail waits for its answer or nothing is left.
    void go_on() {
        const std::size_t used = session_.take(pending_, out_);
        pending_.erase(0, used);
        if (session_.is_over()) is_ending_ = true;
        if (session_.mail()) return judge();
        out_.empty() ? receive() : send();
    }

    void judge() {
        timer_.cancel();
        const std::weak_ptr<Connection> weak = weak_from_this();
        server_.take_(*session_.mail(), [weak, &io = server_.io_](bool is_taken) {
            asio::post(io, [weak, is_taken] {
                if (const auto self = weak.lock()) self->answer(is_taken);
            });
        });
    }

    void answer(bool is_taken) {
        session_.answer(std::vector<bool>(session_.mail()->recipients.size(), is_taken), out_);
        send();
    }

    void send() {
        arm();
        is_sending_ = true;
        asio::async_write(socket_, asio::buffer(out_), [self = shared_from_this()](error_code error, std::size_t) {
            self->is_sending_ = false;
            self->out_.clear();
            if (error || self->is_ending_) return self->end();
            if (self->is_stopping_ && self->session_.is_idle()) return self->stop();
            self->go_on();
        });
    }

    void end() {
        close();
        server_.forget(shared_from_this());
    }

    LmtpServer& server_;
    Socket socket_;
    asio::steady_timer timer_;
    LmtpSession session_;
    std::array<char, read_size> buffer_{};
    std::string pending_, out_;
    bool is_sending_ = false, is_stopping_ = false, is_ending_ = false;
};

LmtpServer::LmtpServer(asio::io_context& io, const Settings& settings, Take take)
    : io_(io), settings_(settings), take_(std::move(take)), acceptor_(io), again_(io), host_(own_name()) {
    settings_.socket.empty() ? listen_tcp() : listen_unix();
}

LmtpServer::~LmtpServer() {
    for (const auto& connection : connections_)
        connection->close();
    remove_socket_file();
}

void LmtpServer::listen_unix() {
    const auto& path = settings_.socket;
    const auto fail = [&](const std::string& why) {
        throw BadConfig("LMTP can't be listened to at " + path + ": " + why);
    };
    struct stat before{};
    const bool is_there = ::lstat(path.c_str(), &before) == 0;
    if (is_there && !S_ISSOCK(before.st_mode)) fail("there is something that is no socket");
    // Bound under another name first: whoever connects meets the former one or this one, never none.
    const auto fresh = path + ".new";
    ::unlink(fresh.c_str());
    try {
        const asio::local::stream_protocol::endpoint place(fresh);
        acceptor_.open(place.protocol());
        acceptor_.bind(place);
        acceptor_.listen();
    } catch (const boost::system::system_error& error) {
        fail(error.code().message());
    }
    struct stat made{};
    if (::chmod(fresh.c_str(), settings_.socket_mode) != 0 || ::stat(fresh.c_str(), &made) != 0 ||
        ::rename(fresh.c_str(), path.c_str()) != 0)
        fail(std::strerror(errno));
    socket_file_ = made.st_ino;
}

void LmtpServer::listen_tcp() {
    const auto place = settings_.address + ':' + std::to_string(settings_.port);
    error_code error;
    const auto address = asio::ip::make_address(settings_.address, error);
    if (error)
        throw BadConfig("LMTP can't be listened to at " + place + ": \"" + settings_.address + "\" is no IP address");
    try {
        const asio::ip::tcp::endpoint endpoint(address, settings_.port);
        acceptor_.open(endpoint.protocol());
        acceptor_.set_option(asio::socket_base::reuse_address(true));
        // A reload starts the new instance before it ends the old one.
        const int yes = 1;
        ::setsockopt(acceptor_.native_handle(), SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes);
        acceptor_.bind(endpoint);
        acceptor_.listen();
    } catch (const boost::system::system_error& wrong) {
        throw BadConfig("LMTP can't be listened to at " + place + ": " + wrong.code().message());
    }
}

/// The queue of the kernel keeps those waiting who come when there are as many as may be.
void LmtpServer::accept() {
    if (is_stopping_) return;
    if (connections_.size() >= settings_.max_connections) return accept_later();
    acceptor_.async_accept([this](error_code error, Socket socket) {
        if (is_stopping_) return;
        if (error) return accept_later();
        const auto connection = std::make_shared<Connection>(*this, std::move(socket));
        connections_.insert(connection);
        connection->start();
        accept();
    });
}

void LmtpServer::accept_later() {
    again_.expires_after(pause_after_trouble);
    again_.async_wait([this](error_code error) {
        if (!error) accept();
    });
}

void LmtpServer::forget(const std::shared_ptr<Connection>& connection) { connections_.erase(connection); }

void LmtpServer::stop() {
    if (is_stopping_) return;
    is_stopping_ = true;
    error_code ignored;
    acceptor_.close(ignored);
    again_.cancel();
    remove_socket_file();
    const auto all = connections_;
    for (const auto& connection : all)
        connection->stop();
}

void LmtpServer::remove_socket_file() const {
    struct stat there{};
    if (socket_file_ != 0 && ::stat(settings_.socket.c_str(), &there) == 0 && there.st_ino == socket_file_)
        ::unlink(settings_.socket.c_str());
}

}  // namespace chapar::bounce
