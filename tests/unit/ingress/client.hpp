#pragma once
// A blunt HTTP client for tests: it sends exactly the bytes it is told to and reads answers one by one.

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace chapar::ingress::test {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct Answer {
    int status = 0;  // 0: the connection ended without one
    std::string head, body;
    bool has(std::string_view text) const { return body.find(text) != std::string::npos; }
    std::string header(std::string_view name) const;
    /// The text of a JSON member that is a string, by the plainest search there is.
    std::string text(std::string_view name) const;
};

class Client {
  public:
    /// The path of a socket, or "127.0.0.1:8082".
    explicit Client(const std::string& path);
    ~Client();
    Client(Client&& other) noexcept;
    Client(const Client&) = delete;
    Client& operator=(const Client&) = delete;

    bool connected() const { return fd_ >= 0; }
    /// False: the other side has closed.
    bool send(std::string_view bytes);
    void request(std::string_view method, std::string_view target, std::string_view body = "",
                 const Headers& headers = {});
    /// The next answer, chunked ones joined; waits at most five seconds (ThreadSanitizer: fifty).
    Answer read();
    /// True when the server closes within `ms`.
    bool closes_within(int ms);
    void half_close();
    int fd() const { return fd_; }
    /// Waits as long as `read` does until something can be read or sent. False: neither.
    bool wait_ready();
    /// What came and was not taken yet, after waiting up to `ms` for more.
    std::string peek(int ms);

  private:
    bool fill(int ms);
    std::string take_chunks();
    int fd_ = -1;
    std::string buffer_;
};

}  // namespace chapar::ingress::test
