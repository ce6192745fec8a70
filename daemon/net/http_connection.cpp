#include "net/http_connection.hpp"

#include <sys/socket.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <cerrno>

#include "net/http_problem.hpp"
#include "net/proxy_header.hpp"

namespace chapar::net {
namespace http = boost::beast::http;

namespace {
constexpr std::size_t first_reserve = 64 << 10;  // a client only claims a length; memory follows the bytes
constexpr std::size_t padding = 64;              // room behind a body, for parsers that read in wide steps
constexpr std::chrono::seconds linger_time{2};
constexpr std::size_t small = 64 << 10;             // a body for which there is room while memory is scarce
constexpr std::size_t usual_answer = 32 << 10;      // to a request without a body
constexpr std::size_t usual_request = 1 << 10;      // what one costs besides its bytes
constexpr std::chrono::seconds scarce_patience{5};  // with who does not read, while memory is scarce
constexpr Refusal short_of_memory{503, "short-of-memory", "memory is short just now; try again", 0, 0};

std::string detail_of(const Refusal& refusal) {
    std::string out(refusal.detail);
    if (refusal.limit == 0) return out;
    if (refusal.size == 0) return out + " is larger than the " + std::to_string(refusal.limit) + " bytes allowed";
    return out + " has " + std::to_string(refusal.size) + " bytes; " + std::to_string(refusal.limit) + " are allowed";
}
}  // namespace

HttpConnection::HttpConnection(ConnectionHost& host, Socket socket, Peer peer)
    : host_(host),
      socket_(std::move(socket)),
      peer_(peer),
      held_(host.memory()),
      last_request_(host.now()),
      last_read_(last_request_),
      last_write_(last_request_) {}

void HttpConnection::start() {
    awaits_proxy_ = host_.handler().expects_proxy_header(peer_);
    wait_readable();
}

void HttpConnection::turn_away(std::string_view answer) {
    out_ = answer;
    last_ = true;
    mark_dirty();
}

bool HttpConnection::may_take_more() const {
    return open_ && !last_ && !paused_ && !waits_for_room() && exchanges_.size() < host_.limits().max_pipelined &&
           unwritten() < host_.limits().max_unsent;
}

bool HttpConnection::waits_for_room() const {
    const std::size_t being_read = current_ ? 1 : 0;
    const bool owes = exchanges_.size() > being_read || (unwritten() > 0 && !being_read);
    return owes && held_.room() != Room::enough;
}

/// Small bodies are read as long as there is any room: those who hold large ones can't shut them out.
bool HttpConnection::has_no_room() {
    if (!current_ || sink_) return false;
    const auto bytes = current_->request.body.size();
    current_->holds(bytes);
    switch (held_.room()) {
        case Room::enough:
            return false;
        case Room::scarce:
            return bytes > small;
        case Room::none:
            return bytes > 0;
    }
    return false;
}

void HttpConnection::account() { held_.set(pending_.capacity() + out_.size()); }

void HttpConnection::wait_readable() {
    if (!open_ || reading_ || (!lingering_ && !may_take_more())) return;
    reading_ = true;
    socket_.async_wait(Socket::wait_read, [self = shared_from_this()](const boost::system::error_code& error) {
        self->reading_ = false;
        if (error) return self->close();
        self->on_readable();
    });
}

void HttpConnection::on_readable() {
    if (!open_) return;
    const auto [data, size] = host_.read_buffer();
    const auto got = ::recv(socket_.native_handle(), data, size, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return wait_readable();
    if (got <= 0) {
        // Half-closed: what it asked for before is still answered.
        if (got == 0 && !lingering_ && !sink_ && !parser_ && !is_quiet()) {
            last_ = true;
            return;
        }
        return close();
    }
    if (lingering_) return wait_readable();
    last_read_ = host_.now();
    received({data, static_cast<std::size_t>(got)});
    wait_readable();
}

void HttpConnection::received(std::string_view bytes) {
    if (pending_.empty()) {
        const auto used = parse(bytes);
        if (open_ && !last_) pending_.assign(bytes.substr(used));
        return account();
    }
    pending_.append(bytes);
    go_on();
}

void HttpConnection::go_on() {
    if (parsing_ || !open_) return;
    if (!pending_.empty() && !paused_) {
        const auto used = parse(pending_);
        pending_.erase(0, used);
        if (pending_.empty()) pending_.shrink_to_fit();
        account();
    }
    wait_readable();
}

std::size_t HttpConnection::parse(std::string_view bytes) {
    parsing_ = true;
    std::size_t used = 0;
    while (used < bytes.size() && parse_some(bytes, used)) {
    }
    parsing_ = false;
    return used;
}

/// False: no further step with these bytes.
bool HttpConnection::take_proxy_header(std::string_view bytes, std::size_t& used) {
    const auto header = read_proxy_header(bytes);
    switch (header.is) {
        case ProxyHeader::Is::incomplete:
            return false;
        case ProxyHeader::Is::wrong:
            host_.handler().proxy_header_missing(peer_);
            close();
            return false;
        case ProxyHeader::Is::good:
            break;
    }
    awaits_proxy_ = false;
    used += header.size;
    if (header.source) peer_.address = *header.source;
    return used < bytes.size();
}

/// One step; false: no further step with these bytes.
bool HttpConnection::parse_some(std::string_view bytes, std::size_t& used) {
    if (awaits_proxy_ && !take_proxy_header(bytes, used)) return false;
    if (!parser_) {
        while (used < bytes.size() && (bytes[used] == '\r' || bytes[used] == '\n'))
            ++used;  // a line too many behind the request before (RFC 9112, 2.2)
        if (used == bytes.size()) return false;
        if (!may_take_more()) return false;
        parser_.emplace(static_cast<BodyTarget&>(*this), host_.limits().max_header, host_.limits().max_chunk_extensions,
                        HeadersKept{host_.limits().keep_headers, host_.limits().kept_headers});
        head_seen_ = false;
        request_started_ = host_.now();
        body_bytes_ = 0;
    }
    boost::beast::error_code error;
    const auto taken = parser_->put(boost::asio::buffer(bytes.data() + used, bytes.size() - used), error);
    used += taken;
    if (!open_ || last_) return false;
    if (!head_seen_) parser_->head_bytes += taken;
    const bool hungry = error == http::error::need_more;
    // What an unfinished head or chunk header may pile up is bounded here: Beast counts each piece anew.
    const auto unread = hungry ? bytes.size() - used : 0;
    if ((!head_seen_ ? parser_->head_bytes : 0) + unread > host_.limits().max_header) {
        refuse(parser_->refusal(http::error::header_limit));
        return false;
    }
    if (has_no_room()) {
        refuse(short_of_memory);
        return false;
    }
    if (hungry) return false;
    if (error) {
        refuse(parser_->refusal(error));
        return false;
    }
    if (!head_seen_ && parser_->is_header_done()) {
        head_seen_ = true;
        head_arrived();
        if (!open_ || last_) return false;
    }
    if (parser_ && parser_->is_done()) request_complete();
    return open_ && !last_;
}

void HttpConnection::head_arrived() {
    current_ = std::make_shared<StreamExchange>(shared_from_this());
    current_->request = std::move(parser_->request);
    current_->peer = peer_;
    if (host_.limits().request_ids)
        current_->request_id =
            is_request_id(parser_->request_id) ? std::move(parser_->request_id) : host_.new_request_id();
    current_->first_ = exchanges_.empty();
    current_->head_only_ = current_->request.method == Method::head;
    current_->close_ = !parser_->keep_alive();
    current_->chunked_ = parser_->is_http11();
    const auto length = parser_->content_length();
    const bool has_body = parser_->chunked() || (length && *length > 0);
    exchanges_.push_back(current_);
    current_->cost_ = parser_->head_bytes + (has_body ? usual_request : usual_answer);
    current_->holds(0);
    if (has_body && held_.room() == Room::none) return refuse(short_of_memory);
    if (has_body && !host_.stopping()) sink_ = host_.handler().stream(current_);
    if (!sink_) {
        if (length && *length > host_.limits().max_body)
            return refuse({413, "body-too-large", "the body", host_.limits().max_body, *length});
        parser_->limit_body(host_.limits().max_body);
        if (length) current_->request.body.reserve(std::min<std::size_t>(*length, first_reserve) + padding);
    }
    if (parser_->expects_continue && has_body && current_->first_ && open_ && !last_) {
        out_ += "HTTP/1.1 100 Continue\r\n\r\n";
        mark_dirty();
    }
    host_.want_turn_end();
}

void HttpConnection::body(std::string_view bytes) {
    body_bytes_ += bytes.size();
    if (sink_) {
        sink_->data(bytes);
        host_.want_turn_end();
    } else {
        current_->request.body.append(bytes);
    }
}

void HttpConnection::request_complete() {
    last_request_ = host_.now();
    const auto exchange = std::move(current_);
    const auto sink = std::move(sink_);
    current_.reset();
    sink_.reset();
    parser_.reset();
    paused_ = false;
    if (exchange->close_) last_ = true;
    host_.want_turn_end();
    if (sink) return sink->end();
    auto& body = exchange->request.body;
    if (body.capacity() < body.size() + padding) body.reserve(body.size() + padding);
    host_.handler().handle(exchange);
}

/// Answers what can't be read further, after everything that came before it.
void HttpConnection::refuse(const Refusal& refusal) {
    abort_sink();
    if (!current_) {
        current_ = std::make_shared<StreamExchange>(shared_from_this());
        current_->first_ = exchanges_.empty();
        if (host_.limits().request_ids) current_->request_id = host_.new_request_id();
        exchanges_.push_back(current_);
    }
    const auto exchange = std::move(current_);
    current_.reset();
    parser_.reset();
    pending_.clear();
    last_ = true;
    const auto retry_after = refusal.status == 503 ? std::optional<int>(5) : std::nullopt;
    auto response = to_response({refusal.status, refusal.type, detail_of(refusal), {}, retry_after});
    response.close = true;
    exchange->answer(std::move(response));
}

void HttpConnection::abort_sink() {
    if (const auto sink = std::move(sink_)) sink->aborted();
    sink_.reset();
}

/// Nothing is written for them any more. Whoever waits for them is told, and may hold the last reference to them.
void HttpConnection::let_go(const std::deque<std::shared_ptr<StreamExchange>>& over) {
    for (const auto& exchange : over)
        exchange->connection_.reset();
    for (const auto& exchange : over)
        exchange->tell_sent(false);
}

/// The oldest exchange is complete: what later ones held back goes out now.
void HttpConnection::answered() {
    while (!exchanges_.empty() && exchanges_.front()->done_) {
        if (exchanges_.front()->close_) {  // nothing follows a "Connection: close"
            last_ = true;
            let_go(std::exchange(exchanges_, {}));
            break;
        }
        const auto over = std::move(exchanges_.front());
        exchanges_.pop_front();
        over->connection_.reset();
        over->tell_sent(false);
        if (exchanges_.empty()) break;
        auto& next = *exchanges_.front();
        next.first_ = true;
        out_ += next.held_;
        next.held_ = std::string();
    }
}

void HttpConnection::mark_dirty() {
    account();
    if (dirty_ || !open_) return;
    dirty_ = true;
    host_.dirty(shared_from_this());
}

void HttpConnection::flush() {
    dirty_ = false;
    if (!open_ || writing_) return;
    while (unwritten() > 0) {
        const auto sent =
            ::send(socket_.native_handle(), out_.data() + written_, unwritten(), MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0 && (errno == EAGAIN || errno == ENOBUFS)) return wait_writable();
        if (sent < 0) return close();
        written_ += static_cast<std::size_t>(sent);
        last_write_ = host_.now();
    }
    written_ = 0;
    if (out_.capacity() > first_reserve)
        std::string().swap(out_);
    else
        out_.clear();
    account();
    if (sink_) sink_->drained();
    if (!exchanges_.empty()) {
        const auto oldest = exchanges_.front();  // what it hears may end it
        oldest->tell_sent(true);
    }
    if (last_ && exchanges_.empty()) return linger();
    if (host_.stopping() && is_quiet() && !parser_) return close();
    go_on();
}

void HttpConnection::wait_writable() {
    if (written_ > first_reserve) {
        out_.erase(0, written_);
        written_ = 0;
        account();
    }
    writing_ = true;
    socket_.async_wait(Socket::wait_write, [self = shared_from_this()](const boost::system::error_code& error) {
        self->writing_ = false;
        if (error) return self->close();
        self->flush();
    });
}

/// Sends the end and waits a moment for the client's: closing at once would take the answer away from a client that
/// still writes.
void HttpConnection::linger() {
    if (lingering_) return;
    lingering_ = true;
    linger_since_ = host_.now();
    abort_sink();
    current_.reset();
    parser_.reset();
    pending_.clear();
    ::shutdown(socket_.native_handle(), SHUT_WR);
    wait_readable();
}

void HttpConnection::tick(Monotonic now) {
    if (!open_) return;
    const auto limit = host_.limits().idle_timeout;
    if (lingering_) {
        if (now - linger_since_ > linger_time) close();
        return;
    }
    if (unwritten() > 0) {
        const bool is_scarce = out_.size() > small && held_.room() != Room::enough;
        const auto patience = is_scarce ? std::min<Milliseconds>(limit, scarce_patience) : limit;
        if (now - last_write_ > patience && now - last_read_ > patience) close();
        return;
    }
    if (sink_) {
        if (sink_->stalled(now, limit)) refuse({408, "request-timeout", "the body arrived too slowly"});
        return;
    }
    if (parser_) {
        const auto spent = std::chrono::duration_cast<Milliseconds>(now - request_started_);
        const Milliseconds earned{body_bytes_ * 1000 / std::max<std::uint64_t>(1, host_.limits().min_body_rate)};
        if (!paused_ && spent > limit + earned)
            refuse(
                {408, "request-timeout", head_seen_ ? "the body arrived too slowly" : "the head arrived too slowly"});
        return;
    }
    if (exchanges_.empty() && now - std::max(last_request_, last_write_) > limit) close();
}

bool HttpConnection::is_dispensable(Monotonic now) const {
    if (!open_ || unwritten() > 0) return false;
    if (lingering_) return true;
    const bool is_incomplete = current_ && exchanges_.size() == 1 && !sink_;
    return (exchanges_.empty() || is_incomplete) && now - dispensable_since() > std::chrono::seconds(1);
}

Monotonic HttpConnection::dispensable_since() const {
    if (lingering_) return Monotonic::min();
    return parser_ ? request_started_ : last_request_;
}

void HttpConnection::stop() {
    if (open_ && is_quiet() && !parser_) close();
}

void HttpConnection::close() {
    if (!open_) return;
    open_ = false;
    const auto self = shared_from_this();
    abort_sink();
    let_go(std::exchange(exchanges_, {}));
    if (current_) current_->connection_.reset();
    current_.reset();
    if (!parsing_) parser_.reset();
    boost::system::error_code ignored;
    socket_.close(ignored);
    host_.closed(*this);
}

}  // namespace chapar::net
