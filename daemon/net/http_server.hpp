#pragma once
// An HTTP/1.1 server on stream sockets, Unix or TCP: keep-alive, pipelining with answers in order, bounded memory,
// strict about what it reads (RFC 9112). Knows nothing of messages: a Handler decides.
//
// Threads: the server owns one thread. Handler, Exchange and BodySink are used on that thread only; `post` and the
// functions of HttpServer may be called from any thread.

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/metrics.hpp"
#include "base/result.hpp"
#include "net/http_message.hpp"
#include "net/request_memory.hpp"

namespace chapar::net {

enum class HttpCode { bind, in_use };
constexpr std::string_view error_domain(HttpCode) { return "http"; }

struct HttpLimits {
    std::uint64_t max_body = 1 << 20;  // of a collected body
    std::uint32_t max_header = 16 << 10;
    std::uint32_t max_connections = 1024;
    std::uint32_t max_connections_per_uid = 512;
    std::uint32_t max_pipelined = 128;         // requests of one connection under way
    std::uint64_t max_unsent = 1 << 20;        // bytes of answers a client may leave unread before we stop reading
    std::uint64_t max_chunk_extensions = 256;  // bytes in one body
    std::uint64_t min_body_rate = 1024;        // bytes a second, once idle_timeout has passed
    /// Bytes of requests and of unread answers of all connections together. From half of it on, who has something under
    /// way is not read further and large bodies are refused; at the whole, every body is.
    std::uint64_t max_held = 160 << 20;
    Milliseconds idle_timeout{60'000};
    bool keep_headers = false;                         // all of them in Request::headers
    std::span<const std::string_view> kept_headers{};  // or these alone: names in small letters, of static storage
    bool request_ids = true;                           // X-Request-Id in each answer
};

/// One request and the place for its answer. An exchange may outlive its connection; answering it then does nothing.
class Exchange {
  public:
    virtual ~Exchange() = default;
    Request request;
    Peer peer;
    std::string request_id;  // X-Request-Id: as the client sent it, or a new one; in the answer and the log

    virtual void answer(Response response) = 0;
    /// 202 and the like on the hot path: `json`, with header lines that are whole already.
    virtual void answer_json(int status, std::string_view json, std::string_view header_lines = {}) = 0;
    /// The same for any body; `header_lines` says what it is.
    virtual void answer_lines(int status, std::string_view header_lines, std::string_view body) = 0;

    /// A streamed answer: begin once, write any number of times, finish once.
    virtual void begin(int status, std::string_view content_type) = 0;
    virtual void write(std::string_view bytes) = 0;
    virtual void finish() = 0;
    /// Bytes written and not yet taken by the kernel.
    virtual std::size_t unsent() const = 0;
    /// Instead of `finish`: the connection closes, so that the client sees that the answer is not whole.
    virtual void cut_off() = 0;
    /// Runs `call` once: with true when all that was written has been taken by the kernel, with false when the
    /// connection is gone or the answer has ended. At once, when either is so already.
    virtual void when_sent(std::function<void(bool is_open)> call) = 0;

    /// The connection it came by, as a name: equal for what came by the same one while that is open.
    virtual const void* line() const { return this; }

    /// Stops and continues the delivery of a streamed body (what was read already still comes).
    virtual void pause() = 0;
    virtual void resume() = 0;

    /// Says how many bytes of a streamed body are in memory on its behalf.
    virtual void holds(std::size_t bytes) = 0;
    /// For how much more there is room, of all connections together.
    virtual Room room() const = 0;
};

/// Takes a body in pieces.
class BodySink {
  public:
    virtual ~BodySink() = default;
    virtual void data(std::string_view bytes) = 0;
    virtual void end() = 0;
    /// The connection is gone; what was read stays valid, nothing more comes.
    virtual void aborted() = 0;
    /// Some of the answer left; `unsent` became smaller.
    virtual void drained() = 0;
    /// True: the client is too slow and must go (asked about once a second).
    virtual bool stalled(Monotonic now, Milliseconds limit) = 0;
};

class Handler {
  public:
    virtual ~Handler() = default;
    /// A connection stands. Nothing is read from it before `ready` has run, on the server's thread.
    virtual void admitted(const Peer&, std::function<void()> ready) { ready(); }
    /// True: the connection begins with a header of PROXY protocol v2, and Peer::address is what that says.
    virtual bool expects_proxy_header(const Peer&) { return false; }
    /// It did not, and is closed.
    virtual void proxy_header_missing(const Peer&) {}
    /// A head has arrived. A sink: the body goes there in pieces and `handle` is not called. nullptr: it is collected.
    virtual std::shared_ptr<BodySink> stream(const std::shared_ptr<Exchange>& exchange) = 0;
    /// A whole request.
    virtual void handle(const std::shared_ptr<Exchange>& exchange) = 0;
    /// Everything that was ready in this turn of the loop has been handed over.
    virtual void turn_ended() = 0;
};

class HttpServer {
  public:
    /// `handler` must outlive the server's thread, that is, the call of `stop`.
    /// Its metrics are called `metric_prefix`_connections and so on.
    HttpServer(const Clock& clock, metrics::Registry& metrics, Handler& handler,
               const std::string& metric_prefix = "http");
    ~HttpServer();
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    void set_limits(const HttpLimits& limits);
    /// Serves sockets that listen already. Not `owned`: stop_accepting leaves them open, their owner goes on listening.
    void start(std::vector<int> listening, bool owned);
    /// Runs `work` on the server's thread. Once the server has stopped it is dropped, as is what had not run by then.
    void post(std::function<void()> work);
    void stop_accepting();
    /// True: every request under way was answered and written within `limit`.
    bool drain(Milliseconds limit);
    /// Closes everything and joins the thread. Idempotent.
    void stop();
    Milliseconds lag() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace chapar::net
