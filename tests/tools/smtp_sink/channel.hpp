#pragma once
// A non-blocking socket, plain at first, TLS after start_tls(). Owns the descriptor. One thread.

#include <openssl/ssl.h>
#include <sys/types.h>

#include <cstddef>

namespace sink {

class Channel {
  public:
    static constexpr ssize_t would_block = -1, broken = -2;
    explicit Channel(int fd) : fd_(fd) {}
    ~Channel();
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;

    void start_tls(SSL_CTX* context);
    bool is_tls() const { return tls_ != nullptr; }
    bool handshake_done() const { return tls_ != nullptr && SSL_is_init_finished(tls_) == 1; }
    /// > 0 bytes, 0 end, would_block or broken.
    ssize_t read(char* to, std::size_t size);
    ssize_t write(const char* from, std::size_t size);
    int fd() const { return fd_; }
    /// Bytes that the peer's kernel has not acknowledged.
    int unacknowledged() const;
    /// The destructor then resets the connection.
    void reset_on_close();

  private:
    ssize_t tls_result(int result) const;
    int fd_;
    SSL* tls_ = nullptr;
};

}  // namespace sink
