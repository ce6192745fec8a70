#include <fmt/format.h>

#include "net/http_connection.hpp"

namespace chapar::net {

std::string& StreamExchange::target() { return first_ ? connection_->out_ : held_; }

void StreamExchange::head(int status, std::string_view content_type) {
    auto& out = target();
    fmt::format_to(std::back_inserter(out), "HTTP/1.1 {} {}\r\n", status, reason_phrase(status));
    if (!content_type.empty()) {
        out += "Content-Type: ";
        out += content_type;
        out += "\r\n";
    }
    out += connection_->host_.date_line();
    if (!request_id.empty()) {
        out += "X-Request-Id: ";
        out += request_id;
        out += "\r\n";
    }
    const bool stops = connection_->host_.stopping() && connection_->exchanges_.back().get() == this;
    if (close_ || stops) {
        close_ = true;
        out += "Connection: close\r\n";
    }
    connection_->host_.count_request(status);
}

void StreamExchange::answer(Response response) {
    if (done_ || !connection_) return;
    close_ = close_ || response.close;
    head(response.status, response.body.empty() ? std::string_view() : std::string_view(response.content_type));
    auto& out = target();
    for (const auto& [name, value] : response.headers) {
        out += name;
        out += ": ";
        out += value;
        out += "\r\n";
    }
    if (response.status != 204) fmt::format_to(std::back_inserter(out), "Content-Length: {}\r\n", response.body.size());
    out += "\r\n";
    if (!head_only_) out += response.body;
    done();
}

void StreamExchange::answer_json(int status, std::string_view json, std::string_view header_lines) {
    if (done_ || !connection_) return;
    head(status, "application/json");
    auto& out = target();
    out += header_lines;
    fmt::format_to(std::back_inserter(out), "Content-Length: {}\r\n\r\n", json.size());
    if (!head_only_) out += json;
    done();
}

void StreamExchange::answer_lines(int status, std::string_view header_lines, std::string_view body) {
    if (done_ || !connection_) return;
    head(status, {});
    auto& out = target();
    out += header_lines;
    fmt::format_to(std::back_inserter(out), "Content-Length: {}\r\n\r\n", body.size());
    if (!head_only_) out += body;
    done();
}

void StreamExchange::begin(int status, std::string_view content_type) {
    if (done_ || !connection_) return;
    if (!chunked_) close_ = true;  // HTTP/1.0: the answer ends with the connection
    head(status, content_type);
    target() += chunked_ ? "Transfer-Encoding: chunked\r\n\r\n" : "\r\n";
    connection_->mark_dirty();
}

void StreamExchange::write(std::string_view bytes) {
    if (done_ || !connection_ || bytes.empty()) return;
    auto& out = target();
    if (chunked_) fmt::format_to(std::back_inserter(out), "{:x}\r\n", bytes.size());
    out += bytes;
    if (chunked_) out += "\r\n";
    connection_->mark_dirty();
}

void StreamExchange::finish() {
    if (done_ || !connection_) return;
    if (chunked_) target() += "0\r\n\r\n";
    done();
}

void StreamExchange::cut_off() {
    if (done_ || !connection_) return;
    const auto connection = connection_;  // close() lets go of this exchange
    connection->close();
}

void StreamExchange::done() {
    done_ = true;
    share_.set(held_.size());
    const auto connection = connection_;  // answered() lets go of this exchange
    if (first_) connection->answered();
    connection->mark_dirty();
}

std::size_t StreamExchange::unsent() const {
    if (!connection_) return 0;
    return held_.size() + connection_->unwritten();
}

void StreamExchange::when_sent(std::function<void(bool is_open)> call) {
    if (!connection_ || unsent() == 0) return call(connection_ != nullptr);
    when_sent_ = std::move(call);
}

void StreamExchange::tell_sent(bool is_open) {
    if (const auto call = std::exchange(when_sent_, nullptr)) call(is_open);
}

void StreamExchange::pause() {
    if (connection_ && connection_->current_.get() == this) connection_->paused_ = true;
}

void StreamExchange::resume() {
    if (!connection_ || connection_->current_.get() != this || !connection_->paused_) return;
    connection_->paused_ = false;
    connection_->go_on();
}

}  // namespace chapar::net
