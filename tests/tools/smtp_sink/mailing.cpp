// The part of a conversation that carries mail: who may send, envelope, body, verdict.

#include <openssl/evp.h>

#include <utility>

#include "session.hpp"

namespace sink {
namespace {

/// "<a@b> SIZE=1" -> "a@b"; an address without brackets is taken up to the first blank.
std::string address_of(std::string_view argument) {
    auto open = argument.find('<');
    if (open == std::string_view::npos) return std::string(argument.substr(0, argument.find(' ')));
    bool quoted = false;
    for (auto i = open + 1; i < argument.size(); ++i) {
        if (argument[i] == '"') quoted = !quoted;
        if (argument[i] == '>' && !quoted) return std::string(argument.substr(open + 1, i - open - 1));
    }
    return std::string(argument.substr(open + 1));
}

std::string decode_base64(std::string_view text) {
    std::string out(text.size(), '\0');
    int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                               reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
    if (size < 0) return {};
    out.resize(static_cast<std::size_t>(size));
    for (auto i = text.size(); i > 0 && text[i - 1] == '='; --i)
        out.pop_back();
    return out;
}

void unstuff(std::string_view raw, Received& to) {
    to.bytes.reserve(raw.size());
    bool line_start = true;
    for (std::size_t i = 0; i < raw.size(); ++i) {
        char c = raw[i];
        if (line_start && c == '.') {
            line_start = false;
            continue;
        }
        line_start = false;
        if (c == '\r' && (i + 1 == raw.size() || raw[i + 1] != '\n')) ++to.bare_cr;
        if (c == '\n' && (i == 0 || raw[i - 1] != '\r')) ++to.bare_lf;
        if (c == '\n' && i > 0 && raw[i - 1] == '\r') line_start = true;
        to.bytes += c;
    }
}

}  // namespace

void Session::auth(std::string_view argument) {
    if (shared_.options.accounts.empty()) return put("502 5.5.1 No AUTH here\r\n");
    auto space = argument.find(' ');
    auto method = argument.substr(0, space);
    auto initial = space == std::string_view::npos ? std::string_view{} : argument.substr(space + 1);
    if (method == "PLAIN") {
        state_ = State::auth_plain;
        if (!initial.empty()) return auth_line(initial);
        return put("334 \r\n");
    }
    if (method != "LOGIN") return put("504 5.5.4 Unknown method\r\n");
    state_ = State::auth_user;
    if (!initial.empty()) return auth_line(initial);
    put("334 VXNlcm5hbWU6\r\n");
}

void Session::auth_line(std::string_view line) {
    auto text = decode_base64(line);
    if (state_ == State::auth_user) {
        auth_user_ = text;
        state_ = State::auth_password;
        return put("334 UGFzc3dvcmQ6\r\n");
    }
    if (state_ == State::auth_password) return auth_done(auth_user_, text);
    auto first = text.find('\0');
    auto second = first == std::string::npos ? first : text.find('\0', first + 1);
    if (second == std::string::npos) return auth_done({}, {});
    auth_done(text.substr(first + 1, second - first - 1), text.substr(second + 1));
}

void Session::auth_done(const std::string& user, const std::string& password) {
    state_ = State::command;
    auto found = shared_.options.accounts.find(user);
    bool good = found != shared_.options.accounts.end() && found->second == password;
    if (!good) shared_.journal.event(id_, "auth", "refused", user, "535");
    if (say(Verb::auth, good ? "235 2.7.0 Welcome" : "535 5.7.8 Wrong name or password", user)) user_ = user;
}

void Session::mail(std::string_view argument) {
    if (shared_.options.require_tls && !channel_.is_tls()) return put("530 5.7.0 Must issue STARTTLS first\r\n");
    if (shared_.options.require_auth && user_.empty()) return put("530 5.7.0 Authentication required\r\n");
    auto address = address_of(argument);
    has_sender_ = say(Verb::mail, "250 2.1.0 Ok", address);
    if (!has_sender_) return;
    if (!message_) message_ = std::make_unique<Received>();
    *message_ = Received{};
    message_->connection = id_;
    message_->mail_from = address;
    message_->tls = channel_.is_tls();
    message_->auth = user_;
}

std::string Session::greylisted(const std::string& address) {
    if (shared_.options.greylist_seconds <= 0) return {};
    auto now = monotonic_now();
    auto first = shared_.greylist.try_emplace(address, now).first->second;
    if (now - first >= shared_.options.greylist_seconds) return {};
    shared_.journal.event(id_, "rcpt", "greylisted", address, "451 4.7.1");
    return "451 4.7.1 Greylisted, come back later";
}

void Session::rcpt(std::string_view argument) {
    if (!has_sender_) return put("503 5.5.1 MAIL first\r\n");
    auto address = address_of(argument);
    auto grey = greylisted(address);
    if (say(Verb::rcpt, grey.empty() ? "250 2.1.5 Ok" : grey, address) && message_) message_->rcpts.push_back(address);
}

void Session::data() {
    if (!message_ || message_->rcpts.empty()) return put("554 5.5.1 No valid recipients\r\n");
    if (!say(Verb::data, "354 End data with <CR><LF>.<CR><LF>", message_->rcpts.front())) return;
    state_ = State::data;
    scanned_ = 0;
    body_fault_.reset();
    if (shared_.script.empty()) return;
    if (auto fault = shared_.script.decide_body(body_fault_at_)) body_fault_ = std::make_unique<Action>(*fault);
}

void Session::end_of_body(std::string_view raw) {
    state_ = State::command;
    has_sender_ = false;
    if (shared_.journal.quiet() && shared_.script.empty()) {
        shared_.journal.count(raw.size(), true);
        return put("250 2.0.0 Ok\r\n");
    }
    unstuff(raw, *message_);
    message_->complete = true;
    message_->seq = shared_.next_seq++;
    Action action;
    if (!shared_.script.empty()) action = shared_.script.decide(Verb::dot, message_->rcpts.front());
    using Kind = Action::Kind;
    auto reply = action.kind == Kind::reply || action.kind == Kind::close
                     ? action.text
                     : "250 2.0.0 Ok: queued as " + std::to_string(message_->seq);
    if (action.delay_ms > 0) {
        blocked_ = true;
        delayed_ = reply;
        timer_ = shared_.loop.after(action.delay_ms, [this, action] {
            timer_ = 0;
            blocked_ = false;
            auto text = std::exchange(delayed_, {});
            answer_dot(action, text);
            if (!dead_) process();
        });
        return;
    }
    answer_dot(action, reply);
}

void Session::answer_dot(const Action& action, const std::string& reply) {
    using Kind = Action::Kind;
    bool silent = action.kind == Kind::drop || action.kind == Kind::reset || action.kind == Kind::hang;
    auto positive = !silent && (reply[0] == '2' || action.kind == Kind::nul);
    shared_.journal.count(message_->bytes.size(), positive);
    if (silent) {
        shared_.journal.message(*message_, "", action.kind == Kind::hang ? "hang" : "dropped", false);
        message_.reset();
        say_oddly(action, Verb::dot, reply);
        return;
    }
    auto seq = message_->seq;
    auto message = std::move(message_);
    bool was_closing = action.kind == Kind::close;
    auto gentle = action;
    if (was_closing) gentle.kind = Kind::reply;
    say_oddly(gentle, Verb::dot, reply);
    flush();
    shared_.journal.message(*message, action.kind == Kind::nul ? "250 a.b" : reply, was_closing ? "closed" : "",
                            !dead_ && out_.empty());
    answered_seq_ = seq;
    if (dead_)
        answered_seq_ = 0;
    else if (was_closing)
        closing_ = true;
}

}  // namespace sink
