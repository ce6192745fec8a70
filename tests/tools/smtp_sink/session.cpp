#include "session.hpp"

#include <sys/epoll.h>

#include <array>
#include <cstring>

namespace sink {
namespace {

constexpr std::size_t most_input = 256U << 20;

bool is_positive(std::string_view reply) { return !reply.empty() && (reply[0] == '2' || reply[0] == '3'); }

bool starts_with_word(std::string_view line, std::string_view word) {
    if (line.size() < word.size() || strncasecmp(line.data(), word.data(), word.size()) != 0) return false;
    return line.size() == word.size() || line[word.size()] == ' ' || word.back() == ':';
}

}  // namespace

Session::Session(Shared& shared, int fd, std::function<void(Session*)> ended)
    : shared_(shared), ended_(std::move(ended)), channel_(fd), id_(shared.next_connection++) {
    shared_.journal.connected();
    shared_.loop.add(fd, EPOLLIN, *this);
    if (shared_.options.implicit_tls && shared_.options.tls)
        channel_.start_tls(shared_.options.tls);
    else
        begin();
}

Session::~Session() {
    if (timer_) shared_.loop.cancel(timer_);
}

void Session::begin() {
    greeted_ = true;
    if (!say(Verb::banner, "220 sink.example ESMTP")) closing_ = closing_ || !blocked_;
    flush();
}

void Session::ready(std::uint32_t events) {
    if (dead_) return;
    if (events & EPOLLOUT) flush();
    if (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) read_input();
}

void Session::read_input() {
    std::array<char, 65536> chunk;
    while (!dead_) {
        auto got = channel_.read(chunk.data(), chunk.size());
        if (!greeted_ && channel_.handshake_done()) begin();
        if (got == Channel::would_block) return;
        if (got == 0) return finish("eof");
        if (got < 0) return finish("reset");
        in_.append(chunk.data(), static_cast<std::size_t>(got));
        if (in_.size() > most_input) return finish("too much");
        process();
        if (!channel_.is_tls() && static_cast<std::size_t>(got) < chunk.size()) return;
    }
}

void Session::process() {
    while (!blocked_ && !dead_ && !closing_) {
        if (state_ == State::data) {
            if (!take_body()) break;
            continue;
        }
        auto end = in_.find("\r\n");
        auto skip = 2U;
        if (end == std::string::npos) {
            if (in_.size() > 65536) return finish("line too long");
            break;
        }
        std::string line = in_.substr(0, end);
        in_.erase(0, end + skip);
        peer_went_on(starts_with_word(line, "QUIT") ? "quit" : "command");
        if (state_ == State::command)
            command(line);
        else
            auth_line(line);
    }
    if (!dead_) flush();
}

void Session::command(std::string_view line) {
    if (starts_with_word(line, "EHLO")) return ehlo(true);
    if (starts_with_word(line, "HELO")) return ehlo(false);
    if (starts_with_word(line, "STARTTLS")) return starttls();
    if (starts_with_word(line, "AUTH")) return auth(line.size() > 5 ? line.substr(5) : "");
    if (starts_with_word(line, "MAIL FROM:")) return mail(line.substr(10));
    if (starts_with_word(line, "RCPT TO:")) return rcpt(line.substr(8));
    if (starts_with_word(line, "DATA")) return data();
    if (starts_with_word(line, "RSET")) {
        has_sender_ = false;
        message_.reset();
        return put("250 2.0.0 Ok\r\n");
    }
    if (starts_with_word(line, "NOOP")) return put("250 2.0.0 Ok\r\n");
    if (starts_with_word(line, "QUIT")) {
        say(Verb::quit, "221 2.0.0 Bye");
        closing_ = true;
        return;
    }
    shared_.journal.event(id_, "unknown", "line", line, "502");
    put("502 5.5.2 Not understood\r\n");
}

void Session::ehlo(bool extended) {
    const auto& options = shared_.options;
    if (extended && options.no_ehlo) return put("502 5.5.1 EHLO is not known here\r\n");
    std::string text = "250 sink.example";
    if (extended) {
        auto all = options.extensions;
        if (options.tls && !channel_.is_tls()) all.emplace_back("STARTTLS");
        if (!options.accounts.empty()) all.emplace_back("AUTH PLAIN LOGIN");
        for (const auto& extension : all)
            text += "\n250 " + extension;
    }
    say(Verb::ehlo, text);
}

void Session::starttls() {
    if (!shared_.options.tls || channel_.is_tls()) return put("502 5.5.1 No TLS here\r\n");
    if (!say(Verb::starttls, "220 2.0.0 Go ahead") || blocked_ || dead_) return;
    flush();
    if (dead_) return;
    if (!in_.empty()) shared_.journal.event(id_, "starttls", "client sent text before TLS", in_, "");
    in_.clear();
    channel_.start_tls(shared_.options.tls);
    user_.clear();
}

bool Session::take_body() {
    if (body_fault_ && in_.size() >= body_fault_at_) {
        body_fault();
        return false;
    }
    std::size_t end = std::string::npos;
    if (in_.starts_with(".\r\n")) {
        end_of_body({});
        in_.erase(0, 3);
    } else {
        end = in_.find("\r\n.\r\n", scanned_ > 4 ? scanned_ - 4 : 0);
        if (end == std::string::npos) {
            scanned_ = in_.size();
            return false;
        }
        end_of_body(std::string_view(in_).substr(0, end + 2));
        in_.erase(0, end + 5);
    }
    scanned_ = 0;
    return true;
}

void Session::body_fault() {
    message_->bytes = in_;
    message_->seq = shared_.next_seq++;
    auto action = *body_fault_;
    body_fault_.reset();
    shared_.journal.message(*message_, action.kind == Action::Kind::close ? action.text : "", "body fault", false);
    message_.reset();
    if (action.kind == Action::Kind::hang) {
        blocked_ = true;
        return;
    }
    if (!action.text.empty()) put_lines(action.text);
    flush();
    finish("body fault", action.kind == Action::Kind::reset);
}

void Session::put(std::string_view text) { out_ += text; }

/// Each "\n" of `text` starts the next line of one reply: "250 a\n250 b" becomes "250-a\r\n250 b\r\n".
void Session::put_lines(std::string_view text) {
    while (true) {
        auto end = text.find('\n');
        std::string line(text.substr(0, end));
        if (end != std::string_view::npos && line.size() > 3 && line[3] == ' ') line[3] = '-';
        out_ += line;
        out_ += "\r\n";
        if (end == std::string_view::npos) return;
        text.remove_prefix(end + 1);
    }
}

void Session::flush() {
    while (!out_.empty() && !dead_) {
        auto put = channel_.write(out_.data(), out_.size());
        if (put == Channel::would_block) {
            if (!wants_write_) shared_.loop.change(channel_.fd(), EPOLLIN | EPOLLOUT, *this);
            wants_write_ = true;
            return;
        }
        if (put <= 0) return finish("reset");
        out_.erase(0, static_cast<std::size_t>(put));
    }
    if (wants_write_) shared_.loop.change(channel_.fd(), EPOLLIN, *this);
    wants_write_ = false;
    if (closing_ && !dead_ && timer_ == 0) finish("closed by the sink");
}

bool Session::say(Verb verb, std::string_view normal, std::string_view address) {
    Action action;
    if (!shared_.script.empty()) action = shared_.script.decide(verb, address);
    using Kind = Action::Kind;
    if (action.kind == Kind::normal && action.delay_ms == 0) {
        put_lines(normal);
        return is_positive(normal);
    }
    std::string text(action.kind == Kind::reply || action.kind == Kind::close ? action.text : std::string(normal));
    shared_.journal.event(id_, name(verb), action.delay_ms ? "delayed" : "scripted", address, text);
    if (action.delay_ms > 0) {
        blocked_ = true;
        auto oddly = action;
        oddly.delay_ms = 0;
        timer_ = shared_.loop.after(action.delay_ms, [this, oddly, text, verb] {
            timer_ = 0;
            blocked_ = false;
            say_oddly(oddly, verb, text);
            if (!dead_) process();
        });
        return is_positive(text) && action.kind != Kind::drop && action.kind != Kind::reset &&
               action.kind != Kind::hang;
    }
    return say_oddly(action, verb, text);
}

bool Session::say_oddly(const Action& action, Verb verb, std::string_view text) {
    using Kind = Action::Kind;
    switch (action.kind) {
        case Kind::normal:
        case Kind::reply:
            put_lines(text);
            return is_positive(text);
        case Kind::close:
            put_lines(text);
            closing_ = true;
            return false;
        case Kind::drop:
        case Kind::reset:
            finish(name(verb), action.kind == Kind::reset);
            return false;
        case Kind::hang:
            blocked_ = true;
            return false;
        case Kind::huge: {
            std::string line(text.substr(0, 3));
            while (out_.size() < action.bytes)
                out_ += line + "-" + std::string(70, 'x') + "\r\n";
            put_lines(text);
            return is_positive(text);
        }
        case Kind::junk:
            put("250-first\r\n354-second\r\nno code at all\r\n\r\n99999 five digits\r\n250");
            put("-last\r\n");
            put_lines(text);
            return is_positive(text);
        case Kind::nul:
            out_.append("250 a\0b\r\n", 9);
            return true;
        case Kind::inject:
            put_lines(text);
            put_lines(action.text);
            return is_positive(text);
    }
    return false;
}

void Session::peer_went_on(std::string_view how) {
    if (answered_seq_ == 0) return;
    shared_.journal.peer_went_on(answered_seq_, how, channel_.unacknowledged());
    answered_seq_ = 0;
}

void Session::finish(std::string_view how, bool reset) {
    if (dead_) return;
    dead_ = true;
    if (timer_) shared_.loop.cancel(timer_);
    timer_ = 0;
    if (!delayed_.empty() && message_)
        shared_.journal.message(*message_, "", "peer left before the answer", false);
    else if (state_ == State::data && message_ && !shared_.journal.quiet()) {
        message_->bytes = in_;
        shared_.journal.message(*message_, "", "ended in the body", false);
    }
    peer_went_on(how);
    if (reset) channel_.reset_on_close();
    shared_.loop.remove(channel_.fd());
    shared_.loop.later([this] { ended_(this); });
}

}  // namespace sink
