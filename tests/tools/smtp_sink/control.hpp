#pragma once
// The listening sockets: SMTP, and a line-based control port. One thread.
//
// Control, one answer line each: `rule RULE`, `clear` (rules), `rules`, `stats`, `greylist SECONDS`, `stop`.

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "session.hpp"

namespace sink {

/// Accepts on 127.0.0.1 and hands each descriptor over.
class Listener final : public Watcher {
  public:
    Listener(Loop& loop, std::uint16_t port, std::function<void(int)> accepted);
    ~Listener() override;
    void ready(std::uint32_t events) override;
    std::uint16_t port() const { return port_; }

  private:
    Loop& loop_;
    int fd_;
    std::uint16_t port_ = 0;
    std::function<void(int)> accepted_;
};

class ControlSession final : public Watcher {
  public:
    ControlSession(Shared& shared, int fd, std::function<void(ControlSession*)> ended);
    ~ControlSession() override;
    void ready(std::uint32_t events) override;

  private:
    std::string answer(const std::string& line);
    Shared& shared_;
    int fd_;
    std::string in_;
    std::function<void(ControlSession*)> ended_;
};

/// Everything that listens; owns the conversations.
class Server {
  public:
    Server(Shared& shared, std::uint16_t port, std::uint16_t control_port);
    std::uint16_t port() const { return smtp_.port(); }
    std::uint16_t control_port() const { return control_.port(); }

  private:
    std::map<Session*, std::unique_ptr<Session>> sessions_;
    std::map<ControlSession*, std::unique_ptr<ControlSession>> controls_;
    Listener smtp_, control_;
};

}  // namespace sink
