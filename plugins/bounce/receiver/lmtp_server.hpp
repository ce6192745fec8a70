/// Listens for LMTP on a Unix socket or TCP. All of it runs on the thread of its executor.
#pragma once

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "bounce/receiver/lmtp.hpp"
#include "bounce/receiver/settings.hpp"

namespace chapar::bounce {

class LmtpServer {
  public:
    /// Judges a mail; calls `done` once, on any thread.
    using Take = std::function<void(const ReceivedMail&, std::function<void(bool)> done)>;

    /// Binds; throws BadConfig. `settings` must outlive it.
    LmtpServer(boost::asio::io_context& io, const Settings& settings, Take take);
    ~LmtpServer();
    LmtpServer(const LmtpServer&) = delete;
    LmtpServer& operator=(const LmtpServer&) = delete;

    void start() { accept(); }
    /// No new connections; idle ones are closed, the others after the mail that they are at.
    void stop();

  private:
    using Socket = boost::asio::generic::stream_protocol::socket;
    class Connection;

    void listen_unix();
    void listen_tcp();
    void accept();
    void accept_later();
    void forget(const std::shared_ptr<Connection>& connection);
    void remove_socket_file() const;

    boost::asio::io_context& io_;
    const Settings& settings_;
    Take take_;
    boost::asio::basic_socket_acceptor<boost::asio::generic::stream_protocol> acceptor_;
    boost::asio::steady_timer again_;
    std::set<std::shared_ptr<Connection>> connections_;
    std::string host_;
    unsigned long socket_file_ = 0;  // its inode: another instance may have put its own in the place
    bool is_stopping_ = false;
};

}  // namespace chapar::bounce
