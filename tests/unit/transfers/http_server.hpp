#pragma once
// A scripted HTTP server on a free loopback port, for tests: one answer per request, in order; the last one repeats.

#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace chapar::test {

class HttpServer {
  public:
    /// Raw answers. Empty: the connection is closed without one. "hang": nothing is said.
    explicit HttpServer(std::vector<std::string> answers);
    ~HttpServer();
    std::string url(const std::string& path = "/") const;
    std::vector<std::string> requests() const;

  private:
    void accept_loop();
    void serve(int fd);

    std::vector<std::string> answers_;
    int listener_ = -1, port_ = 0;
    mutable std::mutex mutex_;  // guards what follows
    std::vector<std::string> requests_;
    std::vector<int> open_;
    std::vector<std::thread> threads_;
    std::thread acceptor_;
};

}  // namespace chapar::test
