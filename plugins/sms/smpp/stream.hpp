#pragma once
// A byte stream to the SMSC: TCP, or TLS over TCP. All functions and callbacks on the thread of the io_context. After
// close() no callback runs any more.

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace boost::asio {
class io_context;
}

namespace chapar::sms {

struct Endpoint {
    std::string host;
    std::uint16_t port = 0;
    bool tls = false;
    std::string ca_file;  // empty: the system's
};

class Stream {
  public:
    /// An empty error: it went well.
    using Done = std::function<void(std::string error)>;
    using Read = std::function<void(std::string error, std::size_t size)>;

    virtual ~Stream() = default;
    /// Resolves, connects and, with TLS, checks the peer's certificate and name.
    virtual void connect(Done done) = 0;
    virtual void read_some(char* into, std::size_t size, Read done) = 0;
    /// `bytes` must live until `done`.
    virtual void write(std::string_view bytes, Done done) = 0;
    virtual void close() = 0;
};

std::shared_ptr<Stream> make_stream(boost::asio::io_context& io, Endpoint endpoint);

}  // namespace chapar::sms
