#pragma once
// One accepted socket: reads into the core's shared buffer, parses, keeps requests in order, writes answers in order.
// Private to net. Lives on the server's thread; kept alive by its pending operations and its exchanges.

#include <boost/asio/generic/stream_protocol.hpp>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "net/http_parser.hpp"
#include "net/http_server.hpp"

namespace chapar::net {

class HttpConnection;
class StreamExchange;

/// What connections share. Implemented by the server.
class ConnectionHost {
  public:
    virtual const HttpLimits& limits() const = 0;
    virtual Monotonic now() const = 0;  // of this turn; cheap
    virtual Handler& handler() = 0;
    virtual bool stopping() const = 0;
    /// "Date: ...\r\n" of this second.
    virtual std::string_view date_line() = 0;
    /// A name for a request that brings none.
    virtual std::string new_request_id() = 0;
    /// Where bytes are read into; valid until the next read.
    virtual std::pair<char*, std::size_t> read_buffer() = 0;
    /// Work was handed over: turn_ended has to come.
    virtual void want_turn_end() = 0;
    /// Bytes wait to be written at the end of the turn.
    virtual void dirty(const std::shared_ptr<HttpConnection>& connection) = 0;
    virtual void closed(HttpConnection& connection) = 0;
    virtual void count_request(int status) = 0;
    virtual const std::shared_ptr<RequestMemory>& memory() const = 0;

  protected:
    ~ConnectionHost() = default;
};

class HttpConnection final : public std::enable_shared_from_this<HttpConnection>, private BodyTarget {
  public:
    using Socket = boost::asio::generic::stream_protocol::socket;
    HttpConnection(ConnectionHost& host, Socket socket, Peer peer);

    void start();
    /// Answers with these bytes, whatever is asked, and ends politely.
    void turn_away(std::string_view answer);
    void flush();       // writes what waits; called at the end of a turn
    void mark_dirty();  // asks for a flush
    /// Applies the time limits.
    void tick(Monotonic now);
    /// The daemon stops: close when nothing is under way.
    void stop();
    void close();

    const Peer& peer() const { return peer_; }
    bool is_open() const { return open_; }
    /// Nothing is owed to it: it may be closed to make room. It asks for nothing, or a request of it has been on its
    /// way in for longer than an honest one takes, or it was answered for good and its end is waited for.
    bool is_dispensable(Monotonic now) const;
    /// How long for; the earliest goes first.
    Monotonic dispensable_since() const;
    bool is_quiet() const { return exchanges_.empty() && unwritten() == 0; }

  private:
    friend class StreamExchange;
    void body(std::string_view bytes) override;
    void wait_readable();
    void on_readable();
    void received(std::string_view bytes);
    std::size_t parse(std::string_view bytes);
    bool parse_some(std::string_view bytes, std::size_t& used);
    bool take_proxy_header(std::string_view bytes, std::size_t& used);
    void head_arrived();
    void request_complete();
    void refuse(const Refusal& refusal);
    bool may_take_more() const;
    bool waits_for_room() const;  // memory is scarce, and something of it is under way
    bool has_no_room();           // for what is being read
    void account();               // for what is read and unread
    void go_on();                 // after something made room
    void answered();
    static void let_go(const std::deque<std::shared_ptr<StreamExchange>>& over);
    void wait_writable();
    void linger();
    void abort_sink();
    std::size_t unwritten() const { return out_.size() - written_; }

    ConnectionHost& host_;
    Socket socket_;
    Peer peer_;
    bool open_ = true;
    bool reading_ = false;    // a wait for bytes is under way
    bool writing_ = false;    // a wait for room is under way
    bool paused_ = false;     // the sink asked for it
    bool parsing_ = false;    // guards against going on from inside
    bool last_ = false;       // no request after those in exchanges_
    bool lingering_ = false;  // everything is written; what still comes is dropped
    bool dirty_ = false;
    bool awaits_proxy_ = false;  // nothing was read yet, and a PROXY header comes first

    std::string pending_;  // read, not parsed
    std::optional<RequestParser> parser_;
    std::shared_ptr<StreamExchange> current_;  // its body is being read
    std::shared_ptr<BodySink> sink_;
    bool head_seen_ = false;
    std::deque<std::shared_ptr<StreamExchange>> exchanges_;  // in order of arrival, not yet fully answered
    std::string out_;
    std::size_t written_ = 0;
    HeldBytes held_;  // pending_ and out_

    Monotonic last_request_, request_started_, last_read_, last_write_, linger_since_;
    std::uint64_t body_bytes_ = 0;
};

/// The answer's side of one request.
class StreamExchange final : public Exchange {
  public:
    explicit StreamExchange(std::shared_ptr<HttpConnection> connection)
        : connection_(std::move(connection)), share_(connection_->host_.memory()) {}
    void answer(Response response) override;
    void answer_json(int status, std::string_view json, std::string_view header_lines = {}) override;
    void answer_lines(int status, std::string_view header_lines, std::string_view body) override;
    void begin(int status, std::string_view content_type) override;
    void write(std::string_view bytes) override;
    void finish() override;
    void cut_off() override;
    std::size_t unsent() const override;
    void when_sent(std::function<void(bool is_open)> call) override;
    const void* line() const override { return connection_.get(); }
    void pause() override;
    void resume() override;
    void holds(std::size_t bytes) override { share_.set(cost_ + bytes); }
    Room room() const override { return share_.room(); }

  private:
    friend class HttpConnection;
    std::string& target();
    void head(int status, std::string_view content_type);
    void done();
    void tell_sent(bool is_open);

    std::function<void(bool)> when_sent_;
    std::shared_ptr<HttpConnection> connection_;  // null once done or the connection is gone
    HeldBytes share_;
    std::size_t cost_ = 0;  // without a body
    std::string held_;      // what earlier requests' answers keep back
    bool first_ = false;    // no earlier request is unanswered
    bool done_ = false;
    bool head_only_ = false;  // HEAD: no body goes out
    bool chunked_ = true;
    bool close_ = false;
};

}  // namespace chapar::net
