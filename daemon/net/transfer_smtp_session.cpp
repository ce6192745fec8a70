#include "net/transfer_smtp_session.hpp"

#include "basic/base64.hpp"

#include <algorithm>
#include <utility>

#include "base/log.hpp"

namespace chapar::net {
namespace {

constexpr std::string_view no_utf8 = "5.6.7 the server does not offer SMTPUTF8";

}  // namespace

bool SmtpSession::stop_at(Phase phase, const SmtpReply& reply) {
    failure_ = {};
    failure_.phase = phase;
    failure_.code = reply.code;
    failure_.reply = reply.text;
    usable_ = false;
    return false;
}

bool SmtpSession::stop_at(Phase phase, const std::string& error) {
    failure_ = {};
    failure_.phase = phase;
    failure_.error = error;
    failure_.timed_out = wire_.timed_out();
    usable_ = false;
    return false;
}

/// Writes one line and reads its reply. false: the connection is lost, failure_ says so.
asio::awaitable<bool> SmtpSession::ask(Phase phase, std::string line, SmtpReply& reply) {
    std::size_t written = co_await wire_.write(line);
    if (written != line.size()) co_return stop_at(phase, wire_.error());
    bool got = co_await wire_.read_reply(reply);
    if (!got) co_return stop_at(phase, wire_.error());
    co_return true;
}

asio::awaitable<bool> SmtpSession::establish(Endpoints endpoints, asio::ssl::context* tls, Monotonic until) {
    bool is_implicit = peer_.url.scheme == Url::Scheme::smtps;
    std::string problem = co_await wire_.connect(std::move(endpoints), until);
    if (!problem.empty()) co_return stop_at(Phase::connect, problem);
    if (is_implicit) {
        problem = co_await wire_.start_tls(*tls, peer_.url.host, true);
        if (!problem.empty()) co_return stop_at(Phase::tls, problem);
    }
    SmtpReply greeting;
    bool got = co_await wire_.read_reply(greeting);
    if (!got) co_return stop_at(Phase::connect, wire_.error());
    if (greeting.code != 220) co_return stop_at(Phase::connect, greeting);
    bool ok = co_await hello();
    if (!ok) co_return false;
    if (!is_implicit && peer_.tls != TlsMode::none) {
        ok = co_await secure(tls);
        if (!ok) co_return false;
    }
    if (!peer_.user.empty()) {
        ok = co_await authenticate();
        if (!ok) co_return false;
    }
    co_return true;
}

asio::awaitable<bool> SmtpSession::hello() {
    SmtpReply reply;
    std::string line = "EHLO " + peer_.helo + "\r\n";
    bool got = co_await ask(Phase::connect, std::move(line), reply);
    if (!got) co_return false;
    if (reply.positive()) {
        offered_ = SmtpExtensions::parse(reply.text);
        doubt_size();
        co_return true;
    }
    if (reply.code < 500) co_return stop_at(Phase::connect, reply);
    line = "HELO " + peer_.helo + "\r\n";  // an old server: RFC 5321, section 4.1.4
    got = co_await ask(Phase::connect, std::move(line), reply);
    if (!got) co_return false;
    if (!reply.positive()) co_return stop_at(Phase::connect, reply);
    offered_ = {};
    co_return true;
}

/// A limit that cannot be true would fail every message for good, without the server ever being asked.
void SmtpSession::doubt_size() {
    if (offered_.max_size == sizes_.believed(offered_.max_size)) return;
    if (std::exchange(sizes_.is_doubt_logged, true)) return;
    log::warning("smtp.size_doubted",
                 "{} says that it takes {} bytes at most; it is asked for each message all the same", peer_.url.host,
                 offered_.max_size);
}

asio::awaitable<bool> SmtpSession::secure(asio::ssl::context* tls) {
    bool is_required = peer_.tls == TlsMode::required;
    if (!offered_.starttls) {
        if (!is_required) co_return true;
        std::string why = "the server does not offer STARTTLS, and TLS is required";
        co_return stop_at(Phase::tls, why);
    }
    SmtpReply reply;
    std::string line = "STARTTLS\r\n";
    bool got = co_await ask(Phase::tls, std::move(line), reply);
    if (!got) co_return false;
    if (!reply.positive()) {
        if (!is_required) co_return true;
        co_return stop_at(Phase::tls, reply);
    }
    if (wire_.has_unread()) {  // bytes slipped in before the handshake would count as said under TLS
        std::string why = "the server sent bytes between STARTTLS and the handshake";
        co_return stop_at(Phase::tls, why);
    }
    std::string problem = co_await wire_.start_tls(*tls, peer_.url.host, is_required);
    if (!problem.empty()) co_return stop_at(Phase::tls, problem);
    co_return co_await hello();  // what was offered in clear text does not count (RFC 3207, section 4.2)
}

asio::awaitable<bool> SmtpSession::authenticate() {
    std::string why;
    if (!wire_.is_secure() && peer_.tls != TlsMode::none) why = "the password is not sent without TLS";
    if (why.empty() && !offered_.auth_plain && !offered_.auth_login)
        why = "the server offers neither AUTH PLAIN nor AUTH LOGIN";
    if (!why.empty()) co_return stop_at(Phase::auth, why);
    SmtpReply reply;
    std::vector<std::string> lines;
    if (offered_.auth_plain) {
        std::string token;
        token.append(1, '\0').append(peer_.user).append(1, '\0').append(peer_.password);
        lines = {"AUTH PLAIN " + basic::to_base64(token) + "\r\n"};
    } else {
        lines = {"AUTH LOGIN\r\n", basic::to_base64(peer_.user) + "\r\n", basic::to_base64(peer_.password) + "\r\n"};
    }
    for (std::size_t i = 0; i < lines.size(); ++i) {
        std::string line = std::move(lines[i]);
        bool got = co_await ask(Phase::auth, std::move(line), reply);
        if (!got) co_return false;
        int expected = i + 1 < lines.size() ? 334 : 235;
        if (reply.code != expected) co_return stop_at(Phase::auth, reply);
    }
    co_return true;
}

bool SmtpSession::is_spare(const Transfer& transfer, const std::string& recipient) const {
    return transfer.first_decides && &recipient != &transfer.rcpt_to.front();
}

/// A recipient without whom the message goes does not ask it of a server that has none.
bool SmtpSession::needs_utf8(const Transfer& transfer) const {
    return transfer.smtp_utf8 || has_eight_bit(transfer.mail_from) ||
           std::ranges::any_of(transfer.rcpt_to, [&](const std::string& address) {
               return has_eight_bit(address) && (offered_.utf8 || !is_spare(transfer, address));
           });
}

/// What the server has said it can't do: the reply that it would give (RFC 6531, RFC 1870), without asking.
bool SmtpSession::refuse_locally(const SmtpJob& job, TransferResult& result) const {
    result.phase = Phase::sender;
    if (needs_utf8(job.transfer) && !offered_.utf8) {
        result.code = 553;
        result.reply = no_utf8;
        return true;
    }
    const std::size_t limit = sizes_.believed(offered_.max_size);
    if (limit != 0 && job.transfer.body.size() > limit) {
        result.code = 552;
        result.reply = "5.3.4 the message is larger than the server's limit of " + std::to_string(limit) + " bytes";
        return true;
    }
    return false;
}

std::vector<SmtpSession::Step> SmtpSession::envelope(const SmtpJob& job, TransferResult& result) const {
    const Transfer& t = job.transfer;
    std::vector<Step> steps;
    steps.reserve(t.rcpt_to.size() + 3);
    if (needs_reset_) steps.push_back({Phase::sender, "RSET\r\n"});
    std::string line = "MAIL FROM:<" + t.mail_from + ">";
    if (offered_.size) line += " SIZE=" + std::to_string(t.body.size());
    if (offered_.eight_bit && has_eight_bit(t.body)) line += " BODY=8BITMIME";
    if (needs_utf8(t)) line += " SMTPUTF8";
    if (offered_.dsn && !t.envelope_id.empty()) line += " ENVID=" + to_xtext(t.envelope_id);
    line += "\r\n";
    steps.push_back({Phase::sender, std::move(line)});
    for (const std::string& address : t.rcpt_to) {
        const std::string* spare = is_spare(t, address) ? &address : nullptr;
        if (spare != nullptr && has_eight_bit(address) && !offered_.utf8)
            result.refused.emplace_back(address, std::string("553 ").append(no_utf8));
        else
            steps.push_back({Phase::recipient, "RCPT TO:<" + address + ">\r\n", spare});
    }
    steps.push_back({Phase::data, "DATA\r\n"});
    return steps;
}

/// true: the reply lets the transaction go on.
bool SmtpSession::judge(const Step& step, SmtpReply reply, TransferResult& result) {
    ++answers_;
    if (reply.code == 421) usable_ = false;
    bool good = step.phase == Phase::data ? reply.code == 354 : reply.positive();
    if (good) return true;
    // 421 ends the session, and whatever is no 4xx or 5xx is no answer to RCPT: neither is about this recipient.
    if (step.spare != nullptr && reply.code >= 400 && reply.code < 600 && reply.code != 421) {
        result.refused.emplace_back(*step.spare, std::to_string(reply.code) + ' ' + reply.text);
        return true;
    }
    if (result.code == 0) {  // the first refusal is the reason; what follows follows from it
        result.phase = step.phase;
        result.code = reply.code;
        result.reply = std::move(reply.text);
    }
    return false;
}

void SmtpSession::lost(Phase phase, TransferResult& result) {
    usable_ = false;
    if (result.code != 0) return;  // it was refused already; that the rest is missing changes nothing
    result.phase = phase;
    result.timed_out = wire_.timed_out();
    result.error = wire_.error();
}

/// One command at a time. true: the server waits for the message.
asio::awaitable<bool> SmtpSession::run_steps(const std::vector<Step>& steps, TransferResult& result) {
    for (const Step& step : steps) {
        std::size_t written = co_await wire_.write(step.line);
        SmtpReply reply;
        bool got = written == step.line.size();
        if (got) got = co_await wire_.read_reply(reply);
        if (!got) {
            lost(step.phase, result);
            co_return false;
        }
        if (!judge(step, std::move(reply), result)) co_return false;
        if (step.phase == Phase::sender) needs_reset_ = true;
    }
    co_return true;
}

/// All commands in one write. DATA is among them only for a single recipient: with several, a refused one who decides
/// must be known before the server takes the message for the others.
asio::awaitable<bool> SmtpSession::run_piped(const std::vector<Step>& steps, TransferResult& result) {
    std::string text;
    for (const Step& step : steps)
        text += step.line;
    std::size_t written = co_await wire_.write(text);
    if (written != text.size()) {
        lost(steps.front().phase, result);
        co_return false;
    }
    needs_reset_ = true;
    bool ready = true;
    SmtpReply reply;
    for (const Step& step : steps) {
        bool got = co_await wire_.read_reply(reply);
        if (!got) {
            lost(step.phase, result);
            co_return false;
        }
        // A server that wants the message of a refused transaction would take an empty one: leave instead.
        if (!ready && reply.code == 354) usable_ = false;
        ready = judge(step, std::move(reply), result) && ready;
    }
    co_return ready;
}

asio::awaitable<void> SmtpSession::send_body(SmtpJob& job, TransferResult& result) {
    static constexpr std::string_view final_dot = ".\r\n";
    std::size_t all = job.transfer.body.size() + final_dot.size();
    std::size_t written = co_await wire_.write(job.transfer.body, final_dot);
    bool is_out = written == all;
    Phase phase = is_out ? Phase::sent : Phase::data;
    if (!is_out) usable_ = false;  // yet the server may have said why
    SmtpReply reply;
    std::string write_error = wire_.error();
    bool got = co_await wire_.read_reply(reply);
    if (!got) {
        lost(phase, result);
        if (!is_out) result.error = std::move(write_error);
        co_return;
    }
    result.phase = is_out ? Phase::answered : Phase::data;
    result.code = reply.code;
    result.reply = std::move(reply.text);
    if (is_out && reply.positive())
        sizes_.largest_accepted = std::max(sizes_.largest_accepted, job.transfer.body.size());
    if (reply.code == 421) usable_ = false;
    needs_reset_ = false;
    if (!is_out && reply.code < 400) {  // an answer to a message that never ended means nothing
        result.code = 0;
        result.error = std::move(write_error);
    }
}

asio::awaitable<bool> SmtpSession::exchange(SmtpJob& job, TransferResult& result) {
    result = {};
    if (refuse_locally(job, result)) co_return true;
    answers_ = 0;
    wire_.set_deadline(job.deadline);
    std::vector<Step> steps = envelope(job, result);
    bool go = false;
    if (!offered_.pipelining) {
        go = co_await run_steps(steps, result);
    } else if (job.transfer.rcpt_to.size() == 1) {
        go = co_await run_piped(steps, result);
    } else {
        std::vector<Step> data{std::move(steps.back())};
        steps.pop_back();
        go = co_await run_piped(steps, result);
        if (go) go = co_await run_steps(data, result);
    }
    bool is_stale = has_served_ && ((answers_ == 0 && !result.timed_out) || (answers_ == 1 && result.code == 421));
    if (!go && is_stale && !usable_ && !job.was_stale) co_return false;
    if (go) co_await send_body(job, result);
    has_served_ = true;
    wire_.set_deadline(Monotonic::max());
    co_return true;
}

asio::awaitable<void> SmtpSession::quit() {
    // The answer to QUIT is of no interest; closing after the write is allowed by everyone we know.
    if (usable_) {
        std::string line = "QUIT\r\n";
        wire_.set_deadline(std::chrono::steady_clock::now() + std::chrono::seconds(1));
        std::size_t written = co_await wire_.write(line);
        static_cast<void>(written);
    }
    wire_.close();
}

}  // namespace chapar::net
